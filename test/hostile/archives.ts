/** Archives that a stranger may upload: zips of artifacts and sealed backups. All of them are made here, byte by byte. */
import { gzipSync } from 'node:zlib';
import { rootDigest } from '../../src/bundle/digest.js';
import type { ZipEntry } from '../bed/github/zip.js';
import {
  type Content,
  type CraftedEntry,
  manifestFor,
  properEntries,
  sha256,
  small,
} from '../bundle/sample.js';
import { type Hostile, hostile, MARK, SECRET } from './words.js';
import { DOCUMENTS } from './yaml.js';

const zeros = (bytes: number) => Buffer.alloc(bytes);
const [BACKUP, RECEIPT] = ['x.tar.gz.age', 'x.receipt.json'];

/** The entries of an artifact's zip. */
export const ZIPS: readonly Hostile<ZipEntry[]>[] = [
  hostile('nothing', []),
  hostile('a backup without a receipt', [{ name: BACKUP }]),
  hostile('names that lead out', [{ name: '../x.tar.gz.age' }, { name: '../x.receipt.json' }]),
  hostile('names that lead out of a folder of Windows', [
    { name: '..\\x.tar.gz.age' },
    { name: '..\\x.receipt.json' },
  ]),
  hostile('absolute names', [{ name: `/tmp/${MARK}.tar.gz.age` }, { name: `/tmp/${MARK}.receipt.json` }]),
  hostile('a link and what is written through it', [
    { name: BACKUP, body: '/etc/passwd', mode: 0o120777 },
    { name: RECEIPT },
  ]),
  hostile('one name twice', [{ name: BACKUP }, { name: BACKUP }]),
  hostile('names that are commands', [
    { name: `##[stop-commands]${MARK}.tar.gz.age` },
    { name: `##[stop-commands]${MARK}.receipt.json` },
  ]),
  hostile('names behind a line end', [
    { name: `a\n::error::${MARK}.tar.gz.age` },
    { name: 'a.receipt.json' },
  ]),
  hostile('a bomb: 4 MiB of zeros', [
    { name: BACKUP, body: zeros(4 << 20), deflate: true },
    { name: RECEIPT },
  ]),
  hostile('a receipt that is a bomb', [
    { name: BACKUP },
    { name: RECEIPT, body: zeros(4 << 20), deflate: true },
  ]),
  hostile('a size that is a lie', [{ name: BACKUP, body: 'abc', size: 3_000_000_000 }, { name: RECEIPT }]),
  hostile('a packed size beyond the file', [
    { name: BACKUP, body: 'abc', compressedSize: 0xfffffff0 },
    { name: RECEIPT },
  ]),
  hostile('a wrong CRC', [{ name: BACKUP, body: 'abc', crc: 1 }, { name: RECEIPT }]),
  hostile('an unknown method', [{ name: BACKUP, method: 99 }, { name: RECEIPT }]),
  hostile('a password', [{ name: BACKUP, flags: 1 }, { name: RECEIPT }]),
  hostile('a name of 60,000 bytes', [{ name: `${'a'.repeat(60_000)}.tar.gz.age` }, { name: RECEIPT }]),
  hostile('sizes of zip64 that are cut', [
    { name: BACKUP, size: 0xffffffff, extra: Buffer.from([1, 0, 4, 0, 1, 1, 1, 1]) },
    { name: RECEIPT },
  ]),
  hostile(
    'a thousand entries',
    Array.from({ length: 1_000 }, (_, index) => ({ name: `${index}` })),
  ),
];

const [exportEntry, extrasEntry, manifestEntry] = properEntries() as [
  CraftedEntry,
  CraftedEntry,
  CraftedEntry,
];

/** A sealed backup: what comes of its entries or of any bytes in their place, packed and sealed as a proper one is. */
export type Sealed = { entries: CraftedEntry[] } | { packed: Buffer };

/** A backup that is consistent in itself, as whoever has the public key can make one. */
const forged = (exportYaml: string, over: object = {}): Sealed => {
  const content: Content = { ...small, exportYaml: Buffer.from(exportYaml) };
  return { entries: properEntries(content, { ...manifestFor(content), ...over }) };
};

const SECRET_YAML = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: argocd-secret\ndata:\n  p: ${Buffer.from(SECRET).toString('base64')}\n---\n`;
const inManifest = (over: object) => ({
  entries: [
    exportEntry,
    extrasEntry,
    { ...manifestEntry, body: JSON.stringify({ ...manifestFor(small), ...over }) },
  ],
});
const command = `##[stop-commands]${MARK}`;
const objects = (name: string, kind = 'ConfigMap') => {
  const records = [{ member: 'export.yaml' as const, kind, namespace: 'argocd', name, sha256: sha256('a') }];
  return { objects: records, rootDigest: rootDigest(records) };
};

