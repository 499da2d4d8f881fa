import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Deps } from '../src/deps.js';
import { cancelled, EXIT, failed, invalidInput } from '../src/errors.js';
import { exec } from '../src/exec.js';
import { type DrillInputs, parseInputs } from '../src/inputs.js';
import type { OutputValues } from '../src/outputs.js';
import { type Report, reportSchema } from '../src/report/report.js';
import { noRunner } from '../src/runner.js';
import { type Parts, refuse, type Surroundings, session } from '../src/session.js';
import type { Tools } from '../src/tools/tools.js';

let dir: string;
let inputs: DrillInputs;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'session-'));
  inputs = {
    ...(await parseInputs({ mode: 'drill', values: { level: 'restore' } }, {})),
    reportDir: join(dir, 'report'),
  };
});
afterEach(() => rmSync(dir, { recursive: true }));

const used = { name: 'etcd', version: '3.6.8', source: 'path', sha256: 'a'.repeat(64) };
const tools = { used: () => [used] } as unknown as Tools;
const parts = (run: Parts['run'], more: Partial<Parts> = {}): Parts => ({
  run,
  exec,
  tools: () => tools,
  ...more,
});
const pass = { verdict: 'PASS', exitCode: EXIT.pass, message: 'All of it restores.' } as const;
const passing: Parts['run'] = async (_, { recorder }) => ({
  report: recorder.finish(pass),
  outputs: { applications: '60' },
});

function surroundings(more: Partial<Surroundings> = {}) {
  const seen = {
    outputs: {} as OutputValues,
    failures: [] as string[],
    screen: '',
    warnings: [] as string[],
  };
  const around: Surroundings = {
    log: { info() {}, progress() {}, warn: (line) => seen.warnings.push(line) },
    env: {},
    signal: new AbortController().signal,
    runner: noRunner,
    screen: { write: (text) => (seen.screen += text) },
    color: false,
    setOutputs: (outputs) => void Object.assign(seen.outputs, outputs),
    fail: (message) => seen.failures.push(message),
    ...more,
  };
  return { around, seen };
}

const written = (): Report =>
  reportSchema.parse(JSON.parse(readFileSync(join(dir, 'report', 'report.json'), 'utf8')));

test('a mode that passes: report, console, outputs, exit code', async () => {
  const { around, seen } = surroundings();
  const run: Parts['run'] = async (given, deps) => {
    deps.recorder.note({ rpoSeconds: 61.4, rtoSeconds: 2.6 });
    return passing(given, deps);
  };
  expect(await session(inputs, around, parts(run))).toBe(0);
  expect(written()).toMatchObject({ ...pass, mode: 'drill', level: 'restore', tools: [used] });
  expect(seen.outputs).toEqual({
    verdict: 'PASS',
    'exit-code': '0',
    report: join(dir, 'report', 'report.json'),
    'report-html': join(dir, 'report', 'report.html'),
    'rpo-seconds': '61',
    'rto-seconds': '3',
    applications: '60',
  });
  expect(seen.screen).toContain('All of it restores.');
  expect(seen.failures).toEqual([]);
});

test('a mode that throws: what it gathered is in the report, and the scope is closed', async () => {
  const { around, seen } = surroundings();
  const closed: string[] = [];
  const run: Parts['run'] = async (_, { recorder, scope }) => {
    scope.defer(() => void closed.push('cluster'));
    recorder.output('cluster-name', 'mine');
    recorder.warn('half done');
    return recorder.phase('restore', () => {
      throw failed('Application a/b is missing');
    });
  };
  expect(await session(inputs, around, parts(run))).toBe(3);
  expect(closed).toEqual(['cluster']);
  expect(written()).toMatchObject({
    verdict: 'FAIL',
    exitCode: 3,
    message: 'Application a/b is missing',
    warnings: ['half done'],
    phases: [{ name: 'restore' }],
  });
  expect(seen.outputs).toMatchObject({ verdict: 'FAIL', 'exit-code': '3', 'cluster-name': 'mine' });
  expect(seen.failures).toEqual(['Application a/b is missing']);
});

test('tools that cannot be had are reported like any other failure', async () => {
  const { around } = surroundings();
  const broken = parts(passing, {
    tools: () => {
      throw new TypeError('no such platform');
    },
  });
  expect(await session(inputs, around, broken)).toBe(1);
  expect(written().message).toContain('no such platform');
});

