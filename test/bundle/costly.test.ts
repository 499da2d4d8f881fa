import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AGE_HEADER_LIMIT } from '../../src/bundle/age.js';
import { JSON_LIMITS, parseJson } from '../../src/bundle/json.js';
import { RECIPIENTS_LIMIT } from '../../src/bundle/keys.js';
import { FORMAT_VERSION, manifestSchema, receiptSchema } from '../../src/bundle/manifest.js';
import { readReceipt } from '../../src/bundle/receipt.js';
import { EXIT } from '../../src/errors.js';
import { manifestFor, refusal, small, withFolder } from './sample.js';

const body = 'A'.repeat(43);
const x25519 = `-> X25519 ${body}\n${body}\n`;
const scrypt = (factor: string) => `-> scrypt ${'A'.repeat(22)} ${factor}\n${body}\n`;
const headed = (stanzas: string) => `age-encryption.org/v1\n${stanzas}--- ${body}\n${'x'.repeat(100)}`;

test.each([
  ['stanzas without end', x25519.repeat(10_000), /header has no end within 524288 bytes/],
  ['a stanza without end', `-> X25519 ${'A'.repeat(AGE_HEADER_LIMIT)}\n\n`, /header has no end within/],
  ['too many stanzas', x25519.repeat(RECIPIENTS_LIMIT + 1), /sealed to 129 recipients, more than the 128/],
  ['too many of odd types', '-> §\n\n'.repeat(RECIPIENTS_LIMIT + 1), /sealed to 129 recipients/],
  ['a passphrase that costs a gigabyte', scrypt('20'), /work factor 20, more than the 18 of a backup/],
  ['a passphrase that costs more than there is', scrypt('9'.repeat(400)), /work factor Infinity, more/],
])('%s: refused before any key is tried', async (_what, stanzas, message) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz.age');
    writeFileSync(path, headed(stanzas), 'latin1');
    const error = await refusal(path, { passphrase: 'a passphrase' });
    expect(error.exitCode).toBe(EXIT.cannotOpen);
    expect(error.message).toMatch(message);
  });
});

test.each([
  ['values', `[${'[],'.repeat(JSON_LIMITS.values)}0]`, /more than 2097152 values/],
  ['depth', '['.repeat(1_000_000), /deeper than 16 levels/],
  ['escapes', `"${'\\n'.repeat(5_000_000)}"`, /the document: /],
  ['blanks', `${' '.repeat(5_000_000)}{`, /not JSON/],
  ['an open string', `{"${'\\"'.repeat(5_000_000)}`, /not JSON/],
])('JSON of too many %s is refused', (_what, text, message) => {
  expect(() => parseJson(Buffer.from(text), receiptSchema, FORMAT_VERSION)).toThrow(message);
});

// Each of them ended a run with "unexpected error", after half a minute, or got past what argocd was then given.
test.each([
  ['kubernetesVersion', 'x'.repeat(50_000_000)],
  ['createdAt', `2026-11-23T20:51:20.${'0'.repeat(1_000_000)}Z`],
  ['source', { uid: 'x', server: 'x'.repeat(5_000_000) }],
  ['namespace', '\ud800'],
  ['namespace', 'a/../b'],
  ['namespace', 'x'.repeat(64)],
  ['applicationNamespaces', ['*'.repeat(100_000)]],
  ['applicationNamespaces', Array.from({ length: 10_000 }, () => 'team-*-of-the-fleet')],
  ['applicationNamespaces', ['a\0b']],
  ['applicationNamespaces', ['x,/([a-z]+)+$/']],
  ['applicationsetNamespaces', ['"x']],
  ['counts', { ['k'.repeat(1_000_000)]: 1 }],
  ['coverage', { leftOut: [], changedDuringExport: [], unresolvedReferences: ['x'.repeat(30_000_000)] }],
])('a manifest whose %s no backup has is refused: %#', (field, value) => {
  const manifest = JSON.parse(JSON.stringify(manifestFor(small)));
  const parse = (text: unknown) =>
    parseJson(Buffer.from(JSON.stringify(text)), manifestSchema, FORMAT_VERSION);
  expect(() => parse(manifest)).not.toThrow();
  expect(() => parse({ ...manifest, [field]: value })).toThrow(field);
});

test('a key that somebody chose does not fill the log, nor is it obeyed there', () => {
  const key = `\n::notice::${'x'.repeat(100_000)}\u001b[2J`;
  const refused = () =>
    parseJson(Buffer.from(JSON.stringify({ formatVersion: 1, counts: { [key]: -1 } })), receiptSchema, 1);
  expect(refused).toThrow();
  try {
    refused();
  } catch (error) {
    expect((error as Error).message.length).toBeLessThan(500);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect((error as Error).message).not.toMatch(/[\n\u001b]/);
  }
});

test('a receipt that is a pipe is not waited for', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.receipt.json');
    execFileSync('mkfifo', [path]);
    expect(() => readReceipt(path)).toThrow(/not a regular file/);
  });
});
