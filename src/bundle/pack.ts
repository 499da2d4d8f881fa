import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { MEMBERS, type MemberName } from './manifest.js';

/** Where a member's bytes are: a path, or themselves. */
export type MemberSource = string | Buffer;
export type Members = Record<MemberName, MemberSource>;

type Chunks = AsyncIterable<Uint8Array>;

/** The ten bytes every gzip stream of a backup starts with: deflate, no flags, no time, unknown system. */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** The tar of the members: sorted names, zero times and owners, mode 0600. */
export async function* tarOf(members: Members): AsyncGenerator<Uint8Array> {
  const pack = tar.pack();
  const adding = addAll(pack, members).catch((error) => pack.destroy(error));
  try {
    yield* pack as AsyncIterable<Uint8Array>;
  } finally {
    pack.destroy();
    await adding;
  }
}

async function addAll(pack: tar.Pack, members: Members): Promise<void> {
  for (const name of MEMBERS) {
    const source = members[name];
    const size = typeof source === 'string' ? (await stat(source)).size : source.length;
    const entry = pack.entry({ name, size, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0 });
    await pipeline(typeof source === 'string' ? createReadStream(source) : Readable.from([source]), entry);
  }
  pack.finalize();
}

/** Makes the gzip header the same on every system: zlib writes the system's code into it. */
export async function* fixGzipHeader(source: Chunks): AsyncGenerator<Uint8Array> {
  let rest = GZIP_HEADER.length;
  for await (const chunk of source) {
    const patch = GZIP_HEADER.subarray(GZIP_HEADER.length - rest).subarray(0, chunk.length);
    chunk.set(patch);
    rest -= patch.length;
    yield chunk;
  }
}

const TRAILER_START = Buffer.concat([
  Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff]),
  Buffer.from('argocd-dr sha256='),
]);
const TRAILER_END = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
export const TRAILER_SIZE = TRAILER_START.length + 64 + TRAILER_END.length;

/**
 * What ends an unsealed backup: an empty gzip member whose comment holds the SHA-256 of all bytes before it.
 * gzip and tar skip it. It is needed because deflate has bits whose change its CRC does not see.
 */
export const trailerFor = (sha256: string) =>
  Buffer.concat([TRAILER_START, Buffer.from(sha256, 'latin1'), TRAILER_END]);

/** A stage for `pipeline()` that ends an unsealed backup with its trailer. */
export async function* addTrailer(source: Chunks): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  yield trailerFor(hash.digest('hex'));
}
