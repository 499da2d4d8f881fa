import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { invalidInput } from '../errors.js';
import { parseIdentities } from './keys.js';
import { latestReceipt } from './receipt.js';

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
 * The backup that an input names: the file itself, or the newest of a folder by the receipts in it.
 * @throws DrError (invalid input) where there is none
 */
export function chooseBackup(input: string): string {
  if (!statSync(input, { throwIfNoEntry: false })?.isDirectory()) return input;
  const { receipt, path } = latestReceipt(input);
  if (!receipt || !path)
    throw invalidInput(`the folder ${input} holds no backup with a receipt: give the path of a backup file`);
  return join(dirname(path), receipt.file);
}
