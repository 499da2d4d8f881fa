import { describe, expect, test } from '@jest/globals';
import { cancelled, cannotOpen, DrError, EXIT, failed, infraError, invalidInput } from '../../src/errors.js';
import { outcomeOf, Recorder } from '../../src/report/recorder.js';
import { type Check, reportSchema } from '../../src/report/report.js';

const startedAt = new Date('2026-01-02T03:04:05Z');
const pass = { verdict: 'PASS', exitCode: EXIT.pass, message: 'fine' } as const;
const check: Check = {
  id: 'restore.objects',
  level: 'restore',
  status: 'pass',
  evidence: '3 of 3',
  doesNotProve: 'that they run',
  durationMs: 2,
};

function recorder() {
  const clock = { ms: 500 };
  const made = new Recorder({ mode: 'drill', startedAt, level: 'restore', now: () => clock.ms });
  return { made, clock };
}

describe('phases', () => {
  test('are timed from the start, may overlap, and keep their order', async () => {
    const { made, clock } = recorder();
    const gate = Promise.withResolvers<void>();
    clock.ms = 600;
    const outer = made.phase('outer', () => gate.promise);
    clock.ms = 700;
    expect(await made.phase('inner', () => 42)).toBe(42);
    expect(made.currentPhase()).toBe('outer');
    clock.ms = 900;
    gate.resolve();
    await outer;
    expect(made.currentPhase()).toBeUndefined();
    expect(made.finish(pass).phases).toEqual([
      { name: 'outer', startMs: 100, endMs: 400 },
      { name: 'inner', startMs: 200, endMs: 200 },
    ]);
  });

  test('begun within another are a part of it, also after waiting, and only of theirs', async () => {
    const { made } = recorder();
    const tick = () => new Promise(setImmediate);
    const restore = made.phase('restore', async () => {
      await tick();
      await made.phase('import', () => made.phase('shard', tick));
    });
    await Promise.all([restore, made.phase('beside', tick)]);
    expect(made.finish(pass).phases.map(({ name, parent }) => [name, parent])).toEqual([
      ['restore', undefined],
      ['beside', undefined],
      ['import', 0],
      ['shard', 2],
    ]);
  });

  test('that throw are recorded, and the error goes on', async () => {
    const { made, clock } = recorder();
    const broken = () => {
      clock.ms = 530;
      throw infraError('gone');
    };
    await expect(made.phase('connect', broken)).rejects.toThrow('gone');
    expect(made.finish(pass).phases).toEqual([{ name: 'connect', startMs: 0, endMs: 30 }]);
  });

  test('still running end with the report; the one that started last is the current one', () => {
    const { made, clock } = recorder();
    const forever = new Promise<never>(() => {});
    void made.phase('first', () => forever);
    void made.phase('second', () => forever);
    clock.ms = 700;
    expect(made.currentPhase()).toBe('second');
    expect(made.finish(pass).phases.map(({ endMs }) => endMs)).toEqual([200, 200]);
  });
});

test('a report holds all that was told, and keeps to the schema', () => {
  const { made, clock } = recorder();
  made.check(check);
  made.differences([{ kind: 'Secret', namespace: 'a', name: 'b', problem: 'missing', path: '' }]);
  made.warn('old');
  made.warn('old');
  made.note({ rpoSeconds: 60 });
  made.note({ rtoSeconds: 5 });
  made.drill({ clusterProvider: 'control-plane', argocdVersion: '3.1.9', kubernetesVersion: '1.34.1' });
  const workload = {
    kind: 'Deployment',
    name: 'argocd-server',
    ready: 0,
    wanted: 2,
    seconds: null,
    nodes: [],
  };
  const metric = { name: 'Sync failures', value: 0, unit: '', note: '' };
  const change = {
    kind: 'Application',
    namespace: 'a',
    name: 'b',
    path: 'spec',
    what: 'removed',
    class: 'loss',
  } as const;
  made.workloads([workload]);
  made.workloads([{ ...workload, ready: 2, seconds: 4.2 }]);
  made.metrics(metric);
  made.metrics(metric);
  made.changes([change]);
  clock.ms = 1500;
  const report = made.finish(pass);
  expect(reportSchema.parse(report)).toEqual(report);
  expect(report).toMatchObject({
    mode: 'drill',
    level: 'restore',
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:06.000Z',
    rpoSeconds: 60,
    rtoSeconds: 5,
    backup: null,
    checks: [check],
    warnings: ['old'],
    workloads: [{ ...workload, ready: 2, seconds: 4.2 }],
    metrics: [metric],
    changes: [change],
  });
});

test('a failed run reports what was gathered before', () => {
  const { made } = recorder();
  made.check(check);
  expect(made.failed(cannotOpen('wrong key'))).toMatchObject({
    verdict: 'FAIL',
    exitCode: 5,
    message: 'wrong key',
    checks: [check],
  });
});

test.each([
  ['FAIL', failed('x'), 3],
  ['FAIL', cannotOpen('x'), 5],
  ['INFRA_ERROR', invalidInput('x'), 2],
  ['INFRA_ERROR', infraError('x'), 4],
  ['INFRA_ERROR', cancelled(), 130],
  ['INFRA_ERROR', new TypeError('x'), 1],
  ['INFRA_ERROR', 'x', 1],
  ['PARTIAL', new DrError(EXIT.partial, 'x'), 7],
  ['FAIL', new DrError(EXIT.objectiveMissed, 'x'), 6],
])('%s for %p: exit code %i', (verdict, error, exitCode) => {
  expect(outcomeOf(error)).toMatchObject({ verdict, exitCode });
});

test('the message tells the causes, and of an unexpected error what to do', () => {
  expect(outcomeOf(infraError('no answer', new Error('ECONNREFUSED'))).message).toBe(
    'no answer (ECONNREFUSED)',
  );
  expect(outcomeOf(new TypeError('x is undefined')).message).toMatch(/x is undefined.*[Rr]eport it/);
});

test('values to hide are hidden in messages of errors from then on', () => {
  const { made } = recorder();
  const error = infraError('no answer to hunter22', new Error('hunter22 refused'));
  expect(made.messageOf(error)).toBe('no answer to hunter22 (hunter22 refused)');
  made.hide(['hunter22']);
  expect(made.messageOf(error)).toBe('no answer to *** (*** refused)');
  expect(made.failed(error).message).toBe('no answer to *** (*** refused)');
  made.hide(['s3cr3t-two']);
  expect(made.messageOf(infraError('hunter22, s3cr3t-two'))).toBe('***, ***');
});

test('checks of an attempt that was begun again are forgotten, those before stay', () => {
  const { made } = recorder();
  made.check({ ...check, id: 'integrity.opens' });
  const before = made.checks.length;
  made.check(check, { ...check, status: 'error' });
  made.forgetChecks(before);
  made.check({ ...check, id: 'restore.import' });
  expect(made.finish(pass).checks.map(({ id }) => id)).toEqual(['integrity.opens', 'restore.import']);
});
