import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../src/argocd/canonical.js';
import { compareIndexes, type DigestIndex, differingPaths, keyOf, parseKey } from '../../src/argocd/diff.js';
import { json, objectKey, reordered } from './arbitrary.js';

const digest = fc.constantFrom('a', 'b', 'c');
const index: fc.Arbitrary<DigestIndex> = fc
  .array(fc.tuple(objectKey.map(keyOf), digest), { maxLength: 12 })
  .map((entries) => new Map(entries));
const filled = index.filter((entries) => entries.size > 0);

test('a key is read back as it was', () => {
  fc.assert(fc.property(objectKey, (key) => expect(parseKey(keyOf(key))).toEqual(key)));
  expect(parseKey(keyOf({ kind: 'Namespace', namespace: '', name: 'a' }))).toEqual({
    kind: 'Namespace',
    namespace: '',
    name: 'a',
  });
});

describe('compareIndexes', () => {
  test('is empty only for equal sets', () => {
    fc.assert(
      fc.property(index, index, (expected, actual) => {
        const equal = canonicalJson([...expected].sort()) === canonicalJson([...actual].sort());
        expect(compareIndexes(expected, actual).length === 0).toBe(equal);
      }),
    );
    fc.assert(fc.property(index, (entries) => expect(compareIndexes(entries, new Map(entries))).toEqual([])));
  });

  test('reports any dropped, edited, renamed and added object, and nothing else', () => {
    fc.assert(
      fc.property(filled, fc.nat(), objectKey, (expected, choice, other) => {
        const key = [...expected.keys()][choice % expected.size]!;
        fc.pre(!expected.has(keyOf(other)));
        const change = (act: (actual: Map<string, string>) => void) => {
          const actual = new Map(expected);
          act(actual);
          return compareIndexes(expected, actual);
        };
        const at = (problem: string, where: string) => ({ ...parseKey(where), problem, path: '' });
        expect(change((actual) => actual.delete(key))).toEqual([at('missing', key)]);
        expect(change((actual) => actual.set(key, 'edited'))).toEqual([at('different', key)]);
        expect(change((actual) => actual.set(keyOf(other), 'a'))).toEqual([at('unexpected', keyOf(other))]);
        const renamed = change((actual) => {
          actual.set(keyOf(other), actual.get(key)!);
          actual.delete(key);
        });
        expect(renamed).toHaveLength(2);
        expect(renamed).toEqual(expect.arrayContaining([at('missing', key), at('unexpected', keyOf(other))]));
      }),
    );
  });

  test('does not depend on the order in which the sets were filled', () => {
    fc.assert(
      fc.property(index, index, (expected, actual) => {
        expect(compareIndexes(new Map([...expected].reverse()), new Map([...actual].reverse()))).toEqual(
          compareIndexes(expected, actual),
        );
      }),
    );
  });

  test('seen from the other side, missing is unexpected', () => {
    const turned = { missing: 'unexpected', unexpected: 'missing', different: 'different' };
    fc.assert(
      fc.property(index, index, (a, b) => {
        expect(compareIndexes(b, a)).toEqual(
          compareIndexes(a, b).map((difference) => ({ ...difference, problem: turned[difference.problem] })),
        );
      }),
    );
  });
});

describe('differingPaths', () => {
  test('is empty exactly where the canonical forms are equal', () => {
    const pairs = fc.oneof(
      fc.tuple(json, json),
      fc.tuple(json, fc.nat()).map(([value, seed]) => [value, reordered(value, seed)] as const),
    );
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(differingPaths(a, b).length === 0).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  test('finds any one change, by its path', () => {
    fc.assert(
      fc.property(json, json, json, (around, a, b) => {
        fc.pre(canonicalJson(a) !== canonicalJson(b));
        const within = (value: unknown) => ({ around, list: [around, { value }] });
        const [path, ...more] = differingPaths(within(a), within(b));
        expect(path).toMatch(/^list\[1\]\.value/);
        expect(more.every((other) => other.startsWith('list[1].value'))).toBe(true);
      }),
    );
  });

  test('never shows a value', () => {
    const secret = fc.nat().map((n) => `s3cret-${n}`);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        secret,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'a.b', 'c d'), tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(differingPaths(a, b, 100).join(' ')).not.toContain('s3cret');
      }),
    );
  });

  test('gives at most as many paths as wanted', () => {
    const many = (value: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, [value]]));
    expect(differingPaths(many(1), many(2))).toHaveLength(5);
    expect(differingPaths(many(1), many(2), 1)).toEqual(['f0[0]']);
  });

  const own = (key: string, value: unknown) => Object.fromEntries([[key, value]]);
  test.each([
    [
      'a field',
      { spec: { source: { path: 'a' } } },
      { spec: { source: { path: 'b' } } },
      ['spec.source.path'],
    ],
    ['an item', { a: [1, 2, 3] }, { a: [1, 5, 3] }, ['a[1]']],
    ['a longer list', { a: [1] }, { a: [1, 2] }, ['a[1]']],
    ['a null at the end of a list', { a: [1] }, { a: [1, null] }, ['a[1]']],
    ['null and nothing', { a: null }, {}, ['a']],
    ['nothing and null', {}, { a: null }, ['a']],
    ['an empty map and an empty list', { a: {} }, { a: [] }, ['a']],
    ['text and number', { a: '1' }, { a: 1 }, ['a']],
    ['a last digit', { a: 9007199254740993n }, { a: 9007199254740992n }, ['a']],
    ['a whole value', 1, 2, ['']],
    ['an odd key', { data: { 'accounts.x/y': 'a' } }, { data: {} }, ['data["accounts.x/y"]']],
    ['__proto__ and nothing', own('__proto__', {}), {}, ['__proto__']],
    ['constructor and nothing', {}, { constructor: {} }, ['constructor']],
    ['below __proto__', own('__proto__', { a: 1 }), own('__proto__', { a: 2 }), ['__proto__.a']],
  ])('%s', (_what, a, b, paths) => {
    expect(differingPaths(a, b)).toEqual(paths);
  });
});
