import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cancelled, EXIT } from '../../src/errors.js';
import { unzipBackup } from '../../src/github/unzip.js';
import { ZIP_LIMITS } from '../../src/github/zip-entries.js';
import { type ZipEntry, zipOf } from '../bed/github/zip.js';
import { tempDir } from '../tools/bench.js';
import { errorOf, privateDir } from './bench.js';
import { FOREIGN, WORDS } from './hostile.js';

const BODY = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 2654435761) >>> 9));
const backup: ZipEntry = { name: 'x.tar.gz.age', body: BODY };
const receipt: ZipEntry = { name: 'x.receipt.json', body: '{}' };

function zipFile(zip: Buffer): string {
  const path = join(tempDir(), 'artifact-7.zip');
  writeFileSync(path, zip);
  return path;
}

/** What a zip is refused with; proves that nothing of it is left, in its folder or around it. */
async function refused(zip: Buffer): Promise<string> {
  const dir = privateDir();
  const error = await errorOf(unzipBackup(zipFile(zip), dir), EXIT.cannotOpen);
  expect(readdirSync(join(dir, '..'), { recursive: true })).toEqual(['private']);
  expect(error.message).toMatch(/^artifact-7\.zip/);
  return error.message;
}

test.each([
  ['stored', [backup, receipt]],
  [
    'deflated',
    [
      { ...backup, deflate: true },
      { ...receipt, deflate: true },
    ],
  ],
  ['in the other order', [receipt, backup]],
  ['as a system without modes writes them', [{ ...backup, mode: 0 }, receipt]],
  [
    'with spaces and umlauts',
    [
      { ...backup, name: 'pröd 1.tar.gz.age', flags: 0x800 },
      { ...receipt, name: 'pröd 1.receipt.json', flags: 0x800 },
    ],
  ],
])('a backup and its receipt, %s', async (_, entries) => {
  const dir = privateDir();
  const { path, receiptPath } = await unzipBackup(zipFile(zipOf(entries)), dir);
  expect(
    readdirSync(dir)
      .map((name) => join(dir, name))
      .sort(),
  ).toEqual([path, receiptPath].sort());
  expect(readFileSync(path)).toEqual(BODY);
  expect(readFileSync(receiptPath, 'utf8')).toBe('{}');
  for (const file of [path, receiptPath]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

describe('entries', () => {
  test.each<[string, ZipEntry[], RegExp]>([
    ['none', [], /holds 0 entries/],
    ['one', [backup], /holds 1 entries/],
    [
      'a third',
      [backup, receipt, { name: 'y.txt' }],
      /holds 3 entries, and not a backup and its receipt alone/,
    ],
    ['many', Array.from({ length: 5000 }, (_, index) => ({ name: `${index}` })), /holds 3 entries/],
    ['the backup twice', [backup, backup], /holds "x.tar.gz.age" twice/],
    ['two backups', [backup, { ...backup, name: 'y.tar.gz.age' }], /not a sealed backup and its receipt/],
    [
      'two receipts',
      [receipt, { ...receipt, name: 'y.receipt.json' }],
      /not a sealed backup and its receipt/,
    ],
    [
      'the receipt of another',
      [backup, { ...receipt, name: 'y.receipt.json' }],
      /not a sealed backup and its rec/,
    ],
    ['an unsealed backup', [{ ...backup, name: 'x.tar.gz' }, receipt], /not a sealed backup and its receipt/],
    [
      'another file',
      [{ ...backup, name: 'x.exe' }, receipt],
      /holds "x.exe" and "x.receipt.json", and not a sealed/,
    ],
  ])('%s', async (_, entries, message) => {
    expect(await refused(zipOf(entries))).toMatch(message);
  });
});

describe('names', () => {
  test.each<[string, RegExp]>([
    ['../x.tar.gz.age', /invalid relative path/],
    ['a/../../x.tar.gz.age', /invalid relative path/],
    ['/x.tar.gz.age', /absolute path/],
    ['C:x.tar.gz.age', /absolute path/],
    ['..\\x.tar.gz.age', /invalid characters/],
    ['a/x.tar.gz.age', /"a\/x.tar.gz.age" leads into a folder/],
    ['./x.tar.gz.age', /leads into a folder/],
    ['x.tar.gz.age/', /"x.tar.gz.age\/" is a folder/],
    ['.x.tar.gz.age', /starts with a dot/],
    ['..age', /starts with a dot/],
    ['x\0.tar.gz.age', /characters that the name of no backup here has/],
    ['x\n.tar.gz.age', /characters that the name of no backup here has/],
    ['xx:y.tar.gz.age', /characters that the name of no backup here has/],
    [`${'x'.repeat(250)}.tar.gz.age`, /a name that is too long/],
    ['', /not a sealed backup and its receipt/],
  ])('%j', async (name, message) => {
    expect(await refused(zipOf([{ ...backup, name, flags: 0x800 }, receipt]))).toMatch(message);
  });

  test.each(WORDS.flatMap((word) => [word, word.replaceAll(/[/\\:]/g, '')]))(
    '%j is not quoted',
    async (word) => {
      const names = [
        `${word}.tar.gz.age`,
        `argocd-${word}.tar.gz.age`,
        `${word}/x.tar.gz.age`,
        `/${word}`,
        `../${word}`,
      ];
      const said: string[] = [];
      for (const name of names) {
        said.push(await refused(zipOf([{ ...backup, name, flags: 0x800 }, receipt])));
        said.push(await refused(zipOf([backup, { ...receipt, name, flags: 0x800 }])));
      }
      expect(said.filter((message) => FOREIGN.test(message))).toEqual([]);
    },
  );

  test('a second name in an extra field counts, and is looked at', async () => {
    const name = Buffer.from('../x.tar.gz.age');
    const data = Buffer.alloc(5 + name.length);
    data.writeUInt8(1);
    data.writeUInt32LE(crc32(Buffer.from(backup.name)), 1);
    name.copy(data, 5);
    const extra = Buffer.concat([Buffer.from([0x75, 0x70, data.length, 0]), data]);
    expect(await refused(zipOf([{ ...backup, extra }, receipt]))).toMatch(/invalid relative path/);
  });

  test('whatever the names, no file gets outside of the folder', async () => {
    const part = fc.constantFrom('..', '.', '/', '\\', 'x', 'C:', '\0', '~', '.tar.gz.age', '.receipt.json');
    const name = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(name, name, async (one, other) => {
        const dir = privateDir();
        const zip = zipFile(zipOf([{ name: `${one}.tar.gz.age` }, { name: `${other}.receipt.json` }]));
        await unzipBackup(zip, dir).catch(() => undefined);
        expect(readdirSync(join(dir, '..'))).toEqual(['private']);
        expect(readdirSync(join(dir, '..', 'private')).every((file) => !file.startsWith('.'))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('types', () => {
  test.each<[string, Partial<ZipEntry>, RegExp]>([
    ['a link', { mode: 0o120777 }, /"x.tar.gz.age" is a link or a special file/],
    ['a device', { mode: 0o060600 }, /a link or a special file/],
    ['a pipe', { mode: 0o010600 }, /a link or a special file/],
    ['a folder of Unix', { mode: 0o040700 }, /a link or a special file/],
    ['a folder of DOS', { dosFolder: true }, /is a folder/],
    ['encrypted', { flags: 1 }, /size mismatch|encrypted by the zip/],
    ['encrypted in the strong way', { flags: 0x41 }, /strong encryption is not supported/],
    ['encrypted and deflated', { flags: 1, deflate: true }, /encrypted by the zip/],
    ['compressed in another way', { method: 12 }, /compressed in an unknown way/],
  ])('%s', async (_, over, message) => {
    expect(await refused(zipOf([{ ...backup, ...over }, receipt]))).toMatch(message);
  });

  test('a link that is in the way is not written through', async () => {
    const dir = privateDir();
    const target = join(dir, '..', 'target');
    symlinkSync(target, join(dir, backup.name));
    await errorOf(unzipBackup(zipFile(zipOf([backup, receipt])), dir), EXIT.cannotOpen);
    expect(readdirSync(join(dir, '..'))).toEqual(['private']);
    expect(readdirSync(dir)).toEqual([backup.name]);
  });
});

describe('sizes', () => {
  const zeros = { ...backup, body: Buffer.alloc(30 * 1024 * 1024), deflate: true };
  test.each<[string, ZipEntry[], RegExp]>([
    ['a bomb', [zeros, receipt], /"x.tar.gz.age" unpacks to more than 20 times its size/],
    ['a bomb that claims to be small', [{ ...zeros, size: 1000 }, receipt], /too many bytes in the stream/],
    ['longer than it says', [{ ...backup, deflate: true, size: 4999 }, receipt], /too many bytes/],
    ['shorter than it says', [{ ...backup, deflate: true, size: 5001 }, receipt], /not enough bytes/],
    ['stored, with another size', [{ ...backup, size: 4999 }, receipt], /size mismatch for stored file/],
    [
      'beyond the end of the zip',
      [{ ...backup, size: 9999, compressedSize: 9999 }, receipt],
      /overflows file bounds/,
    ],
    [
      'a backup over the limit',
      [{ ...backup, deflate: true, size: 0xfffffffe, compressedSize: 0xfffffffe }, receipt],
      /"x.tar.gz.age"|overflows file bounds/,
    ],
    [
      'a receipt over the limit',
      [backup, { ...receipt, body: Buffer.alloc(ZIP_LIMITS.receipt + 1) }],
      /"x.receipt.json" unpacks to 1048577 bytes, more than 1048576/,
    ],
    ['another CRC', [{ ...backup, crc: 7 }, receipt], /the CRC of x.tar.gz.age is not the one/],
    ['another CRC of the last', [backup, { ...receipt, crc: 7 }], /the CRC of x.receipt.json is not the one/],
  ])('%s', async (_, entries, message) => {
    expect(await refused(zipOf(entries))).toMatch(message);
  });

  test.each([
    ['its size', 2n ** 63n, 5000n],
    ['its size, above what a number holds', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['its compressed size', 5000n, 2n ** 63n],
  ])('%s is a lie of 64 bits', async (_, size, compressed) => {
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(size, 4);
    extra.writeBigUInt64LE(compressed, 12);
    const liar = { ...backup, size: 0xffffffff, compressedSize: 0xffffffff, extra };
    await refused(zipOf([liar, receipt]));
  });

  test('two entries of the same bytes hold no more than each says', async () => {
    // Both directory entries point to the first file: the receipt would be the backup's bytes.
    const zip = zipOf([{ ...backup, body: '{}' }, receipt]);
    const second = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt32LE(0, second + 42);
    const dir = privateDir();
    await unzipBackup(zipFile(zip), dir);
    expect(readdirSync(dir)).toHaveLength(2);
  });

  test('a backup over the limit, by its 64-bit size', async () => {
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(ZIP_LIMITS.backup) + 1n, 4);
    extra.writeBigUInt64LE(BigInt(ZIP_LIMITS.backup) + 1n, 12);
    const huge = { ...backup, size: 0xffffffff, compressedSize: 0xffffffff, extra };
    expect(await refused(zipOf([huge, receipt]))).toMatch(
      /unpacks to 4294967297 bytes, more than 4294967296/,
    );
  });
});

describe('a zip that is damaged', () => {
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['no zip', BODY],
    ['text', Buffer.from('<html>not found</html>')],
    ['more behind its end', Buffer.concat([zipOf([backup, receipt]), Buffer.from('more')])],
    ['fewer entries than it says', zipOf([backup], { count: 2 })],
  ])('%s', async (_, zip) => {
    expect(await refused(zip)).toMatch(/is damaged, or no zip as GitHub makes it/);
  });

  test('cut anywhere', async () => {
    const zip = zipOf([{ ...backup, body: BODY.subarray(0, 100) }, receipt]);
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), async (length) => {
        await refused(zip.subarray(0, length));
      }),
      { numRuns: 40 },
    );
  });

  test('changed anywhere, it is refused, or holds the very same', async () => {
    const zip = zipOf([{ ...backup, body: BODY.subarray(0, 100), deflate: true }, receipt]);
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(zip);
        changed[at]! ^= change;
        const dir = privateDir();
        const opened = await unzipBackup(zipFile(changed), dir).catch(() => undefined);
        if (opened) expect(readFileSync(opened.path)).toEqual(BODY.subarray(0, 100));
        else expect(readdirSync(dir)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

test('a run that is stopped leaves nothing', async () => {
  const dir = privateDir();
  const work = unzipBackup(zipFile(zipOf([backup, receipt])), dir, AbortSignal.abort(cancelled()));
  await errorOf(work, EXIT.cancelled);
  expect(readdirSync(dir)).toEqual([]);
});
