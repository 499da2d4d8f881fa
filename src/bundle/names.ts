import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invalidInput, messageOf } from '../errors.js';
import { makeFolders } from '../folders.js';

const SEALED_ENDING = /\.age$/;
const PLAIN_ENDING = /\.(tar\.gz|tgz)$/;
const FILE_ENDING = /\.(age|gz|tgz)$/;
const RECEIPT_ENDING = '.receipt.json';

/** A backup's own name: `argocd-<instance>-<UTC time>.tar.gz`, and `.age` where it is sealed. */
export function backupFileName(instance: string, at: Date, sealed: boolean): string {
  const time = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  const safe = instance.replace(/[^A-Za-z0-9._-]+/g, '-');
  return `argocd-${safe}-${time}.tar.gz${sealed ? '.age' : ''}`;
}

/** The receipt's path beside a backup: the backup's without `.tar.gz`, `.tgz` and `.age`. */
export function receiptPathOf(backup: string): string {
  return backup.replace(/(\.tar\.gz|\.tgz)?(\.age)?$/, RECEIPT_ENDING);
}

/** Whether a file's name is that of a backup; names with a leading dot are files still being written. */
export const isBackupName = (name: string) => /\.(age|tar\.gz|tgz)$/.test(name) && !name.startsWith('.');

/** The time that backupFileName() wrote into a name, in milliseconds; undefined for other names. */
export function timeInName(path: string): number | undefined {
  const parts = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\./.exec(basename(path));
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Whether a file's name is that of a receipt; names with a leading dot are files still being written. */
export const isReceiptName = (name: string) => name.endsWith(RECEIPT_ENDING) && !name.startsWith('.');

export interface TargetOptions {
  /** Names the instance in the file's name, such as Argo CD's namespace. */
  instance: string;
  at: Date;
  sealed: boolean;
}

/**
 * Turns the input `output` into the path of the backup to write, and makes its folder (mode 0700) if missing.
 * An existing folder, a path with a slash at its end, or one without `.age`, `.gz` or `.tgz` is a folder.
 * @throws DrError (invalid input) for an ending that contradicts the encryption, or a folder that cannot be made
 */
export function resolveTarget(output: string, { instance, at, sealed }: TargetOptions): string {
  if (output.trim() === '') throw invalidInput('output is empty: give a folder or a file for the backup.');
  const existing = statSync(output, { throwIfNoEntry: false });
  if (existing && !existing.isDirectory() && !FILE_ENDING.test(basename(output)))
    throw invalidInput(
      `output ${output} exists already and is not a folder: give a folder, or a file name ending in .age.`,
    );
  if (existing?.isDirectory() || output.endsWith('/') || !FILE_ENDING.test(basename(output))) {
    makeFolder(output);
    return join(output, backupFileName(instance, at, sealed));
  }
  checkEnding(output, sealed);
  makeFolder(dirname(output));
  return output;
}

function checkEnding(output: string, sealed: boolean): void {
  if (sealed && !SEALED_ENDING.test(output)) {
    throw invalidInput(
      `output ${output} must end in .age, as the backup is encrypted: name it ${output}.age.`,
    );
  }
  if (!sealed && !PLAIN_ENDING.test(output)) {
    const advice = SEALED_ENDING.test(output) ? ', or set encryption to age' : '';
    throw invalidInput(
      `output ${output} must end in .tar.gz or .tgz, as the encryption is none: change its name${advice}.`,
    );
  }
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700);
  } catch (error) {
    throw invalidInput(
      `The output folder ${folder} cannot be made: ${messageOf(error)}. Give a folder that this user can write to.`,
      error,
    );
  }
}
