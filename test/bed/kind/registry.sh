#!/usr/bin/env bash
# Makes the registry that every node pulls through run, on kind's own network, and puts images into it.
# Environment: BED, DOCKER_HOST. Arguments: the images.
set -euo pipefail
# shellcheck source=test/bed/kind/lib.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib.sh"

readonly NAME=bed-registry PORT=5000

network() {
  docker network inspect kind > /dev/null 2>&1 ||
    quietly docker network create --driver bridge --opt com.docker.network.bridge.enable_ip_masquerade=true kind
}

# Running, and in the network of the nodes, which find it by its name.
runs() {
  local state='{{.State.Running}} {{with .NetworkSettings.Networks.kind}}{{.IPAddress}}{{end}}'
  [[ "$(docker inspect --format "$state" "$NAME" 2> /dev/null)" == 'true '?* ]]
}

start() {
  if runs; then return; fi
  # What was stopped keeps its content; what cannot be started again goes.
  docker start "$NAME" > /dev/null 2>&1 && runs && return
  docker rm --force "$NAME" > /dev/null 2>&1 || true
  quietly docker run --detach --restart unless-stopped --name "$NAME" --network kind --publish "127.0.0.1:$PORT:5000" \
    bed-registry:1
  say "registry $NAME was started"
}

wait_for_answer() {
  local _
  for _ in {1..100}; do
    if (: < "/dev/tcp/127.0.0.1/$PORT") 2> /dev/null; then return; fi
    sleep 0.2
  done
  say "$NAME does not answer on 127.0.0.1:$PORT; see: docker logs $NAME"
  return 1
}

# A node asks its mirror for a name without the host.
put() { # IMAGE
  local there="127.0.0.1:$PORT/${1#*/}"
  docker tag "$1" "$there"
  quietly docker push "$there"
}

pod_image
if ! have_image bed-registry:1; then
  derive_image bed-registry:1 "FROM $POD_IMAGE\nENTRYPOINT [\"docker-registry\", \"serve\", \"/etc/registry.yml\"]"
fi
network
start
wait_for_answer
for image in "$@"; do put "$image"; done
