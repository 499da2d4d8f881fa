import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { reportSchema } from '../../src/report/report.js';
import { bed, tempDir } from '../bed/bed.js';
import { killBoth, processesOf, until, workerOf } from '../bed/processes.js';

const root = join(import.meta.dirname, '..', '..');
const BUNDLE = join(root, 'dist', 'index.js');
// The machine's own Node.js where there is one: often older than the bundle needs, which must not show.
const HOST_NODE = ['/usr/bin/node', '/usr/local/bin/node'].find(existsSync) ?? process.execPath;

interface Running {
  child: ChildProcess;
  /** Its temporary folder: nothing may be left in it. */
  tmp: string;
  reportDir: string;
  text: () => string;
  ended: Promise<number | null>;
}

/** Starts the bundle as users do, with folders of its own. */
function start(...args: string[]): Running {
  const [tmp, reportDir] = [tempDir(), tempDir()];
  const env = { ...process.env, RUNNER_TEMP: tmp, XDG_STATE_HOME: tmp };
  const child = spawn(HOST_NODE, [BUNDLE, ...args, '--report-dir', reportDir], { env, detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, tmp, reportDir, text: () => said, ended };
}

const reportOf = ({ reportDir }: Running) =>
  reportSchema.parse(JSON.parse(readFileSync(join(reportDir, 'report.json'), 'utf8')));

function expectNothingLeft({ tmp }: Running): void {
  expect(readdirSync(tmp)).toEqual([]);
  expect(processesOf(tmp)).toEqual([]);
}

afterAll(() => bed.close());

describe('drill', () => {
  test('two at the same time end with PASS, and leave nothing but their reports', async () => {
    const both = [start('drill'), start('drill', '--applications', '90', '--seed', 'other')];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    for (const [index, run] of both.entries()) {
      expect(run.text()).toMatch(/^argocd-dr \d+\.\d+\.\d+ drill\n/);
      expect(run.text()).toMatch(/PASS {2}The backup restores/);
      const report = reportOf(run);
      expect(report).toMatchObject({ mode: 'drill', verdict: 'PASS', exitCode: 0 });
      expect(report.backup!.counts.Application).toBe([60, 90][index]);
      expect(report.drill!.counts!.Application).toBe([60, 90][index]);
      expect(readdirSync(run.reportDir).sort()).toEqual(['junit.xml', 'report.html', 'report.json']);
      expectNothingLeft(run);
    }
  }, 180_000);

  test.each([
    ['SIGINT', 'start source'],
    ['SIGTERM', 'created'],
    ['SIGINT', 'backup:'],
    ['SIGTERM', 'imported'],
  ] as const)(
    '%s at "%s" ends with 130, a report, and nothing left',
    async (signal, moment) => {
      const run = start('drill', '--applications', '400');
      const seen =
        moment === 'start source'
          ? () => processesOf(run.tmp).length >= 2
          : () => run.text().includes(moment);
      await until(seen);
      run.child.kill(signal);
      expect(await run.ended).toBe(130);
      expect(reportOf(run)).toMatchObject({
        verdict: 'INFRA_ERROR',
        exitCode: 130,
        message: `cancelled by ${signal}`,
      });
      expectNothingLeft(run);
    },
    120_000,
  );

  test('Ctrl-C, a SIGINT to all at once, is one signal also where an older Node.js starts the run', async () => {
    const run = start('drill');
    await until(() => processesOf(run.tmp).length >= 2);
    process.kill(-run.child.pid!, 'SIGINT');
    expect(await run.ended).toBe(130);
    expect(reportOf(run)).toMatchObject({ exitCode: 130, message: 'cancelled by SIGINT' });
    expectNothingLeft(run);
  }, 60_000);

  test('a timeout ends with 4 and names the phase', async () => {
    const run = start('drill', '--timeout', '2s');
    expect(await run.ended).toBe(4);
    expect(reportOf(run).message).toMatch(/timed out after 2s in phase "/);
    expectNothingLeft(run);
  }, 60_000);
});

describe('a drill that is killed (SIGKILL)', () => {
  const started = async () => {
    const run = start('drill', '--applications', '400');
    await until(() => run.text().includes('backup:'));
    expect(processesOf(run.tmp).join('\n')).toMatch(/etcd.*kube-apiserver/s);
    return run;
  };

  test('leaves no etcd, no API server and no plaintext, by the process that the user started', async () => {
    const run = await started();
    run.child.kill('SIGKILL');
    await run.ended;
    await until(() => readdirSync(run.tmp).length === 0 && processesOf(run.tmp).length === 0);
  }, 180_000);

  test('nor by the process that does the work: exit code 4', async () => {
    const run = await started();
    process.kill(workerOf(run.child.pid), 'SIGKILL');
    expect(await run.ended).toBe(4);
    expectNothingLeft(run);
  }, 180_000);

  test('with all at once: the next run takes it away and says so', async () => {
    const run = await started();
    killBoth(run.child.pid);
    await run.ended;
    expect(processesOf(run.tmp).join('\n')).toMatch(/etcd.*kube-apiserver/s);
    // Each run of these tests has a folder of its own: this one looks into that of the first.
    const env = { ...process.env, RUNNER_TEMP: run.tmp, XDG_STATE_HOME: run.tmp };
    const args = [BUNDLE, 'drill', '--timeout', '2s', '--report-dir', run.reportDir];
    const said = spawnSync(HOST_NODE, args, { env, encoding: 'utf8' });
    expect(said.stdout).toMatch(
      /a run that was killed had left something: ended processes: .*kube-apiserver/,
    );
    expectNothingLeft(run);
  }, 180_000);
});

describe('install and teardown', () => {
  test('leave a control plane with Argo CD up, and remove it', async () => {
    const run = start('install', '--cluster', 'control-plane', '--cluster-name', 'kept');
    expect(await run.ended).toBe(0);
    const kubeconfig = /^kubeconfig: (.*)$/m.exec(run.text())![1]!;
    expect(processesOf(run.tmp)).toHaveLength(2);
    const env = { ...process.env, RUNNER_TEMP: run.tmp };
    const bundle = (...args: string[]) =>
      execFileSync(process.execPath, [BUNDLE, ...args], { env, encoding: 'utf8' });
    const output = join(tempDir(), 'unsealed.tar.gz');
    const backup = ['backup', '--kubeconfig', kubeconfig, '--min-applications', '0', '--encryption', 'none'];
    expect(bundle(...backup, '--output', output, '--report-dir', tempDir())).toMatch(/PASS/);
    expect(existsSync(output)).toBe(true);
    expect(() =>
      bundle('install', '--cluster', 'control-plane', '--cluster-name', 'kept', '--report-dir', tempDir()),
    ).toThrow(/status 2|Command failed/);
    expect(bundle('teardown', '--cluster-name', 'kept')).toMatch(/removed cluster kept/);
    expect(processesOf(run.tmp)).toEqual([]);
    expect(existsSync(kubeconfig)).toBe(false);
    expect(() => bundle('teardown', '--cluster-name', 'kept')).toThrow();
  }, 120_000);
});
