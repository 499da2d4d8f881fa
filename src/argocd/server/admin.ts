import type { Kube } from '../../kube/api.js';
import { CONFIG_MAP } from '../../kube/objects.js';

/**
 * Enables the account admin of a restored Argo CD, in the drill's own copy: without it nothing can ask
 * argocd-server. Only after the restored objects were proven equal, as this changes one of them.
 * argocd-server follows by itself within a moment; `tokenFinding` waits for it.
 */
export async function enableAdmin(kube: Kube, namespace: string): Promise<void> {
  await kube.mergePatch(CONFIG_MAP, namespace, 'argocd-cm', {
    data: { 'admin.enabled': 'true', 'accounts.admin.enabled': null },
  });
}
