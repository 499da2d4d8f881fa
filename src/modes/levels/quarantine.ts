import { applyMissingCrds, applyObjects, ensureNamespace, type Manifests } from '../../argocd/manifests.js';
import { notInBackup } from '../../argocd/restore.js';
import { assertQuarantined } from '../../argocd/target.js';
import { makesPods } from '../../argocd/workloads/workload.js';
import { includes } from '../../checks/catalog.js';
import { makeCheck, pass } from '../../checks/check.js';
import type { KindCluster } from '../../cluster/cluster.js';
import type { Deps } from '../../deps.js';
import type { Kube } from '../../kube/api.js';
import type { KubeObject } from '../../kube/objects.js';
import { type Quarantine, raiseQuarantine } from '../../quarantine/quarantine.js';
import type { KindDrill } from './drill.js';

/**
 * Raises the quarantine of a kind cluster and proves it, while what reads nothing of a backup comes up: definitions,
 * RBAC, services, redis.
 * @throws DrError (infrastructure) where any part of it cannot be shown: then nothing is imported
 */
export async function quarantined(drill: Omit<KindDrill, 'quarantine'>): Promise<Quarantine> {
  const { cluster, installation, deps, plan, manifests, opened, index } = drill;
  const { recorder } = deps;
  const { namespace } = opened.manifest;
  const [quarantine] = await Promise.all([
    recorder.phase('quarantine', () => raise(cluster, installation.image, deps)),
    recorder.phase('definitions, RBAC and redis', () => {
      // Up to level restore nothing of Argo CD runs.
      const wanted = includes(plan.level, 'running')
        ? () => true
        : (object: KubeObject) => !makesPods(object);
      const objects = notInBackup(installation.base.filter(wanted), opened, index);
      return applyBase(cluster.kube, { ...manifests, objects }, namespace);
    }),
  ]);
  return quarantine;
}

/** redis takes longest to come up: what needs none of the definitions does not wait for them. */
async function applyBase(kube: Kube, { crds, objects }: Manifests, namespace: string): Promise<void> {
  const groups = new Set(crds.map(({ spec }) => (spec as { group: string }).group));
  const isCustom = ({ apiVersion }: KubeObject) => groups.has(apiVersion.split('/')[0]!);
  await ensureNamespace(kube, namespace);
  await Promise.all([
    applyMissingCrds(kube, crds),
    applyObjects(
      kube,
      objects.filter((object) => !isCustom(object)),
      namespace,
    ),
  ]);
  await applyObjects(kube, objects.filter(isCustom), namespace);
}

async function raise(cluster: KindCluster, image: string, deps: Deps): Promise<Quarantine> {
  const { recorder, log, scope, signal } = deps;
  let raised: Quarantine | undefined;
  await makeCheck(recorder, 'restore.quarantine', async () => {
    raised = await raiseQuarantine(cluster, { image, doors: [], log, scope, signal });
    return pass(`${await assertQuarantined(cluster)} Proven: ${raised.evidence}`, raised.details);
  });
  return raised!;
}

/**
 * Does work while the quarantine is watched.
 * @param stop ends the work; called as soon as the quarantine does not hold
 * @throws DrError (infrastructure) with what is wrong with the quarantine, whatever the work made of it
 */
export async function watched<T>(
  quarantine: Quarantine,
  stop: (reason: unknown) => void,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  let broken: unknown;
  const watching = quarantine.watch(ended.signal).catch((error) => {
    if (ended.signal.aborted) return;
    broken = error;
    stop(error);
  });
  try {
    return await work();
  } catch (error) {
    throw broken ?? error;
  } finally {
    ended.abort();
    await watching;
  }
}
