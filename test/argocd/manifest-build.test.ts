import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { helmArguments } from '../../src/argocd/manifest-build.js';
import { loadManifests, type ManifestChoice } from '../../src/argocd/manifest-source.js';
import { EXIT } from '../../src/errors.js';
import type { Exec, ExecResult } from '../../src/exec.js';
import type { Tool, Tools } from '../../src/tools/tools.js';

const dir = mkdtempSync(join(tmpdir(), 'argocd-dr-manifests-'));
afterAll(() => rmSync(dir, { recursive: true }));

const CHOICE: ManifestChoice = { ha: true, argocdVersion: '3.1.9', namespace: 'cd' };
const OBJECT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: argocd-server}\n';
const hook = (name: string, events: string) =>
  `---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: ${name}, annotations: {helm.sh/hook: "${events}"}}\n`;

interface Call {
  command: string;
  args: readonly string[];
  cwd: string | undefined;
  env: NodeJS.ProcessEnv;
  set: NodeJS.ProcessEnv;
  /** What lies in the folder of the call, and the text of the values that helm is given. */
  beside: string[];
  values: string | undefined;
}

/** Programs that are never there: what they would do is played. */
function host(result: Partial<ExecResult>, env: NodeJS.ProcessEnv = {}) {
  const calls: Call[] = [];
  const exec: Exec = async (command, args, options) => {
    const { cwd, stdout, env = {}, set = {} } = options ?? {};
    const values = args[args.indexOf('--values') + 1]!;
    calls.push({
      ...{ command, args, cwd, env, set, beside: readdirSync(cwd!) },
      values: args.includes('--values') ? readFileSync(values, 'utf8') : undefined,
    });
    await pipeline([result.stdout ?? ''], stdout!);
    return { code: 0, stderr: '', ...result, stdout: '' };
  };
  const tools = {
    get: async (name: string) => ({ path: `/tools/${name}` }) as Tool,
    manifests: async () => join(dir, 'install.yaml'),
  } as unknown as Tools;
  return { deps: { tools, exec, env }, calls };
}

describe('the Helm chart', () => {
  const chart = { version: '9.0.5', ha: true, namespace: 'cd', kubernetesVersion: '1.34.4' };
  const sets = (args: string[]) => args.filter((_, index) => args[index - 1] === '--set');

  test('is highly available as its README says, without values of the user', () => {
    expect(sets(helmArguments(chart, 'https://charts.example'))).toEqual([
      'redis-ha.enabled=true',
      'controller.replicas=1',
      'server.replicas=2',
      'repoServer.replicas=2',
      'applicationSet.replicas=2',
    ]);
    expect(sets(helmArguments({ ...chart, ha: false }, 'https://charts.example'))).toEqual([]);
    const own = helmArguments({ ...chart, values: 'own.yaml' }, 'https://charts.example');
    expect(sets(own)).toEqual([]);
    expect(own.slice(-2)).toEqual(['--values', 'own.yaml']);
  });

  test('is rendered with folders of its own and an environment that is the run’s', async () => {
    const { deps, calls } = host(
      { stdout: OBJECT },
      { PATH: '/bin', HELM_PLUGINS: '/mine', HELM_CACHE_HOME: '/c' },
    );
    const { objects } = await loadManifests({ ...CHOICE, chartVersion: '9.0.5' }, deps);
    expect(objects).toHaveLength(1);
    const [{ command, args, cwd, beside, env, set }] = calls as [Call];
    expect([command, ...args.slice(0, 8)]).toEqual(
      '/tools/helm template argocd argo-cd --repo https://argoproj.github.io/argo-helm --version 9.0.5 --namespace'.split(
        ' ',
      ),
    );
    expect(env).toEqual({ PATH: '/bin' });
    const helm = Object.entries(set).filter(([name]) => name.startsWith('HELM_'));
    expect(helm.length).toBeGreaterThan(4);
    for (const [, path] of helm) expect(path).toContain('argocd-dr-helm-');
    // Of a folder argo-cd beside it, helm would make the chart.
    expect(cwd).toContain('argocd-dr-helm-');
    expect(beside).toEqual([]);
  });

  test('is rendered with a copy of the values that were checked', async () => {
    const { deps, calls } = host({ stdout: OBJECT });
    const values = join(dir, 'values.yaml');
    writeFileSync(values, 'server: {replicas: 2}\n');
    await loadManifests({ ...CHOICE, chartVersion: '9.0.5', values }, deps);
    expect(calls[0]!.values).toBe('server: {replicas: 2}\n');
    expect(calls[0]!.args).not.toContain(values);
  });

  test('is no larger than manifests may be', async () => {
    const { deps } = host({ stdout: `# ${'x'.repeat(17 * 1024 * 1024)}\n${OBJECT}` });
    await expect(loadManifests({ ...CHOICE, chartVersion: '9.0.5' }, deps)).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/what helm makes of chart argo-cd 9\.0\.5 is larger than/),
    });
  });

  test('hooks of an installation are objects like any other, others are not installed', async () => {
    const stdout =
      OBJECT +
      hook('redis-secret-init', 'pre-install,pre-upgrade') +
      hook('after', 'post-install') +
      hook('smoke', 'test') +
      hook('upgrade', 'pre-upgrade, post-upgrade') +
      hook('remove', 'pre-delete');
    const { objects } = await loadManifests({ ...CHOICE, chartVersion: '9.0.5' }, host({ stdout }).deps);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual([
      'argocd-server',
      'redis-secret-init',
      'after',
    ]);
  });

  test.each([
    [
      'Error: chart "argo-cd" matching 9.9.9 not found in x index.',
      EXIT.invalidInput,
      /not found.*chart-version/,
    ],
    [
      'Error: looks like "https://x" is not a valid chart repository or cannot be reached: Get "https://x/index.yaml"',
      EXIT.infra,
      /cannot be fetched .*ARGOCD_DR_CHART_REPO/,
    ],
  ])('helm’s %s', async (stderr, exitCode, message) => {
    await expect(
      loadManifests({ ...CHOICE, chartVersion: '9.9.9' }, host({ code: 1, stderr }).deps),
    ).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test.each(['oci://charts.example', 'https://user:secret@charts.example', 'charts'])(
    'no repository is %s, and no credential is shown',
    async (repository) => {
      const { deps, calls } = host({}, { ARGOCD_DR_CHART_REPO: repository });
      const rejected = expect(loadManifests({ ...CHOICE, chartVersion: '9.0.5' }, deps)).rejects;
      await rejected.toMatchObject({
        exitCode: EXIT.invalidInput,
        message: expect.not.stringContaining('secret'),
      });
      expect(calls).toEqual([]);
    },
  );

  test('values that are not there are named before helm runs', async () => {
    const { deps, calls } = host({});
    await expect(
      loadManifests({ ...CHOICE, chartVersion: '9.0.5', values: join(dir, 'none.yaml') }, deps),
    ).rejects.toThrow(/values .*none.yaml is not a file/);
    expect(calls).toEqual([]);
  });
});

