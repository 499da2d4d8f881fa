import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RECIPIENTS_LIMIT } from '../../src/bundle/keys.js';
import type { Receipt } from '../../src/bundle/manifest.js';
import { receiptPathOf } from '../../src/bundle/names.js';
import { type Written, writeBackup } from '../../src/bundle/write.js';
import { EXIT } from '../../src/errors.js';
import { checkSealed } from '../../src/github/sealed.js';
import { optionsFor, sha256, writeSample } from '../bundle/sample.js';
import { tempDir } from '../tools/bench.js';
import { errorOf } from './bench.js';
import { WORDS } from './hostile.js';

const sample = () => writeSample(tempDir());
const receiptOf = ({ receiptPath }: Written) => JSON.parse(readFileSync(receiptPath, 'utf8')) as Receipt;

/** Writes other bytes in place of a backup, with a receipt that fits them. */
function replace(written: Written, bytes: Buffer | string): Written {
  writeFileSync(written.path, bytes);
  const own = { bytes: Buffer.byteLength(bytes), sha256: sha256(bytes) };
  writeFileSync(written.receiptPath, JSON.stringify({ ...receiptOf(written), ...own }));
  return written;
}

const refused = ({ path, receiptPath }: Written, exitCode: 2 | 5 = EXIT.cannotOpen) =>
  errorOf(checkSealed(path, receiptPath), exitCode);

test('a sealed backup and its receipt', async () => {
  const written = await sample();
  expect(await checkSealed(written.path, written.receiptPath)).toEqual(receiptOf(written));
});

