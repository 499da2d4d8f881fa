#!/usr/bin/env bash
# Makes the images that Argo CD's manifest of one version names.
# Environment: BED, DOCKER_HOST, ARGOCD and HELM (programs), ARGOCD_SOURCE (the Go module's folder).
# Arguments: the images.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=test/bed/kind/lib.sh
source "$here/lib.sh"

readonly COMPONENTS=(server repo-server cmp-server application-controller dex notifications
  applicationset-controller k8s-auth commit-server)

# What Argo CD's own Dockerfile puts on top of its base: the program under each component's name, its helpers, helm.
argocd_image() { # NAME
  local context component
  context="$(mktemp -d)"
  mkdir "$context/bin"
  install -m 755 "$ARGOCD_SOURCE"/hack/{git-verify-wrapper.sh,gpg-wrapper.sh} "$HELM" "$context/bin/"
  install -m 755 "$ARGOCD" "$context/bin/argocd"
  for component in "${COMPONENTS[@]}"; do ln -s argocd "$context/bin/argocd-$component"; done
  cat > "$context/Dockerfile" << DOCKERFILE
FROM $POD_IMAGE
COPY bin/ /usr/local/bin/
USER 999
WORKDIR /home/argocd
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
DOCKERFILE
  build_image "$1" "$context"
  rm -rf "$context"
}

# The stand-in for dex, see there.
dex_image() { # NAME
  local context
  context="$(mktemp -d)"
  install -m 755 "$here/dex/dex" "$context/"
  install -m 644 "$here/dex/dex-stand-in.cfg" "$context/"
  printf 'FROM %s\nCOPY dex /usr/local/bin/\nCOPY dex-stand-in.cfg /etc/\nUSER 1001\n' "$POD_IMAGE" > "$context/Dockerfile"
  build_image "$1" "$context"
  rm -rf "$context"
}

# Every one takes the name and the tag that the manifest gives it.
image() { # NAME
  case "$1" in
    */argocd:*) argocd_image "$1" ;;
    */redis:*) derive_image "$1" "FROM $POD_IMAGE\nUSER 999\nENTRYPOINT [\"redis-server\"]" ;;
    */haproxy:*) derive_image "$1" \
      "FROM $POD_IMAGE\nUSER 99\nCMD [\"haproxy\",\"-W\",\"-db\",\"-f\",\"/usr/local/etc/haproxy/haproxy.cfg\"]" ;;
    */dex:*) dex_image "$1" ;;
    *) say "$1: the bed cannot make this image; add it to ${BASH_SOURCE[0]}" && return 1 ;;
  esac
}

pod_image
for name in "$@"; do
  if ! have_image "$name"; then image "$name"; fi
done
