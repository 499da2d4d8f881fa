import type { Kube } from '../../kube/api.js';
import { type KubeObject, NODE } from '../../kube/objects.js';
import { collect } from './pods.js';

interface Node {
  spec?: { unschedulable?: boolean; taints?: { effect: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** The nodes of the cluster. */
export const listNodes = (kube: Kube): Promise<KubeObject[]> => collect(kube.list(NODE));

/** Whether a node's Ready condition holds. */
export function isNodeReady(node: KubeObject): boolean {
  const { conditions = [] } = (node as Node).status ?? {};
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Whether any pod may be put on a node. */
export function takesPods(node: KubeObject): boolean {
  const { unschedulable, taints = [] } = (node as Node).spec ?? {};
  return !unschedulable && !taints.some(({ effect }) => effect !== 'PreferNoSchedule');
}
