import { cancelled, DrError, infraError, invalidInput, messageOf } from '../errors.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR']);

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

/**
 * The error to report for a failed write: one sentence that names the folder where the storage is the cause.
 * Anything the storage did not cause comes back as `undefined`.
 */
export function storageError(error: unknown, folder: string, signal?: AbortSignal): DrError | undefined {
  if (signal?.aborted) return cancelled();
  if (error instanceof DrError) return error;
  if (FULL.has(codeOf(error))) {
    return infraError(
      `No room left in ${folder} (${codeOf(error)}): free space or a quota there, or give another folder.`,
      error,
    );
  }
  if (REFUSED.has(codeOf(error)) && messageOf(error).includes(folder)) {
    return invalidInput(
      `${folder} cannot be written to (${codeOf(error)}): give a folder this user can write to.`,
      error,
    );
  }
  return undefined;
}
