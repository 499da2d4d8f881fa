import { createHash } from 'node:crypto';
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import tar from 'tar-stream';
import { sealWith } from '../../src/bundle/age.js';
import { addTrailer, fixGzipHeader } from '../../src/bundle/pack.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import { identity, manifestFor, recipient, small, withFolder } from './sample.js';

const MIB = 1024 * 1024;
/** Of the process that opens: a runner's own is ten times as much. */
const HEAP_MB = 256;
/** What it may take besides what it takes to start. */
const MEMORY_MB = 400;

/** A text that is too long to be held: pieces, and how often. */
type Text = [piece: string | ((index: number) => string), times: number];

interface Bomb {
  exported?: Text[];
  manifest?: Text[];
}

const ALL: Text[] = [[small.exportYaml.toString(), 1]];
const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n';
const keys = (index: number) => Array.from({ length: 1000 }, (_, i) => `  k${index * 1000 + i}:\n`).join('');
const manifestWith = (list: string, item: string, times: number): Text[] => {
  const [before, after] = JSON.stringify({ ...manifestFor(small), [list]: ['@'] }).split('"@"');
  return [
    [before!, 1],
    [`${item},`.repeat(1000), times / 1000],
    [`${item}${after}`, 1],
  ];
};

const BOMBS: [string, Bomb, RegExp][] = [
  [
    'one line of 252 MB',
    {
      exported: [
        [`${HEAD}  a: `, 1],
        ['a'.repeat(MIB), 252],
      ],
    },
    /export\.yaml .*a line of more than 16777216 bytes/,
  ],
  [
    'one document of 60 MB',
    {
      exported: [
        [HEAD, 1],
        [`${`  ${'a'.repeat(1000)}`}\n`.repeat(1000), 60],
      ],
    },
    /document 1 has more than the 16777216 bytes that are read/,
  ],
  [
    'one document of millions of keys',
    {
      exported: [
        [HEAD, 1],
        [keys, 2_500],
      ],
    },
    /document 1 has more than the 16777216 bytes that are read/,
  ],
  [
    'one document of 2 million items',
    {
      exported: [
        [`${HEAD}  a:\n`, 1],
        ['  -\n'.repeat(1000), 2_000],
      ],
    },
    /document 1 has more than the 1572864 values that are read/,
  ],
  [
    'one document of 8 million items in brackets',
    {
      exported: [
        [`${HEAD}  a: [`, 1],
        ['a,'.repeat(1000), 8_000],
        [']\n', 1],
      ],
    },
    /document 1 has more than the 1572864 values that are read/,
  ],
  [
    'one document of 5 million nested lists',
    {
      exported: [
        [`${HEAD}  a:\n`, 1],
        [`  ${'- '.repeat(900)}\n`, 6_000],
      ],
    },
    /document 1 has more than the 1572864 values that are read/,
  ],
  [
    'one document that is nested without end',
    {
      exported: [
        [`${HEAD}  a: `, 1],
        ['['.repeat(1000), 1_000],
      ],
    },
    /document 1 is not strict YAML: nesting exceeded/,
  ],
  [
    'a million documents of nothing',
    { exported: [...ALL, ['---\n'.repeat(1000), 1_000]] },
    /what no backup of an Argo CD does|not those of the manifest/,
  ],
  [
    'an export of blank lines',
    { exported: [...ALL, ['---\n', 1], [' '.repeat(MIB - 1).concat('\n'), 60]] },
    /what no backup of an Argo CD does|not those of the manifest/,
  ],
  ['a manifest of lists', { manifest: manifestWith('tools', '[]', 30_000_000) }, /more than 2097152 values/],
  ['a manifest nested deep', { manifest: [['['.repeat(MIB), 1]] }, /nested deeper than 16 levels/],
  ['a manifest of blanks', { manifest: [[' '.repeat(MIB), 40]] }, /not JSON/],
  ['a manifest of wrong objects', { manifest: manifestWith('objects', '{}', 249_000) }, /objects\.0\./],
  ['a manifest of many objects', { manifest: manifestWith('tools', '0', 1_900_000) }, /tools: /],
  ['a large manifest', { manifest: [[' '.repeat(MIB), 200]] }, /more than the 134217728 that are opened/],
];

function* piecesOf(texts: Text[]): Generator<Buffer> {
  for (const [piece, times] of texts)
    for (let index = 0; index < times; index++)
      yield Buffer.from(typeof piece === 'string' ? piece : piece(index));
}

