import { describe, expect, test } from '@jest/globals';
import { proveCompleteness, takeWatermark, type Watermark } from '../../src/argocd/coverage.js';
import { keyOf } from '../../src/argocd/diff.js';
import type { IndexedObject } from '../../src/argocd/index.js';
import { type ListedObject, listed } from '../../src/argocd/listing.js';
import type { Kube } from '../../src/kube/api.js';
import type { KubeObject, Resource } from '../../src/kube/objects.js';

const scope = { namespace: 'argocd', applicationNamespaces: [], applicationsetNamespaces: [] };
const BEGAN = new Date('2026-11-23T21:00:00Z');
const since: Watermark = { at: BEGAN, versions: new Map([['Application', 100n]]) };

/** An Application whose text, version and age say how it stands to an export that began at version 100. */
function application(
  name: string,
  text: string,
  version: number,
  created = '2026-11-01T00:00:00Z',
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', resourceVersion: `${version}`, creationTimestamp: created },
    spec: { text },
  };
}

const exportedAs = (object: KubeObject): IndexedObject => ({
  ...listed(object, 'argocd'),
  offset: 0,
  length: 0,
});

// Races between an export, a listing and a source at work cannot be brought about on a real API server.
function prove(exported: KubeObject[], listing: KubeObject[], now: KubeObject[]) {
  const reads: string[] = [];
  const kube = {
    async find({ kind }: Resource, namespace: string, name: string) {
      reads.push(name);
      return now.find(
        ({ kind: other, metadata }) =>
          keyOf({ kind, namespace, name }) ===
          keyOf({ kind: other, namespace: metadata.namespace!, name: metadata.name }),
      );
    },
  } as unknown as Kube;
  const objects: ListedObject[] = listing.map((object) => listed(object, 'argocd'));
  return proveCompleteness(kube, scope, exported.map(exportedAs), { objects, notAllowed: [] }, since).then(
    (completeness) => ({ ...completeness, reads }),
  );
}

const DURING = '2026-11-23T21:00:01Z';
const old = application('a', 'old', 90);

describe('an export that agrees with the listing', () => {
  test('is complete, and nothing is read again', async () => {
    expect(await prove([old], [old], [])).toEqual({ wrong: [], changed: [], reads: [] });
  });
});

describe('wrong, because the object has not changed since the export began', () => {
  const at = (problem: string) => [
    { kind: 'Application', namespace: 'argocd', name: 'a', problem, path: '' },
  ];
  test.each<[string, KubeObject[], KubeObject[], KubeObject[], string]>([
    ['missing', [], [old], [old], 'missing'],
    [
      'missing, at the watermark itself',
      [],
      [application('a', 'old', 100)],
      [application('a', 'old', 100)],
      'missing',
    ],
    ['different', [application('a', 'other', 90)], [old], [old], 'different'],
    [
      'different, at the watermark itself',
      [application('a', 'other', 90)],
      [application('a', 'old', 100)],
      [application('a', 'old', 100)],
      'different',
    ],
    ['unexpected', [old], [], [application('a', 'new', 90)], 'unexpected'],
    // It was there when the export began, so the export should have it, however new its text is.
    ['missing, though edited meanwhile', [], [old], [application('a', 'new', 101)], 'missing'],
  ])('%s', async (_what, exported, listing, now, problem) => {
    const { wrong, changed } = await prove(exported, listing, now);
    expect(wrong).toEqual(at(problem));
    expect(changed).toEqual([]);
  });
});

describe('excused, because the object changed, came or went meanwhile', () => {
  const fresh = application('a', 'x', 101, DURING);
  test.each<[string, KubeObject[], KubeObject[], KubeObject[]]>([
    ['created after the export had passed', [], [fresh], [fresh]],
    [
      'created within the clock tolerance',
      [],
      [application('a', 'x', 101, '2026-11-23T20:59:56Z')],
      [application('a', 'x', 101, '2026-11-23T20:59:56Z')],
    ],
    ['deleted after the listing', [], [old], []],
    ['deleted before the listing', [old], [], []],
    [
      'edited between export and listing',
      [old],
      [application('a', 'new', 101)],
      [application('a', 'new', 101)],
    ],
    [
      'edited between listing and export',
      [application('a', 'new', 101)],
      [old],
      [application('a', 'new', 101)],
    ],
    ['edited twice', [old], [application('a', 'b', 101)], [application('a', 'c', 102)]],
    ['created between listing and export', [fresh], [], [fresh]],
    ['as exported, at a later look', [old], [application('a', 'new', 90)], [old]],
  ])('%s', async (_what, exported, listing, now) => {
    const { wrong, changed } = await prove(exported, listing, now);
    expect(wrong).toEqual([]);
    expect(changed).toEqual(['Application argocd/a']);
  });

  test('not so if it was created well before the export began', async () => {
    const recreated = application('a', 'x', 101, '2026-11-23T20:59:50Z');
    const { wrong } = await prove([], [recreated], [recreated]);
    expect(wrong).toHaveLength(1);
  });
});

test('one wrong object among excused ones is still found', async () => {
  const others = ['b', 'c', 'd'].map((name) => application(name, 'x', 101, DURING));
  const { wrong, changed, reads } = await prove([], [old, ...others], [old, ...others]);
  expect(wrong.map(({ name }) => name)).toEqual(['a']);
  expect(changed).toEqual(['Application argocd/b', 'Application argocd/c', 'Application argocd/d']);
  expect(reads).toEqual(['a', 'b', 'c', 'd']);
});

test('a kind without a watermark counts as changed', async () => {
  const secret = { ...old, kind: 'Secret', apiVersion: 'v1' };
  const { wrong } = await prove([{ ...secret, spec: {} }], [secret], [secret]);
  expect(wrong).toEqual([]);
});

test('takeWatermark asks for the version of every kind before anything else is read', async () => {
  const asked: string[] = [];
  const kube = {
    async collectionVersion({ kind }: Resource, namespace?: string) {
      asked.push(`${kind} in ${namespace}`);
      return BigInt(asked.length);
    },
  } as unknown as Kube;
  const before = Date.now();
  const { at, versions } = await takeWatermark(kube, scope);
  expect(at.getTime()).toBeGreaterThanOrEqual(before);
  expect([...versions]).toEqual([
    ['ConfigMap', 1n],
    ['Secret', 2n],
    ['AppProject', 3n],
    ['Application', 4n],
    ['ApplicationSet', 5n],
  ]);
  expect(asked[3]).toBe('Application in argocd');
});
