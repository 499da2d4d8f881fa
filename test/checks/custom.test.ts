import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CustomOptions, harmless, runCustom } from '../../src/checks/custom.js';
import { exec } from '../../src/exec.js';

const env = {
  KUBECONFIG: '/tmp/kubeconfig',
  ARGOCD_SERVER: '127.0.0.1:8080',
  ARGOCD_AUTH_TOKEN: 'token-of-the-drill',
  ARGOCD_OPTS: '--plaintext',
};

let dir: string;
let lines: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'custom-'));
  lines = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (command: string, more: Partial<CustomOptions> = {}) =>
  runCustom({
    command,
    env,
    inherited: { PATH: process.env.PATH },
    timeoutMs: 60_000,
    exec,
    log: { info: (line) => void lines.push(line), warn() {}, progress() {} },
    secrets: ['hunter2-secret'],
    signal: new AbortController().signal,
    ...more,
  });

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** A command that leaves a child running, whose pid is in the file. */
const withChild = (file: string, rest: string) => `sleep 600 >/dev/null 2>&1 & echo $! > '${file}'; ${rest}`;

async function childIsGone(file: string): Promise<boolean> {
  const pid = Number(readFileSync(file, 'utf8'));
  for (let attempt = 0; attempt < 100 && isAlive(pid); attempt++) await sleep(20);
  return !isAlive(pid);
}

describe('the exit code decides', () => {
  test('0 is a pass, with the last line and the output', async () => {
    const finding = await run('echo one; echo; echo "72 applications"');
    expect(finding).toMatchObject({ status: 'pass', details: ['one', '', '72 applications'] });
    expect(finding.evidence).toMatch(/^exit code 0 after .*; its last line: 72 applications\.$/);
    expect(lines).toEqual(['| one', '| ', '| 72 applications']);
  });

  test.each([
    ['exit 3', 3],
    ['false; true', 1],
    ['false | true', 1],
    ['kill -9 $$', 137],
    ['no-such-program-here', 127],
  ])('%s: fail with %i', async (command, code) => {
    const finding = await run(command);
    expect(finding.status).toBe('fail');
    expect(finding.evidence).toContain(`exit code ${code} after`);
  });

  test('the last 40 lines are kept, all are logged', async () => {
    const { details } = await run('for i in $(seq 100); do echo "line $i"; done');
    expect(details).toHaveLength(40);
    expect(details!.at(-1)).toBe('line 100');
    expect(lines).toHaveLength(100);
  });
});

describe('out of time', () => {
  test('is neither a pass nor a fail, and ends the children too', async () => {
    const file = join(dir, 'pid');
    const finding = await run(withChild(file, 'echo waiting; wait'), { timeoutMs: 1000 });
    expect(finding).toEqual({
      status: 'timed-out',
      evidence: 'TIMED_OUT after 1s; its last line: waiting.',
      details: ['waiting'],
    });
    expect(await childIsGone(file)).toBe(true);
  });

  test('a cancelled run is cancelled, not out of time', async () => {
    const controller = new AbortController();
    const file = join(dir, 'pid');
    const running = run(withChild(file, 'echo up; wait'), {
      signal: controller.signal,
      log: { info: () => controller.abort(), warn() {}, progress() {} },
    });
    await expect(running).rejects.toMatchObject({ exitCode: 130 });
    expect(await childIsGone(file)).toBe(true);
  });
});

test('what the command left running ends with it, even if it holds the output open', async () => {
  const file = join(dir, 'pid');
  expect(await run(`sleep 600 & echo $! > '${file}'; echo done`)).toMatchObject({ status: 'pass' });
  expect(await childIsGone(file)).toBe(true);
});

test('secrets and the token are in neither the log nor the finding', async () => {
  const finding = await run('echo "pw hunter2-secret"; echo "$ARGOCD_AUTH_TOKEN" >&2; exit 1');
  const text = JSON.stringify([finding, lines]);
  expect(text).not.toMatch(/hunter2|token-of/);
  expect(finding.details!.toSorted()).toEqual(['***', 'pw ***']);
});

test('a line cannot be a command to the runner', async () => {
  await run('echo "::set-output name=a::b"; printf "\\033[31mred\\n"');
  expect(lines).toEqual(['| ::set-output name=a::b', '| �[31mred']);
});

describe('environment', () => {
  const inherited = {
    PATH: process.env.PATH,
    HOME: '/home/me',
    LC_ALL: 'C',
    GITHUB_WORKSPACE: '/w',
    GITHUB_TOKEN: 'x',
    GITHUB_ENV: '/e',
    INPUT_IDENTITY: 'x',
    ARGOCD_DR_IDENTITY: 'x',
    ARGOCD_AUTH_TOKEN: 'of production',
    AWS_SECRET_ACCESS_KEY: 'x',
    KUBECONFIG: '/production',
  };

  test('holds what is harmless and the drill, nothing else of this run', async () => {
    const { details } = await run('env', { inherited, secrets: [] });
    const names = details!.map((line) => line.split('=')[0]).filter((name) => !/^(_|PWD|SHLVL)$/.test(name!));
    expect(names.toSorted()).toEqual(
      ['PATH', 'HOME', 'LC_ALL', 'GITHUB_WORKSPACE', 'ARGOCD_DR_OWNER', ...Object.keys(env)].toSorted(),
    );
    expect(details).toContain('KUBECONFIG=/tmp/kubeconfig');
  });

  test('harmless() never lets an input or a token through', () => {
    expect(Object.keys(harmless(inherited))).toEqual(['PATH', 'HOME', 'LC_ALL', 'GITHUB_WORKSPACE']);
  });
});

test('without bash it is sh, and without both it says so', async () => {
  const bin = join(dir, 'bin');
  writeFileSync(join(dir, 'made'), '');
  const missing =
    (names: string[]): CustomOptions['exec'] =>
    async (command, args, options) => {
      if (names.includes(command))
        throw Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' });
      return exec(command, args, options);
    };
  expect(await run('false; echo no', { exec: missing(['bash']) })).toMatchObject({
    status: 'fail',
    details: [],
  });
  expect(await run('echo yes', { exec: missing(['bash']) })).toMatchObject({
    status: 'pass',
    details: ['yes'],
  });
  await expect(run('echo', { exec: missing(['bash', 'sh']) })).rejects.toThrow(/neither bash nor sh/);
  await expect(run('echo', { inherited: { PATH: bin } })).rejects.toThrow(/neither bash nor sh/);
});
