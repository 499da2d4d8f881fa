import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { parseJson } from './json.js';
import { FORMAT_VERSION, type Receipt, receiptSchema } from './manifest.js';
import { isReceiptName } from './names.js';

/** A receipt has a dozen lines, and one for each kind; a file of more than this is none. */
const RECEIPT_LIMIT = 64 * 1024;

/**
 * Reads a receipt.
 * @returns undefined where there is no such file
 * @throws Error with the reason where it is not a valid receipt
 */
export function readReceipt(path: string): Receipt | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  // Reading a pipe or a device may never end.
  if (!found.isFile()) throw new Error('it is not a regular file');
  if (found.size > RECEIPT_LIMIT) throw new Error(`it is ${found.size} bytes long`);
  return parseJson(readFileSync(path), receiptSchema, FORMAT_VERSION);
}

export interface LatestReceipt {
  receipt?: Receipt;
  path?: string;
  /** A sentence for each receipt that could not be read. */
  notes: string[];
}

/**
 * The newest valid receipt in some folders by its `createdAt`, for the guard against shrinking.
 * Broken ones are skipped and noted; a folder that is not there holds none.
 * @param sourceUid only receipts of this source (UID of its kube-system Namespace)
 */
export function latestReceipt(
  folders: readonly string[],
  options: { sourceUid?: string } = {},
): LatestReceipt {
  const notes: string[] = [];
  const found = folders
    .flatMap((folder) => receiptNames(folder).map((name) => readOrNote(join(folder, name), notes)))
    .filter((entry) => entry !== undefined)
    .filter(({ receipt }) => options.sourceUid === undefined || receipt.source.uid === options.sourceUid)
    .sort((a, b) => Date.parse(a.receipt.createdAt) - Date.parse(b.receipt.createdAt));
  return { ...found.at(-1), notes };
}

function receiptNames(folder: string): string[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? readdirSync(folder).filter(isReceiptName).sort() : [];
}

function readOrNote(path: string, notes: string[]): { receipt: Receipt; path: string } | undefined {
  try {
    const receipt = readReceipt(path);
    return receipt && { receipt, path };
  } catch (error) {
    notes.push(`The receipt ${path} was skipped: ${messageOf(error)}.`);
    return undefined;
  }
}
