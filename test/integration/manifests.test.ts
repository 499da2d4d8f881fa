import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { loadManifests, type ManifestChoice } from '../../src/argocd/manifest-source.js';
import { argocdImageOf, argocdVersionOf } from '../../src/argocd/manifests.js';
import { exec } from '../../src/exec.js';
import { ARGOCD, bed, leftovers, tempDir, tools } from '../bed/bed.js';

afterAll(() => bed.close());

const choice: ManifestChoice = { ha: true, argocdVersion: ARGOCD, namespace: 'cd' };
const official = () => loadManifests({ ...choice, namespace: 'argocd' }, tools);

/** A chart in miniature, built as argo/argo-cd is: CRDs, settings by values, and hooks. */
const CHART: Record<string, string> = {
  'Chart.yaml':
    'apiVersion: v2\nname: argo-cd\nversion: 9.0.5\nappVersion: v3.1.9\nkubeVersion: ">=1.25.0-0"\n',
  'values.yaml':
    'redis-ha: {enabled: false}\ncontroller: {replicas: 9}\nserver: {replicas: 1}\nrepoServer: {replicas: 1}\napplicationSet: {replicas: 1}\n',
  'crds/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.io}\n',
  'templates/server.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-server
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.server.replicas }}
  template: {spec: {containers: [{name: server, image: "quay.io/argoproj/argocd:{{ .Chart.AppVersion }}"}]}}
`,
  'templates/replicas.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: replicas}
data:
  all: "{{ index .Values "redis-ha" "enabled" }} {{ .Values.controller.replicas }} {{ .Values.server.replicas }} {{ .Values.repoServer.replicas }} {{ .Values.applicationSet.replicas }}"
  kubernetes: "{{ .Capabilities.KubeVersion.Version }}"
`,
  'templates/hooks.yaml': ['pre-install,pre-upgrade', 'test', 'pre-delete']
    .map(
      (events, index) =>
        `apiVersion: batch/v1\nkind: Job\nmetadata: {name: hook-${index}, annotations: {helm.sh/hook: "${events}"}}\n`,
    )
    .join('---\n'),
};

async function archive(): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(CHART)) tar.entry({ name: `argo-cd/${name}` }, text);
  tar.finalize();
  return buffer(tar.pipe(createGzip()));
}

describe('the Helm chart, rendered by helm itself from a repository of the test’s own', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const tgz = await archive();
    const index =
      'apiVersion: v1\nentries:\n  argo-cd:\n  - {name: argo-cd, version: 9.0.5, urls: [argo-cd-9.0.5.tgz]}\n';
    server = createServer(({ url }, response) => {
      const found = { '/index.yaml': index, '/argo-cd-9.0.5.tgz': tgz }[url ?? ''];
      response.writeHead(found ? 200 : 404).end(found);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      ...process.env,
      ARGOCD_DR_CHART_REPO: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
  });
  afterAll(() => void server.close());

  const load = (more: Partial<ManifestChoice>) =>
    loadManifests({ ...choice, chartVersion: '9.0.5', ...more }, { tools, exec, env });
  const replicas = async (more: Partial<ManifestChoice>) => {
    const { objects } = await load(more);
    return objects.find(({ kind }) => kind === 'ConfigMap')!.data as Record<string, string>;
  };

  test('in the namespace of the drill, with CRDs and the hooks of an installation', async () => {
    const manifests = await load({});
    expect(manifests.crds.map(({ metadata }) => metadata.name)).toEqual(['things.example.io']);
    expect(manifests.objects.map(({ metadata }) => metadata.name).sort()).toEqual([
      'argocd-server',
      'hook-0',
      'replicas',
    ]);
    expect(manifests.objects.find(({ kind }) => kind === 'Deployment')!.metadata.namespace).toBe('cd');
    expect([argocdVersionOf(manifests), argocdImageOf(manifests)]).toEqual([
      '3.1.9',
      'quay.io/argoproj/argocd:v3.1.9',
    ]);
    expect(leftovers()).toEqual([]);
  });

  test('highly available, not so, and with values of the user', async () => {
    expect((await replicas({})).all).toBe('true 1 2 2 2');
    expect((await replicas({ ha: false })).all).toBe('false 9 1 1 1');
    const values = join(tempDir(), 'values.yaml');
    writeFileSync(values, 'server: {replicas: 5}\n');
    expect((await replicas({ values })).all).toBe('false 9 5 1 1');
  });

  test('for the Kubernetes version of the drill', async () => {
    expect((await replicas({ kubernetesVersion: '1.33.1' })).kubernetes).toBe('v1.33.1');
    await expect(load({ kubernetesVersion: '1.24.0' })).rejects.toThrow(
      /incompatible with Kubernetes v1.24.0/,
    );
  });

  test('a version that is not there, and a repository that does not answer', async () => {
    await expect(load({ chartVersion: '1.2.3' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/1\.2\.3.* not found .*check chart-version/),
    });
    const gone = { ...env, ARGOCD_DR_CHART_REPO: 'http://127.0.0.1:1' };
    await expect(
      loadManifests({ ...choice, chartVersion: '9.0.5' }, { tools, exec, env: gone }),
    ).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/cannot be fetched .*connection refused/),
    });
    expect(leftovers()).toEqual([]);
  });
});

