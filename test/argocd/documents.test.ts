import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../src/argocd/canonical.js';
import {
  DocumentError,
  parseDocument,
  type RawDocument,
  readDocuments,
  readSlice,
  splitDocuments,
} from '../../src/argocd/documents.js';
import { parseJson } from '../../src/kube/json.js';
import type { KubeObject } from '../../src/kube/objects.js';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const OTHER = HEAD.replace('name: a', 'name: b');

async function* inChunks(bytes: Buffer, sizes: readonly number[] = []): AsyncGenerator<Buffer> {
  let from = 0;
  for (const size of sizes) {
    if (from >= bytes.length) return;
    yield bytes.subarray(from, from + size);
    from += size;
  }
  if (from < bytes.length) yield bytes.subarray(from);
}

async function all(documents: AsyncIterable<RawDocument>): Promise<RawDocument[]> {
  const list: RawDocument[] = [];
  for await (const document of documents) list.push(document);
  return list;
}

async function split(text: string | Buffer, sizes?: readonly number[]): Promise<RawDocument[]> {
  return all(splitDocuments(inChunks(Buffer.from(text as string), sizes)));
}

const parse = (text: string | Buffer) =>
  parseDocument({ number: 1, offset: 0, bytes: Buffer.from(text as string) });

const readAll = async (text: string | Buffer) => (await split(text)).map(parseDocument);

/** The objects of a text, or undefined where it is refused as a document; other errors are faults. */
async function reading(text: string | Buffer): Promise<KubeObject[] | undefined> {
  try {
    return await readAll(text);
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

// argocd-reads.json and argocd-writes.json are recorded from Argo CD 3.1.9's own code: gitops-engine's SplitYAML
// with k8s.io/apimachinery 0.33.1, and sigs.k8s.io/yaml 1.4.0.
describe("next to argocd's own reader and writer", () => {
  interface Read {
    text?: string;
    base64?: string;
    /** The canonical form of what argocd reads, or null where it refuses. */
    reading: string | null;
  }

  test('a text is refused, or read as argocd reads it', async () => {
    const rows = fixture('argocd-reads') as Read[];
    let agreed = 0;
    for (const { text, base64, reading: theirs } of rows) {
      const ours = await reading(text ?? Buffer.from(base64!, 'base64'));
      // What argocd itself refuses, it refuses aloud: import fails.
      if (ours === undefined || theirs === null) continue;
      expect({ text, reading: canonicalJson(ours) }).toEqual({ text, reading: theirs });
      agreed++;
    }
    expect(rows.length).toBeGreaterThan(300);
    expect(agreed).toBeGreaterThan(80);
  });

  test('what argocd writes is read as the object that the API shows', async () => {
    const rows = fixture('argocd-writes') as { json: string; yaml: string }[];
    expect(rows.length).toBeGreaterThan(400);
    for (const { json, yaml } of rows)
      expect({ yaml, reading: canonicalJson(await readAll(`${yaml}---\n`)) }).toEqual({
        yaml,
        reading: canonicalJson([parseJson(json)]),
      });
  });
});

describe('splitDocuments', () => {
  const line = fc.constantFrom(
    '---',
    '--- ',
    '--- # note',
    'a: 1',
    '  ---',
    '  b: |',
    '',
    ' ',
    '# c',
    '...',
    'é😀',
  );
  const ending = fc.constantFrom('\n', '\r\n');
  const file = fc
    .tuple(fc.array(fc.tuple(line, ending), { maxLength: 20 }), fc.constantFrom('', 'last: 1', '---', ' '))
    .map(([lines, last]) => Buffer.from(lines.flat().join('') + last));
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 200 });

  test('does not depend on where the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(file, sizes, async (bytes, chunks) => {
        expect(await split(bytes, chunks)).toEqual(await split(bytes));
      }),
    );
  });

  test('documents stand in order where their offsets say, with separators and blank lines between', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (bytes) => {
        const documents = await split(bytes);
        let end = 0;
        const gaps: string[] = [];
        for (const [position, { number, offset, bytes: own }] of documents.entries()) {
          expect(number).toBe(position + 1);
          expect(bytes.subarray(offset, offset + own.length)).toEqual(own);
          expect(own.toString()).not.toMatch(/^---/m);
          expect(own.toString().trim()).not.toBe('');
          gaps.push(bytes.toString('latin1', end, offset));
          end = offset + own.length;
        }
        for (const gap of [...gaps, bytes.toString('latin1', end)])
          expect(gap).toMatch(/^(---( |( #[ -~]*))?\r?\n|---$|[ \r\n])*$/);
      }),
    );
  });

  test.each([
    ['nothing', '', []],
    ['blank lines', '\n  \r\n\n', []],
    ['separators only', '---\n---\n\n---', []],
    ['one document', 'a: 1\n', ['a: 1\n']],
    ['no final newline', 'a: 1\n---\nb: 2', ['a: 1\n', 'b: 2']],
    ['no newline after the last separator', 'a: 1\n---', ['a: 1\n']],
    ['CRLF', 'a: 1\r\n---\r\nb: 2\r\n', ['a: 1\r\n', 'b: 2\r\n']],
    ['leading separator', '---\na: 1\n', ['a: 1\n']],
    ['spaces after a separator', 'a: 1\n---  \t\nb: 2\n', ['a: 1\n', 'b: 2\n']],
    ['a comment after a separator', 'a: 1\n--- # b follows\nb: 2\n', ['a: 1\n', 'b: 2\n']],
    ['hyphens in a block scalar', 'a: |\n  ---\n  b\n', ['a: |\n  ---\n  b\n']],
    ['two hyphens', '--\na: 1\n', ['--\na: 1\n']],
  ])('%s', async (_what, text, wanted) => {
    expect((await split(text)).map(({ bytes }) => bytes.toString())).toEqual(wanted);
  });

  test.each([
    '--- text',
    '---text',
    '----',
    '---#',
    '--- {a: 1}',
    '---\u00a0',
    '--- # c\u0085x: 1',
    '---\rb: 2',
    '--- |',
  ])('a line %j is refused, as no reader may take it for another thing', async (separator) => {
    await expect(split(`a: 1\n${separator}\nb: 2\n`)).rejects.toThrow(
      /^document 1 has a line that begins with ---/,
    );
  });
});

