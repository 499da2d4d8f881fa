import type { Kube } from './api.js';
import { DEPLOYMENT, type KubeObject, STATEFUL_SET } from './objects.js';

/** The Deployments and StatefulSets of a namespace, or of all namespaces where none is given. */
export async function listWorkloads(kube: Kube, namespace?: string): Promise<KubeObject[]> {
  const workloads: KubeObject[] = [];
  for (const resource of [DEPLOYMENT, STATEFUL_SET])
    for await (const workload of kube.list(resource, { namespace })) workloads.push(workload);
  return workloads;
}
