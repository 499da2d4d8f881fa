import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../src/cluster/control-plane.js';
import { ARGOCD, tools } from './bed.js';
import { referenceAge } from './reference-age.js';

const SCRIPT = `
set -euo pipefail
cd "$DIR"
"$AGE" -d -i key.txt "$BACKUP" | tar xz
jq -r '.members | to_entries[] | "\\(.value.sha256)  \\(.key)"' manifest.json | sha256sum -c --quiet
NS=$(jq -r .namespace manifest.json)
"$KUBECTL" create namespace "$NS" >/dev/null
"$KUBECTL" apply -n "$NS" --server-side --force-conflicts -f "$MANIFESTS" >/dev/null
until "$KUBECTL" wait --for=condition=Established --timeout=60s crd/applications.argoproj.io crd/applicationsets.argoproj.io >/dev/null 2>&1; do sleep 0.2; done
grep -v '^{' extras.yaml | "$KUBECTL" apply --server-side --force-conflicts -f - >/dev/null
grep '^{' extras.yaml > kept.json || true
if [ -s kept.json ]; then
  "$KUBECTL" create --validate=false -f kept.json >/dev/null 2>&1 || true
  "$KUBECTL" replace --validate=false -f kept.json >/dev/null
fi
"$ARGOCD" admin import -n "$NS" --verbose --prompts-enabled=false \\
  --application-namespaces    "$(jq -r '.applicationNamespaces    | join(",")' manifest.json)" \\
  --applicationset-namespaces "$(jq -r '.applicationsetNamespaces | join(",")' manifest.json)" \\
  - < export.yaml > import.log 2>&1
"$ARGOCD" admin export -n "$NS" > again.yaml
`;

/** The steps of docs/recovery.md with the reference tools only: age, tar, jq, kubectl and argocd. */
export async function recoverByHand(
  plane: ControlPlane,
  backup: string,
  identity: string,
  dir: string,
): Promise<string> {
  const [{ age }, argocd, kubectl, manifests] = await Promise.all([
    referenceAge(),
    tools.get('argocd', ARGOCD),
    tools.get('kubectl', await plane.kube.version()),
    tools.manifests(ARGOCD, { ha: true }),
  ]);
  writeFileSync(join(dir, 'key.txt'), identity, { mode: 0o600 });
  execFileSync('bash', ['-c', SCRIPT], {
    env: {
      ...process.env,
      DIR: dir,
      BACKUP: backup,
      AGE: age,
      ARGOCD: argocd.path,
      KUBECTL: kubectl.path,
      MANIFESTS: manifests,
      KUBECONFIG: plane.target.kubeconfig,
    },
  });
  return join(dir, 'again.yaml');
}
