import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { loadManifests } from '../argocd/manifest-source.js';
import { applyManifests, applyMissingCrds, type Manifests } from '../argocd/manifests.js';
import type { Cluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { createDemo } from '../demo/create.js';
import { demoObjects } from '../demo/demo.js';
import type { Deps, ModeResult } from '../deps.js';
import type { DrillInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { makeBackup } from './backup.js';
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
  const source = await startSource(inputs, manifests, deps);
  const identity = await generateIdentity();
  const backup = await makeBackup(source, await planBackup(inputs, identity, deps), deps);
  await source.stop();
  const ready = await target;
  const { report, outputs } = await verify(
    backup.written.path,
    { identities: [identity] },
    ready && firstThen(ready.cluster, start),
    plan,
    deps,
    ready?.preparedMs,
  );
  // The backup goes with the drill.
  const { 'backup-path': _, ...lasting } = outputs;
  return { report, outputs: lasting };
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

/** A control plane with Argo CD's HA manifests and a realistic instance in it. */
async function startSource(inputs: DrillInputs, loading: Promise<Manifests>, deps: Deps): Promise<Cluster> {
  const { recorder, log } = deps;
  const [source, manifests] = await Promise.all([
    startEmbedded('source', inputs.kubernetesVersion, deps),
    loading,
  ]);
  const { kube } = source;
  await recorder.phase('install Argo CD in the source', () =>
    applyManifests(kube, manifests, inputs.namespace),
  );
  await recorder.phase('fill the source', async () => {
    const objects = demoObjects(inputs);
    await createDemo(kube, objects, (done) => log.progress(`created ${done} of ${objects.length} objects`));
  });
  return source;
}

const sourceVersion = ({ argocdVersion }: DrillInputs) =>
  argocdVersion === 'auto' ? DEFAULT_VERSIONS.argocd : argocdVersion;

/** The drill's backup lives as long as the drill: it is sealed to a key that nobody keeps. */
async function planBackup(inputs: DrillInputs, identity: string, { scope }: Deps) {
  return {
    namespace: inputs.namespace,
    argocdVersion: sourceVersion(inputs),
    output: join(scope.privateDir('drill'), 'backups/'),
    recipients: [await identityToRecipient(identity)],
    encryption: 'age' as const,
    passphrase: undefined,
    applicationNamespaces: [],
    applicationsetNamespaces: [],
    minApplications: inputs.applications,
    maxShrinkPercent: 0,
    expectedSource: undefined,
  };
}
