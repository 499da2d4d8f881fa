import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { cannotOpen, DrError } from '../errors.js';
import { MEMBERS, type MemberName } from './manifest.js';

const MIB = 1024 * 1024;

export interface Limits {
  /** Bytes of one member. */
  member: number;
  /** Bytes of manifest.json, which is held in memory. */
  manifest: number;
  /** Bytes of the whole tar that are always allowed, and the times of the sealed size that are. */
  floor: number;
  ratio: number;
}

/** Exports of thousands of alike Applications shrink to a hundredth; deflate's own bound is 1/1032. */
export const LIMITS: Limits = { member: 8 * 1024 * MIB, manifest: 128 * MIB, floor: 256 * MIB, ratio: 200 };

/** What a file of that size may unpack to. The writer keeps to it too: what it writes is opened again. */
export const allowedBytes = (storedBytes: number, { floor, ratio }: Limits = LIMITS): number =>
  Math.max(floor, ratio * storedBytes);

/** What was read of one member. */
export interface Unpacked {
  bytes: number;
  sha256: string;
}

export interface UnpackResult {
  members: Record<MemberName, Unpacked>;
  manifest: Buffer;
}

export interface UnpackOptions {
  /** The backup's path, for errors. */
  name: string;
  /** Size of the file as stored, which bounds what it may unpack to. */
  storedBytes: number;
  intoDir: string;
  limits?: Limits;
  signal?: AbortSignal | undefined;
}

type Chunks = AsyncIterable<Uint8Array>;

/** What tar-stream hands out; its types leave this one unnamed, and that `type` is null for an unknown one. */
type Entry = AsyncIterable<unknown> & { header: Pick<tar.Header, 'name' | 'size'> & { type: string | null } };

/**
 * Unpacks a backup's tar.gz: exactly the three members, as plain files, within the limits. The YAML members go
 * to `intoDir` (new files, mode 0600, their own names), the manifest to memory.
 * @throws DrError (cannot open) for any other content; the first error of the pipeline otherwise
 */
export async function unpack(source: Chunks, options: UnpackOptions): Promise<UnpackResult> {
  const extract = tar.extract();
  const feeding = pipeline(
    Readable.from(source, { objectMode: false }),
    createGunzip({ chunkSize: 64 * 1024 }),
    bounded(options),
    plainHeaders(options),
    extract,
    { signal: options.signal },
  );
  const reading = readEntries(extract, options);
  const ended = await Promise.allSettled([reading, feeding]);
  const errors = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  // When one end fails the other one does too; it may only know that it was cut off.
  if (errors.length > 0) throw errors.find((error) => error instanceof DrError) ?? errors[0];
  return await reading;
}

function bounded({ name, storedBytes, limits }: UnpackOptions) {
  const allowed = allowedBytes(storedBytes, limits);
  return async function* (source: Chunks) {
    let total = 0;
    for await (const chunk of source) {
      total += chunk.length;
      if (total > allowed) {
        throw cannotOpen(
          `${name} unpacks to more than ${allowed} bytes, which no backup does: it is not opened.`,
        );
      }
      yield chunk;
    }
  };
}

const BLOCK = 512;
const TYPE_FLAG = 156;

/**
 * Headers that only describe another one: pax and GNU's long names. Their reader holds 4 MiB of each and mixes it into
 * every header that follows; a name of a member needs none.
 */
const DESCRIBING = new Set([...'xgLKN'].map((flag) => flag.charCodeAt(0)));

/** Refuses headers that no backup has before the reader of tars sees them. */
function plainHeaders({ name }: UnpackOptions) {
  return async function* (source: Chunks) {
    const blocks = new HeaderBlocks();
    for await (const chunk of source) {
      for (const { type, size } of blocks.in(chunk))
        if (DESCRIBING.has(type) || !Number.isSafeInteger(size))
          throw cannotOpen(`${name} holds a header of tar that no backup has: ${OTHER_COPY}`);
      yield chunk;
    }
  };
}

/** Finds the headers in a tar that comes in pieces, as tar-stream finds them. */
class HeaderBlocks {
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  #skip = 0;

  *in(chunk: Uint8Array): Generator<{ type: number; size: number }> {
    for (let at = 0; at < chunk.length; ) {
      const passed = Math.min(this.#skip, chunk.length - at);
      this.#skip -= passed;
      at += passed;
      const part = chunk.subarray(at, at + BLOCK - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < BLOCK) return;
      this.#filled = 0;
      if (this.#block.every((byte) => byte === 0)) continue;
      const size = sizeIn(this.#block);
      this.#skip = Math.ceil(size / BLOCK) * BLOCK;
      yield { type: this.#block[TYPE_FLAG]!, size };
    }
  }
}

/** Octal digits, or from 8 GiB on a number of 95 bits behind a mark. */
function sizeIn(block: Buffer): number {
  const field = block.subarray(124, 136);
  if (field[0] === 0x80) return Number(BigInt(`0x${field.subarray(1).toString('hex')}`));
  const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(field.toString('latin1')) ?? [];
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
}

async function readEntries(extract: tar.Extract, options: UnpackOptions): Promise<UnpackResult> {
  const members: Partial<Record<MemberName, Unpacked>> = {};
  const manifest: Buffer[] = [];
  for await (const entry of extract) {
    const member = acceptedName(entry, Object.keys(members), options);
    members[member] =
      member === 'manifest.json'
        ? await collect(entry, manifest)
        : await store(entry, join(options.intoDir, member));
  }
  const missing = MEMBERS.filter((member) => !members[member]);
  if (missing.length > 0) throw cannotOpen(`${options.name} lacks ${missing.join(' and ')}: ${OTHER_COPY}`);
  return { members: members as Record<MemberName, Unpacked>, manifest: Buffer.concat(manifest) };
}

const OTHER_COPY = 'it was not made by this tool, or not whole. Take another copy or an earlier backup.';

/** Only the members' exact names get through, so no name can lead out of the folder. */
function acceptedName(entry: Entry, seen: string[], { name, limits = LIMITS }: UnpackOptions): MemberName {
  const { name: found, type, size } = entry.header;
  const shown = JSON.stringify(found.slice(0, 100));
  if (type !== 'file') {
    throw cannotOpen(
      `${name} holds ${shown}, which is a ${type ?? 'special file'} and not a file: ${OTHER_COPY}`,
    );
  }
  const member = MEMBERS.find((known) => known === found);
  if (!member) throw cannotOpen(`${name} holds ${shown}, which does not belong into a backup: ${OTHER_COPY}`);
  if (seen.includes(member)) throw cannotOpen(`${name} holds ${member} twice: ${OTHER_COPY}`);
  const limit = member === 'manifest.json' ? limits.manifest : limits.member;
  if (size > limit)
    throw cannotOpen(`${name}: ${member} has ${size} bytes, more than the ${limit} that are opened.`);
  return member;
}

async function store(entry: Entry, path: string): Promise<Unpacked> {
  const file = await fs.open(path, 'wx', 0o600);
  try {
    return await consume(entry, (chunk) => file.appendFile(chunk));
  } finally {
    await file.close();
  }
}

const collect = (entry: Entry, into: Buffer[]) =>
  consume(entry, async (chunk) => {
    into.push(Buffer.from(chunk));
  });

async function consume(entry: Entry, take: (chunk: Uint8Array) => Promise<void>): Promise<Unpacked> {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
    await take(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}
