# Functions that the scripts of this folder share. BED is the folder that holds all that is built.
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the scripts that read this file
readonly ENV_PATH='ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
# Marks what is built here, so that a clean-up never takes anything else.
readonly LABEL=argocd-dr.bed

say() { printf '%s\n' "$*" >&2; }

# quietly COMMAND...: shows what a command says only where it fails.
quietly() {
  local log status=0
  log="$(mktemp)"
  "$@" > "$log" 2>&1 < /dev/null || status=$?
  if [[ "$status" != 0 ]]; then
    say "$* ended with $status:"
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# packages COMMAND=PACKAGE...: installs the Debian packages whose command is missing.
packages() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" > /dev/null || missing+=("${pair#*=}")
  done
  if [[ "${#missing[@]}" == 0 ]]; then return; fi
  if [[ "$(id -u)" != 0 ]] || ! command -v apt-get > /dev/null; then
    say "missing: ${missing[*]}. Install them, or run as root on Debian."
    return 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get update --quiet
  # gcc only recommends the C library's headers.
  if [[ " ${missing[*]} " == *' gcc '* ]]; then missing+=(libc6-dev); fi
  quietly apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
}

have_image() { docker image inspect "$1" > /dev/null 2>&1; }

# build_image NAME FOLDER: builds the folder's Dockerfile.
build_image() {
  quietly docker build --quiet --label "$LABEL=" --tag "$1" "$2"
  say "image $1"
}

# derive_image NAME DOCKERFILE: an image that needs no files of its own.
derive_image() {
  local context
  context="$(mktemp -d)"
  printf '%b\n' "$2" > "$context/Dockerfile"
  build_image "$1" "$context"
  rm -rf "$context"
}

# import_root NAME ROOT: an image of one layer from a file system.
import_root() {
  local id
  id="$(tar --directory "$2" --create . | docker import --change "$ENV_PATH" --change "LABEL $LABEL=" - "$1")"
  say "image $1 ($id)"
}

# debian_root NAME PACKAGE...: a minimal Debian in $BED/roots/NAME, made again from nothing.
debian_root() {
  local root="$BED/roots/$1" list
  shift
  packages debootstrap=debootstrap
  list="$(IFS=,; printf '%s' "$*")"
  rm -rf "$root"
  mkdir -p "$BED/roots"
  quietly debootstrap --variant=minbase --include="$list" "$DEBIAN" "$root" "$(debian_mirror)"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}
}
readonly DEBIAN=bookworm

# The mirror that apt uses here: the one that can be reached.
debian_mirror() {
  local mirror
  # shellcheck disable=SC2016 # the name is apt's
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 -E '/debian/?$' || true)"
  if [[ -z "$mirror" ]]; then
    say 'apt knows no mirror of Debian (an address that ends in /debian): run this on Debian'
    return 1
  fi
  printf '%s\n' "$mirror"
}

# pod_image: Debian with what the containers of Argo CD HA, redis, haproxy and the registry run; $POD_IMAGE.
pod_image() {
  if have_image "$POD_IMAGE"; then return; fi
  pod_root
  import_root "$POD_IMAGE" "$BED/roots/pod"
}
readonly POD_IMAGE=bed-pod:1

pod_root() {
  local root="$BED/roots/pod"
  if [[ -f "$root/.done" ]]; then return; fi
  say "Debian for the pods, in $root"
  debian_root pod iptables redis-server haproxy git gnupg gpg-agent openssh-client tini ca-certificates procps \
    docker-registry
  ln -sf redis-server "$root/usr/bin/redis-sentinel"
  printf '#!/bin/sh\nexec tini -s -- "$@"\n' > "$root/usr/local/bin/entrypoint.sh"
  chmod 755 "$root/usr/local/bin/entrypoint.sh"
  cat > "$root/etc/registry.yml" << 'YAML'
version: 0.1
storage: {filesystem: {rootdirectory: /data}, delete: {enabled: true}}
http: {addr: ":5000"}
YAML
  # The user and the folders of Argo CD's own Dockerfile.
  chroot "$root" sh -euc '
    groupadd --system --gid 999 argocd
    useradd --system --uid 999 --gid 999 --create-home --home-dir /home/argocd argocd
    mkdir -p /app/config/ssh /app/config/tls /app/config/gpg/source /app/config/gpg/keys /data
    chown -R 999 /app/config/gpg
    chmod 777 /data
    ln -sf /app/config/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts'
  touch "$root/.done"
}
