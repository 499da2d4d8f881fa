import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { reportSchema } from '../src/report/report.js';
import { haManifest } from './argocd/workloads/installed.js';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

// Each start loads TypeScript anew.
jest.setTimeout(60_000);

/** Of all tests: tsx keeps there what it has compiled. */
const temp = mkdtempSync(join(tmpdir(), 'manifests-temp-'));
afterAll(() => rmSync(temp, { recursive: true }));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'manifests-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

/**
 * Installs with the real entry, on a machine that has no tools and cannot get any: what would make a cluster fails.
 */
async function install(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--import', LOADER, MAIN, ...args], {
    cwd: dir,
    env: {
      PATH: '',
      HOME: dir,
      TMPDIR: temp,
      RUNNER_TEMP: temp,
      ARGOCD_DR_CACHE: join(dir, 'cache'),
      ...env,
    },
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  const [code] = await once(child, 'close');
  const report = reportSchema.parse(
    JSON.parse(readFileSync(join(dir, 'argocd-dr-report/report.json'), 'utf8')),
  );
  return { code, printed, report, left: readdirSync(temp).filter((name) => !name.startsWith('tsx-')) };
}

const onCommandLine = (manifests: string) =>
  install(['install', '--manifests', manifests, '--cluster', 'control-plane', '--tool-source', 'path']);

const inAction = (manifests: string) => {
  for (const file of ['output', 'state', 'summary']) write(file, '');
  return install([], {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: dir,
    GITHUB_OUTPUT: join(dir, 'output'),
    GITHUB_STATE: join(dir, 'state'),
    GITHUB_STEP_SUMMARY: join(dir, 'summary'),
    INPUT_MODE: 'install',
    INPUT_MANIFESTS: manifests,
    INPUT_CLUSTER: 'control-plane',
    'INPUT_TOOL-SOURCE': 'path',
  });
};

/** Argo CD's own HA manifests, without CRDs, and with a number of repo-servers. */
const withRepoServers = (replicas: number) =>
  haManifest()
    .map((object) =>
      object.kind === 'Deployment' && object.metadata.name === 'argocd-repo-server'
        ? { ...object, spec: { ...(object.spec as object), replicas } }
        : object,
    )
    .map((object) => dump(object))
    .join('---\n');

function replicasLine(path: string): number {
  const lines = readFileSync(join(dir, path), 'utf8').split('\n');
  return lines.indexOf('  replicas: 1', lines.lastIndexOf('  name: argocd-repo-server')) + 1;
}

describe('manifests that are broken end an install before there is a cluster', () => {
  const BROKEN = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "argocd-cm\n';

  test('YAML that is none: exit code 2, at file and line', async () => {
    write('broken.yaml', BROKEN);
    const { code, printed, report, left } = await onCommandLine('broken.yaml');
    expect(code).toBe(2);
    expect(printed).toMatch(
      /^.*\berror: broken\.yaml:\d: manifests broken\.yaml are not YAML \(.* at line \d\)/m,
    );
    expect([report.verdict, report.exitCode]).toEqual(['INFRA_ERROR', 2]);
    expect(report.phases.map(({ name }) => name)).toEqual(['manifests']);
    expect([report.tools, left]).toEqual([[], []]);
  });

  test('an installation that cannot come up, or is not highly available: exit code 3, at file and line', async () => {
    write('argocd/all.yaml', withRepoServers(1));
    const { code, printed, report, left } = await onCommandLine('argocd');
    expect(code).toBe(3);
    const line = replicasLine('argocd/all.yaml');
    expect(line).toBeGreaterThan(10);
    expect(printed).toContain(
      `argocd/all.yaml:${line}: Deployment argocd-repo-server has 1 replica; high availability needs 2`,
    );
    expect(printed).toContain('error: there are no CustomResourceDefinitions applications.argoproj.io, ');
    expect(report).toMatchObject({ verdict: 'FAIL', exitCode: 3, tools: [] });
    expect(report.checks.map(({ id, status }) => [id, status])).toEqual([['install.manifests', 'fail']]);
    expect(left).toEqual([]);
  });

  test('in an action: annotations of the files of the repository', async () => {
    write('argocd/all.yaml', withRepoServers(1));
    const { code, printed } = await inAction('argocd/all.yaml');
    expect(code).toBe(3);
    const errors = printed.split('\n').filter((line) => line.startsWith('::error'));
    expect(errors).toEqual([
      `::error title=manifests,file=argocd/all.yaml,line=${replicasLine('argocd/all.yaml')}::Deployment argocd-repo-server has 1 replica; high availability needs 2`,
      expect.stringMatching(
        /^::error title=manifests,file=argocd\/all\.yaml::there are no CustomResourceDefinitions applications\./,
      ),
      expect.stringMatching(/^::error::the manifests: there are no CustomResourceDefinitions/),
    ]);
  });

  test('in an action: YAML that is none, at its line', async () => {
    write('argocd/broken.yaml', BROKEN);
    const { code, printed } = await inAction('./argocd');
    expect(code).toBe(2);
    expect(printed).toMatch(
      /^::error title=manifests,file=argocd\/broken\.yaml,line=\d::manifests argocd\/broken/m,
    );
  });
});

describe('manifests of a stranger end an install by exit code 2, at once, and say no command to a runner', () => {
  const COMMAND = '##[add-mask]::error::x';
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  const bomb = Array.from(
    { length: 30 },
    (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}` : 'x'}]\n`,
  );

  test.each<[string, () => void, RegExp]>([
    [
      'aliases without end',
      () => write('argocd/a.yaml', object + bomb.join('')),
      /once each alias is written out/,
    ],
    [
      'a name',
      () => write('argocd/a.yaml', object.replace('a}', `"a\\n${COMMAND}"}`)),
      /is not a Kubernetes object/,
    ],
    ['the name of a file', () => write(`argocd/a\n${COMMAND}.yaml`, object), /rename the file/],
    [
      'a link',
      () => {
        write('argocd/a.yaml', object);
        symlinkSync('/proc/self/environ', join(dir, 'argocd/b.yaml'));
      },
      /b\.yaml leads out of/,
    ],
    [
      'a FIFO',
      () => {
        mkdirSync(join(dir, 'argocd'));
        execFileSync('mkfifo', [join(dir, 'argocd/a.yaml')]);
      },
      /is not a regular file/,
    ],
    [
      'a kustomization',
      () => write('argocd/kustomization.yaml', `resources: ["http://evil.example/${COMMAND}"]\n`),
      /only what is named over https is fetched/,
    ],
  ])('%s', async (_what, make, message) => {
    make();
    const { code, printed, report } = await inAction('argocd');
    expect([code, report.exitCode]).toEqual([2, 2]);
    expect(printed).toMatch(message);
    const commands = printed.split('\n').filter((line) => /##\[|^\s*::/.test(line));
    expect(
      commands.filter((line) => !/^::(error|group|endgroup|add-mask|debug|notice|warning)/.test(line)),
    ).toEqual([]);
    expect(printed).not.toMatch(/##\[|::error::x/);
  });
});