describe('a run that is stopped', () => {
  const hanging = (ended: string[]): Parts['run'] => {
    return (_, { recorder, signal, scope }) => {
      scope.defer(() => void ended.push('closed'));
      return recorder.phase('import', async () => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw cancelled();
      });
    };
  };

  test('by its timeout: says how long and in which phase', async () => {
    const { around } = surroundings();
    const ended: string[] = [];
    expect(await session({ ...inputs, timeout: 30 }, around, parts(hanging(ended)))).toBe(4);
    expect(written()).toMatchObject({ verdict: 'INFRA_ERROR', exitCode: 4 });
    expect(written().message).toMatch(/^timed out after 0s in phase "import"; raise timeout/);
    expect(ended).toEqual(['closed']);
  });

  test('by a signal: exit code 130, report written, scope closed', async () => {
    const controller = new AbortController();
    const { around } = surroundings({ signal: controller.signal });
    const ended: string[] = [];
    setTimeout(() => controller.abort(cancelled('cancelled by SIGINT')), 20);
    expect(await session(inputs, around, parts(hanging(ended)))).toBe(130);
    expect(written()).toMatchObject({ exitCode: 130, message: 'cancelled by SIGINT' });
    expect(ended).toEqual(['closed']);
  });

  test('by an error that nobody caught', async () => {
    const controller = new AbortController();
    const { around } = surroundings({ signal: controller.signal });
    setTimeout(() => controller.abort(new RangeError('boom')), 20);
    expect(await session(inputs, around, parts(hanging([])))).toBe(1);
    expect(written().message).toContain('boom');
  });

  test('though the mode pays no heed', async () => {
    const controller = new AbortController();
    const { around } = surroundings({ signal: controller.signal });
    setTimeout(() => controller.abort(cancelled()), 20);
    const deaf = parts(() => new Promise<never>(() => {}), { graceMs: 10 });
    expect(await session(inputs, around, deaf)).toBe(130);
    expect(written().exitCode).toBe(130);
  });
});

test('the report is safe before clean-up begins, and has the warning of one that fails', async () => {
  const { around } = surroundings();
  let exitCodeAtClose: number | undefined;
  const run: Parts['run'] = async (given, deps: Deps) => {
    deps.scope.defer(() => {
      exitCodeAtClose = written().exitCode;
      throw new Error('etcd does not end');
    });
    return passing(given, deps);
  };
  expect(await session(inputs, around, parts(run))).toBe(0);
  expect(exitCodeAtClose).toBe(0);
  expect(written().warnings).toEqual([expect.stringContaining('etcd does not end')]);
});

test('a PASS whose report cannot be written is none, a FAIL stays one', async () => {
  writeFileSync(join(dir, 'file'), '');
  const nowhere = { ...inputs, reportDir: join(dir, 'file', 'report') };
  const { around, seen } = surroundings();
  expect(await session(nowhere, around, parts(passing))).toBe(EXIT.invalidInput);
  expect(seen.outputs).toMatchObject({ verdict: 'INFRA_ERROR', 'exit-code': '2' });
  expect(seen.outputs).not.toHaveProperty('report');
  const failing = parts(async () => {
    throw failed('x');
  });
  expect(await session(nowhere, around, failing)).toBe(EXIT.fail);
  expect(seen.warnings).toEqual([expect.stringContaining(nowhere.reportDir), expect.anything()]);
});

test('the job summary is written once', async () => {
  const summary = join(dir, 'summary.md');
  const { around } = surroundings({ env: { GITHUB_STEP_SUMMARY: summary } });
  await session(inputs, around, parts(passing));
  expect(readFileSync(summary, 'utf8').split('All of it restores.')).toHaveLength(2);
});

test('inputs that are not valid: all lines on the screen, and a report', async () => {
  const { around, seen } = surroundings();
  const error = invalidInput('2 inputs are not valid:\n  a: x\n  b: y');
  expect(await refuse('backup', join(dir, 'report'), error, around)).toBe(2);
  expect(written()).toMatchObject({
    mode: 'backup',
    verdict: 'INFRA_ERROR',
    exitCode: 2,
    message: error.message,
  });
  expect(seen.screen).toContain('\n  a: x\n  b: y\n');
  expect(seen.outputs).toMatchObject({ verdict: 'INFRA_ERROR', 'exit-code': '2' });
});
