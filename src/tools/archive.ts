import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/** Several times what the largest release unpacks to: etcd 3.6 has 70 MB, helm 3 has 65. */
export const LARGEST_UNPACKED = 1_000_000_000;

/**
 * Writes one member of a tar.gz to a file. Nothing else in the archive is written anywhere, and of two members of the
 * same name the first counts.
 * @throws Error where there is no such file in it, or it unpacks to more than `limit` bytes
 */
export async function extractMember(
  archive: string,
  member: string,
  to: string,
  limit = LARGEST_UNPACKED,
): Promise<void> {
  await readMember(archive, member, () => createWriteStream(to, { mode: 0o600 }), limit);
}

/** SHA-256 of one member of a tar.gz, in lower-case hex. */
export async function sha256OfMember(archive: string, member: string): Promise<string> {
  const hash = createHash('sha256');
  await readMember(archive, member, () => hash, LARGEST_UNPACKED);
  return hash.digest('hex');
}

async function readMember(archive: string, member: string, to: () => Writable, limit: number): Promise<void> {
  const tar = extract();
  let found = false;
  const take = async () => {
    for await (const entry of tar) {
      if (!found && entry.header.name === member && entry.header.type === 'file') {
        found = true;
        await pipeline(entry, to());
      } else {
        entry.resume();
      }
    }
  };
  await Promise.all([
    pipeline(createReadStream(archive), createGunzip(), upTo(limit, basename(archive)), tar),
    take(),
  ]);
  if (!found) throw new Error(`${basename(archive)} holds no file ${member}`);
}

/** Passes on so many bytes, and breaks off at the first one more. */
function upTo(limit: number, name: string): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed <= limit) done(null, chunk);
      else done(new Error(`${name} unpacks to more than ${limit / 1e6} MB`));
    },
  });
}
