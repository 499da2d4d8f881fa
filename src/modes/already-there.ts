import type { Manifests } from '../argocd/manifests.js';
import { keyOf, type Need, needsOutside } from '../argocd/workloads/needs.js';
import { connectExisting } from '../cluster/existing.js';
import type { Deps } from '../deps.js';
import type { InstallInputs } from '../inputs.js';
import { isForbidden, type Kube } from '../kube/api.js';
import { CONFIG_MAP, CRD, type Resource } from '../kube/objects.js';

/** An existing cluster may have what manifests leave out, CRDs above all; one that is made has nothing. */
export async function alreadyThere(
  manifests: Manifests,
  { cluster, ...target }: InstallInputs,
  { signal }: Pick<Deps, 'signal'>,
): Promise<(need: Need) => boolean> {
  const needs = needsOutside(manifests, target.namespace);
  if (cluster !== 'existing' || needs.length === 0) return () => false;
  const { kube } = await connectExisting(target, signal);
  const answers = await Promise.all(
    needs.map(async (need) => ((await mayBeThere(kube, need)) ? [keyOf(need)] : [])),
  );
  const there = new Set(answers.flat());
  return (need) => there.has(keyOf(need));
}

const SERVICE_ACCOUNT: Resource = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};
const RESOURCES = { CustomResourceDefinition: CRD, ConfigMap: CONFIG_MAP, ServiceAccount: SERVICE_ACCOUNT };

/** What may not be looked at is not called missing. */
async function mayBeThere(kube: Kube, { kind, namespace, name }: Need): Promise<boolean> {
  try {
    return (await kube.find(RESOURCES[kind], namespace, name)) !== undefined;
  } catch (error) {
    if (isForbidden(error)) return true;
    throw error;
  }
}
