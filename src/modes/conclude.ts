import { instanceObjects } from '../argocd/index.js';
import type { OpenedBackup } from '../bundle/open.js';
import { expectedChecks, includes } from '../checks/catalog.js';
import type { Deps, ModeResult } from '../deps.js';
import { formatDuration } from '../inputs.js';
import { renderEarlyVerdict } from '../report/early.js';
import type { Recorder } from '../report/recorder.js';
import { verdictOf } from '../report/verdict.js';
import type { KindDrill, SettledPlan } from './levels/drill.js';
import type { BackupFile } from './source.js';

/** Whether a check has shown that the backup does not restore. */
export const hasFailed = ({ checks }: Recorder): boolean => checks.some(({ status }) => status === 'fail');

/** Tells the verdict of level `restore` as soon as it is known; the levels above take far longer. */
export function tellRestored({ plan, deps: { recorder, log }, index }: KindDrill): void {
  const { checks } = recorder;
  const expected = expectedChecks({ level: 'restore', render: 'none' });
  const made = checks.filter(({ level }) => includes('restore', level));
  const facts = { level: 'restore' as const, expected, elapsedMs: recorder.elapsedMs(), next: plan.level };
  log.info(renderEarlyVerdict(made, { ...facts, objects: instanceObjects(index).length }));
}

/** The verdict over all checks that were asked for, against the objectives. */
export async function conclude(
  backup: BackupFile,
  opened: OpenedBackup,
  plan: SettledPlan,
  { recorder }: Deps,
): Promise<ModeResult> {
  const { rpoSeconds = null, rtoSeconds = null } = recorder.facts;
  const asked = { level: plan.level, expected: expectedChecks(plan) };
  const rpoMissed =
    plan.rpoTarget !== undefined && isToCome(opened.manifest.createdAt, new Date())
      ? 'RPO target missed: how old the backup is cannot be told, as it says that it is yet to be made.'
      : missed('RPO', 'the backup is', rpoSeconds, plan.rpoTarget);
  const cause = rpoMissed && (await backup.whyStale?.());
  const outcome = verdictOf([...recorder.checks], asked, {
    rpoMissed: cause ? `${rpoMissed} ${cause}` : rpoMissed,
    rtoMissed: missed('RTO', 'the restore took', rtoSeconds, plan.rtoTarget),
    allowPartial: plan.allowPartial,
  });
  return {
    report: recorder.finish(outcome),
    outputs: {
      ...(backup.lasting ? { 'backup-path': backup.path } : {}),
      'rpo-seconds': String(Math.round(rpoSeconds ?? 0)),
      'rto-seconds': String(Math.round(rtoSeconds ?? 0)),
      applications: String(opened.manifest.counts.Application ?? 0),
    },
  };
}

/** Two machines' clocks may differ by so much. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Whether a backup claims to be made later than now. */
export const isToCome = (createdAt: string, now: Date): boolean =>
  Date.parse(createdAt) > now.getTime() + CLOCK_SKEW_MS;

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
