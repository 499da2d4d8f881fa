/** Readers of foreign archives: nothing is written beside the folder, nothing stays of what is refused. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { sealWith } from '../../src/bundle/age.js';
import { openBackup } from '../../src/bundle/open.js';
import { addTrailer } from '../../src/bundle/pack.js';
import { readReceipt } from '../../src/bundle/receipt.js';
import { checkIntegrity } from '../../src/checks/integrity.js';
import { DrError, EXIT, messageOf } from '../../src/errors.js';
import { checkSealed } from '../../src/github/sealed.js';
import { unzipBackup } from '../../src/github/unzip.js';
import { Recorder } from '../../src/report/recorder.js';
import { type ZipEntry, zipOf } from '../bed/github/zip.js';
import { craft, identity, properEntries, recipient, writeSample } from '../bundle/sample.js';
import { changed, changes, word } from './arbitraries.js';
import { RECEIPTS, SEALED, type Sealed, ZIPS } from './archives.js';
import { assert, type Property, property, refusedAtMost } from './property.js';
import { type Hostile, hostile, SECRET } from './words.js';

/** A folder with one for what is unpacked; nothing else may be in it afterwards. */
async function within<T>(use: (dir: string, into: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'hostile-'));
  const into = join(dir, 'into');
  mkdirSync(into, { mode: 0o700 });
  try {
    const result = await use(dir, into);
    const strangers = readdirSync(dir).filter((name) => name !== 'into' && !name.startsWith('x.'));
    assert(strangers.length === 0, 'files beside the folder', strangers);
    return result;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const REFUSALS: number[] = [EXIT.cannotOpen, EXIT.invalidInput];

function assertRefused(found: unknown, into: string): void {
  if (!(found instanceof DrError)) return;
  assert(REFUSALS.includes(found.exitCode), `ends with exit code ${found.exitCode}`, found.message);
  assert(readdirSync(into).length === 0, 'something is left', readdirSync(into));
  assert(!messageOf(found).includes(SECRET), 'the message quotes a secret', found.message);
}

const unzips = (zip: Buffer) =>
  within(async (dir, into) => {
    writeFileSync(join(dir, 'x.zip'), zip);
    const found = await refusedAtMost(() => unzipBackup(join(dir, 'x.zip'), into));
    assertRefused(found, into);
    if (!(found instanceof DrError)) await refusedAtMost(() => checkSealed(found.path, found.receiptPath));
  });

export const writeSealed = (path: string, sealed: Sealed): Promise<void> =>
  'entries' in sealed ? craft(path, sealed.entries) : writePacked(path, sealed.packed);

async function writePacked(path: string, packed: Buffer): Promise<void> {
  const seal = path.endsWith('.age') ? sealWith({ recipients: [recipient] }) : addTrailer;
  writeFileSync(path, await buffer(seal(Readable.from([packed]))));
}

/** Opens a file and reads what is in it, as level `integrity` does. */
const opens = (write: (path: string) => Promise<void>, name: string) =>
  within(async (dir, into) => {
    const path = join(dir, name);
    await write(path);
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    const open = () => openBackup({ path, identities: [identity], intoDir: into });
    const opened = await refusedAtMost(open);
    assertRefused(opened, into);
    for (const file of readdirSync(into)) rmSync(join(into, file));
    await refusedAtMost(() => checkIntegrity(recorder, path, open));
  });

const entry: fc.Arbitrary<ZipEntry> = fc
  .record({
    name: fc.oneof(
      fc.constantFrom('x.tar.gz.age', 'x.receipt.json', '../x.receipt.json', 'x/', '.x.tar.gz.age'),
      word(),
    ),
    body: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    deflate: fc.boolean(),
    mode: fc.constantFrom(0o100644, 0o120777, 0o040755, 0o060644, 0),
    flags: fc.constantFrom(0, 0, 0, 1, 8, 0x800, 0xffff),
    lies: fc.option(
      fc.record(
        { size: fc.nat(), compressedSize: fc.nat(), crc: fc.nat(), method: fc.nat({ max: 100 }) },
        { requiredKeys: [] },
      ),
    ),
    extra: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  })
  .map(({ lies, ...rest }) => ({ ...rest, ...lies }));

const zipBytes = fc
  .tuple(fc.array(entry, { maxLength: 4 }), fc.option(changes(), { nil: [] }))
  .map(([entries, all]) => changed(zipOf(entries), all));

const tarEntry = fc.record({
  header: fc.record({
    name: fc.oneof(fc.constantFrom('export.yaml', 'extras.yaml', 'manifest.json', '../x', '/x'), word()),
    type: fc.constantFrom(
      'file' as const,
      'file' as const,
      'symlink' as const,
      'directory' as const,
      'fifo' as const,
    ),
  }),
  body: fc.string({ maxLength: 40 }),
});

const sealed: fc.Arbitrary<Sealed> = fc.oneof(
  fc.array(fc.oneof(tarEntry, fc.constantFrom(...properEntries())), { maxLength: 5 }).map((entries) => ({
    entries: entries.map((one) =>
      'type' in one.header && one.header.type !== 'file' ? { ...one, body: '' } : one,
    ),
  })),
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => ({ packed: Buffer.from(bytes) })),
);

