import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../src/argocd/canonical.js';
import { DOCUMENT_LIMITS, excessOf } from '../../src/argocd/document-limits.js';
import { DocumentError, jsonDocument, parseDocument, parseYamlOrJson } from '../../src/argocd/documents.js';
import { writeExtras } from '../../src/argocd/extras.js';
import { oddityOf } from '../../src/argocd/odd.js';
import { parseJson, stringifyJson } from '../../src/kube/json.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { withFolder } from '../bundle/sample.js';
import { json, text } from './arbitrary.js';
import { kubernetesYaml } from './kubernetes-yaml.js';

const holding = (spec: unknown): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'a', namespace: 'team-a' },
  spec,
});
const read = (source: string, parse = parseYamlOrJson) =>
  parse({ number: 1, offset: 0, bytes: Buffer.from(source) });

/** What Kubernetes takes, and no recursion of JavaScript follows. */
const deep = (levels: number) => `${'{"a":'.repeat(levels)}12345678901234567${'}'.repeat(levels)}`;

describe('oddityOf', () => {
  test.each([
    ['DEL', 'x\u007fy', 'U+007F'],
    ['the first of C1', '\u0080', 'U+0080'],
    ['next line', 'a\n\u0085b', 'U+0085'],
    ['the last of C1', '\u009f', 'U+009F'],
    ['a line separator', '\u2028', 'U+2028'],
    ['a paragraph separator', '\u2029', 'U+2029'],
    ['no character', '\ufffe', 'U+FFFE'],
    ['the last of the plane', '\uffff', 'U+FFFF'],
    ['an odd key', { 'a\u0085': 1 }, 'U+0085 in a key'],
    ['a merge key', [{ '<<': { b: 1 } }], 'a key <<'],
    ['a long key', { ['k'.repeat(999)]: 1 }, 'a key of more than 1,000 characters'],
    [
      'a key that is long once it is escaped',
      { ['<'.repeat(167)]: 1 },
      'a key of more than 1,000 characters',
    ],
    ['too many levels', JSON.parse(deep(900)), 'more than 900 levels'],
  ])('%s', (_what, value, odd) => {
    expect(oddityOf(holding({ x: [value] }))).toBe(odd);
  });

  test.each([
    'a\r\n\tb\u0000\u001b',
    '\u00a0\ufeff\ufffd\u{1f600}\u{1fffe}',
    '---\n=\n<<',
    { '=': 1, ['k'.repeat(900)]: { 'yes: no': [null, 1.5, true, 9007199254740993n] } },
    JSON.parse(deep(800)),
  ])('nothing in %#', (value) => {
    expect(oddityOf(holding(value))).toBeUndefined();
  });

  test('does not tell what is in an object', () => {
    fc.assert(
      fc.property(fc.dictionary(text, json), (spec) => {
        expect(oddityOf(holding(spec)) ?? 'a key <<').toMatch(
          /^(U\+[0-9A-F]{4}( in a key)?|a key <<|a key of more than 1,000 characters)$/,
        );
      }),
    );
  });
});

/** At the end of so many levels. */
const below = (levels: number, value: unknown): unknown =>
  levels === 0 ? value : { a: below(levels - 1, value) };

