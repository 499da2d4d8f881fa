/**
 * `npm test`: gets what the tests need, runs the static checks and jest, and ends with `N passed, N failed`.
 * With arguments, such as `npm test -- test/report`, jest alone runs, and gets them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { tsImport } from 'tsx/esm/api';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const TEST_TIMEOUT_MS = 180_000;
// Integration tests run whole control planes; more of them at once only slow each other down.
const WORKERS = 2;

const CHROMIUM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  chromium.executablePath(),
];

const total = { passed: 0, failed: 0 };

const jestArgs = process.argv.slice(2);
assertNode();
await step('get Chromium', getChromium);
await step('get jq', getJq);
await step('get etcd, kube-apiserver, argocd and kubectl', getTools);
if (jestArgs.length === 0) {
  await step('biome check', () => program('biome', ['check', '.']));
  await step('tsc src', () => program('tsc', ['--noEmit']));
  await step('tsc test', () => program('tsc', ['--noEmit', '-p', 'test/tsconfig.json']));
  await step('generated files', () => program('tsx', ['scripts/generate.ts', '--check']));
}
const before = performance.now();
runJest(jestArgs);
say(`jest: ${seconds(before)}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** `npm test` puts the Node.js of the devDependency `node` first on PATH; the tests are for that one. */
function assertNode() {
  const { node: wanted } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies;
  const major = wanted.match(/\d+/)[0];
  if (process.versions.node.startsWith(`${major}.`)) return;
  process.stderr.write(`these tests need Node ${major}, this is ${process.version}: run "npm test"\n`);
  process.exit(1);
}

/** Runs one check, counts it, and goes on where it fails. */
async function step(name, run) {
  const start = performance.now();
  let problem;
  try {
    await run();
  } catch (error) {
    problem = error.message;
  }
  total[problem === undefined ? 'passed' : 'failed'] += 1;
  say(`${name}: ${problem === undefined ? 'ok' : `FAILED: ${problem}`} (${seconds(start)})`);
}

/** A program of node_modules, with its output shown. */
function program(name, args, env = {}) {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, signal, error } = spawnSync(join(BIN, name), args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status ?? signal}`);
}

/** Finds Chromium for the tests of report.html and names it in CHROMIUM; on Debian, root may install it. */
function getChromium() {
  if (process.env.CHROMIUM) return;
  const found = () => CHROMIUM_PATHS.find(isExecutable);
  if (!found() && canInstall()) {
    say('installing Chromium for the tests of the report');
    install('chromium', 'fonts-dejavu');
  }
  const path = found();
  if (!path)
    throw new Error(
      'there is no Chromium: install it (npx playwright-core install --with-deps chromium), or name one in CHROMIUM',
    );
  process.env.CHROMIUM = path;
}

/** The steps of docs/recovery.md, which a test follows, use jq. */
function getJq() {
  const found = () => spawnSync('jq', ['--version']).status === 0;
  if (!found() && canInstall()) install('jq');
  if (!found()) throw new Error('there is no jq: install it, a test follows docs/recovery.md by hand');
}

const canInstall = () => process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get');

function install(...packages) {
  const apt = (...args) => execFileSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  apt('update', '--quiet');
  apt('install', '--yes', '--quiet', '--no-install-recommends', ...packages);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The tools of the integration tests, by the chain that users have; kept in the cache for the runs to come. */
async function getTools() {
  say('tools that no release or cache provides are built from Go modules: about ten minutes the first time');
  const load = (path) => tsImport(path, import.meta.url);
  const { createTools } = await load('../src/tools/chain.ts');
  const { exec } = await load('../src/exec.ts');
  const { DEFAULT_VERSIONS: versions } = await load('../src/tools/versions.ts');
  const log = { info: say, warn: say, progress: say };
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
function runJest(args) {
  const dir = mkdtempSync(join(tmpdir(), 'argocd-dr-test-'));
  const outputFile = join(dir, 'results.json');
  try {
    const ended = attempt(() => program('jest', withDefaults(args, outputFile), jestEnv()));
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
}

function withDefaults(args, outputFile) {
  const limits = [`--maxWorkers=${WORKERS}`, `--testTimeout=${TEST_TIMEOUT_MS}`];
  return [...limits, '--json', `--outputFile=${outputFile}`, ...args];
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

function say(line) {
  process.stdout.write(`${line}\n`);
}