export const SEALED: readonly Hostile<Sealed>[] = [
  hostile('nothing in it', { entries: [] }),
  hostile('a member that leads out', {
    entries: [{ header: { name: '../../x' }, body: 'x' }, ...properEntries()],
  }),
  hostile('a member whose name is a command', { entries: [{ header: { name: command }, body: 'x' }] }),
  hostile('a link in the place of the export', {
    entries: [
      { header: { name: 'export.yaml', type: 'symlink', linkname: '/etc/passwd' } },
      extrasEntry,
      manifestEntry,
    ],
  }),
  hostile('a member twice', { entries: [exportEntry, ...properEntries()] }),
  hostile('a Secret, and a digest that does not fit', forged(SECRET_YAML)),
  hostile('a Secret in the manifest', inManifest({ namespace: SECRET, formatVersion: SECRET })),
  hostile('a name in the manifest that is a command', inManifest(objects(command))),
  hostile('a kind in the manifest that is a command', inManifest(objects('x', `a\n::error::${MARK}`))),
  hostile('a version that is a command', inManifest({ argocdVersion: `3.1.9${command}` })),
  hostile(
    'a version of Kubernetes that is a command',
    inManifest({ kubernetesVersion: `a\r::error::${MARK}` }),
  ),
  hostile('a format of the future', inManifest({ formatVersion: 1e9 })),
  hostile('__proto__ among the counts', {
    entries: [
      exportEntry,
      extrasEntry,
      {
        ...manifestEntry,
        body: JSON.stringify(manifestFor(small)).replace('"counts":{', '"counts":{"__proto__":7,'),
      },
    ],
  }),
  hostile('a manifest 100,000 deep', {
    entries: [
      exportEntry,
      extrasEntry,
      { ...manifestEntry, body: '['.repeat(100_000) + ']'.repeat(100_000) },
    ],
  }),
  hostile('a manifest that is no JSON and holds a secret', {
    entries: [exportEntry, extrasEntry, { ...manifestEntry, body: `{"a": "${SECRET}" ` }],
  }),
  hostile('a manifest of three million values', {
    entries: [
      exportEntry,
      extrasEntry,
      { ...manifestEntry, body: `{"objects":[${'{},'.repeat(3_000_000)}{}]}` },
    ],
  }),
  hostile(
    'a document of 20 MiB',
    forged(
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n  a: ${'x'.repeat(20 << 20)}\n`,
    ),
  ),
  hostile('nothing at all, but the trailer of nothing', { packed: Buffer.alloc(0) }),
  hostile('no tar', { packed: gzipSync(SECRET) }),
  hostile('no gzip', { packed: Buffer.from(SECRET) }),
  hostile('a tar that ends in the middle', { packed: gzipSync(zeros(300)) }),
  hostile('a tar of zeros, 8 MiB', { packed: gzipSync(zeros(8 << 20)) }),
  hostile('a header with every byte 0xff', { packed: gzipSync(Buffer.alloc(1024, 0xff)) }),
  hostile('a pax header of 1 MiB', { packed: gzipSync(paxHeader(1 << 20)) }),
  hostile('two streams of gzip', { packed: Buffer.concat([gzipSync('a'), gzipSync('b')]) }),
  ...DOCUMENTS.map(({ attacks, value }) => hostile(`a document with ${attacks}`, forged(value))),
];

/** A header that its reader holds in memory as a whole, for a name that is as long. */
function paxHeader(bytes: number): Buffer {
  const header = zeros(512);
  header.write('pax');
  header.write('0000600\0', 100);
  header.write(bytes.toString(8).padStart(11, '0'), 124);
  header.write('x', 156);
  header.write('ustar\x0000', 257);
  header.write(' '.repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.from(`${bytes} path=`.padEnd(bytes, 'a')), zeros(1024)]);
}

const receiptOf = (over: object = {}) => ({
  formatVersion: 1,
  createdAt: '2026-11-23T20:51:20.000Z',
  file: 'x.tar.gz.age',
  bytes: 1,
  sha256: sha256('a'),
  argocdVersion: '3.1.9',
  kubernetesVersion: '1.32.8',
  source: { uid: 'c0ffee', server: 'https://127.0.0.1:6443' },
  counts: { Application: 1 },
  ...over,
});

/** The receipt beside a backup. */
export const RECEIPTS: readonly Hostile<string>[] = [
  hostile('nothing', ''),
  hostile('null', 'null'),
  hostile('a list', '[]'),
  hostile('no JSON, with a secret', `{"file": "${SECRET}`),
  hostile('a key twice', JSON.stringify(receiptOf()).replace('{', '{"file":"y",')),
  hostile('a file that leads out', JSON.stringify(receiptOf({ file: '../x' }))),
  hostile('a file that is a command', JSON.stringify(receiptOf({ file: command }))),
  hostile('a file behind a line end', JSON.stringify(receiptOf({ file: `a\n::error::${MARK}` }))),
  hostile('a version that is a command', JSON.stringify(receiptOf({ argocdVersion: command }))),
  hostile(
    'a source that is a command',
    JSON.stringify(receiptOf({ source: { uid: command, server: `\r::error::${MARK}` } })),
  ),
  hostile('a kind that is a command', JSON.stringify(receiptOf({ counts: { [command]: 1 } }))),
  hostile(
    '__proto__ among the counts',
    JSON.stringify(receiptOf()).replace('"counts":{', '"counts":{"__proto__":7,'),
  ),
  hostile('a key that is a command', JSON.stringify({ ...receiptOf(), [command]: 1 })),
  hostile('a number that is none', JSON.stringify(receiptOf()).replace('"bytes":1', '"bytes":1e999')),
  hostile(
    'a time without end',
    JSON.stringify(receiptOf({ createdAt: `2026-11-23T20:51:20.${'0'.repeat(10_000)}Z` })),
  ),
  hostile('a format of the future', JSON.stringify(receiptOf({ formatVersion: 2 ** 53 }))),
  hostile('brackets 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)),
  hostile('a string of 500,000 backslashes', `{"a":"${'\\\\'.repeat(250_000)}"}`),
  hostile('500,000 quotes', '"'.repeat(500_000)),
  hostile('a byte order mark', `\uFEFF${JSON.stringify(receiptOf())}`),
];
