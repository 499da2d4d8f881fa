import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../src/argocd/canonical.js';
import { compareIndexes, keyOf, parseKey } from '../../src/argocd/diff.js';
import { digestIndex, type IndexedObject } from '../../src/argocd/index.js';
import { editOneCharacter, seedMutations } from '../../src/checks/negative-control.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { kubeObject, objectKey } from '../argocd/arbitrary.js';

const seed = fc.stringMatching(/^[0-9a-f]{64}$/);

/** Objects in a set: each place once, with digests that objects may share. */
const set = fc.uniqueArray(
  fc
    .tuple(objectKey, fc.constantFrom('a', 'b'))
    .map(([key, sha256]): IndexedObject => ({ ...key, sha256, offset: 0, length: 0 })),
  { maxLength: 30, selector: keyOf },
);

const content = ({ kind, namespace, name }: IndexedObject): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  data: { text: name },
});
const read = async (object: IndexedObject) => content(object);

describe('seedMutations', () => {
  test('of arbitrary sets, every damage is reported, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(set, seed, async (objects, chosen) => {
        const expected = digestIndex(objects);
        const { actual, mutations } = await seedMutations(objects, expected, read, 'argocd', chosen);
        const reported = compareIndexes(expected, actual);
        const wanted = mutations.flatMap((mutation) => mutation.expected);
        expect(reported).toHaveLength(wanted.length);
        expect(reported).toEqual(expect.arrayContaining(wanted));
      }),
    );
  });

  test('objects that differ or are unexpected already do not hide a damage', async () => {
    await fc.assert(
      fc.asyncProperty(set, set, seed, async (backedUp, found, chosen) => {
        const expected = digestIndex(backedUp);
        const before = digestIndex(found);
        const restored = backedUp.filter((object) => before.get(keyOf(object)) === object.sha256);
        const { actual, mutations } = await seedMutations(restored, before, read, 'argocd', chosen);
        const text = (entry: object) => JSON.stringify(entry);
        const known = new Set(compareIndexes(expected, before).map(text));
        const added = compareIndexes(expected, actual)
          .map(text)
          .filter((entry) => !known.has(entry));
        expect(added.sort()).toEqual(mutations.flatMap((mutation) => mutation.expected.map(text)).sort());
      }),
    );
  });

  test('of each kind one is edited, one dropped, one renamed, as far as there are that many', async () => {
    await fc.assert(
      fc.asyncProperty(set, seed, async (objects, chosen) => {
        const { mutations } = await seedMutations(objects, digestIndex(objects), read, 'argocd', chosen);
        const kinds = Map.groupBy(objects, (object) => object.kind);
        const wanted = [...kinds].flatMap(([kind, all]) =>
          ['edited one character of', 'dropped', 'renamed']
            .slice(0, all.length)
            .map((what) => `${what} ${kind}`),
        );
        const done = mutations.map(({ what }) => what.replace(/ [^ ]+$/, ''));
        expect(done).toEqual(wanted);
      }),
    );
  });

  test('a renamed object does not take the place of another', async () => {
    const names = ['a', 'a-renamed', 'a-renamed-renamed'];
    const objects = names.map((name) => ({
      kind: 'Secret',
      namespace: 'a',
      name,
      sha256: name,
      offset: 0,
      length: 0,
    }));
    const expected = digestIndex(objects);
    for (const chosen of '0123456789abcdef') {
      const { actual, mutations } = await seedMutations(objects, expected, read, 'a', chosen.repeat(64));
      expect(compareIndexes(expected, actual)).toHaveLength(4);
      expect(mutations.flatMap((mutation) => mutation.expected)).toHaveLength(4);
    }
  });

  test('a set that is damaged is a copy', async () => {
    const objects = [{ kind: 'Secret', namespace: 'a', name: 'b', sha256: 'x', offset: 0, length: 0 }];
    const digests = digestIndex(objects);
    await seedMutations(objects, digests, read, 'argocd', 'f'.repeat(64));
    expect(digests).toEqual(digestIndex(objects));
  });

  test('the seed decides which objects are hit', async () => {
    const objects = Array.from({ length: 40 }, (_, n) => ({
      ...parseKey(keyOf({ kind: 'Secret', namespace: 'a', name: `s${n}` })),
      sha256: 'x',
      offset: 0,
      length: 0,
    }));
    const hit = async (chosen: string) =>
      (await seedMutations(objects, digestIndex(objects), read, 'argocd', chosen)).mutations.map(
        ({ what }) => what,
      );
    expect(await hit('0'.repeat(64))).toEqual(await hit('0'.repeat(64)));
    expect(await hit('0'.repeat(64))).not.toEqual(await hit('1'.repeat(64)));
  });
});

describe('editOneCharacter', () => {
  const changed = (object: KubeObject, chosen: string) => {
    const before = structuredClone(object);
    const edited = editOneCharacter(object, chosen);
    expect(object).toEqual(before);
    expect(digestOf(edited, 'argocd')).not.toBe(digestOf(object, 'argocd'));
    return edited;
  };

  test('always changes the digest, and leaves the object alone', () => {
    fc.assert(fc.property(kubeObject, seed, (object, chosen) => void changed(object, chosen)));
    const withData = fc.tuple(kubeObject, fc.dictionary(fc.string(), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(withData, seed, ([{ spec: _, ...object }, data], chosen) => {
        changed({ ...object, data } as KubeObject, chosen);
      }),
    );
  });

  const secret = (fields: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    ...fields,
  });
  test.each<[string, object]>([
    ['nothing but a name', {}],
    ['only labels', { metadata: { name: 'a', labels: { a: 'b' } } }],
    ['a label that the edit itself makes', { metadata: { name: 'a', labels: { edited: 'x' } } }],
    ['empty data', { data: {} }],
    ['null data', { data: null }],
    ['an empty string', { data: { a: '' } }],
    ['only numbers', { spec: { replicas: 3, list: [1, null, true] } }],
    ['an x', { data: { a: 'x' } }],
    ['a multi-byte character', { data: { a: 'é' } }],
    ['a surrogate pair', { data: { a: '😀' } }],
    ['an integer beyond 2^53 beside it', { spec: { a: 9007199254740993n, b: 'c' } }],
    ['a field __proto__', { spec: Object.fromEntries([['__proto__', { a: 'b' }]]) }],
  ])('%s', (_what, fields) => {
    for (const chosen of ['0'.repeat(64), 'f'.repeat(64)]) changed(secret(fields), chosen);
  });

  test('one character of one string, no more', () => {
    const edited = changed(secret({ data: { a: 'hello', b: 'world' } }), '00000001');
    expect(edited.data).toEqual({ a: 'hello', b: 'woxld' });
  });
});
