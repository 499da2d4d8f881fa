import { describe, expect, test } from '@jest/globals';
import { CHECKS } from '../../src/checks/catalog.js';
import { fail, makeCheck, pass } from '../../src/checks/check.js';
import { cannotOpen, EXIT, failed, infraError, invalidInput } from '../../src/errors.js';
import { Recorder } from '../../src/report/recorder.js';
import type { Difference, Report } from '../../src/report/report.js';

const missing: Difference = { kind: 'Secret', namespace: 'argocd', name: 'a', problem: 'missing', path: '' };

/** Makes one check, and hands back the report of it, whether it threw or not. */
async function made(find: Parameters<typeof makeCheck>[2]): Promise<{ report: Report; thrown: unknown }> {
  const recorder = new Recorder({ mode: 'drill', startedAt: new Date() });
  const thrown = await makeCheck(recorder, 'restore.objects', find).then(
    () => undefined,
    (error: unknown) => error,
  );
  const report = recorder.finish({ verdict: 'PASS', exitCode: EXIT.pass, message: '' });
  return { report, thrown };
}

describe('makeCheck', () => {
  test('records what was found, with the text of the catalog', async () => {
    const { report, thrown } = await made(() => pass('3 objects.'));
    expect(thrown).toBeUndefined();
    expect(report.checks).toEqual([
      {
        id: 'restore.objects',
        ...CHECKS['restore.objects'],
        status: 'pass',
        evidence: '3 objects.',
        durationMs: expect.any(Number),
      },
    ]);
    expect(report.differences).toEqual([]);
  });

  test('records a failure with its differences, and goes on', async () => {
    const { report, thrown } = await made(async () => fail('1 missing.', [missing]));
    expect(thrown).toBeUndefined();
    expect(report.checks).toMatchObject([{ status: 'fail', evidence: '1 missing.' }]);
    expect(report.differences).toEqual([missing]);
  });

  test.each([
    ['a backup that cannot be opened', cannotOpen('wrong key'), 'fail'],
    ['a backup that does not restore', failed('lacks an object'), 'fail'],
    ['surroundings that fail', infraError('the API server is gone'), 'error'],
    ['a wrong input', invalidInput('not fresh'), 'error'],
    ['a fault of our own', new TypeError('undefined is not a function'), 'error'],
  ])('%s is recorded and thrown on', async (_what, error, status) => {
    const { report, thrown } = await made(() => {
      throw error;
    });
    expect(thrown).toBe(error);
    expect(report.checks).toMatchObject([{ status, evidence: error.message }]);
  });

  test('the evidence of an error names its cause', async () => {
    const { report } = await made(() => {
      throw infraError('no answer', new Error('connection refused'));
    });
    expect(report.checks[0]!.evidence).toBe('no answer (connection refused)');
  });
});
