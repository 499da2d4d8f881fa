import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { cannotOpen, DrError, infraError, invalidInput, messageOf } from '../errors.js';
import { AGE_HEADER_LIMIT, type AgeKeys, readAgeHeader, unsealWith } from './age.js';
import { NewerFormatError, parseJson } from './json.js';
import { FORMAT_VERSION, type Manifest, manifestSchema, type Receipt } from './manifest.js';
import { receiptPathOf } from './names.js';
import { TRAILER_SIZE, trailerFor } from './pack.js';
import { readReceipt } from './receipt.js';
import { recognise } from './recognise.js';
import { codeOf, storageError } from './storage.js';
import { type Limits, type UnpackResult, unpack } from './unpack.js';

export interface OpenOptions extends AgeKeys {
  path: string;
  /** A private folder that exists; the members are written here and nowhere else. */
  intoDir: string;
  limits?: Limits;
  signal?: AbortSignal | undefined;
}

export interface OpenedBackup {
  manifest: Manifest;
  exportPath: string;
  extrasPath: string;
  /** The file as it is stored. */
  sealed: { bytes: number; sha256: string };
  /** The receipt beside the file, if there is one; it has been compared with the file and the manifest. */
  receipt?: Receipt;
  encryption: 'age' | 'none';
}

const OTHER_COPY = 'Take another copy of it, or an earlier backup.';

/** A stored backup that is open for reading. */
interface Stored {
  path: string;
  file: FileHandle;
  bytes: number;
}

/**
 * Opens a backup: the receipt beside it, encryption, archive and manifest are all checked, byte for byte.
 * The YAML inside the members is not looked at. On failure nothing is left in `intoDir`.
 * @throws DrError: invalid input where there is no such file, infra error for a full disk, else cannot open
 */
export async function openBackup(options: OpenOptions): Promise<OpenedBackup> {
  const { path, intoDir, signal } = options;
  const exportPath = join(intoDir, 'export.yaml');
  const extrasPath = join(intoDir, 'extras.yaml');
  refuseUsed([exportPath, extrasPath]);
  const stored = await openFile(path);
  try {
    const sealed = { bytes: stored.bytes, sha256: await digest(stored, stored.bytes) };
    const receipt = checkReceipt(path, sealed);
    const { encryption, content } = await contentOf(stored, options);
    const unpacked = await unpack(content, { ...options, name: path, storedBytes: stored.bytes });
    const manifest = checkManifest(path, unpacked);
    if (receipt) compareReceipt(path, receipt, manifest);
    return { manifest, exportPath, extrasPath, sealed, encryption, ...(receipt && { receipt }) };
  } catch (error) {
    await rm(exportPath, { force: true });
    await rm(extrasPath, { force: true });
    throw storageError(error, intoDir, signal) ?? damaged(path, error);
  } finally {
    await stored.file.close();
  }
}

/** Before anything is removed on failure: what is there already is not this call's to remove. */
function refuseUsed(paths: string[]): void {
  const used = paths.find((path) => existsSync(path));
  if (used) throw infraError(`${used} exists already: open a backup into an empty folder.`);
}

const damaged = (path: string, error: unknown) =>
  cannotOpen(`${path} is damaged: it was changed or cut short since it was made. ${OTHER_COPY}`, error);

async function openFile(path: string): Promise<Stored> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw cannotOpen(`${path} is a folder: give the path of one backup file.`);
    if (!found.isFile()) throw cannotOpen(`${path} is not a regular file: give the path of one backup file.`);
    if (found.size === 0) throw cannotOpen(`${path} is empty: it is no backup. ${OTHER_COPY}`);
    return { path, file: await open(path, 'r'), bytes: found.size };
  } catch (error) {
    if (error instanceof DrError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) {
      throw invalidInput(`There is no file ${path}: give the path of an existing backup.`, error);
    }
    throw cannotOpen(`${path} cannot be read (${codeOf(error)}): check its permissions.`, error);
  }
}

/** The bytes of a stored file from its start; each call reads anew. */
const bytesOf = ({ file }: Stored, length: number) =>
  file.createReadStream({ start: 0, end: length - 1, autoClose: false, highWaterMark: 64 * 1024 });

async function digest(stored: Stored, length: number): Promise<string> {
  const hash = createHash('sha256');
  if (length > 0) for await (const chunk of bytesOf(stored, length)) hash.update(chunk);
  return hash.digest('hex');
}

