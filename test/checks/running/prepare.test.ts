import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { splitDocuments } from '../../../src/argocd/documents.js';
import { indexDocuments } from '../../../src/argocd/index.js';
import type { ArgoCdClient } from '../../../src/argocd/server/client.js';
import {
  dataOf,
  find,
  noteAdmin,
  prepareRunning,
  type Restored,
  restoredKey,
} from '../../../src/checks/running/prepare.js';
import { EXIT } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { FakeCluster } from '../../argocd/engine/fake-argocd.js';
import { kubernetesYaml } from '../../argocd/kubernetes-yaml.js';
import { fakeKube } from '../../argocd/workloads/fakes.js';
import { ARGOCD_SECRET, configMap, KEY, object, runningWith, secret } from './fakes.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'prepare-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const client = {} as ArgoCdClient;

/** A backup of these objects, restored into a cluster. */
async function restored(exported: KubeObject[], target: KubeObject[]) {
  const exportPath = join(dir, 'export.yaml');
  const text = exported.map((each) => `${kubernetesYaml(each)}---\n`).join('');
  writeFileSync(exportPath, text);
  const chunks = async function* () {
    yield Buffer.from(text);
  };
  const cluster = new FakeCluster();
  for (const each of target) cluster.put(each);
  const part = {
    opened: { manifest: { namespace: 'argocd' }, exportPath },
    index: {
      export: await indexDocuments(splitDocuments(chunks()), 'argocd'),
      extras: { objects: [], counts: {} },
    },
    cluster: { kube: cluster.kube },
  };
  return { cluster, restored: part as unknown as Restored };
}

const names = (objects: KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe('prepareRunning', () => {
  const settings = configMap('argocd-cm', { url: 'https://argocd.example' });
  const exported = [
    object('Application', 'shop', { spec: { project: 'p' }, status: { health: {} } }),
    object('AppProject', 'p', { spec: {} }),
    object('ApplicationSet', 'all', { spec: {} }),
    settings,
    configMap('argocd-rbac-cm', { 'policy.csv': 'x' }),
    configMap('argocd-tls-certs-cm', {}),
    secret('repo', { url: 'https://x' }, 'repository'),
    ARGOCD_SECRET,
  ];

  test('reads of the backup what argocd-server shows, without status', async () => {
    const { cluster, restored: part } = await restored(exported, [settings, ARGOCD_SECRET]);
    const running = await prepareRunning(part, client);
    expect(names(running.objects)).toEqual([
      'Application shop',
      'AppProject p',
      'ConfigMap argocd-cm',
      'ConfigMap argocd-rbac-cm',
      'Secret repo',
      'Secret argocd-secret',
    ]);
    expect(running.objects[0]).toEqual(object('Application', 'shop', { spec: { project: 'p' } }));
    expect(running).toMatchObject({ namespace: 'argocd', adminEnabledByDrill: false });
    expect(running.client).toBe(client);
    expect(cluster.calls).toEqual([]);
  });

  test('makes a token of admin with the key that the target holds', async () => {
    const key = 'made by the target';
    const { restored: part } = await restored(exported, [
      secret('argocd-secret', { 'server.secretkey': key }),
    ]);
    const { token } = await prepareRunning(part, client);
    const [header, claims, signature] = token.split('.');
    expect(signature).toBe(createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url'));
    expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({ sub: 'admin:login' });
  });

  test('enables admin in the target where the backup has it disabled', async () => {
    const disabled = configMap('argocd-cm', { 'admin.enabled': 'false' });
    const { cluster, restored: part } = await restored([disabled], [disabled, ARGOCD_SECRET]);
    expect(await prepareRunning(part, client)).toMatchObject({ adminEnabledByDrill: true });
    expect(cluster.calls).toEqual(['patch ConfigMap argocd-cm']);
    expect(cluster.objects.get('ConfigMap/argocd-cm')!.data).toEqual({ 'admin.enabled': 'true' });
  });
});

describe('restoredKey', () => {
  test('gives the bytes of server.secretkey', async () => {
    expect(
      await restoredKey(
        fakeKube(() => [ARGOCD_SECRET]),
        'argocd',
      ),
    ).toEqual(Buffer.from(KEY));
  });

  test.each<[string, KubeObject[]]>([
    ['no Secret', []],
    ['no key in it', [secret('argocd-secret', { 'admin.password': 'x' })]],
    ['an empty key', [secret('argocd-secret', { 'server.secretkey': '' })]],
  ])('%s: the backup does not restore', async (_what, objects) => {
    await expect(
      restoredKey(
        fakeKube(() => objects),
        'argocd',
      ),
    ).rejects.toMatchObject({
      exitCode: EXIT.fail,
      message: expect.stringMatching(/^Secret argocd\/argocd-secret .* has no server\.secretkey/),
    });
  });
});

test('find looks for kind and name, dataOf is empty where there is none', () => {
  const objects = [object('AppProject', 'a'), configMap('a', { x: 'y' })];
  expect(find(objects, 'ConfigMap', 'a')).toBe(objects[1]);
  expect(find(objects, 'Secret', 'a')).toBeUndefined();
  expect([dataOf(objects[1]), dataOf(objects[0]), dataOf(undefined)]).toEqual([{ x: 'y' }, {}, {}]);
});

test('what the drill did to admin is told, and only then', () => {
  expect(noteAdmin(runningWith())).toBe('');
  expect(noteAdmin(runningWith({ adminEnabledByDrill: true }))).toMatch(
    /disabled in the backup; it was enabled/,
  );
});
