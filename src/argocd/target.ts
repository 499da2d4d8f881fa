import type { Cluster } from '../cluster/cluster.js';
import { infraError, invalidInput } from '../errors.js';
import { isNotFound, type Kube } from '../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  type KubeObject,
  label,
  NODE,
  POD,
  type Resource,
} from '../kube/objects.js';
import { listWorkloads } from '../kube/workloads.js';
import { keyOfObject } from './listing.js';
import { clusterUid } from './source.js';

/**
 * Asserts that a cluster may be restored into: it is not the backup's source, and holds no Applications, no
 * ApplicationSets and no AppProjects but `default`.
 * @returns the evidence
 * @throws DrError (invalid input) that names what is in the way
 */
export async function assertFresh({ kube }: Cluster, sourceUid: string): Promise<string> {
  const uid = await clusterUid(kube);
  if (uid === sourceUid)
    throw invalidInput(
      `the target cluster ${kube.server} is the source of this backup (kube-system UID ${uid}): a drill never restores into its source; give another cluster`,
    );
  for (const resource of [APPLICATION, APPLICATION_SET, APP_PROJECT]) {
    const found = await firstOf(kube, resource);
    if (found)
      throw invalidInput(
        `the target cluster ${kube.server} is not fresh: it has ${label(keyOfObject(found))}; give a cluster without Applications, ApplicationSets and AppProjects but default`,
      );
  }
  return `kube-system UID ${uid}, another than the source's; no Applications, ApplicationSets or AppProjects but default.`;
}

async function firstOf(kube: Kube, resource: Resource): Promise<KubeObject | undefined> {
  try {
    for await (const object of kube.list(resource))
      if (resource !== APP_PROJECT || object.metadata.name !== 'default') return object;
  } catch (error) {
    // Without the CRD there are none.
    if (!isNotFound(error)) throw error;
  }
  return undefined;
}

/** What would act on restored objects: Argo CD's controllers, whatever they are called in an installation. */
const CONTROLLERS = /application-controller|applicationset-controller|notifications-controller/;

/** Whether a workload is one of Argo CD's controllers, by its name and labels. */
export function isController({ metadata }: KubeObject): boolean {
  const { 'app.kubernetes.io/name': name = '', 'app.kubernetes.io/component': component = '' } =
    metadata.labels ?? {};
  return [metadata.name, name, component].some((text) => CONTROLLERS.test(text));
}

interface Scaled {
  replicas?: number;
}

/**
 * Asserts that nothing in the target acts on what will be restored.
 * @returns the evidence
 * @throws DrError (infrastructure) that names the workload to scale down
 */
export async function assertQuarantined({ kube, provider }: Cluster): Promise<string> {
  if (provider === 'control-plane') return assertNothingRuns(kube);
  if (!(await firstOf(kube, NODE)))
    return 'the target has no nodes: nothing of the restored Argo CD can start, so nothing it names can be contacted.';
  const acting = (await listWorkloads(kube)).filter(actsOnApplications);
  const running = acting.map((workload) => label(keyOfObject(workload)));
  if (running.length > 0)
    throw infraError(
      `the target cluster runs controllers of Argo CD, which would act on what is restored: ${running.join(', ')}; scale them to zero first`,
    );
  const network =
    provider === 'kind'
      ? 'pods are cut off by the rules of its nodes'
      : 'the network of the target is not cut off by this provider';
  return `no controller of Argo CD has replicas in any namespace of the target; ${network}.`;
}

/** The embedded control plane's quarantine: without a node no pod can start, whatever is restored. */
async function assertNothingRuns(kube: Kube): Promise<string> {
  for (const resource of [NODE, POD]) {
    const found = await firstOf(kube, resource);
    if (found)
      throw infraError(
        `the embedded control plane has ${label(keyOfObject(found))}, and must have no nodes and no pods: start the drill again`,
      );
  }
  return 'no nodes and no pods in the embedded control plane: nothing of the restored Argo CD can start, so nothing it names can be contacted.';
}

function actsOnApplications(workload: KubeObject): boolean {
  const { spec, status } = workload;
  const wanted = (spec as Scaled | undefined)?.replicas ?? 1;
  const present = (status as Scaled | undefined)?.replicas ?? 0;
  return isController(workload) && (wanted > 0 || present > 0);
}
