import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import { applyCrds, type Manifests } from '../../src/argocd/manifests.js';
import { needsOutside } from '../../src/argocd/workloads/needs.js';
import { analyseManifests } from '../../src/argocd/workloads/written.js';
import type { ControlPlane } from '../../src/cluster/control-plane.js';
import type { Annotation } from '../../src/github/annotations.js';
import { type InstallInputs, parseInputs } from '../../src/inputs.js';
import { APPLICATION, CONFIG_MAP, CRD } from '../../src/kube/objects.js';
import { alreadyThere } from '../../src/modes/already-there.js';
import { ARGOCD, bed, runMode, startPlane, tempDir, tools } from '../bed/bed.js';
import { restrictedKubeconfig } from '../bed/users.js';

afterAll(() => bed.close());

describe("Argo CD's own manifests have nothing wrong", () => {
  test.each([
    [ARGOCD, true],
    [ARGOCD, false],
    ['3.2.11', true],
    ['3.2.11', false],
  ])('%s, ha %s', async (argocdVersion, ha) => {
    const manifests = await loadManifests({ ha, argocdVersion, namespace: 'cd' }, tools);
    const { problems, warnings, details } = analyseManifests(manifests, { ha, namespace: 'cd' });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(details.length).toBeGreaterThan(5);
    expect(needsOutside(manifests, 'cd')).toEqual([]);
  });

  test('but those without high availability have, where it is asked for', async () => {
    const manifests = await loadManifests({ ha: false, argocdVersion: ARGOCD, namespace: 'cd' }, tools);
    const { problems } = analyseManifests(manifests, { ha: true, namespace: 'cd' });
    expect(problems.map(({ text }) => text)).toEqual([
      'redis is a single pod without a replica: use the HA manifests',
      'Deployment argocd-repo-server has 1 replica; high availability needs 2',
      'Deployment argocd-server has 1 replica; high availability needs 2',
    ]);
  });
});

/** A repository whose folder argocd/ is a kustomization of Argo CD's own manifests. */
async function repository(files: Record<string, string>): Promise<string> {
  const root = tempDir();
  const install = await tools.manifests(ARGOCD, { ha: true });
  const all = { 'argocd/install.yaml': readFileSync(install, 'utf8'), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('mode install of a kustomization whose patch takes high availability away', () => {
  const PATCH =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: argocd-repo-server\nspec:\n  replicas: 1\n';
  const HEAD = 'namespace: argocd\nresources:\n  - install.yaml\n';

  test.each<[string, Record<string, string>, string, number]>([
    [
      'in a file',
      {
        'argocd/kustomization.yaml': `${HEAD}patches:\n  - path: ours/repo-server.yaml\n`,
        'argocd/ours/repo-server.yaml': `# ours\n${PATCH}`,
      },
      'argocd/ours/repo-server.yaml',
      7,
    ],
    [
      'within it',
      {
        'argocd/kustomization.yaml': `${HEAD}patches:\n  - target: {kind: Deployment, name: argocd-repo-server}\n    patch: |-\n      - op: add\n        path: /spec/replicas\n        value: 1\n`,
      },
      'argocd/kustomization.yaml',
      8,
    ],
  ])('%s: names its line, and makes no cluster', async (_, files, file, line) => {
    const root = await repository(files);
    const told: Annotation[] = [];
    const values = { manifests: join(root, 'argocd'), cluster: 'control-plane' };
    const { code, report } = await runMode('install', values, {
      env: { GITHUB_WORKSPACE: root },
      runner: { annotate: (annotations) => void told.push(...annotations) },
    });
    expect([code, report.verdict]).toEqual([3, 'FAIL']);
    expect(told).toEqual([
      {
        level: 'error',
        title: 'manifests',
        message: 'Deployment argocd-repo-server has 1 replica; high availability needs 2',
        ...{ file, line },
      },
    ]);
    expect(report.phases.map(({ name }) => name)).toEqual(['manifests']);
    expect(report.tools.map(({ name }) => name)).not.toContain('etcd');
  });
});

describe('manifests that leave out what an existing cluster has', () => {
  let plane: ControlPlane;
  let official: Manifests;
  let inputs: Record<string, string>;

  beforeAll(async () => {
    plane = await startPlane();
    official = await loadManifests({ ha: true, argocdVersion: ARGOCD, namespace: 'argocd' }, tools);
    const path = join(tempDir(), 'rest.json');
    const items = official.objects.filter(({ metadata }) => metadata.name !== 'argocd-cm');
    writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    inputs = { manifests: path, cluster: 'existing', kubeconfig: plane.target.kubeconfig! };
  });

  test('are refused while it has not, and touch nothing', async () => {
    const { code, text } = await runMode('install', inputs);
    expect(code).toBe(3);
    expect(text).toContain('there are no CustomResourceDefinitions applications.argoproj.io');
    expect(text).toContain('there is no ConfigMap argocd-cm');
    expect(await plane.kube.find(CONFIG_MAP, 'argocd', 'argocd-rbac-cm')).toBeUndefined();
  });

  test('are refused where a cluster is made, which has nothing', async () => {
    const { code, report } = await runMode('install', {
      manifests: inputs.manifests!,
      cluster: 'control-plane',
    });
    expect([code, report.phases.map(({ name }) => name)]).toEqual([3, ['manifests']]);
  });

  test('are installed once it has', async () => {
    const { kube } = plane;
    await applyCrds(kube, official.crds);
    await kube.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'argocd' } } });
    const settings = official.objects.find(({ metadata }) => metadata.name === 'argocd-cm')!;
    await kube.create(CONFIG_MAP, { ...settings, metadata: { ...settings.metadata, namespace: 'argocd' } });
    const { code, report, text } = await runMode('install', inputs);
    expect([code, text]).toEqual([0, expect.stringMatching(/Applied \d+ objects of Argo CD/)]);
    expect(report.checks.map(({ id, status }) => [id, status])).toEqual([['install.manifests', 'pass']]);
    expect(await kube.find(CRD, undefined, `${APPLICATION.plural}.argoproj.io`)).toBeDefined();
  });

  test('by somebody who may not look at CRDs are not called incomplete for them', async () => {
    const needs = needsOutside({ crds: [], objects: [] }, 'elsewhere');
    const kubeconfig = await restrictedKubeconfig(plane, tempDir(), { without: [] });
    const parsed: InstallInputs = await parseInputs(
      { mode: 'install', values: { cluster: 'existing', kubeconfig, namespace: 'elsewhere' } },
      {},
    );
    const { signal } = new AbortController();
    const isThere = await alreadyThere({ crds: [], objects: [] }, parsed, { signal });
    expect(needs.filter(isThere).map(({ kind }) => kind)).toEqual(Array(3).fill('CustomResourceDefinition'));
  });
});