describe('what is small as JSON, and as YAML more than is read', () => {
  test.each([
    ['many leaves far below', below(800, Array(20_000).fill(1)), 'about 32 MiB as YAML'],
    ['many keys far below', below(800, Object.fromEntries(Array(4000).entries())), 'about 7 MiB as YAML'],
    ['lines far below', below(800, 'a\n'.repeat(5000)), 'about 9 MiB as YAML'],
    ['words far below, each on its own line', below(800, 'a '.repeat(5000)), 'about 9 MiB as YAML'],
    ['many values', Array(400_000).fill([]), 'too many values for YAML'],
  ])('%s', (_what, value, odd) => {
    const object = holding(value);
    expect(oddityOf(object)).toBe(odd);
    expect(read(jsonDocument(object))).toEqual(object);
  });

  test.each([
    ['lines', 'some words of a manifest\n'.repeat(50_000)],
    ['words', 'some words of a manifest '.repeat(50_000)],
    ['resources of a status', Array(5000).fill({ group: 'apps', kind: 'Deployment', name: 'a'.repeat(63) })],
  ])('but not an Application that is large: %s', (_what, value) => {
    expect(oddityOf(holding(value))).toBeUndefined();
  });

  test.each([
    ['leaves', below(780, Array(2000).fill('a'))],
    ['keys', below(780, Object.fromEntries([...Array(2000).keys()].map((key) => [`k${key}`, 'xy'])))],
    ['lines', below(780, 'a\n'.repeat(1900))],
    ['values', Array(80_000).fill({ a: ',' })],
  ])('and what is not told is read: %s', (_what, value) => {
    const object = holding(value);
    expect(oddityOf(object)).toBeUndefined();
    const bytes = Buffer.from(kubernetesYaml(object));
    expect(bytes.length).toBeLessThan(DOCUMENT_LIMITS.bytes / 4);
    expect(excessOf(bytes)).toBeUndefined();
  });
});

describe('an object as JSON', () => {
  test('is one line of characters that every reader takes alike, and comes back whole', () => {
    fc.assert(
      fc.property(json, (value) => {
        const object = holding(value);
        const line = jsonDocument(object);
        expect(line).toMatch(/^\{[ -~\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]*\}$/);
        expect(canonicalJson(read(line))).toBe(canonicalJson(object));
      }),
    );
  });

  test('may be nested as deep as Kubernetes takes it, and loses no digit', () => {
    const object = holding(parseJson(deep(9_990)));
    expect(stringifyJson(read(jsonDocument(object)))).toContain(`"spec":${deep(9_990)}`);
    expect(digestOf(read(jsonDocument(object)), 'argocd')).toBe(digestOf(object, 'argocd'));
  });

  test.each([
    [
      'a key twice',
      '{"apiVersion":"v1","kind":"Secret","kind":"Secret","metadata":{"name":"a"}}',
      /duplicated/,
    ],
    ['two objects', `${jsonDocument(holding({}))}${jsonDocument(holding({}))}`, /not strict JSON/],
    ['a line break', '{"apiVersion":"v1",\n"kind":"Secret","metadata":{"name":"a"}}', /in one line/],
    [
      'a raw U+2028',
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"x":"\u2028"}',
      /plain characters/,
    ],
    ['YAML in brackets', "{apiVersion: v1, kind: Secret, metadata: {name: 'a'}}", /not strict JSON/],
    [
      'a name that is a path',
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"../a"}}',
      /not a Kubernetes object/,
    ],
  ])('with %s is refused', (_what, source, message) => {
    expect(() => read(source)).toThrow(DocumentError);
    expect(() => read(source)).toThrow(message);
  });

  test('is none in a file that is YAML', () => {
    expect(() => read(jsonDocument(holding({ a: 1 })), parseDocument)).toThrow(/brackets/);
    expect(read(kubernetesYaml(holding({ a: 1 })))).toEqual(holding({ a: 1 }));
  });
});

test('extras are written as YAML, and only what it does not carry as JSON', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'extras.yaml');
    expect(await writeExtras(path, [holding({ a: 'b' })])).toBe(false);
    expect(readFileSync(path, 'utf8')).toMatch(/^apiVersion: /);
    const odd = holding({ a: '\u2028' });
    expect(await writeExtras(path, [holding({ a: 'b' }), odd, holding({ a: 'c' })])).toBe(true);
    const documents = readFileSync(path, 'utf8').split('---\n');
    expect(documents.map((source) => source[0])).toEqual(['a', '{', 'a', undefined]);
    expect(read(documents[1]!)).toEqual(odd);
  });
});
