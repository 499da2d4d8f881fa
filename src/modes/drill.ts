import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { loadManifests } from '../argocd/manifest-source.js';
import { applyCrds, applyObjects, ensureNamespace } from '../argocd/manifests.js';
import type { Cluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { createDemo } from '../demo/create.js';
import { demoObjects } from '../demo/demo.js';
import type { Deps, ModeResult } from '../deps.js';
import type { DrillInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { makeBackup } from './backup.js';
import { assertSupported, startTarget, verify } from './restore-verify.js';

/**
 * Mode `drill`: a demonstration source on an embedded control plane, a sealed backup of it, and its restore into
 * a second one, all on this machine and all removed at the end.
 */
export async function drill(inputs: DrillInputs, deps: Deps): Promise<ModeResult> {
  assertSupported(inputs);
  const target = startTarget(inputs, deps);
  // The source's failure is reported first; the target's must not end the process meanwhile.
  target?.catch(() => {});
  const source = await startSource(inputs, deps);
  const identity = await generateIdentity();
  const backup = await makeBackup(source, await planBackup(inputs, identity, deps), deps);
  await source.stop();
  return verify(
    backup.written.path,
    { identities: [identity] },
    target,
    { ...inputs, argocdVersion: 'auto' },
    deps,
  );
}

/** A control plane with Argo CD's HA manifests and a realistic instance in it. */
async function startSource(inputs: DrillInputs, deps: Deps): Promise<Cluster> {
  const { recorder, tools, log } = deps;
  const [source, manifests] = await Promise.all([
    startEmbedded('source', inputs.kubernetesVersion, deps),
    loadManifests({ ...inputs, argocdVersion: sourceVersion(inputs) }, tools),
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
