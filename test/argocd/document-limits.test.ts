import { describe, expect, test } from '@jest/globals';
import { DOCUMENT_LIMITS } from '../../src/argocd/document-limits.js';
import { parseDocument, type RawDocument, splitDocuments } from '../../src/argocd/documents.js';

const MIB = 1024 * 1024;
const object = (name: string, text = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${text}  last: x\n`;

/** The documents of a text that comes in pieces. */
async function split(text: string, piece = MIB): Promise<RawDocument[]> {
  const bytes = Buffer.from(text);
  const chunks = async function* () {
    for (let start = 0; start < bytes.length; start += piece) yield bytes.subarray(start, start + piece);
  };
  const documents: RawDocument[] = [];
  for await (const document of splitDocuments(chunks())) documents.push(document);
  return documents;
}

describe('a document that is too large', () => {
  const large = object('large', `  a: x\n`.repeat((17 * MIB) / 7));

  test('is not parsed, and costs the others nothing', async () => {
    const text = `${object('one')}---\n${large}---\n${object('two')}`;
    const [one, two, three] = await split(text);
    expect(parseDocument(one!).metadata.name).toBe('one');
    expect(() => parseDocument(two!)).toThrow(/document 2 has more than the 16777216 bytes that are read/);
    expect(two!.bytes.toString()).toMatch(/^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: large\n/);
    expect(parseDocument(three!).metadata.name).toBe('two');
    expect(three!.offset).toBe(text.indexOf(object('two')));
  });

  test('an Application as large as its API server takes is not', async () => {
    const text = object('large', `  a: |\n${'    - some text of a manifest\n'.repeat((3 * MIB) / 30)}`);
    expect(parseDocument((await split(text))[0]!).metadata.name).toBe('large');
  });
});

test.each([
  ['items', `  a:\n${'  -\n'.repeat(2 * MIB)}`],
  ['items in brackets', `  a: [${'a,'.repeat(2 * MIB)}]\n`],
  ['nested items', `  a:\n${`  ${'- '.repeat(900)}\n`.repeat(2000)}`],
  ['empty lines', `  a: |\n${'\n'.repeat(2 * MIB)}`],
])('a document of too many values is not parsed: %s', async (_what, text) => {
  const [document] = await split(object('many', text));
  expect(() => parseDocument(document!)).toThrow(/has more than the 1572864 values that are read/);
});

test('a line that no object has ends the reading', async () => {
  await expect(split(object('one', `  a: ${'a'.repeat(17 * MIB)}\n`))).rejects.toThrow(
    /a line of more than 16777216 bytes/,
  );
});

test('so do too many documents', async () => {
  const limit = DOCUMENT_LIMITS.documents;
  expect(await split('a\n---\n'.repeat(limit))).toHaveLength(limit);
  await expect(split('a\n---\n'.repeat(limit + 1))).rejects.toThrow(/more than 250000 documents/);
});
