import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { loadManifests } from '../argocd/manifest-source.js';
import {
  applyCrds,
  applyMissingCrds,
  applyObjects,
  ensureNamespace,
  type Manifests,
} from '../argocd/manifests.js';
import type { Cluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { createDemo } from '../demo/create.js';
import { demoObjects } from '../demo/demo.js';
import type { Deps, ModeResult } from '../deps.js';
import type { DrillInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { makeBackup } from './backup.js';
import { startTarget, verify } from './restore-verify.js';

/**
 * Mode `drill`: a demonstration source on an embedded control plane, a sealed backup of it, and its restore into
 * a second one, all on this machine and all removed at the end.
 */
export async function drill(inputs: DrillInputs, deps: Deps): Promise<ModeResult> {
  const manifests = loadManifests({ ...inputs, argocdVersion: sourceVersion(inputs) }, deps.tools);
  // Found while the clusters start; its use reports what went wrong.
  deps.tools.get('argocd', sourceVersion(inputs)).catch(() => {});
  const target = prepareTarget(inputs, manifests, deps);
  // The source's failure is reported first; the target's must not end the process meanwhile.
  target?.catch(() => {});
  const source = await startSource(inputs, manifests, deps);
  const identity = await generateIdentity();
  const backup = await makeBackup(source, await planBackup(inputs, identity, deps), deps);
  await source.stop();
  const plan = { ...inputs, argocdVersion: 'auto' };
  const ready = await target;
  const { report, outputs } = await verify(
    backup.written.path,
    { identities: [identity] },
    ready && Promise.resolve(ready.cluster),
    plan,
    deps,
    ready?.preparedMs,
  );
  // The backup goes with the drill.
  const { 'backup-path': _, ...lasting } = outputs;
  return { report, outputs: lasting };
}

interface PreparedTarget {
  cluster: Cluster;
  /** How long it took: part of the RTO, though it was done beside the backup. */
  preparedMs: number;
}

/** The cluster to restore into, with the CRDs in it by the time the backup is there; undefined where none is needed. */
function prepareTarget(
  inputs: DrillInputs,
  manifests: Promise<Manifests>,
  deps: Deps,
): Promise<PreparedTarget> | undefined {
  const startMs = deps.recorder.elapsedMs();
  return startTarget(inputs, deps)?.then(async (cluster) => {
    const { crds } = await manifests;
    await deps.recorder.phase('CRDs in the target', () => applyMissingCrds(cluster.kube, crds));
    return { cluster, preparedMs: deps.recorder.elapsedMs() - startMs };
  });
}

/** A control plane with Argo CD's HA manifests and a realistic instance in it. */
async function startSource(inputs: DrillInputs, loading: Promise<Manifests>, deps: Deps): Promise<Cluster> {
  const { recorder, log } = deps;
  const [source, manifests] = await Promise.all([
    startEmbedded('source', inputs.kubernetesVersion, deps),
    loading,
  ]);
  const { kube } = source;
  await recorder.phase('install Argo CD in the source', async () => {
    await ensureNamespace(kube, inputs.namespace);
    await applyCrds(kube, manifests.crds);
    await applyObjects(kube, manifests.objects, inputs.namespace);
  });
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
