import { EXIT, type ExitCode } from '../errors.js';
import type { Check, Level, Verdict } from './report.js';

/** What was asked of a drill: the level, and the ids of all checks that have to be proven for it. */
export interface Asked {
  level: Level;
  expected: string[];
}

export interface Objectives {
  /** A sentence on the RPO target that was missed; absent where it was met or none was set. */
  rpoMissed?: string | undefined;
  /** The same for the RTO target. */
  rtoMissed?: string | undefined;
  /** A partial drill ends with exit code 0; its verdict stays PARTIAL. */
  allowPartial?: boolean | undefined;
}

export interface Outcome {
  verdict: Verdict;
  exitCode: ExitCode;
  /** The verdict in a sentence. */
  message: string;
}

/**
 * The verdict over the checks that were made. Fails closed: PASS needs every expected check, and at least one.
 * A failed check outranks a check that broke, that one that ran out of time, that a missed objective, that an
 * unproven check. A command that ran out of time says nothing about the backup, neither good nor bad.
 * A missed objective sets the exit code only: the verdict stays PASS, or PARTIAL if a check is unproven.
 */
export function verdictOf(checks: Check[], asked: Asked, objectives: Objectives = {}): Outcome {
  const failed = checks.filter((check) => check.status === 'fail');
  if (failed.length > 0) return { verdict: 'FAIL', exitCode: EXIT.fail, message: blame(failed, 'failed') };
  const broken = checks.filter((check) => check.status === 'error');
  if (broken.length > 0) {
    return { verdict: 'INFRA_ERROR', exitCode: EXIT.infra, message: blame(broken, 'could not be made') };
  }
  const timedOut = checks.find((check) => check.status === 'timed-out');
  if (timedOut) return { verdict: 'INFRA_ERROR', exitCode: EXIT.infra, message: outOfTime(timedOut) };
  const proven = `The backup restores: all ${asked.expected.length} checks of level ${asked.level} pass.`;
  const unproven = unprovenSentence(checks, asked);
  const verdict = unproven ? 'PARTIAL' : 'PASS';
  const missed = [objectives.rpoMissed, objectives.rtoMissed].filter((sentence) => sentence !== undefined);
  if (missed.length > 0) {
    return { verdict, exitCode: EXIT.objectiveMissed, message: [...missed, unproven ?? proven].join(' ') };
  }
  if (!unproven) return { verdict, exitCode: EXIT.pass, message: proven };
  return { verdict, exitCode: objectives.allowPartial ? EXIT.pass : EXIT.partial, message: unproven };
}

function blame(checks: Check[], what: string): string {
  const [first, ...others] = checks;
  const more =
    others.length === 0 ? '' : ` (${others.length} more ${what}: ${list(others.map(({ id }) => id))})`;
  return `${first!.id} ${what}: ${first!.evidence}${more}`;
}

function outOfTime({ id, evidence }: Check): string {
  return `${id} TIMED_OUT ${evidence.replace(/^TIMED_OUT\s*/, '')}`.trim();
}

function unprovenSentence(checks: Check[], asked: Asked): string | undefined {
  if (asked.expected.length === 0) return `No check is known for level ${asked.level}, so nothing is proven.`;
  const unproven = asked.expected.filter((id) => !isProven(checks, id));
  if (unproven.length === 0) return undefined;
  return `${unproven.length} of the ${asked.expected.length} checks of level ${asked.level} could not be made: ${list(unproven)}.`;
}

/** A check that was made twice counts only where it passed both times. */
function isProven(checks: Check[], id: string): boolean {
  const made = checks.filter((check) => check.id === id);
  return made.length > 0 && made.every((check) => check.status === 'pass');
}

const LISTED = 5;

function list(ids: string[]): string {
  const rest = ids.length - LISTED;
  return ids.slice(0, LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
