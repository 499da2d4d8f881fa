import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, lstatSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { invalidInput } from '../errors.js';
import { Scope } from '../scope.js';
import { type Seal, sealWith } from './age.js';
import { type Receipt, type ReceiptFacts, receiptSchema } from './manifest.js';
import { receiptPathOf } from './names.js';
import { addTrailer, fixGzipHeader, type Members, tarOf } from './pack.js';
import { codeOf, storageError } from './storage.js';
import { allowedBytes } from './unpack.js';

export interface WriteOptions {
  members: Members;
  /** The backup's final path; must not exist, its folder must. See resolveTarget(). */
  target: string;
  /** What the receipt says beside the file's own name, size and digest. */
  receipt: ReceiptFacts;
  seal: Seal;
  signal?: AbortSignal;
  /** For tests: stands in for the file system's hard links. */
  link?: (from: string, to: string) => Promise<void>;
}

export interface Written {
  path: string;
  receiptPath: string;
  bytes: number;
  sha256: string;
}

type Chunks = AsyncIterable<Uint8Array>;
type Sealed = Pick<Written, 'bytes' | 'sha256'>;

/**
 * Writes one backup and its receipt: streamed into temporary files beside the target (dot-names, mode 0600),
 * synced to the disk, then given their names. A reader sees a whole file or none, an existing file is never
 * replaced, and of several writers to one target exactly one wins. On failure nothing is left.
 * @throws DrError: invalid input for a target that exists or cannot be written, infra error for a full disk
 */
export async function writeBackup(options: WriteOptions): Promise<Written> {
  const { target, signal } = options;
  const folder = dirname(target);
  const receiptPath = receiptPathOf(target);
  const scope = new Scope();
  try {
    refuseExisting(target);
    refuseExisting(receiptPath);
    const temp = temporary(scope, target);
    const sealed = await writeOpenable(options, temp);
    const receiptTemp = temporary(scope, receiptPath);
    await fs.writeFile(receiptTemp, receiptText(options, sealed), { flag: 'wx', mode: 0o600, flush: true });
    signal?.throwIfAborted();
    await publishBoth([temp, target], [receiptTemp, receiptPath], options.link);
    await syncFolder(folder);
    return { path: target, receiptPath, ...sealed };
  } catch (error) {
    throw storageError(error, folder, signal) ?? error;
  } finally {
    await scope.close();
  }
}

const existsError = (path: string) =>
  invalidInput(
    `${path} exists already, and a backup never replaces a file: give another output, or move it away.`,
  );

function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) throw existsError(path);
}

/** A name beside the final one, removed with the scope. */
function temporary(scope: Scope, path: string): string {
  const temp = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  const remove = () => rmSync(temp, { force: true });
  scope.defer(remove, remove);
  return temp;
}

/**
 * Content so regular that its packed form looks like a bomb to the reader is written once more, not compressed.
 * Whoever may make Applications could else make a backup that nobody can open.
 */
async function writeOpenable(options: WriteOptions, temp: string): Promise<Sealed> {
  const { sealed, unpacked } = await writeSealed(options, temp, constants.Z_DEFAULT_COMPRESSION);
  if (unpacked <= allowedBytes(sealed.bytes)) return sealed;
  await fs.rm(temp);
  return (await writeSealed(options, temp, constants.Z_NO_COMPRESSION)).sealed;
}

async function writeSealed({ members, seal, signal }: WriteOptions, temp: string, level: number) {
  const hash = createHash('sha256');
  let unpacked = 0;
  let bytes = 0;
  async function* count(source: Chunks) {
    for await (const chunk of source) {
      unpacked += chunk.length;
      yield chunk;
    }
  }
  async function* measure(source: Chunks) {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  await pipeline(
    Readable.from(count(tarOf(members))),
    createGzip({ level, chunkSize: 64 * 1024 }),
    fixGzipHeader,
    seal === 'none' ? addTrailer : sealWith(seal),
    measure,
    createWriteStream(temp, { flags: 'wx', mode: 0o600, flush: true }),
    { signal },
  );
  return { sealed: { bytes, sha256: hash.digest('hex') }, unpacked };
}

function receiptText({ receipt, target }: WriteOptions, sealed: Sealed): string {
  const full: Receipt = { formatVersion: 1, ...receipt, file: basename(target), ...sealed };
  return `${JSON.stringify(receiptSchema.parse(full), null, 2)}\n`;
}

type Move = readonly [temp: string, final: string];

/** The backup first: without a receipt it is whole, while a receipt alone would vouch for nothing. */
async function publishBoth(backup: Move, receipt: Move, link: WriteOptions['link']): Promise<void> {
  await publish(...backup, link);
  try {
    await publish(...receipt, link);
  } catch (error) {
    await fs.rm(backup[1], { force: true });
    throw error;
  }
}

/** Gives a finished file its name unless the name is taken: a link fails where a rename would replace. */
async function publish(temp: string, final: string, link: WriteOptions['link'] = fs.link): Promise<void> {
  try {
    await link(temp, final);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw existsError(final);
    if (!NO_LINKS.has(codeOf(error))) throw error;
    await publishByReservation(temp, final);
  }
}

/** What file systems without hard links (FAT, some network and FUSE mounts) answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Where there are no links: whoever creates the name owns it, and may then replace its own empty file. */
async function publishByReservation(temp: string, final: string): Promise<void> {
  try {
    await (await fs.open(final, 'wx', 0o600)).close();
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? existsError(final) : error;
  }
  try {
    await fs.rename(temp, final);
  } catch (error) {
    await fs.rm(final, { force: true });
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
