import type { Kube } from '../../kube/api.js';
import { CONFIG_MAP, SECRET } from '../../kube/objects.js';
import { eventsOf, listEvents, type Pod } from './pods.js';
import { missingObject, type Trouble } from './trouble.js';

/** Mounting is looked into only for pods that have been in the making for longer: most are up before. */
const LATE_MS = 15_000;
const GRACE_MS = 10_000;

/**
 * The ConfigMaps and Secrets that keep pods' volumes from being mounted. A pod's status does not say so, its events
 * do; and since those outlive the trouble, the objects are looked for as well.
 */
export async function mountTroubles(
  kube: Kube,
  namespace: string,
  pods: readonly Pod[],
): Promise<Map<Pod, Trouble>> {
  const troubles = new Map<Pod, Trouble>();
  const late = pods.filter((pod) => isBeingMade(pod) && isLate(pod));
  if (late.length === 0) return troubles;
  const events = await listEvents(kube, namespace);
  for (const pod of late) {
    const own = eventsOf(events, { kind: 'Pod', name: pod.metadata.name });
    const message = own.findLast(({ reason }) => reason === 'FailedMount')?.message ?? '';
    const missing = missingObject(message);
    if (!missing) continue;
    const resource = missing.kind === 'Secret' ? SECRET : CONFIG_MAP;
    if (await kube.find(resource, namespace, missing.name)) continue;
    troubles.set(pod, { kind: 'missing', reason: 'FailedMount', message, graceMs: GRACE_MS });
  }
  return troubles;
}

const CREATING = new Set(['ContainerCreating', 'PodInitializing']);

/** On a node, and not one of its containers has ever been started. */
function isBeingMade({ spec, status }: Pod): boolean {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const creating = all.every(({ state }) => CREATING.has(state?.waiting?.reason ?? ''));
  return spec.nodeName !== undefined && all.length > 0 && creating;
}

const isLate = ({ metadata }: Pod) => Date.now() - Date.parse(metadata.creationTimestamp ?? '') > LATE_MS;
