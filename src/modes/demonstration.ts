import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { applyManifests, type Manifests } from '../argocd/manifests.js';
import type { Keys } from '../bundle/select.js';
import type { Cluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { createDemo } from '../demo/create.js';
import { demoObjects } from '../demo/demo.js';
import type { Deps } from '../deps.js';
import type { DrillInputs } from '../inputs.js';
import { makeBackup } from './backup.js';
import type { BackupFile } from './source.js';

/** What a demonstration source is made of. */
export interface Demonstration
  extends Pick<DrillInputs, 'namespace' | 'kubernetesVersion' | 'applications' | 'seed'> {
  /** A version, as its manifests have it. */
  argocdVersion: string;
}

/** A backup, and what opens it. */
export interface OpenableBackup {
  backup: BackupFile;
  keys: Keys;
}

/**
 * Makes a demonstration source on an embedded control plane, and a sealed backup of it. The source is stopped then;
 * the backup lives as long as the run, sealed to a key that nobody keeps.
 */
export async function backUpDemonstration(
  demo: Demonstration,
  manifests: Promise<Manifests>,
  deps: Deps,
): Promise<OpenableBackup> {
  const source = await startSource(demo, manifests, deps);
  const identity = await generateIdentity();
  const { written } = await makeBackup(source, await planBackup(demo, identity, deps), deps);
  await source.stop();
  return {
    backup: { path: written.path, lasting: false, ofThisRun: true },
    keys: { identities: [identity] },
  };
}

/** A control plane with Argo CD's HA manifests and a realistic instance in it. */
async function startSource(demo: Demonstration, loading: Promise<Manifests>, deps: Deps): Promise<Cluster> {
  const { recorder, log } = deps;
  const [source, manifests] = await Promise.all([
    startEmbedded('source', demo.kubernetesVersion, deps),
    loading,
  ]);
  const { kube } = source;
  await recorder.phase('install Argo CD in the source', () =>
    applyManifests(kube, manifests, demo.namespace),
  );
  await recorder.phase('fill the source', async () => {
    const objects = demoObjects(demo);
    await createDemo(kube, objects, (done) => log.progress(`created ${done} of ${objects.length} objects`));
  });
  return source;
}

async function planBackup(demo: Demonstration, identity: string, { scope }: Deps) {
  return {
    namespace: demo.namespace,
    argocdVersion: demo.argocdVersion,
    output: join(scope.privateDir('drill'), 'backups/'),
    recipients: [await identityToRecipient(identity)],
    encryption: 'age' as const,
    passphrase: undefined,
    applicationNamespaces: [],
    applicationsetNamespaces: [],
    minApplications: demo.applications,
    maxShrinkPercent: 0,
    expectedSource: undefined,
  };
}
