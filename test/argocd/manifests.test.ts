import { describe, expect, test } from '@jest/globals';
import { applyCrds, applyObjects, parseManifests } from '../../src/argocd/manifests.js';
import { ApiError, type Kube } from '../../src/kube/api.js';
import type { KubeObject } from '../../src/kube/objects.js';

const CRD_HEAD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
`;

const INSTALL = `
# Argo CD
---
${CRD_HEAD}---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: argocd-server
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: argocd-server
subjects:
- kind: ServiceAccount
  name: argocd-server
  namespace: argocd
- kind: ServiceAccount
  name: other
  namespace: elsewhere
- kind: Group
  name: admins
---
`;

describe('parseManifests', () => {
  test('CRDs apart, everything else in order, empty documents passed over', () => {
    const { crds, objects } = parseManifests(INSTALL, 'argocd');
    expect(crds.map(({ metadata }) => metadata.name)).toEqual(['applications.argoproj.io']);
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ClusterRoleBinding']);
    expect(objects[1]!.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'argocd-server', namespace: 'argocd' },
      { kind: 'ServiceAccount', name: 'other', namespace: 'elsewhere' },
      { kind: 'Group', name: 'admins' },
    ]);
  });

  test('subjects of the official namespace are moved to the one that is used, others stay', () => {
    const { objects } = parseManifests(INSTALL, 'cd');
    expect(objects[1]!.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'argocd-server', namespace: 'cd' },
      { kind: 'ServiceAccount', name: 'other', namespace: 'elsewhere' },
      { kind: 'Group', name: 'admins' },
    ]);
    expect(objects[0]!.metadata).toEqual({ name: 'argocd-server' });
  });

  test('nothing is nothing, and what is no YAML throws', () => {
    expect(parseManifests('', 'argocd')).toEqual({ crds: [], objects: [] });
    expect(() => parseManifests('a: [', 'argocd')).toThrow();
  });
});

test('applyObjects gives a namespace to those that have a place for one', async () => {
  const applied: KubeObject[] = [];
  const kube = {
    resourceFor: async ({ kind }: KubeObject) => ({ kind, namespaced: kind !== 'ClusterRoleBinding' }),
    apply: async (_resource: unknown, object: KubeObject) => applied.push(object),
  } as unknown as Kube;
  const elsewhere = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'b' } };
  await applyObjects(kube, [...parseManifests(INSTALL, 'cd').objects, elsewhere], 'cd');
  expect(applied.map(({ metadata }) => metadata.namespace)).toEqual(['cd', undefined, 'b']);
});

// How long an API server takes to serve a new kind is not ours to choose, so it is played here.
describe('applyCrds', () => {
  const [crd] = parseManifests(
    `${CRD_HEAD}spec:
  group: argoproj.io
  names:
    plural: applications
    kind: Application
  versions:
  - name: v1alpha0
    served: false
  - name: v1alpha1
    served: true
`,
    'argocd',
  ).crds;

  /** @param answers what the API server says, call by call: nothing for success */
  function apiServer(answers: Record<'create' | 'collectionVersion', (ApiError | undefined)[]>) {
    const calls: string[] = [];
    const call = async (name: keyof typeof answers, what: string) => {
      calls.push(`${name} ${what}`);
      const error = answers[name].shift();
      if (error) throw error;
    };
    const kube = {
      create: (_resource: unknown, { metadata }: KubeObject) => call('create', metadata.name),
      apply: async (_resource: unknown, { metadata }: KubeObject) => calls.push(`apply ${metadata.name}`),
      collectionVersion: ({ apiVersion, plural }: { apiVersion: string; plural: string }) =>
        call('collectionVersion', `${apiVersion} ${plural}`),
    } as unknown as Kube;
    return { kube, calls };
  }

  const create = 'create applications.argoproj.io';
  const look = 'collectionVersion argoproj.io/v1alpha1 applications';

  test('waits until the served version of the kind is answered', async () => {
    const notYet = new ApiError(404, 'not yet');
    const { kube, calls } = apiServer({ create: [], collectionVersion: [notYet, notYet] });
    await applyCrds(kube, [crd!]);
    expect(calls).toEqual([create, look, look, look]);
  });

  test('applies over a CRD that is there already', async () => {
    const { kube, calls } = apiServer({ create: [new ApiError(409, 'exists')], collectionVersion: [] });
    await applyCrds(kube, [crd!]);
    expect(calls).toEqual([create, 'apply applications.argoproj.io', look]);
  });

  test.each([
    ['create', { create: [new ApiError(403, 'forbidden')], collectionVersion: [] }],
    ['list', { create: [], collectionVersion: [new ApiError(403, 'forbidden')] }],
  ])('passes on any other error, here of %s', async (_call, answers) => {
    await expect(applyCrds(apiServer(answers).kube, [crd!])).rejects.toThrow('forbidden');
  });
});
