import { describe, expect, test } from '@jest/globals';
import { takeSnapshot, touched } from '../../../src/argocd/engine/untouched.js';
import { FakeCluster } from './fake-argocd.js';

const object = (kind: string, name: string, fields: object = {}) => ({
  kind,
  metadata: { name, namespace: 'argocd' },
  spec: { project: 'default' },
  ...fields,
});

function cluster(): FakeCluster {
  const made = new FakeCluster();
  for (const kind of ['Application', 'AppProject', 'ApplicationSet']) made.put(object(kind, 'shop'));
  return made;
}

const changeDuring = async (change: (cluster: FakeCluster) => unknown) => {
  const made = cluster();
  const before = await takeSnapshot(made.kube, 'argocd');
  await change(made);
  return touched(before, await takeSnapshot(made.kube, 'argocd'));
};

describe('touched', () => {
  test('nothing where nothing happened', async () => {
    expect(await changeDuring(() => {})).toEqual([]);
  });

  test("the canary's own objects do not count, others of its name do", async () => {
    const found = await changeDuring((made) => {
      made.put(object('Application', 'argocd-dr-canary'));
      made.put(object('AppProject', 'argocd-dr-canary'));
      made.put({ kind: 'ApplicationSet', metadata: { name: 'argocd-dr-canary', namespace: 'team-a' } });
    });
    expect(found).toEqual([
      {
        kind: 'ApplicationSet',
        namespace: 'team-a',
        name: 'argocd-dr-canary',
        problem: 'unexpected',
        path: '',
      },
    ]);
  });

  test.each<[string, object, string]>([
    ['spec', { spec: { project: 'other' } }, 'spec'],
    ['status', { status: { reconciledAt: 'now' } }, 'status'],
    ['operation', { operation: {} }, 'operation'],
    ['annotations', { metadata: { name: 'shop', namespace: 'argocd', annotations: { a: 'b' } } }, 'metadata'],
    ['nothing, yet it was written', {}, 'metadata.resourceVersion'],
  ])('a write to an Application: %s', async (_what, fields, path) => {
    const found = await changeDuring((made) => made.put(object('Application', 'shop', fields)));
    expect(found).toEqual([
      { kind: 'Application', namespace: 'argocd', name: 'shop', problem: 'different', path },
    ]);
  });

  test.each(['Application', 'AppProject', 'ApplicationSet'])('a %s removed', async (kind) => {
    expect(await changeDuring((made) => made.remove(kind, 'shop'))).toEqual([
      { kind, namespace: 'argocd', name: 'shop', problem: 'missing', path: '' },
    ]);
  });
});