describe('plaintext', () => {
  test('an unsealed backup, under its own name or that of a sealed one', async () => {
    const written = await writeBackup(optionsFor(join(tempDir(), 'x.tar.gz')));
    expect((await refused(written, EXIT.invalidInput)).message).toMatch(/x\.tar\.gz is not encrypted/);
    renameSync(written.path, `${written.path}.age`);
    const renamed = { ...written, path: `${written.path}.age` };
    writeFileSync(written.receiptPath, JSON.stringify({ ...receiptOf(written), file: 'x.tar.gz.age' }));
    const error = await refused(renamed, EXIT.invalidInput);
    expect(error.message).toMatch(/x\.tar\.gz\.age is not encrypted: .* Seal it with recipients/);
  });

  const HEADER = 'age-encryption.org/v1\n-> X25519 abc\nAAAA\n--- ';
  test.each([
    ['YAML', 'apiVersion: v1\nkind: Secret\n', /is plain YAML/],
    ['a tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')]), /bare tar/],
    ['a zip', 'PK\x03\x04aaaa', /is a zip archive/],
    ['nothing', '', /neither an age file nor gzip/],
    [
      'the first line of age, and YAML',
      'age-encryption.org/v1\napiVersion: v1\nkind: Secret\n',
      /and is none/,
    ],
    [
      'a header without a recipient',
      `age-encryption.org/v1\n--- ${'A'.repeat(43)}\n${'x'.repeat(99)}`,
      /and is none/,
    ],
    ['a header without its MAC', `${HEADER}\napiVersion: v1\nkind: Secret`, /and is none/],
    ['a header alone', `${HEADER}${'A'.repeat(43)}\n`, /and is none/],
    ['a payload too short for any', `${HEADER}${'A'.repeat(43)}\n${'x'.repeat(31)}`, /and is none/],
  ])('%s', async (_, bytes, message) => {
    const error = await refused(replace(await sample(), bytes));
    expect(error.message).toMatch(message);
  });

  test('a passphrase is not enough for a place that others can read', async () => {
    const target = join(tempDir(), 'x.tar.gz.age');
    const written = await writeBackup({ ...optionsFor(target), seal: { passphrase: 'hunter2' } });
    expect((await refused(written, EXIT.invalidInput)).message).toMatch(/sealed with a passphrase/);
  });

  test('a file cut or changed anywhere in its header passes for nothing', async () => {
    const written = await sample();
    const bytes = readFileSync(written.path);
    const length = bytes.indexOf('\n--- ') + 49;
    await fc.assert(
      fc.asyncProperty(fc.nat(length + 31), async (end) => {
        await refused(replace(written, bytes.subarray(0, end)));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a receipt', () => {
  test.each<[string, Partial<Receipt>, RegExp]>([
    ['of another size', { bytes: 7 }, /the size is \d+, not 7/],
    ['of another digest', { sha256: '0'.repeat(64) }, /the SHA-256 is [0-9a-f]{64}, not 0{64}/],
    ['of another file', { file: 'other.tar.gz.age' }, /the name is x.tar.gz.age, not other.tar.gz.age/],
    [
      'with more in it',
      { secret: 'x' } as Partial<Receipt>,
      /is no receipt \(the document: Unrecognized key/,
    ],
    ['of a newer format', { formatVersion: 9 as 1 }, /is no receipt \(format version 9\)/],
  ])('%s', async (_, over, message) => {
    const written = await sample();
    writeFileSync(written.receiptPath, JSON.stringify({ ...receiptOf(written), ...over }));
    expect((await refused(written)).message).toMatch(message);
  });

  test('that is none', async () => {
    const written = await sample();
    writeFileSync(written.receiptPath, 'apiVersion: v1\n');
    expect((await refused(written)).message).toMatch(/x\.receipt\.json is no receipt \(it is not JSON\)/);
  });
});

describe('a receipt that a stranger wrote', () => {
  test.each(WORDS)('is not quoted: %j', async (word) => {
    const written = await sample();
    const said: string[] = [];
    for (const over of [
      { file: `x${word.replaceAll('/', '')}y` },
      { [word]: 1 },
      { counts: { [word]: -1 } },
    ]) {
      writeFileSync(written.receiptPath, JSON.stringify({ ...receiptOf(written), ...over }));
      said.push((await refused(written)).message);
    }
    expect(said.filter((message) => message.includes(word))).toEqual([]);
  });
});

describe('a header that a stranger wrote', () => {
  const MAC = `--- ${'A'.repeat(43)}\n`;
  const stanza = `-> X25519 ${'A'.repeat(43)}\n${'A'.repeat(43)}\n`;
  const headed = (lines: string) => `age-encryption.org/v1\n${lines}${MAC}${'x'.repeat(99)}`;
  const times = (count: number, text: string) => text.repeat(count);

  test('with more recipients than a backup has is refused before a key is tried', async () => {
    await checkRefused(
      headed(times(RECIPIENTS_LIMIT + 1, stanza)),
      /says that it is sealed to 129 recipients/,
    );
    // Those that a backup can have are not too many: what is wrong with it is found later, by the receipt.
    const fits = replace(await sample(), headed(times(RECIPIENTS_LIMIT, stanza)));
    await expect(checkSealed(fits.path, fits.receiptPath)).resolves.toBeDefined();
  });

  test.each([
    ['a million recipients', times(10_000, stanza)],
    ['a long argument', `-> ${times(1_000_000, 'x')}\n\n`],
    ['many arguments', `->${times(500_000, ' x')}\n\n`],
    ['a long body', `-> x\n${times(16_000, `${'A'.repeat(64)}\n`)}\n`],
    ['a line of body without an end', `-> x\n${times(1_000_000, 'A')}`],
    ['stanzas without anything', times(200_000, '-> x\n\n')],
    ['almost stanzas', times(200_000, '-> x\n-\n')],
  ])('%s: is refused by its first bytes', async (_, lines) => {
    await checkRefused(headed(lines), /its header is damaged, or it is cut short/);
  });

  async function checkRefused(bytes: string, message: RegExp) {
    expect((await refused(replace(await sample(), bytes))).message).toMatch(message);
  }
});

describe('files', () => {
  test('that are missing, or something else', async () => {
    for (const which of ['path', 'receiptPath'] as const) {
      const written = await sample();
      const file = written[which];
      const other = join(dirname(file), 'kept');
      renameSync(file, other);
      expect((await refused(written)).message).toMatch(
        /^There is no file .*: a backup goes with its receipt/,
      );
      symlinkSync(other, file);
      expect((await refused(written)).message).toBe(`${file} is not a regular file.`);
      rmSync(file);
      mkdirSync(file);
      expect((await refused(written)).message).toBe(`${file} is not a regular file.`);
    }
  });

  test('that do not belong together by their names', async () => {
    const [one, other] = [await sample(), await sample()];
    const mixed = await refused({ ...one, receiptPath: other.receiptPath });
    expect(mixed.message).toMatch(/not named as a sealed backup and its receipt/);
    const moved = join(dirname(one.path), 'x.txt');
    renameSync(one.path, moved);
    const error = await refused({ ...one, path: moved, receiptPath: one.receiptPath });
    expect(error.message).toMatch(/not named as a sealed backup and its receipt/);
    expect(basename(receiptPathOf(one.path))).toBe('x.receipt.json');
  });
});
