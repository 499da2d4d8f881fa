import { assertChangesOwn, describePlan, planRestore } from '../argocd/restore-plan.js';
import { assertFresh, assertQuarantined } from '../argocd/target.js';
import type { BesideRecord } from '../bundle/manifest.js';
import type { OpenedBackup } from '../bundle/open.js';
import { openBackup } from '../bundle/open.js';
import type { Keys } from '../bundle/select.js';
import { includes } from '../checks/catalog.js';
import { makeCheck, pass } from '../checks/check.js';
import { checkIntegrity } from '../checks/integrity.js';
import { type Cluster, isKind } from '../cluster/cluster.js';
import type { Deps, ModeResult } from '../deps.js';
import { CutOff } from '../errors.js';
import type { RestoreVerifyInputs } from '../inputs.js';
import { label } from '../kube/objects.js';
import { some } from '../log.js';
import { conclude, hasFailed, isToCome, tellRestored } from './conclude.js';
import { customCommand } from './levels/custom.js';
import type { KindDrill, Prepared, SettledPlan, Stoppable } from './levels/drill.js';
import { engineLevel } from './levels/engine.js';
import { quarantined, watched } from './levels/quarantine.js';
import { renderLevel } from './levels/render.js';
import { installedBeside, restoreLevel } from './levels/restore.js';
import { runningLevel } from './levels/running.js';
import { settle } from './plan.js';
import { noteDrill, prepare, prepareKind } from './prepare.js';
import { type BackupFile, obtainBackup } from './source.js';
import { keepLogs, type StartTarget, startTarget } from './target.js';

/** Mode `restore-verify`: from a backup file, or an artifact of this repository, to a verdict. */
export async function restoreVerify(inputs: RestoreVerifyInputs, outer: Deps): Promise<ModeResult> {
  const deps = stoppable(outer);
  const plan = await settle(inputs, { quick: false }, deps);
  const lookedAtMs = deps.recorder.elapsedMs();
  const { backup, keys } = await obtainBackup(inputs, deps);
  // Who recovers has to find the backup too, and makes no demonstration.
  const obtainedMs = inputs.backup.from === 'demonstration' ? 0 : deps.recorder.elapsedMs() - lookedAtMs;
  const start = plan.level === 'integrity' ? undefined : () => startTarget(plan, backup.path, deps);
  return verify(backup, keys, start, plan, deps, obtainedMs);
}

/** The same surroundings, with work that can be stopped from within. */
export function stoppable(deps: Deps): Stoppable {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  return { ...deps, signal, stop: (reason) => stopping.abort(reason) };
}

/**
 * Opens a backup, restores it into a fresh cluster, checks level by level, and concludes.
 * @param start makes the cluster, while the backup is opened; undefined for level `integrity`
 * @param preparedMs what was spent before, on the target or on finding the backup, and counts for the RTO
 */
export async function verify(
  backup: BackupFile,
  keys: Keys,
  start: StartTarget | undefined,
  plan: SettledPlan,
  deps: Stoppable,
  preparedMs = 0,
): Promise<ModeResult> {
  const { recorder, log, runner, scope, signal } = deps;
  const startMs = recorder.elapsedMs();
  const startedAt = new Date();
  const target = start?.();
  // A backup that cannot be opened is reported first; the target's failure must not end the process meanwhile.
  target?.catch(() => {});
  const { opened, index, secrets } = await recorder.phase('open and read backup', () => {
    const intoDir = scope.privateDir('restore');
    const { path } = backup;
    const open = () => openBackup({ path, ...keys, intoDir, signal });
    return checkIntegrity(recorder, path, open, plan.namespace, runner, signal);
  });
  noteBackup(opened, startedAt, recorder);
  noteCoverage(opened, recorder);
  log.info(
    `backup: ${backup.path}, made ${opened.manifest.createdAt} of Argo CD ${opened.manifest.argocdVersion}`,
  );
  if (start && target) {
    const prepared = await prepare({ ...opened, ofThisRun: backup.ofThisRun === true }, index, plan, deps);
    await climb(target, start, { ...prepared, secretValues: secrets });
  }
  recorder.note({ rtoSeconds: (preparedMs + recorder.elapsedMs() - startMs) / 1000 });
  return conclude(backup, opened, plan, deps);
}

function noteBackup({ manifest, sealed }: OpenedBackup, startedAt: Date, recorder: Deps['recorder']): void {
  const { createdAt, argocdVersion, kubernetesVersion, counts } = manifest;
  recorder.backup({ createdAt, argocdVersion, kubernetesVersion, counts, ...sealed });
  const age = (startedAt.getTime() - Date.parse(createdAt)) / 1000;
  recorder.note({ rpoSeconds: Math.max(0, age) });
  if (isToCome(createdAt, startedAt))
    recorder.warn(
      `The backup says that it was made at ${createdAt}, which is yet to come: check the clocks.`,
    );
}

const besideText = (record: BesideRecord) => `${label(record)} (${record.reason})`;