describe('a kustomization, built by kubectl itself', () => {
  const kustomize = (text: string) => {
    const dir = tempDir();
    writeFileSync(join(dir, 'kustomization.yaml'), text);
    return dir;
  };
  const load = (dir: string) => loadManifests({ ...choice, namespace: 'argocd', manifests: dir }, tools);

  test('over Argo CD’s own manifests: the same objects, with what the overlay changes', async () => {
    const dir = kustomize(
      'resources: [base]\nimages: [{name: quay.io/argoproj/argocd, newName: mirror.example/argocd}]\n',
    );
    mkdirSync(join(dir, 'base'));
    cpSync(await tools.manifests(ARGOCD, { ha: true }), join(dir, 'base', 'install.yaml'));
    writeFileSync(join(dir, 'base', 'kustomization.yaml'), 'resources: [install.yaml]\n');
    const [built, plain] = await Promise.all([load(dir), official()]);
    expect(built.crds).toEqual(expect.arrayContaining(plain.crds));
    expect([built.crds.length, built.objects.length]).toEqual([plain.crds.length, plain.objects.length]);
    expect(argocdVersionOf(built)).toBe(ARGOCD);
    expect([argocdImageOf(plain), argocdImageOf(built)]).toEqual([
      `quay.io/argoproj/argocd:v${ARGOCD}`,
      `mirror.example/argocd:v${ARGOCD}`,
    ]);
  });

  test.each([
    ['a file that is not there', 'resources: [missing.yaml]\n', 2, /missing.yaml/],
    ['a field that it does not know', 'bogus: 1\n', 2, /unknown field "bogus"/],
    [
      'a base that does not answer',
      'resources: ["http://127.0.0.1:1/install.yaml"]\n',
      4,
      /remote base .*127\.0\.0\.1:1/,
    ],
  ])('%s', async (_what, text, exitCode, message) => {
    await expect(load(kustomize(text))).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    });
  });
});

test('a folder: every file of manifests, and the file that is none is named', async () => {
  const dir = tempDir();
  cpSync(await tools.manifests(ARGOCD, { ha: true }), join(dir, 'a.yaml'));
  const load = () => loadManifests({ ...choice, namespace: 'argocd', manifests: dir }, tools);
  expect(await load()).toEqual(await official());
  writeFileSync(join(dir, 'values.yaml'), 'server: {replicas: 2}\n');
  await expect(load()).rejects.toThrow(/values.yaml, document 1 is not a Kubernetes object/);
});
