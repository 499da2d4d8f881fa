import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Check } from '../../src/report/report.js';
import { verdictOf } from '../../src/report/verdict.js';

const status = fc.constantFrom<Check['status']>('pass', 'fail', 'skipped', 'error', 'timed-out');
const id = fc.constantFrom('restore.a', 'restore.b', 'restore.c', 'restore.d');
const toCheck = (id: string, status: Check['status']): Check => ({
  id,
  level: 'restore',
  status,
  evidence: `evidence of ${id}`,
  doesNotProve: '',
  durationMs: 1,
});
const checks = fc.array(
  fc.tuple(id, status).map(([id, status]) => toCheck(id, status)),
  { maxLength: 8 },
);
const expected = fc.uniqueArray(id, { maxLength: 4 });
const objectives = fc.record(
  {
    rpoMissed: fc.constant('RPO target missed: 2 h.'),
    rtoMissed: fc.constant('RTO target missed: 9 s.'),
    allowPartial: fc.boolean(),
  },
  { requiredKeys: [] },
);
const asked = (expected: string[]) => ({ level: 'restore' as const, expected });
const isProven = (made: Check[], id: string) =>
  made.some((check) => check.id === id) && made.every((check) => check.id !== id || check.status === 'pass');

describe('verdictOf, for any checks', () => {
  test('says PASS exactly when every expected check passes and none fails or breaks', () => {
    fc.assert(
      fc.property(checks, expected, objectives, (made, ids, goals) => {
        const isBad = made.some((check) => ['fail', 'error', 'timed-out'].includes(check.status));
        const allProven = ids.length > 0 && ids.every((id) => isProven(made, id));
        expect(verdictOf(made, asked(ids), goals).verdict === 'PASS').toBe(allProven && !isBad);
      }),
    );
  });

  test('ends with 0 only on PASS, or on PARTIAL where that is allowed', () => {
    fc.assert(
      fc.property(checks, expected, objectives, (made, ids, goals) => {
        const { verdict, exitCode } = verdictOf(made, asked(ids), goals);
        const missed = goals.rpoMissed !== undefined || goals.rtoMissed !== undefined;
        const isFine = verdict === 'PASS' || (verdict === 'PARTIAL' && goals.allowPartial === true);
        expect(exitCode === 0).toBe(isFine && !missed);
      }),
    );
  });

  test('any failed check makes it FAIL with 3, whatever else happened', () => {
    fc.assert(
      fc.property(checks, id, fc.nat(8), expected, objectives, (made, failed, at, ids, goals) => {
        const all = made.toSpliced(at, 0, toCheck(failed, 'fail'));
        expect(verdictOf(all, asked(ids), goals)).toMatchObject({ verdict: 'FAIL', exitCode: 3 });
      }),
    );
  });

  test('a broken check without a failed one makes it INFRA_ERROR with 4', () => {
    fc.assert(
      fc.property(checks, id, expected, objectives, (made, broken, ids, goals) => {
        const all = [...made.filter((check) => check.status !== 'fail'), toCheck(broken, 'error')];
        expect(verdictOf(all, asked(ids), goals)).toMatchObject({ verdict: 'INFRA_ERROR', exitCode: 4 });
      }),
    );
  });

  test('does not depend on the order of the checks', () => {
    const orders = checks.chain((made) =>
      fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length })),
    );
    fc.assert(
      fc.property(orders, expected, objectives, ([made, other], ids, goals) => {
        const { message: _, ...outcome } = verdictOf(made, asked(ids), goals);
        expect(verdictOf(other, asked(ids), goals)).toMatchObject(outcome);
      }),
    );
  });
});

describe('verdictOf', () => {
  const a = toCheck('restore.a', 'pass');
  const b = toCheck('restore.b', 'pass');
  const both = asked(['restore.a', 'restore.b']);

  test.each([
    ['all proven', [a, b], {}, 'PASS', 0],
    ['one missing', [a], {}, 'PARTIAL', 7],
    ['one skipped', [a, { ...b, status: 'skipped' as const }], {}, 'PARTIAL', 7],
    ['made twice, once skipped', [a, b, { ...b, status: 'skipped' as const }], {}, 'PARTIAL', 7],
    ['partial allowed', [a], { allowPartial: true }, 'PARTIAL', 0],
    ['RPO missed', [a, b], { rpoMissed: 'too old' }, 'PASS', 6],
    [
      'RTO missed, one skipped, partial allowed',
      [a],
      { rtoMissed: 'slow', allowPartial: true },
      'PARTIAL',
      6,
    ],
    ['an unexpected check skipped', [a, b, toCheck('restore.c', 'skipped')], {}, 'PASS', 0],
    ['an unexpected check failed', [a, b, toCheck('restore.c', 'fail')], {}, 'FAIL', 3],
    ['nothing made', [], {}, 'PARTIAL', 7],
  ])('%s', (_name, made, goals, verdict, exitCode) => {
    expect(verdictOf(made, both, goals)).toMatchObject({ verdict, exitCode });
  });

  test('a level without any expected check proves nothing', () => {
    expect(verdictOf([a], asked([]), {})).toMatchObject({ verdict: 'PARTIAL', exitCode: 7 });
  });

  test('names the failed checks and the first evidence', () => {
    const made = [a, toCheck('restore.b', 'fail'), toCheck('restore.c', 'fail')];
    expect(verdictOf(made, both).message).toBe(
      'restore.b failed: evidence of restore.b (1 more failed: restore.c)',
    );
  });

  test('names what could not be made, five ids at most', () => {
    const ids = Array.from({ length: 7 }, (_, index) => `restore.${index}`);
    expect(verdictOf([], asked(ids)).message).toBe(
      '7 of the 7 checks of level restore could not be made: restore.0, restore.1, restore.2, restore.3, restore.4 and 2 more.',
    );
  });

  test('what ran out of time says nothing about the backup', () => {
    const late = { ...toCheck('custom.command', 'timed-out'), evidence: 'TIMED_OUT after 10m.' };
    const outcome = { verdict: 'INFRA_ERROR', exitCode: 4, message: 'custom.command TIMED_OUT after 10m.' };
    expect(verdictOf([a, b, late], both, { allowPartial: true, rtoMissed: 'slow' })).toEqual(outcome);
    expect(verdictOf([toCheck('restore.c', 'fail'), late], both).verdict).toBe('FAIL');
    expect(verdictOf([late, toCheck('restore.c', 'error')], both).message).toMatch(/^restore\.c could not/);
  });

  test('names both missed targets, and that the backup restores', () => {
    const message = verdictOf([a, b], both, { rpoMissed: 'RPO 2 h.', rtoMissed: 'RTO 9 s.' }).message;
    expect(message).toBe('RPO 2 h. RTO 9 s. The backup restores: all 2 checks of level restore pass.');
  });
});