/** What the backup itself says that it does not hold, for whoever reads the verdict only. */
function noteCoverage({ manifest }: OpenedBackup, recorder: Deps['recorder']): void {
  const { coverage, besideExport = [] } = manifest;
  const { leftOut, unresolvedReferences } = coverage;
  if (besideExport.length > 0)
    recorder.warn(
      `Kept beside the export, as YAML does not carry what is in them: ${some(besideExport.map(besideText))}.`,
    );
  if (leftOut.length > 0)
    recorder.warn(
      `The backup leaves out ${leftOut.length}: ${some(leftOut.map(({ object, reason }) => `${object} (${reason})`))}.`,
    );
  if (unresolvedReferences.length > 0)
    recorder.warn(
      `Not there when it was made, or not readable, and so not in the backup: ${some(unresolvedReferences)}.`,
    );
}

/**
 * All levels that were asked for, in a cluster; once more in a new one where it was lost in the middle of the restore.
 * What breaks after a check has failed does not hide that the backup does not restore.
 */
async function climb(first: Promise<Cluster>, start: StartTarget, prepared: Prepared): Promise<void> {
  const { recorder, log, signal } = prepared.deps;
  const cluster = await first;
  const made = recorder.checks.length;
  try {
    await climbIn(cluster, prepared);
  } catch (error) {
    if (signal.aborted) throw error;
    const said = recorder.messageOf(error);
    if (hasFailed(recorder)) return recorder.warn(`The drill went no further: ${said}`);
    if (!isLost(error, cluster, prepared)) throw error;
    log.warn(`${said}; once more, in a new cluster`);
    recorder.warn(`The restore was cut off and begun again in a new cluster: ${said}`);
    recorder.forgetChecks(made);
    await cluster.stop();
    await climbIn(await start(), prepared);
  }
}

/** Whether a restore was cut off that a new cluster may let through. */
const isLost = (error: unknown, { provider }: Cluster, { deps: { recorder } }: Prepared) =>
  error instanceof CutOff &&
  provider !== 'existing' &&
  !recorder.checks.some(({ id, status }) => id === 'restore.import' && status !== 'error');

async function climbIn(cluster: Cluster, prepared: Prepared): Promise<void> {
  const { deps, opened } = prepared;
  const { recorder } = deps;
  await noteDrill(cluster, prepared);
  await makeCheck(recorder, 'restore.fresh-target', async () => {
    const fresh = await assertFresh(cluster, opened.manifest.source.uid);
    return cluster.provider === 'existing' ? planned(fresh, cluster, prepared) : pass(fresh);
  });
  if (isKind(cluster)) return climbQuarantined(await prepareKind(cluster, prepared));
  await makeCheck(recorder, 'restore.quarantine', async () => pass(await assertQuarantined(cluster)));
  const drill = { ...prepared, cluster };
  await restoreLevel(drill, installedBeside(drill));
}

/** Tells, before the first write, what a restore changes in a cluster of others. */
async function planned(fresh: string, { kube }: Cluster, prepared: Prepared) {
  const { opened, index, manifests, deps } = prepared;
  const plan = await planRestore(kube, opened, index, manifests.crds);
  deps.log.info(describePlan(plan, Number.POSITIVE_INFINITY));
  assertChangesOwn(plan, prepared.plan.namespace, kube.server);
  const changed = plan.changed.map((object) => `changed: ${label(object)}`);
  return pass(`${fresh} ${describePlan(plan)}`, changed.sort());
}

async function climbQuarantined(unguarded: Omit<KindDrill, 'quarantine'>): Promise<void> {
  try {
    const drill = { ...unguarded, quarantine: await quarantined(unguarded) };
    await watched(drill.quarantine, drill.deps.stop, async () => {
      await restoreLevel(drill, []);
      tellRestored(drill);
      if (includes(drill.plan.level, 'running') && !hasFailed(drill.deps.recorder)) await climbOn(drill);
    });
    if (hasFailed(drill.deps.recorder)) await keepDrillLogs(drill);
  } catch (error) {
    await keepDrillLogs(unguarded);
    throw error;
  }
}

const keepDrillLogs = ({ cluster, plan, secretValues, deps }: Omit<KindDrill, 'quarantine'>) =>
  keepLogs(cluster, plan.reportDir, deps, secretValues);

/** The levels at which Argo CD runs. Each begins only where nothing has failed before. */
async function climbOn(drill: KindDrill): Promise<void> {
  const { plan, deps, quarantine } = drill;
  const { level, render, verifyCommand } = plan;
  const goesOn = () => !hasFailed(deps.recorder);
  const served = await runningLevel(drill);
  if (includes(level, 'engine') && goesOn()) await engineLevel(drill, served);
  const renders = level === 'render' || (level === 'custom' && render !== 'none');
  if (renders && goesOn()) await renderLevel(drill, served);
  if (verifyCommand !== undefined && goesOn()) await customCommand(drill, served, verifyCommand);
  await makeCheck(deps.recorder, 'running.quarantine-held', async () => {
    const { evidence, details } = await quarantine.conclude();
    return pass(evidence, details);
  });
}
