import { DrError, EXIT, messageOf } from '../errors.js';
import type { Recorder } from '../report/recorder.js';
import type { Difference } from '../report/report.js';
import { CHECKS, type CheckId } from './catalog.js';

/** What a check found. */
export interface Finding {
  status: 'pass' | 'fail';
  evidence: string;
  differences?: Difference[];
}

export const pass = (evidence: string): Finding => ({ status: 'pass', evidence });
export const fail = (evidence: string, differences: Difference[] = []): Finding => ({
  status: 'fail',
  evidence,
  differences,
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
  const record = (status: 'pass' | 'fail' | 'error', evidence: string) =>
    recorder.check({
      id,
      ...CHECKS[id],
      status,
      evidence,
      durationMs: Math.round(performance.now() - start),
    });
  try {
    const finding = await find();
    record(finding.status, finding.evidence);
    recorder.differences(finding.differences ?? []);
    return finding;
  } catch (error) {
    const unfit =
      error instanceof DrError && (error.exitCode === EXIT.cannotOpen || error.exitCode === EXIT.fail);
    record(unfit ? 'fail' : 'error', messageOf(error));
    throw error;
  }
}
