#!/usr/bin/env bash
# Makes a Docker daemon answer, and prints the DOCKER_HOST to use: the one that answers already, else the bed's own.
# Environment: BED, and DOCKER_HOST if there is one.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=test/bed/kind/lib.sh
source "$here/lib.sh"

# A folder of its own for each bed: two daemons must not share their containerd.
state="/run/argocd-dr-bed-$(cksum <<< "$BED" | cut --delimiter ' ' --fields 1)"
readonly state SOCKET="unix://$BED/docker/docker.sock"

answers() { # HOST
  DOCKER_HOST="$1" docker version --format '{{.Server.Version}}' > /dev/null 2>&1
}

# A pid file of before a reboot may name a process of today; a daemon then believes that it runs already.
drop_stale_pid() { # FILE PROGRAM
  local pid
  pid="$(cat "$1" 2> /dev/null || true)"
  if [[ "$(cat "/proc/${pid:-none}/comm" 2> /dev/null)" != "$2" ]]; then rm -f "$1"; fi
}

configure() {
  mkdir -p "$BED/docker"
  install -m 755 "$here/runc-without-sys-resource" "$BED/docker/runc"
  cat > "$BED/docker/daemon.json" << JSON
{
  "runtimes": {"bed": {"path": "$BED/docker/runc"}},
  "default-runtime": "bed",
  "data-root": "$BED/docker/data",
  "exec-root": "$state",
  "pidfile": "$BED/docker/dockerd.pid",
  "hosts": ["$SOCKET"]
}
JSON
}

start() {
  packages dockerd=docker.io docker=docker.io containerd=containerd runc=runc iptables=iptables jq=jq
  configure
  drop_stale_pid "$BED/docker/dockerd.pid" dockerd
  drop_stale_pid "$state/containerd/containerd.pid" containerd
  DOCKER_HOST='' setsid dockerd --config-file "$BED/docker/daemon.json" > "$BED/docker/dockerd.log" 2>&1 < /dev/null &
  local pid=$!
  until answers "$SOCKET"; do
    if ! kill -0 "$pid" 2> /dev/null || [[ "$SECONDS" -gt 60 ]]; then
      say "the Docker daemon does not start; the end of $BED/docker/dockerd.log:"
      tail -n 5 "$BED/docker/dockerd.log" >&2
      return 1
    fi
    sleep 0.2
  done
  say "a Docker daemon was started: $SOCKET"
}

# All nodes of all clusters share root's inotify instances: 128, the usual limit, end at about two clusters.
raise_inotify_limit() {
  local setting=fs.inotify.max_user_instances wanted=1024
  if [[ "$(sysctl -n "$setting" 2> /dev/null || echo "$wanted")" -ge "$wanted" ]]; then return; fi
  sysctl -q -w "$setting=$wanted" 2> /dev/null ||
    say "$setting cannot be raised to $wanted here; where it is low, only few clusters can run side by side"
}

raise_inotify_limit
for host in "${DOCKER_HOST:-}" unix:///var/run/docker.sock "$SOCKET"; do
  if [[ -n "$host" ]] && answers "$host"; then
    echo "$host"
    exit
  fi
done
start
echo "$SOCKET"
