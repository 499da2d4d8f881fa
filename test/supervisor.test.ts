import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EXIT } from '../src/errors.js';
import { exec } from '../src/exec.js';
import { hasEnded } from '../src/owner.js';
import { PING } from '../src/supervised.js';
import { isToBeSupervised, Watch } from '../src/supervisor.js';
import { sweepOwned } from '../src/sweep.js';
import { processesOf, until } from './bed/processes.js';

// Each start loads TypeScript anew, twice.
jest.setTimeout(120_000);

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const source = (name: string) => JSON.stringify(join(import.meta.dirname, '..', 'src', `${name}.ts`));

/** A run with a private folder and two children that work in it, one of which only its mark shows. */
const RUN = `
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from ${source('exec')};
import { Scope } from ${source('scope')};
import { cancelOnSignals } from ${source('signals')};
import { isSupervised, tellCluster, tellTimeout } from ${source('supervised')};
import { supervise } from ${source('supervisor')};

if (!isSupervised(process.env)) {
  process.exitCode = await supervise(process.execPath, process.argv.slice(1), process.env);
} else {
  const [stuck, timeout] = process.argv.slice(2);
  const signal = cancelOnSignals();
  if (timeout) tellTimeout(Number(timeout));
  if (stuck === 'cluster') tellCluster('of-the-run');
  const dir = new Scope().privateDir('control-plane');
  writeFileSync(join(dir, 'key'), 'secret');
  const ready = [1, 2].map((number) => new Promise((up) => {
    const script = "console.log(process.pid); setInterval(() => {}, 1000)";
    const args = number === 1 ? [dir] : [];
    exec(process.execPath, ['-e', script, '--', ...args], { onLine: up, signal }).catch(() => {});
  }));
  const pids = await Promise.all(ready);
  const { writeSync } = await import('node:fs');
  writeSync(1, 'up ' + [process.pid, ...pids].join(' ') + '\\n');
  if (stuck === 'stuck') /^(a+)+$/.test('a'.repeat(100) + 'b');
  if (stuck === 'memory') for (const all = [];;) all.push(Array(1e5).fill(all.length).map(String));
  setInterval(() => {}, 1000);
}`;

