import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyCrds,
  applyObjects,
  argocdImageOf,
  argocdVersionOf,
  parseManifests,
} from '../../src/argocd/manifests.js';
import { analyseManifests } from '../../src/argocd/workloads/written.js';
import { DrError } from '../../src/errors.js';
import { ApiError, type Kube } from '../../src/kube/api.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { stageInstallation } from '../../src/modes/levels/drill.js';
import { assertHeld } from '../../src/quarantine/escapes.js';
import { haManifest } from './workloads/installed.js';

const parse = (text: string, namespace: string) => parseManifests([{ from: 'a.yaml', text }], namespace);

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
    const { crds, objects } = parse(INSTALL, 'argocd');
    expect(crds.map(({ metadata }) => metadata.name)).toEqual(['applications.argoproj.io']);
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ClusterRoleBinding']);
    expect(objects[1]!.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'argocd-server', namespace: 'argocd' },
      { kind: 'ServiceAccount', name: 'other', namespace: 'elsewhere' },
      { kind: 'Group', name: 'admins' },
    ]);
  });

  test('subjects of the official namespace are moved to the one that is used, others stay', () => {
    const { objects } = parse(INSTALL, 'cd');
    expect(objects[1]!.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'argocd-server', namespace: 'cd' },
      { kind: 'ServiceAccount', name: 'other', namespace: 'elsewhere' },
      { kind: 'Group', name: 'admins' },
    ]);
    expect(objects[0]!.metadata).toEqual({ name: 'argocd-server' });
  });

  test('what makes pods loses its empty keys, and what is nothing in its lists', () => {
    const spec = 'spec: {replicas: , template: {spec: {volumes: , containers: [~, {name: a, env: [~]}]}}}';
    const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, labels: }\n${spec}\n`;
    expect(parse(text, 'argocd').objects[0]).toEqual({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
      spec: { template: { spec: { containers: [{ name: 'a', env: [] }] } } },
    });
  });

  test('nothing is nothing, and what is no YAML throws', () => {
    expect(parse('', 'argocd')).toEqual({ crds: [], objects: [] });
    expect(() => parse('a: [', 'argocd')).toThrow();
  });
});

test('whatever stands where something else is read, manifests are refused, or judged', () => {
  const odd = fc.constantFrom<unknown>(null, 0, 1.5, true, '', 'x', [], {}, [null], [[]], [{}], {
    length: 3,
  });
  const base = haManifest();
  const change = fc.record({ object: fc.nat(), way: fc.array(fc.nat(), { maxLength: 9 }), value: odd });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const objects: unknown[] = [...base];
      for (const { object, way, value } of changes) {
        const at = object % objects.length;
        objects[at] = changed(objects[at], way, value);
      }
      const text = objects.map((each) => JSON.stringify(each)).join('\n---\n');
      try {
        const manifests = parse(text, 'argocd');
        argocdVersionOf(manifests);
        analyseManifests(manifests, { ha: true, namespace: 'argocd' });
        for (const runsPods of [false, true]) assertHeld(manifests, runsPods);
        stageInstallation(manifests.objects, argocdImageOf(manifests) ?? 'x', true);
      } catch (error) {
        expect(error).toBeInstanceOf(DrError);
      }
    }),
    { seed: 7, numRuns: 150 },
  );
});

/** A copy with a value in the place that a way leads to. */
function changed(value: unknown, [step, ...way]: readonly number[], put: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return put;
  const keys = Object.keys(value);
  const key = keys[step % keys.length];
  if (key === undefined) return put;
  const inner = changed((value as Record<string, unknown>)[key], way, put);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}

test('applyObjects gives a namespace to those that have a place for one', async () => {
  const applied: KubeObject[] = [];
  const kube = {
    resourceFor: async ({ kind }: KubeObject) => ({ kind, namespaced: kind !== 'ClusterRoleBinding' }),
    apply: async (_resource: unknown, object: KubeObject) => applied.push(object),
  } as unknown as Kube;
  const elsewhere = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'b' } };
  await applyObjects(kube, [...parse(INSTALL, 'cd').objects, elsewhere], 'cd');
  expect(applied.map(({ metadata }) => metadata.namespace)).toEqual(['cd', undefined, 'b']);
});

test('applyObjects has every Namespace there before anything else', async () => {
  const calls: string[] = [];
  const kube = {
    resourceFor: async ({ kind }: KubeObject) => ({ kind, namespaced: kind !== 'Namespace' }),
    apply: async ({ kind }: { kind: string }, { metadata }: KubeObject) => {
      calls.push(`begin ${kind} ${metadata.name}`);
      await new Promise(setImmediate);
      calls.push(`end ${kind} ${metadata.name}`);
    },
  } as unknown as Kube;
  const object = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name } });
  await applyObjects(kube, [object('Secret', 'a'), object('Namespace', 'b'), object('Secret', 'c')], 'cd');
  expect(calls.slice(0, 2)).toEqual(['begin Namespace b', 'end Namespace b']);
  expect(calls).toHaveLength(6);
});

describe('what manifests install', () => {
  const deployment = (name: string, containers: string, labels = '{}') => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: ${labels}}
spec: {template: {spec: {containers: ${containers}}}}
`;
  const told = (text: string) => {
    const manifests = parse(text, 'argocd');
    return [argocdVersionOf(manifests), argocdImageOf(manifests)];
  };

  test('is told by argocd-server, wherever it stands and whatever stands beside it', () => {
    const text =
      deployment('argocd-redis', '[{name: redis, image: "redis:7.2.0"}]') +
      deployment(
        'argocd-repo-server',
        '[{name: argocd-repo-server, image: "quay.io/argoproj/argocd:v3.1.8"}]',
      ) +
      deployment(
        'argocd-server',
        '[{name: sidecar, image: "proxy:1.2.3"}, {name: argocd-server, image: "mirror:5000/argocd:v3.2.11"}]',
      );
    expect(told(text)).toEqual(['3.2.11', 'mirror:5000/argocd:v3.2.11']);
  });

  test('as the Helm chart names and labels it', () => {
    const labels = '{app.kubernetes.io/component: server, app.kubernetes.io/version: v3.1.9}';
    const text = deployment('cd-server', '[{name: server, image: "own/build@sha256:0123"}]', labels);
    expect(told(text)).toEqual(['3.1.9', 'own/build@sha256:0123']);
  });

  test('is not told by others', () => {
    expect(told(deployment('web', '[{name: web, image: "argocd:v3.1.9"}]'))).toEqual([undefined, undefined]);
    expect(told(deployment('argocd-server', '[{name: argocd-server, image: "argocd:latest"}]'))).toEqual([
      undefined,
      'argocd:latest',
    ]);
  });
});

// How long an API server takes to serve a new kind is not ours to choose, so it is played here.
describe('applyCrds', () => {
  const [crd] = parse(
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
