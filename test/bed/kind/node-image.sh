#!/usr/bin/env bash
# Makes kindest/node:v$K8S_VERSION: Debian with systemd, containerd and kubeadm, the files of kind's own base image,
# and inside it the images of the control plane.
# Environment: BED, DOCKER_HOST, K8S_VERSION, ETCD, KUBE_APISERVER, KUBECTL (programs; the others are in $BED/bin),
# KIND_SOURCE, KUBERNETES_SOURCE (folders of the Go modules). Arguments: the images that kubeadm asks for.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=test/bed/kind/lib.sh
source "$here/lib.sh"

readonly ROOT="$BED/roots/node" BIN="$BED/bin"
readonly SYSTEM_IMAGES=("$@")
readonly PACKAGES=(systemd systemd-sysv conntrack iptables nftables iproute2 ethtool kmod libseccomp2 pigz
  ca-certificates curl jq procps containerd runc hostname iputils-ping)

node_root() {
  if [[ -f "$ROOT/.done" && "$(cat "$ROOT/kind/version")" == "v$K8S_VERSION" ]] &&
    cmp --silent "$here/node/podnet" "$ROOT/usr/local/bin/podnet"; then return; fi
  say "Debian for the nodes, in $ROOT"
  debian_root node "${PACKAGES[@]}"
  cp --recursive --no-preserve=mode "$KIND_SOURCE/images/base/files/." "$ROOT/"
  chmod 755 "$ROOT"/usr/local/bin/* "$ROOT"/kind/bin/*
  configure_containerd
  install_programs
  printf 'v%s' "$K8S_VERSION" > "$ROOT/kind/version"
  settle_systemd
  touch "$ROOT/.done"
}

configure_containerd() {
  local config="$ROOT/etc/containerd" pause unit="$ROOT/etc/systemd/system/containerd.service"
  pause="$(printf '%s\n' "${SYSTEM_IMAGES[@]}" | grep /pause:)"
  # A host may lack CAP_SYS_RESOURCE; then nothing inside can lower an OOM score below its parent's.
  sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' -e "s#[^\"]*/pause:[0-9.]*\"#$pause\"#" \
    "$config/config.toml"
  sed -i -e 's#/usr/local/bin/containerd#/usr/bin/containerd#' -e '/^OOMScoreAdjust/d' "$unit"
  # Every image comes from the bed's registry, whatever its name says.
  printf '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n' \
    >> "$config/config.toml"
  mkdir -p "$config/certs.d/_default"
  printf '[host."http://bed-registry:5000"]\n  capabilities = ["pull", "resolve"]\n' \
    > "$config/certs.d/_default/hosts.toml"
}

install_programs() {
  mkdir -p "$ROOT/kind/manifests" "$ROOT/opt/cni/bin" "$ROOT/etc/kubernetes/manifests"
  install -m 755 "$BIN"/{ptp,loopback,host-local,portmap} "$ROOT/opt/cni/bin/"
  install -m 755 "$BIN"/{kubelet,kubeadm} "$KUBECTL" "$ROOT/usr/bin/"
  install -m 755 "$here/node/podnet" "$ROOT/usr/local/bin/"
  install -m 644 "$here/node/podnet.service" "$ROOT/etc/systemd/system/"
  install -m 644 "$here"/node/default-{cni,storage}.yaml "$ROOT/kind/manifests/"
}

# As in kind's base image: only what a container needs is started. /proc is mounted for these commands alone.
settle_systemd() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  quietly unshare --mount --propagation private bash -euc 'mount -t proc proc "$0/proc"; exec chroot "$0" bash -euc "$1"' \
    "$ROOT" '
      cd /lib/systemd/system
      rm -f multi-user.target.wants/* /etc/systemd/system/*.wants/* local-fs.target.wants/*
      rm -f sockets.target.wants/*{udev,initctl}* basic.target.wants/*
      rm -f sysinit.target.wants/systemd-tmpfiles-setup.service
      echo ReadKMsg=no >> /etc/systemd/journald.conf
      systemctl enable kubelet containerd undo-mount-hacks podnet
      systemctl mask systemd-binfmt.service
      ctr oci spec |
        jq ".hooks.createContainer += [{path: \"/kind/bin/mount-product-files.sh\"}] | del(.process.rlimits)" \
          > /etc/containerd/cri-base.json'
}

# static_image NAME PROGRAM PATH: an image of one static program.
static_image() {
  local context
  context="$(mktemp -d)"
  install -m 755 "$2" "$context/program"
  printf 'FROM scratch\nCOPY program %s\nENTRYPOINT ["%s"]\n' "$3" "$3" > "$context/Dockerfile"
  build_image "$1" "$context"
  rm -rf "$context"
}

kube_proxy_image() { # NAME
  local context
  context="$(mktemp -d)"
  install -m 755 "$BIN/kube-proxy" "$context/"
  printf 'FROM %s\nCOPY kube-proxy /usr/local/bin/\nUSER 0\n' "$POD_IMAGE" > "$context/Dockerfile"
  build_image "$1" "$context"
  rm -rf "$context"
}

pause_image() { # NAME
  packages gcc=gcc
  mkdir -p "$BED/images"
  gcc -Os -static -o "$BED/images/pause" "$KUBERNETES_SOURCE/build/pause/linux/pause.c"
  static_image "$1" "$BED/images/pause" /pause
}

system_image() { # NAME
  local name
  name="$(basename "${1%:*}")"
  case "$name" in
    pause) pause_image "$1" ;;
    kube-proxy) kube_proxy_image "$1" ;;
    etcd) static_image "$1" "$ETCD" /usr/local/bin/etcd ;;
    coredns) static_image "$1" "$BIN/coredns" /coredns ;;
    kube-apiserver) static_image "$1" "$KUBE_APISERVER" /usr/local/bin/kube-apiserver ;;
    *) static_image "$1" "$BIN/$name" "/usr/local/bin/$name" ;;
  esac
}

# Imports the system images into the containerd of a node that is never booted, and keeps that as bed-node:1.
import_system_images() {
  local build="bed-node-build-$$" archive="$BED/images/system.tar"
  docker save --output "$archive" "${SYSTEM_IMAGES[@]}"
  # shellcheck disable=SC2064 # the name of now
  trap "docker rm --force '$build' > /dev/null 2>&1; rm -f '$archive'" EXIT
  quietly docker run --detach --privileged --network none --name "$build" --volume "$archive:/system.tar:ro" \
    --entrypoint sleep bed-node-root:1 infinity
  quietly docker exec "$build" bash -euc '
    containerd > /tmp/containerd.log 2>&1 &
    until ctr version > /dev/null 2>&1; do kill -0 $! || exit 1; sleep 0.2; done
    ctr --namespace k8s.io images import /system.tar
    # Unpacked, the layers are not needed any more, and each node copies all of /var when it is made. Their files go at
    # once: containerd would take its time.
    cd /var/lib/containerd/io.containerd.content.v1.content/blobs/sha256
    find . -size +1M -printf "sha256:%f\\n" | xargs ctr --namespace k8s.io content rm
    kill $!
    wait || true
    find . -size +1M -delete'
  quietly docker stop --time 1 "$build"
  quietly docker commit "$build" bed-node:1
}

pod_image
node_root
for name in "${SYSTEM_IMAGES[@]}"; do system_image "$name"; done
import_root bed-node-root:1 "$ROOT"
import_system_images
derive_image "kindest/node:v$K8S_VERSION" \
  'FROM bed-node:1\nENV container=docker\nSTOPSIGNAL SIGRTMIN+3\nENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]'
