import { describe, expect, test } from '@jest/globals';
import { applyCrds, applyObjects, parseManifests } from '../../src/argocd/manifests.js';
import { ApiError, type Kube } from '../../src/kube/api.js';
import type { KubeObject } from '../../src/kube/objects.js';

const INSTALL = `
# Argo CD
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
---
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
test('applyCrds waits until the CRD is established and its kind is answered', async () => {
  const looks: string[] = [];
  let rounds = 0;
  const crd = (status: string) => ({
    spec: {
      group: 'argoproj.io',
      names: { plural: 'applications', kind: 'Application' },
      versions: [
        { name: 'v1alpha0', served: false },
        { name: 'v1alpha1', served: true },
      ],
    },
    status: { conditions: [{ type: 'Established', status }] },
  });
  const kube = {
    apply: async () => looks.push('apply'),
    get: async () => {
      looks.push('get');
      return crd(rounds++ === 0 ? 'False' : 'True');
    },
    collectionVersion: async ({ apiVersion, plural }: { apiVersion: string; plural: string }) => {
      looks.push(`list ${apiVersion} ${plural}`);
      if (rounds < 3) throw new ApiError(404, 'not yet');
      return 1n;
    },
  } as unknown as Kube;
  await applyCrds(kube, parseManifests(INSTALL, 'argocd').crds);
  const list = 'list argoproj.io/v1alpha1 applications';
  expect(looks).toEqual(['apply', 'get', 'get', list, 'get', list]);
});

test('applyCrds passes on an error other than "not found"', async () => {
  const kube = {
    apply: async () => {
      throw new ApiError(403, 'forbidden');
    },
  } as unknown as Kube;
  await expect(applyCrds(kube, parseManifests(INSTALL, 'argocd').crds)).rejects.toThrow('forbidden');
});