function measured(texts: Text[]): { bytes: number; sha256: string } {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of piecesOf(texts)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes a backup whose export is what its manifest says, however large. */
async function craftBomb(path: string, { exported = ALL, manifest }: Bomb): Promise<void> {
  const members = { ...manifestFor(small).members, 'export.yaml': measured(exported) };
  const entries: [string, Text[]][] = [
    ['export.yaml', exported],
    ['extras.yaml', [[small.extrasYaml.toString(), 1]]],
    ['manifest.json', manifest ?? [[JSON.stringify({ ...manifestFor(small), members }), 1]]],
  ];
  const pack = tar.pack();
  const adding = (async () => {
    for (const [name, texts] of entries) {
      const entry = pack.entry({ name, size: measured(texts).bytes });
      await pipeline(Readable.from(piecesOf(texts)), entry);
    }
    pack.finalize();
  })();
  await pipeline(
    pack as AsyncIterable<Uint8Array>,
    createGzip({ level: 1 }),
    fixGzipHeader,
    sealFor(path),
    createWriteStream(path),
  );
  await adding;
}

const sealFor = (path: string) =>
  path.endsWith('.age') ? sealWith({ recipients: [recipient] }) : addTrailer;

interface End {
  exitCode: number;
  message: string;
  megabytes: number;
  members: string[];
}

/** Opens a backup in a process with little memory. */
async function openInLittle(path: string): Promise<End> {
  const program = join(import.meta.dirname, 'open-once.ts');
  const node = ['--import', 'tsx', `--max-old-space-size=${HEAP_MB}`, program, path, identity];
  const { code, stdout, stderr } = await exec(process.execPath, node, {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr.slice(-500)}`);
  return JSON.parse(stdout) as End;
}

test.each(BOMBS)(
  '%s is refused in little memory',
  async (_what, bomb, message) => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      await craftBomb(path, bomb);
      expect(statSync(path).size).toBeLessThan(10 * MIB);
      const end = await openInLittle(path);
      expect(end).toMatchObject({ exitCode: EXIT.cannotOpen, message: expect.stringMatching(message) });
      expect(end.megabytes).toBeLessThan(MEMORY_MB);
    });
  },
  120_000,
);

test('unsealed as well', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz');
    await craftBomb(path, BOMBS[0]![1]);
    expect(await openInLittle(path)).toMatchObject({ exitCode: EXIT.cannotOpen });
  });
}, 120_000);

/** Bytes in the place of a tar.gz, sealed. */
async function craftBytes(path: string, chunks: Iterable<Buffer>): Promise<void> {
  await pipeline(Readable.from(chunks), sealFor(path), createWriteStream(path));
}

const proper = async () => {
  const pack = tar.pack();
  pack.entry({ name: 'export.yaml' }, small.exportYaml);
  pack.entry({ name: 'extras.yaml' }, small.extrasYaml);
  pack.entry({ name: 'manifest.json' }, JSON.stringify(manifestFor(small)));
  pack.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pack as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** A header of tar with a body, of any type. */
function entry(type: string, name: string, body: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const record = (key: string, value: string) => {
  const rest = ` ${key}=${value}\n`;
  const digits = String(rest.length).length;
  return `${rest.length + digits + (String(rest.length + digits).length > digits ? 1 : 0)}${rest}`;
};
/** As many records as a reader of tars holds of one header. */
const manyRecords = Buffer.from(
  Array.from({ length: 300_000 }, (_, index) => record(`k${index}`, 'x')).join(''),
);

const TARS: [string, () => Promise<Iterable<Buffer>>, RegExp][] = [
  [
    'pax headers that are mixed into each other',
    async () => {
      const flood = entry('x', 'p', Buffer.from(record('a', 'b')));
      const all = [entry('g', 'p', manyRecords), ...Array<Buffer>(20_000).fill(flood), await proper()];
      return [gzipSync(Buffer.concat(all), { level: 1 })];
    },
    /a header of tar that no backup has/,
  ],
  [
    'GNU long names',
    async () => {
      const flood = Array<Buffer>(30).fill(entry('L', '././@LongLink', Buffer.alloc(4 * MIB, 'a')));
      return [gzipSync(Buffer.concat([...flood, await proper()]), { level: 1 })];
    },
    /a header of tar that no backup has/,
  ],
  [
    'a sparse file',
    async () => [gzipSync(Buffer.concat([entry('S', 'export.yaml', Buffer.alloc(512)), await proper()]))],
    /is a special file and not a file/,
  ],
  [
    'a size below zero',
    async () => {
      const odd = entry('0', 'export.yaml', Buffer.alloc(0));
      odd.fill(0xff, 124, 136);
      odd.write('        ', 148);
      const sum = odd.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      odd.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return [gzipSync(Buffer.concat([odd, await proper()]))];
    },
    /a header of tar that no backup has/,
  ],
  [
    'entries without content, again and again',
    async () => {
      const flood = Array<Buffer>(200_000).fill(entry('0', 'export.yaml', Buffer.alloc(0)));
      return [gzipSync(Buffer.concat(flood), { level: 1 })];
    },
    /holds export.yaml twice/,
  ],
  [
    'zeros behind its end',
    async () => {
      const zeros = Buffer.alloc(MIB);
      return [gzipSync(Buffer.concat([await proper(), ...Array<Buffer>(300).fill(zeros)]), { level: 1 })];
    },
    /unpacks to more than \d+ bytes/,
  ],
];

test.each(TARS)(
  'a tar with %s is refused in little memory',
  async (_what, content, message) => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      await craftBytes(path, await content());
      const end = await openInLittle(path);
      expect(end).toMatchObject({ exitCode: EXIT.cannotOpen, message: expect.stringMatching(message) });
      expect(end.megabytes).toBeLessThan(MEMORY_MB);
      expect(end.members).toEqual([]);
    });
  },
  120_000,
);

test('a hundred thousand empty gzip members are no more than their bytes', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz.age');
    const empty = gzipSync('');
    await craftBytes(path, [gzipSync(await proper()), ...Array<Buffer>(100_000).fill(empty)]);
    const end = await openInLittle(path);
    expect(end.exitCode).toBe(EXIT.cannotOpen);
    expect(end.megabytes).toBeLessThan(MEMORY_MB);
  });
}, 120_000);

/** More bytes than the process has for objects. */
const FLEET = 200;

test('a fleet is read in memory that does not grow with it', async () => {
  const application = (index: number) =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: application-with-a-long-name-${index}\nstatus:\n  text: ${'all of it is well, as it was before '.repeat(40_000)}\n---\n`;
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz.age');
    await craftBomb(path, { exported: [[application, FLEET]] });
    const end = await openInLittle(path);
    expect(end.exitCode).toBe(EXIT.cannotOpen);
    expect(end.megabytes).toBeLessThan(MEMORY_MB);
  });
}, 240_000);
