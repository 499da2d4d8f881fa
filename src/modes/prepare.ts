import { loadManifests } from '../argocd/manifest-source.js';
import { argocdImageOf, argocdVersionOf, type Manifests } from '../argocd/manifests.js';
import { compareVersions, versionOfBackup } from '../argocd/version.js';
import { kubectlFor } from '../argocd/workloads/kubectl.js';
import type { OpenedBackup } from '../bundle/open.js';
import type { BackupIndex } from '../checks/integrity.js';
import { type Cluster, isKind, type KindCluster } from '../cluster/cluster.js';
import type { Deps } from '../deps.js';
import { invalidInput } from '../errors.js';
import { assertHeld } from '../quarantine/escapes.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import {
  type KindDrill,
  type Prepared,
  type SettledPlan,
  type Stoppable,
  stageInstallation,
} from './levels/drill.js';
import type { BackupFile } from './source.js';

type Opened = OpenedBackup & Pick<BackupFile, 'ofThisRun'>;

/**
 * Gets what a drill of a backup needs beside a cluster: the version to restore into, argocd, and the manifests.
 * @throws DrError (invalid input) for an Argo CD that is older than the backup's, and for manifests that the quarantine
 *   cannot hold; (cannot open) where the backup alone names the version, and it is no release
 */
export async function prepare(
  opened: Opened,
  index: BackupIndex,
  plan: SettledPlan,
  deps: Stoppable,
): Promise<Omit<Prepared, 'secretValues'>> {
  const { namespace, argocdVersion: backedUp } = opened.manifest;
  const own = plan.manifests !== undefined || plan.chartVersion !== undefined;
  const asked = plan.argocdVersion === 'auto' ? versionToRun(opened) : plan.argocdVersion;
  const loading = deps.recorder.phase('manifests', () =>
    loadManifests({ ...plan, namespace, argocdVersion: asked }, deps),
  );
  const argocdVersion = own ? versionOf(await loading, plan, backedUp) : asked;
  assertNotOlder(argocdVersion, backedUp, own);
  const [argocd, manifests] = await Promise.all([
    deps.recorder.phase('argocd', () => deps.tools.get('argocd', argocdVersion)),
    loading,
  ]);
  if (plan.cluster !== 'existing') assertHeld(manifests, plan.cluster === 'kind');
  const rehearsal = own || argocdVersion !== backedUp;
  if (argocdVersion !== backedUp)
    deps.recorder.warn(`Restored into Argo CD ${argocdVersion}, newer than the backup's ${backedUp}.`);
  return { plan, deps, opened, index, argocdVersion, argocd: argocd.path, manifests, rehearsal };
}

const versionToRun = ({ manifest: { argocdVersion }, ofThisRun }: Opened) =>
  ofThisRun ? argocdVersion : versionOfBackup(argocdVersion);

const versionOf = (manifests: Manifests, { argocdVersion }: SettledPlan, backedUp: string) =>
  argocdVersion === 'auto' ? (argocdVersionOf(manifests) ?? backedUp) : argocdVersion;

function assertNotOlder(version: string, backedUp: string, own: boolean): void {
  if (compareVersions(version, backedUp) >= 0) return;
  const [input, remedy] = own
    ? ['the Argo CD of the manifests,', `give manifests of ${backedUp} or newer`]
    : ['argocd-version', `give ${backedUp} or newer, or auto`];
  throw invalidInput(
    `${input} ${version} is older than the backup's ${backedUp}: Argo CD does not support going back; ${remedy}`,
  );
}

/** Tells the report where a drill or an installation takes place. */
export async function noteDrill(
  cluster: Cluster,
  { deps, argocdVersion }: { deps: Pick<Deps, 'recorder'>; argocdVersion: string },
): Promise<void> {
  deps.recorder.drill({
    clusterProvider: cluster.provider,
    argocdVersion,
    kubernetesVersion: await cluster.kube.version(),
    ...(isKind(cluster) ? { clusterName: cluster.name, nodes: cluster.nodes.length } : {}),
  });
}

/** What a drill in a kind cluster needs besides. */
export async function prepareKind(
  cluster: KindCluster,
  prepared: Prepared,
): Promise<Omit<KindDrill, 'quarantine'>> {
  const { deps, plan, manifests } = prepared;
  const image = argocdImageOf(manifests);
  if (image === undefined)
    throw invalidInput(
      'the manifests hold no workload of Argo CD, so nothing could be run: give the whole installation',
    );
  const kubectl = await deps.tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
  return {
    ...prepared,
    cluster,
    installation: stageInstallation(manifests.objects, image, plan.fastStart !== false),
    kubectl: kubectlFor({ ...deps, path: kubectl.path, target: cluster.target }),
    kubectlPath: kubectl.path,
  };
}