async function readAt({ file }: Stored, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function contentOf(stored: Stored, options: OpenOptions) {
  const start = await readAt(stored, 0, Math.min(stored.bytes, AGE_HEADER_LIMIT));
  const encryption = recognise(start, stored.path);
  const content = encryption === 'age' ? unsealed(stored, start, options) : await plain(stored);
  return { encryption, content };
}

function unsealed(stored: Stored, start: Buffer, options: OpenOptions) {
  const header = readAgeHeader(start);
  if (!header) {
    throw cannotOpen(
      `${stored.path} is damaged: its age header has no end within ${AGE_HEADER_LIMIT} bytes, the file may be cut short. ${OTHER_COPY}`,
    );
  }
  return unsealWith(options, header, stored.path)(bytesOf(stored, stored.bytes));
}

/** An unsealed backup has no key to prove it; its trailer speaks for every byte before it. */
async function plain(stored: Stored) {
  const length = stored.bytes - TRAILER_SIZE;
  const trailer = await readAt(stored, Math.max(length, 0), TRAILER_SIZE);
  // A trailer alone speaks for nothing, and a stream of no bytes cannot be opened.
  if (length > 0 && trailer.equals(trailerFor(await digest(stored, length)))) return bytesOf(stored, length);
  throw cannotOpen(
    `${stored.path} is a gzip file, but not an unsealed backup as this tool wrote it: it was packed by something else, changed, or cut short. ${OTHER_COPY}`,
  );
}

function checkReceipt(path: string, sealed: OpenedBackup['sealed']): Receipt | undefined {
  const receiptPath = receiptPathOf(path);
  const receipt = readReceiptOf(path, receiptPath);
  if (!receipt) return undefined;
  if (receipt.bytes !== sealed.bytes) {
    throw mismatch(path, receiptPath, `has ${sealed.bytes} bytes, while the receipt says ${receipt.bytes}`);
  }
  if (receipt.sha256 !== sealed.sha256) {
    throw mismatch(
      path,
      receiptPath,
      `has SHA-256 ${sealed.sha256}, while the receipt says ${receipt.sha256}`,
    );
  }
  return receipt;
}

function readReceiptOf(path: string, receiptPath: string): Receipt | undefined {
  try {
    return readReceipt(receiptPath);
  } catch (error) {
    if (error instanceof NewerFormatError)
      throw newer(`${path}, going by its receipt ${receiptPath},`, error);
    throw cannotOpen(
      `The receipt ${receiptPath} beside ${path} is damaged (${messageOf(error)}). Fetch both again, or move the receipt away to open the backup without it.`,
      error,
    );
  }
}

const mismatch = (path: string, receiptPath: string, what: string) =>
  cannotOpen(
    `${path} does not match its receipt ${receiptPath}: it ${what}. One of them is damaged or belongs to another backup: fetch both again.`,
  );

const newer = (path: string, error: NewerFormatError) =>
  cannotOpen(
    `${path} was made by a newer argocd-dr (${error.message}, this one reads up to ${FORMAT_VERSION}): update argocd-dr.`,
  );

function checkManifest(path: string, { members, manifest: bytes }: UnpackResult): Manifest {
  const manifest = parseManifest(path, bytes);
  for (const member of ['export.yaml', 'extras.yaml'] as const) {
    if (isDeepStrictEqual(members[member], manifest.members[member])) continue;
    throw cannotOpen(
      `${path}: ${member} is not the one its manifest describes (size or SHA-256 differ). ${OTHER_COPY}`,
    );
  }
  return manifest;
}

function parseManifest(path: string, bytes: Buffer): Manifest {
  try {
    return parseJson(bytes, manifestSchema, FORMAT_VERSION);
  } catch (error) {
    if (error instanceof NewerFormatError) throw newer(path, error);
    throw cannotOpen(`${path}: manifest.json is not valid (${messageOf(error)}). ${OTHER_COPY}`, error);
  }
}

const SHARED = ['createdAt', 'argocdVersion', 'kubernetesVersion', 'source', 'counts'] as const;

/** The receipt is open to anyone; the manifest is what was sealed. */
function compareReceipt(path: string, receipt: Receipt, manifest: Manifest): void {
  const wrong = SHARED.find((field) => !isDeepStrictEqual(receipt[field], manifest[field]));
  if (wrong) throw mismatch(path, receiptPathOf(path), `has another ${wrong} inside than the receipt says`);
}
