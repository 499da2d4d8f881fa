/**
 * `npm test`: gets what the tests need, runs the static checks and jest, and ends with `N passed, N failed`.
 * With arguments, such as `npm test -- test/report`, jest alone runs, and gets them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import { assertNode, conclude, getTools, program, runJest, say, step } from './lib/suite.mjs';

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

const jestArgs = process.argv.slice(2);
assertNode('npm test');
await step('get Chromium', getChromium);
await step('get jq', getJq);
await step('get etcd, kube-apiserver, argocd and kubectl', getTools);
if (jestArgs.length === 0) {
  await step('biome check', () => program('biome', ['check', '.']));
  await step('tsc src', () => program('tsc', ['--noEmit']));
  await step('tsc test', () => program('tsc', ['--noEmit', '-p', 'test/tsconfig.json']));
  await step('generated files', () => program('tsx', ['scripts/generate.ts', '--check']));
}
runJest([`--maxWorkers=${WORKERS}`, `--testTimeout=${TEST_TIMEOUT_MS}`, ...jestArgs]);
conclude();

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

function canInstall() {
  return process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get');
}

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
