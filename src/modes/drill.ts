import { loadManifests } from '../argocd/manifest-source.js';
import { applyMissingCrds, type Manifests } from '../argocd/manifests.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Deps, ModeResult } from '../deps.js';
import type { DrillInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { backUpDemonstration } from './demonstration.js';
import { settle } from './plan.js';
import { stoppable, verify } from './restore-verify.js';
import { type StartTarget, startTarget } from './target.js';

/**
 * Mode `drill`: a demonstration source on an embedded control plane, a sealed backup of it, and its restore into
 * another cluster, all on this machine and all removed at the end.
 */
export async function drill(inputs: DrillInputs, outer: Deps): Promise<ModeResult> {
  const deps = stoppable(outer);
  const plan = await settle({ ...inputs, argocdVersion: 'auto' }, { quick: true }, deps);
  const manifests = loadManifests({ ...inputs, argocdVersion: sourceVersion(inputs) }, deps);
  // Found while the clusters start; its use reports what went wrong.
  deps.tools.get('argocd', sourceVersion(inputs)).catch(() => {});
  const start = () => startTarget({ ...plan, argocdVersion: sourceVersion(inputs) }, undefined, deps);
  const target = plan.level === 'integrity' ? undefined : prepareTarget(start, manifests, deps);
  // The source's failure is reported first; the target's must not end the process meanwhile.
  target?.catch(() => {});
  const demo = { ...inputs, argocdVersion: sourceVersion(inputs) };
  const { backup, keys } = await backUpDemonstration(demo, manifests, deps);
  const ready = await target;
  return verify(backup, keys, ready && firstThen(ready.cluster, start), plan, deps, ready?.preparedMs);
}

/** The cluster that is ready, then new ones. */
function firstThen(ready: Cluster, start: StartTarget): StartTarget {
  let first: Cluster | undefined = ready;
  return async () => {
    const cluster = first ?? (await start());
    first = undefined;
    return cluster;
  };
}

interface PreparedTarget {
  cluster: Cluster;
  /** How long it took: part of the RTO, though it was done beside the backup. */
  preparedMs: number;
}

/** The cluster to restore into, with the CRDs in it by the time the backup is there. */
async function prepareTarget(
  start: StartTarget,
  manifests: Promise<Manifests>,
  { recorder }: Deps,
): Promise<PreparedTarget> {
  const startMs = recorder.elapsedMs();
  const cluster = await start();
  const { crds } = await manifests;
  await recorder.phase('CRDs in the target', () => applyMissingCrds(cluster.kube, crds));
  return { cluster, preparedMs: recorder.elapsedMs() - startMs };
}

const sourceVersion = ({ argocdVersion }: DrillInputs) =>
  argocdVersion === 'auto' ? DEFAULT_VERSIONS.argocd : argocdVersion;