/** The bytes of a good backup, sealed and not. */
const good = await Promise.all(
  ['x.tar.gz.age', 'x.tar.gz'].map((name) =>
    within(async (dir) => {
      await writeSample(dir, name);
      return { name, bytes: readFileSync(join(dir, name)) };
    }),
  ),
);

const endless = (bytes: number) =>
  Buffer.concat([
    Buffer.from(`age-encryption.org/v1\n${'-> X25519 '.repeat(2)}\n`),
    Buffer.alloc(bytes, '-> a\n'),
  ]);

/** What stands in the place of a backup: not sealed by anybody. */
export const FILES: readonly Hostile<{ name: string; bytes: Buffer }>[] = [
  hostile('nothing', { name: 'x.tar.gz.age', bytes: Buffer.alloc(0) }),
  hostile('an age header without end', { name: 'x.tar.gz.age', bytes: endless(3 << 20) }),
  hostile('an age header of 200,000 short recipients', {
    name: 'x.tar.gz.age',
    bytes: Buffer.concat([endless(1_000_000), Buffer.from('\n--- \n')]),
  }),
  hostile('a work factor that takes for ever', {
    name: 'x.tar.gz.age',
    bytes: Buffer.from(
      `age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 63\n${'A'.repeat(43)}\n--- ${'A'.repeat(43)}\n${'x'.repeat(64)}`,
    ),
  }),
  hostile('YAML with a secret', {
    name: 'x.tar.gz',
    bytes: Buffer.from(`apiVersion: v1\nkind: Secret\ndata: ${SECRET}\n`),
  }),
  hostile('a zip', { name: 'x.tar.gz.age', bytes: zipOf([{ name: 'a', body: SECRET }]) }),
  hostile('gzip without a trailer', {
    name: 'x.tar.gz',
    bytes: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]),
  }),
  ...good.flatMap(({ name, bytes }) => [
    hostile(`${name} without its last byte`, { name, bytes: bytes.subarray(0, -1) }),
    hostile(`${name} twice`, { name, bytes: Buffer.concat([bytes, bytes]) }),
    hostile(`${name} with a byte more`, { name, bytes: Buffer.concat([bytes, Buffer.from([0])]) }),
    hostile(`${name} with a bit that fell over`, {
      name,
      bytes: changed(bytes, [{ at: 0.9, what: 'flip', bytes: Buffer.from([1]) }]),
    }),
  ]),
];

export const ARCHIVES: readonly Property[] = [
  property('a zip is an artifact, or refused without a trace', {
    corpus: ZIPS.map(({ attacks, value }) => hostile(attacks, zipOf(value))),
    arbitrary: zipBytes,
    holds: unzips,
  }),
  property('what is sealed to us is a backup, or refused without a trace', {
    corpus: SEALED,
    arbitrary: sealed,
    async holds(input) {
      for (const { name } of good) await opens((path) => writeSealed(path, input), name);
    },
  }),
  property('what stands in the place of a backup is refused without a trace', {
    corpus: FILES,
    arbitrary: fc
      .tuple(fc.constantFrom(...good), changes())
      .map(([{ name, bytes }, all]) => ({ name, bytes: changed(bytes, all) })),
    holds: ({ name, bytes }) => opens(async (path) => writeFileSync(path, bytes), name),
  }),
  property('the receipt beside a backup is its own, or the backup is refused', {
    corpus: RECEIPTS.map(({ attacks, value }) => hostile(attacks, Buffer.from(value))),
    arbitrary: fc
      .tuple(fc.constantFrom(...RECEIPTS.filter(({ value }) => value.length < 4_000)), changes())
      .map(([{ value }, all]) => changed(Buffer.from(value), all)),
    holds: (receipt) =>
      within(async (dir, into) => {
        writeFileSync(join(dir, 'x.tar.gz'), good[1]!.bytes);
        writeFileSync(join(dir, 'x.receipt.json'), receipt);
        const opened = await refusedAtMost(() =>
          openBackup({ path: join(dir, 'x.tar.gz'), identities: [], intoDir: into }),
        );
        assertRefused(opened, into);
        if (!(opened instanceof DrError))
          assert(
            readReceipt(join(dir, 'x.receipt.json'))?.sha256 === opened.sealed.sha256,
            'another receipt is taken',
          );
      }),
  }),
];
