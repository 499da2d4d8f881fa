import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Programs that are never there: what they would do is played. */
function host(result: Partial<ExecResult>, env: NodeJS.ProcessEnv = {}) {
  const calls: { command: string; args: readonly string[]; env: NodeJS.ProcessEnv | undefined }[] = [];
  const exec: Exec = async (command, args, options) => {
    calls.push({ command, args, env: options?.env });
    return { code: 0, stdout: '', stderr: '', ...result };
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
    const [{ command, args, env }] = calls as [(typeof calls)[0]];
    expect([command, ...args.slice(0, 8)]).toEqual(
      '/tools/helm template argocd argo-cd --repo https://argoproj.github.io/argo-helm --version 9.0.5 --namespace'.split(
        ' ',
      ),
    );
    expect(env!.PATH).toBe('/bin');
    const helm = Object.entries(env!).filter(([name]) => name.startsWith('HELM_'));
    expect(helm.length).toBeGreaterThan(4);
    for (const [, path] of helm) expect(path).toContain('argocd-dr-helm-');
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
  writeFileSync(join(dir, 'kustomization.yaml'), 'resources: [install.yaml]\n');

  test.each([
    [
      "failed to run '/usr/bin/git fetch --depth=1 https://github.com/argoproj/argo-cd v3.1.9': fatal: unable",
      EXIT.infra,
      /remote base .*cannot be fetched/,
    ],
    [
      `accumulation err='accumulating resources from 'https://a.invalid/x.yaml': Get "https://a.invalid/x.yaml": dial tcp: lookup`,
      EXIT.infra,
      /remote base .*cannot be fetched/,
    ],
    ['error: invalid Kustomization: json: unknown field "bogus"', EXIT.invalidInput, /unknown field "bogus"/],
  ])('kubectl’s %s', async (stderr, exitCode, message) => {
    await expect(
      loadManifests({ ...CHOICE, manifests: dir }, host({ code: 1, stderr }).deps),
    ).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test('never waits for a password', async () => {
    const { deps, calls } = host({ stdout: OBJECT }, { HOME: '/home' });
    await loadManifests({ ...CHOICE, manifests: dir }, deps);
    expect(calls).toEqual([
      {
        command: '/tools/kubectl',
        args: ['kustomize', dir],
        env: { HOME: '/home', GIT_TERMINAL_PROMPT: '0' },
      },
    ]);
  });
});

test('manifests without an object are refused', async () => {
  writeFileSync(join(dir, 'install.yaml'), '# nothing\n');
  await expect(loadManifests(CHOICE, host({}).deps.tools)).rejects.toMatchObject({
    exitCode: EXIT.invalidInput,
    message: expect.stringMatching(/install.yaml hold no objects/),
  });
});
