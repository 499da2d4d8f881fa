import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { greeting, nodeProblem } from '../src/greeting.js';
import { reportSchema } from '../src/report/report.js';
import { VERSION } from '../src/version.js';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

// Each start loads TypeScript anew.
jest.setTimeout(60_000);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'main-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Starts the real entry in an empty folder, with nothing of this process' environment but PATH. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['--import', LOADER, MAIN, ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, ...env },
  });
}

async function finish(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr, firstLine: stdout.split('\n')[0] };
}

const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => finish(start(args, env));
const report = (path = join(dir, 'argocd-dr-report')) =>
  reportSchema.parse(JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')));

describe('the command line', () => {
  test('--version is the greeting alone', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `argocd-dr ${VERSION}\n`, stderr: '' });
  });

  test('--help lists the inputs of the mode', async () => {
    const { code, firstLine, stdout } = await run(['backup', '--help']);
    expect([code, firstLine]).toEqual([0, `argocd-dr ${VERSION} backup`]);
    expect(stdout).toContain('--recipients LIST');
  });

  test('a mode that is none: exit code 2, no report', async () => {
    const { code, stderr } = await run(['bakcup']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean backup?');
    expect(existsSync(join(dir, 'argocd-dr-report'))).toBe(false);
  });

  test('inputs that are not valid: every problem shown, and a report where it was asked for', async () => {
    const args = ['restore-verify', '--backup', 'x.age', '--identity', 'hunter2', '--timeout', 'soon'];
    const { code, stdout, stderr } = await run([...args, '--lvel=x', '--report-dir', 'out']);
    expect(code).toBe(2);
    const { message, verdict, mode } = report(join(dir, 'out'));
    expect([verdict, mode]).toEqual(['INFRA_ERROR', 'restore-verify']);
    for (const line of [
      '--lvel: is not known. Did you mean --level?',
      'timeout: "soon" is not',
      'identity: is not',
    ]) {
      expect(stdout).toContain(`  ${line}`);
      expect(message).toContain(`  ${line}`);
    }
    expect(stdout).toContain('verdict: INFRA_ERROR\nexit-code: 2\n');
    expect(stdout + stderr + message).not.toContain('hunter2');
  });

  test('in a run: step, outputs go to GITHUB_OUTPUT too', async () => {
    const output = join(dir, 'output');
    writeFileSync(output, '');
    const { code } = await run(['drill', '--seed'], { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: output });
    expect(code).toBe(2);
    expect(readFileSync(output, 'utf8')).toMatch(/exit-code<<(\S+)\n2\n\1/);
  });
});

describe('the action', () => {
  const step = (inputs: Record<string, string>) => {
    const files = { GITHUB_OUTPUT: join(dir, 'output'), GITHUB_STATE: join(dir, 'state') };
    for (const path of Object.values(files)) writeFileSync(path, '');
    const entries = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    return run([], { GITHUB_ACTIONS: 'true', ...files, ...Object.fromEntries(entries) });
  };

  test('reads inputs, masks secrets, warns of foreign inputs, sets outputs, fails the step', async () => {
    const backup = join(dir, 'x.tar.gz.age');
    writeFileSync(backup, '');
    const { code, firstLine, stdout } = await step({
      mode: 'restore-verify',
      backup,
      identity: 'first\nsecond',
      recipients: 'age1x',
      'min-applications': '1',
    });
    expect([code, firstLine]).toEqual([2, `argocd-dr ${VERSION} restore-verify`]);
    expect(stdout).toContain('::add-mask::first\n::add-mask::second\n');
    expect(stdout).toContain('::warning::input recipients has no use in mode restore-verify');
    expect(stdout).not.toContain('min-applications has no use');
    expect(stdout).toMatch(/^::error::identity: /m);
    expect(readFileSync(join(dir, 'output'), 'utf8')).toMatch(/verdict<<(\S+)\nINFRA_ERROR\n\1/);
    expect(readFileSync(join(dir, 'state'), 'utf8')).toMatch(/isPost<<(\S+)\ntrue\n\1/);
    expect(report().exitCode).toBe(2);
  });

  test.each(['', 'drill'])('refuses mode "%s"', async (mode) => {
    const { code, stdout } = await step({ mode });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^::error::mode: .*expected one of install, backup, restore-verify/m);
    expect(readFileSync(join(dir, 'output'), 'utf8')).toMatch(/exit-code<<(\S+)\n2\n\1/);
  });

  test('the post step has nothing to do where nothing was installed', async () => {
    const env = { GITHUB_ACTIONS: 'true', INPUT_MODE: 'backup', STATE_isPost: 'true' };
    expect(await run([], env)).toMatchObject({ code: 0, stdout: `argocd-dr ${VERSION} post\n` });
  });
});

test('SIGINT in the middle of a run: exit code 130 and a report, though a connection hangs', async () => {
  const silent = createServer(() => {});
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  writeFileSync(join(dir, 'kubeconfig'), kubeconfig(`https://127.0.0.1:${port}`));
  const child = start(['backup', '--kubeconfig', 'kubeconfig', '--encryption', 'none']);
  const finished = finish(child);
  const [socket] = await once(silent, 'connection');
  child.kill('SIGINT');
  const { code } = await finished;
  socket.destroy();
  silent.close();
  expect(code).toBe(130);
  expect(report()).toMatchObject({ verdict: 'INFRA_ERROR', exitCode: 130, message: 'cancelled by SIGINT' });
});

const kubeconfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'x' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  });

test.each([
  [['drill', '--seed', 'x'], {}, ' drill'],
  [['--seed', 'x', 'drill'], {}, ''],
  [['--identity=hunter2'], {}, ''],
  [['UPPER'], {}, ''],
  [[], { GITHUB_ACTIONS: 'true', INPUT_MODE: 'backup' }, ' backup'],
  [[], { INPUT_MODE: 'backup' }, ''],
])('the greeting of %j with %j', (argv, env, mode) => {
  expect(greeting(argv, env)).toBe(`argocd-dr ${VERSION}${mode}`);
});

test.each(['22.19.0', '22.20.1', '24.0.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.20.0', '20.20.2', '22.18.9'])('Node %s is too old', (version) => {
  expect(nodeProblem(version)).toBe(
    `argocd-dr needs Node 22.19 or newer, this is v${version}; "npm ci" in its folder brings one, which is then taken`,
  );
});
