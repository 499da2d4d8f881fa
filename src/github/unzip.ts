import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { storageError } from '../bundle/storage.js';
import { cannotOpen, DrError, messageOf } from '../errors.js';
import { shown } from './shown.js';
import { acceptEntries } from './zip-entries.js';

export interface Unzipped {
  path: string;
  receiptPath: string;
}

/**
 * Opens an artifact's zip: a sealed backup and its receipt under their own names, mode 0600, and nothing else.
 * @param intoDir a private folder that exists; on failure nothing of the zip is left in it
 * @throws DrError: cannot open for any other content, infra error for a full disk
 */
export async function unzipBackup(zip: string, intoDir: string, signal?: AbortSignal): Promise<Unzipped> {
  const name = basename(zip);
  const written: string[] = [];
  try {
    const file = await openZip(zip);
    try {
      const entries = await entriesOf(file);
      const { backup, receipt } = acceptEntries(entries, name);
      for (const entry of [backup, receipt])
        await extract(file, entry, join(intoDir, entry.fileName), written, signal);
      return { path: join(intoDir, backup.fileName), receiptPath: join(intoDir, receipt.fileName) };
    } finally {
      file.close();
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    if (error instanceof DrError) throw error;
    const stored = storageError(error, intoDir, signal);
    throw (
      stored ?? cannotOpen(`${name} is damaged, or no zip as GitHub makes it (${reasonOf(error)}).`, error)
    );
  }
}

/** Names are taken as they stand: without `strictFileNames` a backslash would turn into a slash. */
const openZip = (path: string) =>
  yauzl.openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });

/** yauzl's words, without the name of the entry that some of them end in. */
const reasonOf = (error: unknown) =>
  shown(
    messageOf(error).replace(
      /^(invalid characters in fileName|absolute path|invalid relative path): .*$/s,
      '$1',
    ),
  );

/** One more than there may be is enough to refuse them. */
async function entriesOf(file: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  for await (const entry of file.eachEntry()) if (entries.push(entry) > 2) break;
  return entries;
}

/** yauzl ends a stream with an error where it is longer or shorter than its entry says; it leaves the CRC to others. */
async function extract(
  file: yauzl.ZipFile,
  entry: yauzl.Entry,
  to: string,
  written: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const output = await open(to, 'wx', 0o600);
  written.push(to);
  // Nothing may be waited for from here until it is read: an error that nobody listens to ends the process.
  const input = await orClose(file.openReadStreamPromise(entry), output);
  let sum = 0;
  await pipeline(
    input,
    async function* (source: Readable) {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        sum = crc32(chunk, sum);
        yield chunk;
      }
    },
    output.createWriteStream(),
    { signal },
  );
  if (sum !== entry.crc32) throw new Error(`the CRC of ${entry.fileName} is not the one it was packed with`);
}

async function orClose<T>(work: Promise<T>, output: FileHandle): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await output.close();
    throw error;
  }
}
