import { loadManifests } from '../argocd/manifest-source.js';
import { notInBackup, type RestoreOptions, restore } from '../argocd/restore.js';
import { assertFresh, assertQuarantined } from '../argocd/target.js';
import { compareVersions } from '../argocd/version.js';
import type { OpenedBackup } from '../bundle/open.js';
import { openBackup } from '../bundle/open.js';
import { chooseBackup, type Keys, readKeys } from '../bundle/select.js';
import { expectedChecks } from '../checks/catalog.js';
import { makeCheck, pass } from '../checks/check.js';
import { type BackupIndex, checkIntegrity } from '../checks/integrity.js';
import {
  extrasFinding,
  importFinding,
  negativeControlFinding,
  nothingExtraFinding,
  objectsFinding,
  ownersFinding,
  readBack,
  reExportFinding,
} from '../checks/restore.js';
import type { Cluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { connectExisting } from '../cluster/existing.js';
import type { Deps, ModeResult } from '../deps.js';
import { invalidInput } from '../errors.js';
import { formatDuration, type RestoreVerifyInputs } from '../inputs.js';
import { verdictOf } from '../report/verdict.js';

/** What a drill needs of the inputs. */
export type DrillPlan = Omit<
  RestoreVerifyInputs,
  'mode' | 'backup' | 'identity' | 'identityFile' | 'passphrase'
>;

/** Mode `restore-verify`: from a backup file to a verdict. */
export async function restoreVerify(inputs: RestoreVerifyInputs, deps: Deps): Promise<ModeResult> {
  const path = chooseBackup(inputs.backup);
  const keys = await readKeys(inputs);
  return verify(path, keys, startTarget(inputs, deps), inputs, deps);
}

/**
 * Opens a backup, restores it into a fresh cluster, checks level by level, and concludes.
 * @param target the cluster, being started while the backup is opened; undefined for level `integrity`
 * @param preparedMs what was spent on the target before, and counts for the RTO
 */
export async function verify(
  path: string,
  keys: Keys,
  target: Promise<Cluster> | undefined,
  plan: DrillPlan,
  deps: Deps,
  preparedMs = 0,
): Promise<ModeResult> {
  const { recorder, log } = deps;
  const startMs = recorder.elapsedMs();
  const startedAt = new Date();
  // A backup that cannot be opened is reported first; the target's failure must not end the process meanwhile.
  target?.catch(() => {});
  const { opened, index } = await recorder.phase('open and read backup', () =>
    openAndCheck(path, keys, deps),
  );
  noteBackup(opened, startedAt, recorder);
  log.info(`backup: ${path}, made ${opened.manifest.createdAt} of Argo CD ${opened.manifest.argocdVersion}`);
  if (target) await restoreAndCheck(await target, opened, index, plan, deps);
  recorder.note({ rtoSeconds: (preparedMs + recorder.elapsedMs() - startMs) / 1000 });
  return conclude(path, opened, plan, deps);
}

/** The cluster to restore into, being started; undefined where the level needs none. */
export function startTarget(plan: DrillPlan, deps: Deps): Promise<Cluster> | undefined {
  if (plan.level === 'integrity') return undefined;
  if (plan.cluster === 'existing') return connectExisting(plan, deps.signal);
  return startEmbedded('target', plan.kubernetesVersion, deps);
}

function openAndCheck(path: string, keys: Keys, { recorder, scope, signal }: Deps) {
  const intoDir = scope.privateDir('restore');
  return checkIntegrity(recorder, path, () => openBackup({ path, ...keys, intoDir, signal }));
}

function noteBackup({ manifest, sealed }: OpenedBackup, startedAt: Date, recorder: Deps['recorder']): void {
  const { createdAt, argocdVersion, kubernetesVersion, counts } = manifest;
  recorder.backup({ createdAt, argocdVersion, kubernetesVersion, counts, ...sealed });
  const age = (startedAt.getTime() - Date.parse(createdAt)) / 1000;
  recorder.note({ rpoSeconds: Math.max(0, age) });
}

async function restoreAndCheck(
  cluster: Cluster,
  opened: OpenedBackup,
  index: BackupIndex,
  plan: DrillPlan,
  deps: Deps,
): Promise<void> {
  const { recorder, tools } = deps;
  const version = targetVersion(opened, plan, deps);
  await makeCheck(recorder, 'restore.fresh-target', async () =>
    pass(await assertFresh(cluster, opened.manifest.source.uid)),
  );
  await makeCheck(recorder, 'restore.quarantine', async () => pass(await assertQuarantined(cluster)));
  const [argocd, manifests, kubernetesVersion] = await recorder.phase('get argocd and manifests', () =>
    Promise.all([
      tools.get('argocd', version),
      loadManifests({ ...plan, namespace: opened.manifest.namespace, argocdVersion: version }, tools),
      cluster.kube.version(),
    ]),
  );
  const drill = { clusterProvider: cluster.provider, argocdVersion: version, kubernetesVersion };
  recorder.drill(drill);
  const options: RestoreOptions = {
    ...deps,
    cluster,
    opened,
    index,
    manifests,
    argocd: argocd.path,
    importConcurrency: plan.importConcurrency,
    phase: (name, run) => recorder.phase(name, run),
  };
  const imported = await recorder.phase('restore', () =>
    restore(options, cluster.provider === 'existing' ? [] : notInBackup(manifests.objects, opened, index)),
  );
  await checkRestore(options, imported, deps, (counts) => recorder.drill({ ...drill, counts }));
}

/** The checks of level `restore`, after the import; reading back and exporting again overlap. */
async function checkRestore(
  options: RestoreOptions,
  imported: Awaited<ReturnType<typeof restore>>,
  { recorder, scope }: Deps,
  noteCounts: (counts: Record<string, number>) => void,
): Promise<void> {
  const { opened } = options;
  await makeCheck(recorder, 'restore.import', () => importFinding(imported, options));
  const exportingAgain = recorder.phase('export again', () =>
    reExportFinding(options, scope.privateDir('re-export')),
  );
  exportingAgain.catch(() => {});
  const back = await recorder.phase('read back', () => readBack(options));
  noteCounts(back.counts);
  await recorder.phase('compare', async () => {
    await makeCheck(recorder, 'restore.objects', () => objectsFinding(options, back));
    await makeCheck(recorder, 'restore.nothing-extra', () => nothingExtraFinding(options, back));
    await makeCheck(recorder, 'restore.extras', () => extrasFinding(options));
    await makeCheck(recorder, 'restore.owners', () => ownersFinding(opened.manifest.ownerReferences, back));
    await makeCheck(recorder, 'restore.negative-control', () => negativeControlFinding(options, back));
  });
  await makeCheck(recorder, 'restore.re-export', () => exportingAgain);
}

/** The backup's version, or a newer one that was asked for. */
function targetVersion({ manifest }: OpenedBackup, { argocdVersion }: DrillPlan, { recorder }: Deps): string {
  if (argocdVersion === 'auto') return manifest.argocdVersion;
  const order = compareVersions(argocdVersion, manifest.argocdVersion);
  if (order < 0)
    throw invalidInput(
      `argocd-version ${argocdVersion} is older than the backup's ${manifest.argocdVersion}: Argo CD does not support going back; give ${manifest.argocdVersion} or newer, or auto`,
    );
  if (order > 0)
    recorder.warn(
      `Restored into Argo CD ${argocdVersion}, newer than the backup's ${manifest.argocdVersion}.`,
    );
  return argocdVersion;
}

const levelOf = ({ level }: DrillPlan) => (level === 'auto' ? 'restore' : level);

function conclude(path: string, opened: OpenedBackup, plan: DrillPlan, { recorder }: Deps): ModeResult {
  const { rpoSeconds, rtoSeconds, checks } = recorder.finish({
    verdict: 'PARTIAL',
    exitCode: 7,
    message: '',
  });
  const outcome = verdictOf(
    checks,
    { level: levelOf(plan), expected: expectedChecks({ ...plan, level: levelOf(plan) }) },
    {
      rpoMissed: missed('RPO', 'the backup is', rpoSeconds, plan.rpoTarget),
      rtoMissed: missed('RTO', 'the restore took', rtoSeconds, plan.rtoTarget),
      allowPartial: plan.allowPartial,
    },
  );
  return {
    report: recorder.finish(outcome),
    outputs: {
      'backup-path': path,
      'rpo-seconds': String(Math.round(rpoSeconds ?? 0)),
      'rto-seconds': String(Math.round(rtoSeconds ?? 0)),
      applications: String(opened.manifest.counts.Application ?? 0),
    },
  };
}

function missed(
  name: 'RPO' | 'RTO',
  what: string,
  seconds: number | null,
  targetMs: number | undefined,
): string | undefined {
  if (targetMs === undefined || seconds === null || seconds * 1000 <= targetMs) return undefined;
  const old = name === 'RPO' ? ' old' : '';
  return `${name} target missed: ${what} ${formatDuration(Math.round(seconds * 1000))}${old}, the target is ${formatDuration(targetMs)}.`;
}
