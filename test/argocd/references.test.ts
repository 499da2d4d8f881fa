import { describe, expect, test } from '@jest/globals';
import {
  generatorReferences,
  type Reference,
  settingsReferences,
  workloadReferences,
} from '../../src/argocd/references.js';
import type { KubeObject } from '../../src/kube/objects.js';

const object = (kind: string, fields: Partial<KubeObject>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'argocd' },
  ...fields,
});
const places = (references: Reference[]) =>
  references.map(({ resource, namespace, name }) => `${resource.kind} ${namespace}/${name}`);

describe('settingsReferences', () => {
  const settings = (text: string) => settingsReferences(object('ConfigMap', { data: { text } }), 'here');

  test.each([
    ['clientSecret: $oidc:client-secret', ['oidc']],
    ['clientSecret: "$my-secret.v2:a.b_c-d"', ['my-secret.v2']],
    ['a: $one:x\nb: $two:y\nc: $one:z', ['one', 'two']],
    ['Bearer $token:key, and more', ['token']],
    ['clientSecret: $dex.github.clientSecret', []],
    ['price: $5', []],
    ['time: $HOME:', []],
    ['a$b', []],
    ['$-a:b', []],
    ['$a-:b', []],
    ['', []],
  ])('%j', (text, names) => {
    expect(settings(text).map(({ name }) => name)).toEqual(names);
  });

  test('of a Secret are looked for in what its values mean', () => {
    const data = { config: Buffer.from('token: $other:key').toString('base64'), plain: '$not:this' };
    const found = settingsReferences(object('Secret', { data }), 'Secret argocd/a');
    expect(places(found)).toEqual(['Secret argocd/other']);
    expect(found[0]!.from).toBe('Secret argocd/a');
  });

  test('without data there are none', () => {
    expect(settingsReferences(object('ConfigMap', {}), '')).toEqual([]);
  });
});

test('generatorReferences finds tokens and certificates in its own namespace, all else in that of Argo CD', () => {
  const spec = {
    generators: [
      { scmProvider: { github: { tokenRef: { secretName: 'gh', key: 'token' }, appSecretName: 'app' } } },
      { pullRequest: { gitlab: { caRef: { configMapName: 'ca', key: 'pem' } } } },
      { pullRequest: { github: { appSecretName: 'app2' } } },
      { clusterDecisionResource: { configMapRef: 'duck' } },
      {
        matrix: { generators: [{ plugin: { configMapRef: { name: 'plug' } } }, { list: { elements: [] } }] },
      },
      { merge: { generators: [{ clusterDecisionResource: { configMapRef: 'duck2' } }] } },
      { clusters: { values: { configMapRef: 'not-a-reference', appSecretName: 'nor-this' } } },
      { plugin: { configMapRef: {} } },
    ],
    template: { spec: { tokenRef: { secretName: 'not-a-generator' } } },
  };
  const applicationSet = object('ApplicationSet', { spec, metadata: { name: 'a', namespace: 'team-a' } });
  const found = generatorReferences(applicationSet, 'argocd');
  expect(places(found)).toEqual([
    'Secret argocd/app',
    'Secret team-a/gh',
    'ConfigMap team-a/ca',
    'Secret argocd/app2',
    'ConfigMap argocd/duck',
    'ConfigMap argocd/plug',
    'ConfigMap argocd/duck2',
  ]);
  expect(new Set(found.map(({ from }) => from))).toEqual(new Set(['ApplicationSet a']));
  expect(generatorReferences(object('ApplicationSet', {}), 'argocd')).toEqual([]);
});

test('workloadReferences finds what pods mount or read into their environment', () => {
  const pod = {
    volumes: [
      { name: 'v1', secret: { secretName: 'mounted' } },
      { name: 'v2', configMap: { name: 'settings' } },
      {
        name: 'v3',
        projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'cm2' } }] },
      },
      { name: 'v4', emptyDir: {} },
    ],
    containers: [
      {
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'key', key: 'k' } } },
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'cmkey', key: 'k', optional: true } } },
        ],
        envFrom: [{ secretRef: { name: 'all' } }, { configMapRef: { name: 'cmall' } }],
      },
    ],
  };
  const deployment = object('Deployment', { spec: { template: { spec: pod } } });
  expect(places(workloadReferences(deployment))).toEqual([
    'Secret argocd/mounted',
    'ConfigMap argocd/settings',
    'Secret argocd/projected',
    'ConfigMap argocd/cm2',
    'Secret argocd/key',
    'ConfigMap argocd/cmkey',
    'Secret argocd/all',
    'ConfigMap argocd/cmall',
  ]);
  expect(workloadReferences(deployment).map(({ from }) => from)).toEqual(Array(8).fill(undefined));
  expect(workloadReferences(object('Deployment', {}))).toEqual([]);
});
