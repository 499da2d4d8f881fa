import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '../errors.js';
import { parseIdentities } from './keys.js';
import { isBackupName, receiptPathOf, timeInName } from './names.js';
import { readReceipt } from './receipt.js';

/** What opens a sealed backup. */
export interface Keys {
  identities: string[];
  passphrase?: string | undefined;
}

export interface KeyInputs {
  identity?: string | undefined;
  identityFile?: string | undefined;
  passphrase?: string | undefined;
}

/** Reads the keys that the inputs give; the inputs have been checked against one another. */
export async function readKeys({ identity, identityFile, passphrase }: KeyInputs): Promise<Keys> {
  const text = identityFile === undefined ? (identity ?? '') : readFileSync(identityFile, 'utf8');
  return { identities: parseIdentities(text), passphrase };
}

/**
 * The backup that an input names: the file itself, or the newest in a folder. Every backup there counts, with a good
 * receipt or without: a damaged newest one must not make an older one pass for it.
 * @throws DrError (invalid input) where there is none
 */
export function chooseBackup(input: string): string {
  if (!found(input)?.isDirectory()) return input;
  const backups = readdirSync(input)
    .filter(isBackupName)
    .map((name) => join(input, name))
    .map((path) => ({ path, madeAt: madeAt(path) }))
    .sort((a, b) => a.madeAt - b.madeAt);
  const newest = backups.at(-1);
  if (newest) return newest.path;
  throw invalidInput(
    `the folder ${input} holds no backup (.tar.gz.age or .tar.gz): give the path of a backup file`,
  );
}

/** When a backup was made, as well as can be told without opening it: by its receipt, its name, or its file's time. */
function madeAt(path: string): number {
  return receiptTime(path) ?? timeInName(path) ?? found(path)?.mtimeMs ?? 0;
}

/** What is there; undefined for nothing, and for a link that leads nowhere. */
function found(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function receiptTime(path: string): number | undefined {
  try {
    const receipt = readReceipt(receiptPathOf(path));
    return receipt && Date.parse(receipt.createdAt);
  } catch {
    // A receipt that cannot be read is refused when the backup is opened.
    return undefined;
  }
}