let base: string;
let front: ChildProcess | undefined;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'supervisor-'));
});
afterEach(() => {
  front?.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

interface Started {
  front: ChildProcess;
  /** Of the run, and of its children. */
  run: number;
  pids: number[];
  text: () => string;
  ended: Promise<number | null>;
}

async function start(args: string[], nodeArgs: string[] = []): Promise<Started> {
  const script = join(base, 'run.mts');
  writeFileSync(script, RUN);
  const temp = mkdtempSync(join(base, 'temp-'));
  const env = { PATH: `${base}:${process.env.PATH}`, RUNNER_TEMP: temp, GITHUB_OUTPUT: join(base, 'output') };
  const child = spawn(process.execPath, ['--import', LOADER, ...nodeArgs, script, ...args], { env });
  front = child;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  await until(() => /^up .*\n/m.test(said) || child.exitCode !== null);
  expect(said).toMatch(/^up /m);
  const [run, ...pids] = /^up (.*)$/m.exec(said)![1]!.split(' ').map(Number);
  return { front: child, run: run!, pids, text: () => said, ended };
}

const temp = () => join(base, readdirSync(base).find((name) => name.startsWith('temp-'))!);
const isAlive = (pid: number) => {
  // One that has ended and that nobody has asked for yet is not alive.
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : ') Z';
  return !/\) [ZX]/.test(stat);
};

function expectNothingLeft({ run, pids }: Started): void {
  expect([run, ...pids].filter(isAlive)).toEqual([]);
  expect(readdirSync(temp())).toEqual([]);
  expect(processesOf(temp())).toEqual([]);
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (name) => {
  test('ends a run that is stuck in a computation, and takes away all that it had', async () => {
    const started = await start(['stuck']);
    started.front.kill(name);
    expect(await started.ended).toBe(130);
    expect(started.text()).toMatch(new RegExp(`^error: cancelled by ${name}, while it was stuck`, 'm'));
    expect(started.text()).toMatch(/^removed private folders: argocd-dr-control-plane-/m);
    expect(readFileSync(join(base, 'output'), 'utf8')).toBe('verdict=INFRA_ERROR\nexit-code=130\n');
    expectNothingLeft(started);
  });
});

test('the timeout ends a run that is stuck: exit code 4', async () => {
  const started = await start(['stuck', '1500']);
  expect(await started.ended).toBe(4);
  expect(started.text()).toMatch(/^error: timed out, while it was stuck/m);
  expectNothingLeft(started);
});

test('a run that was killed, by a lack of memory say, leaves nothing: exit code 4', async () => {
  const started = await start(['']);
  process.kill(started.run, 'SIGKILL');
  expect(await started.ended).toBe(4);
  expectNothingLeft(started);
});

test('and no kind cluster that it may have been making', async () => {
  const docker = `#!/bin/sh\necho "$@" >>'${base}/docker-calls'\n`;
  writeFileSync(join(base, 'docker'), docker, { mode: 0o700 });
  const started = await start(['cluster']);
  process.kill(started.run, 'SIGKILL');
  expect(await started.ended).toBe(4);
  expect(readFileSync(join(base, 'docker-calls'), 'utf8')).toMatch(
    /^ps --all .*label=io\.x-k8s\.kind\.cluster=of-the-run$/m,
  );
});

test('a run that has used up its own memory leaves nothing, and ends with a code of the table', async () => {
  const started = await start(['memory'], ['--max-old-space-size=64']);
  expect(await started.ended).toBe(1);
  expect(started.text()).toMatch(/^error: the run was killed \(SIGABRT\)/m);
  expectNothingLeft(started);
});

test('a run whose front was killed ends by itself, and leaves nothing', async () => {
  const started = await start(['']);
  started.front.kill('SIGKILL');
  await until(() => [started.run, ...started.pids].every((pid) => !isAlive(pid)));
  expectNothingLeft(started);
});

test('what is left where all was killed at once, the next run takes away', async () => {
  const started = await start(['']);
  for (const pid of [started.front.pid!, started.run]) process.kill(pid, 'SIGKILL');
  await started.ended;
  await until(() => !isAlive(started.run));
  expect(started.pids.filter(isAlive)).toEqual(started.pids);
  const lines = await sweepOwned(temp(), hasEnded, exec);
  expect(lines).toEqual([
    expect.stringMatching(/^ended processes: node \(\d+\), node \(\d+\)$/),
    expect.stringMatching(/^removed private folders: argocd-dr-control-plane-/),
  ]);
  expectNothingLeft(started);
});

test.each([
  [['drill'], {}, true],
  [['backup', '--min-applications', '1'], {}, true],
  [['teardown', '--cluster-name', 'x'], {}, true],
  [[], { GITHUB_ACTIONS: 'true', INPUT_MODE: 'backup' }, true],
  [[], { GITHUB_ACTIONS: 'true', INPUT_MODE: 'backup', STATE_isPost: 'true' }, false],
  [[], {}, false],
  [['--version'], {}, false],
  [['--help'], {}, false],
  [['help'], {}, false],
  [['drill', '--help'], {}, false],
])('whether %j is done in a process of its own (%j): %s', (argv, env, wanted) => {
  expect(isToBeSupervised(argv, env)).toBe(wanted);
});

test('a run that answers and does not end is ended in the end', async () => {
  let pings = 0;
  const killed = new Promise<void>((kill) => {
    const watch = new Watch(
      () => {
        pings++;
        watch.hear(PING);
      },
      () => {
        watch.close();
        kill();
      },
      1200,
    );
    watch.due(EXIT.infra, 'timed out');
  });
  await killed;
  expect(pings).toBeGreaterThan(0);
});
