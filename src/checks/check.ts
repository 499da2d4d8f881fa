import { DrError, EXIT } from '../errors.js';
import type { Recorder } from '../report/recorder.js';
import type { Check, Difference } from '../report/report.js';
import { CHECKS, type CheckId } from './catalog.js';

/** What a check found. */
export interface Finding {
  status: Check['status'];
  evidence: string;
  /** Lines for who wants to look closer; never a secret value. */
  details?: string[];
  differences?: Difference[];
}

export const pass = (evidence: string, details: string[] = []): Finding => ({
  status: 'pass',
  evidence,
  details,
});
export const fail = (evidence: string, differences: Difference[] = [], details: string[] = []): Finding => ({
  status: 'fail',
  evidence,
  details,
  differences,
});
/** What was asked could not be looked at: neither proven nor disproven. */
export const skipped = (evidence: string, details: string[] = []): Finding => ({
  status: 'skipped',
  evidence,
  details,
});

/**
 * Makes one check and records it. A check that finds the backup unfit records `fail`; one that could not be made
 * records `error` and throws on.
 */
export async function makeCheck(
  recorder: Recorder,
  id: CheckId,
  find: () => Finding | Promise<Finding>,
): Promise<Finding> {
  const start = performance.now();
  const record = (status: Check['status'], evidence: string, details: string[] = []) =>
    recorder.check({
      id,
      ...CHECKS[id],
      status,
      evidence,
      ...(details.length > 0 ? { details } : {}),
      durationMs: Math.round(performance.now() - start),
    });
  try {
    const finding = await find();
    record(finding.status, finding.evidence, finding.details);
    recorder.differences(finding.differences ?? []);
    return finding;
  } catch (error) {
    const unfit =
      error instanceof DrError && (error.exitCode === EXIT.cannotOpen || error.exitCode === EXIT.fail);
    record(unfit ? 'fail' : 'error', recorder.messageOf(error));
    throw error;
  }
}