describe('a kustomization', () => {
  const kustomize = (text: string) => writeFileSync(join(dir, 'kustomization.yaml'), text);
  const failing = async (stderr: string) => {
    const loading = loadManifests({ ...CHOICE, manifests: dir }, host({ code: 1, stderr }).deps);
    return loading.then(
      () => undefined,
      (error) => error,
    );
  };

  test.each([
    [
      "failed to run '/usr/bin/git fetch --depth=1 https://hunter2@github.com/argoproj/argo-cd v3.1.9': fatal: unable",
      /remote base .*cannot be fetched \(https:\/\/github\.com\/argoproj\/argo-cd; the reason is not known\)/,
    ],
    [
      `accumulation err='accumulating resources from 'https://hunter2/x.yaml': Get "https://hunter2/x.yaml": dial tcp: lookup a.invalid: no such host`,
      /remote base .*cannot be fetched \(.*; it cannot be reached\)/,
    ],
  ])('kubectl’s %s', async (stderr, message) => {
    kustomize('resources: ["https://hunter2@github.com/argoproj/argo-cd?token=hunter2"]\n');
    const error = await failing(stderr);
    expect(error).toMatchObject({ exitCode: EXIT.infra, message: expect.stringMatching(message) });
    expect(error.message).not.toContain('hunter2');
  });

  test('what a server answered is not quoted', async () => {
    kustomize('resources: ["https://example.com/install.yaml"]\n');
    const error = await failing('error: invalid Kustomization: json: <html>hunter2 ##[error]</html>');
    expect(error).toMatchObject({ exitCode: EXIT.invalidInput });
    expect(error.message).toMatch(
      /cannot build it with what it names by URL \(https:\/\/example\.com\/install\.yaml\)/,
    );
    expect(error.message).not.toMatch(/hunter2|##/);
  });

  test('where nothing is fetched, kubectl says what is wrong, in one line', async () => {
    kustomize('resources: [install.yaml]\n');
    const error = await failing(
      'warning\nerror: invalid Kustomization: json: unknown field "bogus"\n::error::x\u0007',
    );
    expect(error).toMatchObject({ exitCode: EXIT.invalidInput });
    expect(error.message).toContain('unknown field "bogus"');
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  test('is built in a private folder, without anything of the user’s', async () => {
    kustomize('resources: [install.yaml]\n');
    const own = {
      HOME: '/home',
      GIT_SSH_COMMAND: 'x',
      GIT_CONFIG_COUNT: '1',
      KUBECONFIG: 'x',
      SSH_AUTH_SOCK: 'x',
    };
    const { deps, calls } = host({ stdout: OBJECT }, { ...own, PATH: '/bin', SSL_CERT_FILE: '/ca' });
    await loadManifests({ ...CHOICE, manifests: dir }, deps);
    const [{ command, args, cwd, env, set, beside }] = calls as [Call];
    expect([command, ...args]).toEqual([
      '/tools/kubectl',
      'kustomize',
      '--load-restrictor=LoadRestrictionsRootOnly',
      realpathSync(dir),
    ]);
    expect([env, beside]).toEqual([{ PATH: '/bin', SSL_CERT_FILE: '/ca' }, []]);
    expect(cwd).toContain('argocd-dr-kustomize-');
    expect(set).toMatchObject({
      ...{ HOME: cwd, TMPDIR: cwd, GIT_ALLOW_PROTOCOL: 'https', GIT_CONFIG_NOSYSTEM: '1' },
      ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'false' },
      https_proxy: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
  });

  test('of http is refused before kubectl runs', async () => {
    kustomize('resources: ["http://example.com/install.yaml"]\n');
    const { deps, calls } = host({ stdout: OBJECT });
    await expect(loadManifests({ ...CHOICE, manifests: dir }, deps)).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
    });
    expect(calls).toEqual([]);
  });
});

test('manifests without an object are refused', async () => {
  writeFileSync(join(dir, 'install.yaml'), '# nothing\n');
  await expect(loadManifests(CHOICE, host({}).deps.tools)).rejects.toMatchObject({
    exitCode: EXIT.invalidInput,
    message: expect.stringMatching(/install.yaml hold no objects/),
  });
});
