#!/usr/bin/env bash
# The drill that a careful engineer writes by hand: a kind cluster, Argo CD HA as released, wait for all of it, stop
# what could act, import, and read everything back. It is what the bench compares with.
#   by-hand.sh BACKUP.yaml NAMESPACE
# Environment: KIND, KUBECTL, ARGOCD (programs), MANIFEST (path), NODE_IMAGE (or empty: kind's own choice).
# Prints a line per phase as JSON, with the seconds that the phase took; what was restored goes to standard error.
set -euo pipefail

backup="$(realpath "$1")" namespace="$2" name="by-hand-$$"
work="$(mktemp -d)"
export KUBECONFIG="$work/kubeconfig"
readonly backup namespace name work IDLE=(statefulset/argocd-application-controller
  deployment/argocd-applicationset-controller deployment/argocd-notifications-controller)

clean_up() {
  "$KIND" delete cluster --name "$name" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

# phase NAME FUNCTION: what it says is shown only where it fails.
phase() {
  local start="$EPOCHREALTIME" status=0
  # In a shell of its own, so that its first failure ends it.
  (set -e; "$2") > "$work/log" 2>&1 &
  wait $! || status=$?
  if [[ "$status" != 0 ]]; then
    printf 'phase %s failed:\n' "$1" >&2
    tail -n 20 "$work/log" >&2
    exit 1
  fi
  awk -v name="$1" -v start="$start" -v end="$EPOCHREALTIME" \
    'BEGIN { printf "{\"phase\": \"%s\", \"seconds\": %.1f}\n", name, end - start }'
}

cluster() {
  "$KIND" create cluster --name "$name" ${NODE_IMAGE:+--image "$NODE_IMAGE"} --config - << 'YAML'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes: [{role: control-plane}, {role: worker}, {role: worker}, {role: worker}]
YAML
}

install_argocd() {
  "$KUBECTL" create namespace "$namespace"
  "$KUBECTL" apply --namespace "$namespace" --server-side --filename "$MANIFEST"
}

wait_for_all() {
  local workload
  for workload in $("$KUBECTL" --namespace "$namespace" get deployment,statefulset --output name); do
    "$KUBECTL" --namespace "$namespace" rollout status "$workload" --timeout 600s
  done
}

stop_controllers() {
  "$KUBECTL" --namespace "$namespace" scale "${IDLE[@]}" --replicas 0
}

# `argocd admin import` skips Applications of a namespace that is missing or not allowed, without a word.
import() {
  local other others
  mapfile -t others < <(awk '/^  namespace: / { print $2 }' "$backup" | tr -d "\"'" | sort --unique)
  for other in "${others[@]}"; do
    [[ "$other" == "$namespace" ]] || "$KUBECTL" create namespace "$other"
  done
  "$ARGOCD" admin import --namespace "$namespace" --application-namespaces '*' --applicationset-namespaces '*' - < "$backup"
}

export_again() {
  "$ARGOCD" admin export --namespace "$namespace" --application-namespaces '*' --applicationset-namespaces '*' \
    > "$work/again.yaml"
}

applications() { grep --count '^kind: Application$' "$1" || true; }

begin="$EPOCHREALTIME"
phase cluster cluster
phase install install_argocd
phase ready wait_for_all
phase stop stop_controllers
phase import import
phase export export_again
awk -v start="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "{\"phase\": \"total\", \"seconds\": %.1f}\n", end - start }'
printf 'Applications: %s in the backup, %s restored\n' "$(applications "$backup")" "$(applications "$work/again.yaml")" >&2
[[ "$(applications "$backup")" == "$(applications "$work/again.yaml")" ]]
