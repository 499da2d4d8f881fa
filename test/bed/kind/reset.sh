#!/usr/bin/env bash
# Takes back what the bed has built, for `up` to build it anew: its roots, and its images that no container uses.
# An image that was not built here (it lacks the label), or is in use, stays.
# Environment: BED, DOCKER_HOST.
set -euo pipefail
# shellcheck source=test/bed/kind/lib.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib.sh"

# What has lost its name to a newer image goes by its ID.
readonly NAME_OR_ID='{{if eq .Tag "<none>"}}{{.ID}}{{else}}{{.Repository}}:{{.Tag}}{{end}}'
mapfile -t names < <(docker images --filter "label=$LABEL" --format "$NAME_OR_ID")
for name in "${names[@]}"; do
  if docker rmi "$name" > /dev/null 2>&1; then say "removed $name"; else say "kept $name: it is in use"; fi
done
rm -rf "$BED/roots" "$BED/images"