describe('on disk', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'documents-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('readDocuments and readSlice give the exact bytes, also across the chunks of a large file', async () => {
    const long = `${HEAD}data:\n  x: ${'é'.repeat(700_000)}\n`;
    const texts = [HEAD, long, OTHER, long.replace('name: a', 'name: c'), OTHER.trimEnd()];
    const path = join(dir, 'export.yaml');
    writeFileSync(path, texts.join('---\n'));
    const documents = await all(readDocuments(path));
    expect(documents.map(({ bytes }) => bytes.toString())).toEqual(texts);
    for (const { offset, bytes } of documents)
      expect((await readSlice(path, offset, bytes.length)).equals(bytes)).toBe(true);
  });

  test('a slice beyond the end is as long as the file goes', async () => {
    const path = join(dir, 'short');
    writeFileSync(path, 'abc');
    expect((await readSlice(path, 1, 100)).toString()).toBe('bc');
  });
});

describe('parseDocument reads', () => {
  const value = (text: string) => parse(`${HEAD}${text}`);

  test.each([
    ['a BOM at the start', `\ufeff${HEAD}`, {}],
    ['CRLF', `${HEAD}data:\n  a: |\n    b\n    c\n`.replaceAll('\n', '\r\n'), { data: { a: 'b\nc\n' } }],
    ['no final newline', HEAD.trimEnd(), {}],
    ['a document end', `${HEAD}...\n`, {}],
    ['comments', `# one\n${HEAD}# two\n`, {}],
    ['separators in a block scalar', `${HEAD}a: |\n  ---\n  b: 1\n`, { a: '---\nb: 1\n' }],
    ['quoted words', `${HEAD}a: "yes"\nb: 'null'\n"on": "1"\n`, { a: 'yes', b: 'null', on: '1' }],
    ['quoted indicators', `${HEAD}a: "&a *b !c"\nb: |\n  &a *b !c\n`, { a: '&a *b !c', b: '&a *b !c\n' }],
    ['empty brackets', `${HEAD}a: {}\nb: []\n`, { a: {}, b: [] }],
    ['a commit that looks like a float', `${HEAD}a: 7e12345\n`, { a: '7e12345' }],
    ['an integer of 64 bits', `${HEAD}a: 9223372036854775807\n`, { a: 9223372036854775807n }],
  ])('%s', (_what, text, more) => {
    expect(parse(text)).toEqual({ ...parse(HEAD), ...more });
  });

  test.each([
    'yEs',
    '0x',
    '0xg',
    '1e400',
    '0xfffffffffffffffff',
    '1:30',
    '2001-01-01',
    '1.2.3',
    '_1',
    '-a',
    'nan',
    '<<',
  ])('the unquoted word %s as a string, as every reader does', (word) => {
    expect(value(`a: ${word}\n`).a).toBe(word);
  });

  test('fields named __proto__ and constructor as fields', () => {
    const object = value('spec:\n  __proto__:\n    polluted: 1\n  constructor:\n    prototype: 2\n');
    const spec = object.spec as Record<string, unknown>;
    expect(Object.keys(spec)).toEqual(['__proto__', 'constructor']);
    expect(canonicalJson(spec)).toBe('{"__proto__":{"polluted":1},"constructor":{"prototype":2}}');
    expect('polluted' in spec).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  test('900 levels', () => {
    const nested = Array.from({ length: 900 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
    expect(canonicalJson(value(`${nested} end\n`))).toContain('"a":"end"');
  });
});

describe('parseDocument refuses', () => {
  const SECRET = 's3cret';
  const bomb = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1}\n${`- *a${n}\n`.repeat(9)}`).join(
    '',
  );

  test.each<[string, string | Buffer, RegExp]>([
    ['an anchor', `${HEAD}a: &x ${SECRET}\n`, /anchor or alias/],
    ['an anchor of a map', `${HEAD}a: &x\n  b: 1\n`, /anchor or alias/],
    ['an anchor of a key', `${HEAD}&x a: 1\n`, /anchor or alias/],
    ['an alias', `${HEAD}a: *${SECRET}\n`, /anchor or alias/],
    ['an alias bomb', `${HEAD}a0: &a0 x\n${bomb}`, /anchor or alias/],
    ['a tag', `${HEAD}a: !!str ${SECRET}\n`, /explicit tag/],
    ['a local tag', `${HEAD}a: !x\n  b: 1\n`, /explicit tag/],
    ['a binary', `${HEAD}a: !!binary czNjcmV0\n`, /explicit tag/],
    ['a repeated key', `${HEAD}a: ${SECRET}\na: 2\n`, /duplicated mapping key at line 6/],
    ['a repeated key below', `${HEAD}a:\n  b:\n    c: 1\n    c: 2\n`, /duplicated mapping key at line 8/],
    ['a repeated quoted key', `${HEAD}a: 1\n"a": 2\n`, /duplicated mapping key/],
    ['a repeated escaped key', `${HEAD}a: 1\n"\\x61": 2\n`, /duplicated mapping key/],
    ['a repeated explicit key', `${HEAD}a: 1\n? a\n: 2\n`, /duplicated mapping key/],
    ['a repeated key __proto__', `${HEAD}a:\n  __proto__: 1\n  __proto__: 2\n`, /duplicated mapping key/],
    ['a repeated key in a list', `${HEAD}a:\n- b: 1\n  b: 2\n`, /duplicated mapping key/],
    ['a repeated key in brackets', `${HEAD}a: {b: 1, b: 2}\n`, /brackets that are not empty/],
    ['a filled list in brackets', `${HEAD}a: [${SECRET}]\n`, /brackets that are not empty/],
    ['JSON', '{"apiVersion":"v1","kind":"X","metadata":{"name":"a"}}', /brackets that are not empty/],
    ['a merge key', `${HEAD}a:\n  <<:\n    b: 1\n`, /a key that is no string/],
    ['a number as key', `${HEAD}1: a\n`, /a key that is no string/],
    ['null as key', `${HEAD}~: a\n`, /a key that is no string/],
    ['a boolean as key', `${HEAD}true: a\n`, /a key that is no string/],
    ['an old boolean as key', `${HEAD}yes: a\n`, /unquoted word/],
    ['a list as key', `${HEAD}? - a\n: b\n`, /a key that is no string/],
    ['two documents', `${HEAD}...\n${OTHER}`, /not a Kubernetes object/],
    ['two documents, with a separator', `${HEAD}--- \n${OTHER}`, /not a Kubernetes object/],
    ['two documents, at a lone CR', `${HEAD.trimEnd()}\r---\r${OTHER}`, /not a Kubernetes object/],
    ['text behind the end', `${HEAD}... ${SECRET}\n`, /not strict YAML/],
    ['a YAML directive', `%YAML 1.1\n--- \n${HEAD}`, /a directive/],
    ['a TAG directive', `%TAG ! tag:example.com,2000:\n--- \n${HEAD}`, /a directive/],
    ['a directive cut off from its document', '%YAML 1.1\n', /not strict YAML/],
    ['a second BOM', `\ufeff\ufeff${HEAD}`, /not|strict/],
    ['UTF-16', Buffer.from(`\ufeff${HEAD}`, 'utf16le'), /not valid UTF-8/],
    ['a stray byte', Buffer.concat([Buffer.from(`${HEAD}a: `), Buffer.from([0xff])]), /not valid UTF-8/],
    ['half a character', Buffer.from(`${HEAD}a: é`).subarray(0, -1), /not valid UTF-8/],
    [
      'an overlong form',
      Buffer.concat([Buffer.from(`${HEAD}a: `), Buffer.from([0xc0, 0x80])]),
      /not valid UTF-8/,
    ],
    ['NUL', `${HEAD}a: ${SECRET}\0b\n`, /not strict YAML/],
    ['a line separator', `${HEAD}a: "x\u2028y"\n`, /ConfigMap a, has the character/],
    ['a next line', `${HEAD}# x\u0085y: 1\n`, /ConfigMap a, has the character/],
    ['100,000 levels', `${HEAD}a: ${'['.repeat(100_000)}`, /not strict YAML/],
    ['100,000 levels of a list', `${HEAD}a:\n${'- '.repeat(100_000)}`, /not strict YAML/],
    ['an open quote', `${HEAD}a: "${SECRET}\n`, /not strict YAML/],
    ['a tab for indentation', `${HEAD}a:\n\tb: ${SECRET}\n`, /not strict YAML/],
    ['an open bracket', `${HEAD}a: [${SECRET}\n`, /not strict YAML/],
    ['a comment', '# nothing\n', /not a Kubernetes object/],
    ['null', 'null\n', /not a Kubernetes object/],
    ['a list', '- a\n', /not a Kubernetes object/],
    ['text', `${SECRET}\n`, /not a Kubernetes object/],
  ])('%s', (_what, text, message) => {
    let thrown: unknown;
    try {
      parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DocumentError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).toMatch(/^document 1\b/);
    expect((thrown as Error).message).not.toContain(SECRET);
  });

  // As sigs.k8s.io/yaml resolves them: argocd would not read the string that is written there.
  test.each([
    ...['y', 'Y', 'n', 'yes', 'No', 'ON', 'off', 'True', 'FALSE', 'Null', 'NULL', '.inf', '-.Inf', '.NaN'],
    ...[
      '0x1F',
      '-0x1',
      '0b11',
      '0o17',
      '017',
      '08',
      '1_000',
      '+1',
      '.5',
      '5.',
      '+1.5',
      '1.e5',
      '-.5',
      '0.1_5',
    ],
  ])('the unquoted word %s, which YAML 1.1 reads as no string', (word) => {
    expect(() => parse(`${HEAD}a: ${word}\n`)).toThrow(/unquoted word/);
    expect(() => parse(`${HEAD}a:\n- ${word}\n`)).toThrow(/unquoted word/);
    expect(parse(`${HEAD}a: "${word}"\n`).a).toBe(word);
  });

  const object = (fields: Record<string, string>) => {
    const all = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', ...fields };
    const { apiVersion, kind, ...metadata } = all;
    const lines = Object.entries(metadata).map(([key, text]) => `  ${key}: ${text}\n`);
    return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n${lines.join('')}`;
  };

  test.each([
    { apiVersion: '""' },
    { apiVersion: '../../v1' },
    { apiVersion: 'a/b/c' },
    { apiVersion: '1' },
    { kind: '' },
    { kind: '"Config Map"' },
    { kind: '"Config\\0Map"' },
    { name: '' },
    { name: '5' },
    { name: '..' },
    { name: 'a/b' },
    { name: '../a' },
    { name: '"a\\0b"' },
    { name: '"a\\nb"' },
    { name: '"a?b"' },
    { name: 'A' },
    { name: 'a'.repeat(254) },
    { namespace: '' },
    { namespace: '5' },
    { namespace: '""' },
    { namespace: '..' },
    { namespace: '"a\\0b"' },
  ])('an object with %j', (fields) => {
    expect(() => parse(object(fields as Record<string, string>))).toThrow(/not a Kubernetes object/);
    expect(parse(object({ namespace: 'team-a' })).metadata.namespace).toBe('team-a');
  });
});
