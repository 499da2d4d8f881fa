import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { invalidInput } from '../errors.js';

/** What manifests may have in sum; Argo CD's own have a tenth of it. Their parser needs seconds for so much. */
export const MANIFEST_LIMIT = 16 * 1024 * 1024;

export const MANIFEST_LIMIT_TEXT = `${MANIFEST_LIMIT / 1024 / 1024} MiB`;

/** What no name of a file is printed with: it could be a line of its own, or a command to a runner. */
export const ODD_NAME = /[\p{C}\u2028\u2029]|##\[|::/u;

/** A path that may be read: what it leads to, without links. */
export interface Confined {
  /** As the user or a kustomization named it, for messages. */
  path: string;
  real: string;
}

/** Where what somebody else wrote may lead. */
export interface Bounds {
  /** Without links. */
  folder: string;
  /** The same folder as it was named, where `..` may lead out of it, as it stands there to be seen; a link never may. */
  open?: string;
}

/**
 * The bounds of a path: the repository that it stands in, else the working folder if that holds it, else the path's own
 * folder, out of which only `..` leads. A link is not followed in search of a repository: whoever can write into one
 * could otherwise make any folder the limit.
 */
export function boundsOf(path: string): Bounds {
  const full = resolve(path);
  let found = isWithin(full, process.cwd()) ? process.cwd() : undefined;
  let inRepository = false;
  for (const folder of foldersTo(full)) {
    const is = lstatSync(folder, { throwIfNoEntry: false });
    if (!is || (inRepository && !is.isDirectory())) break;
    if (is.isFile() || !existsSync(join(folder, '.git'))) continue;
    [found, inRepository] = [folder, true];
  }
  if (found !== undefined) return { folder: realpathSync(found) };
  const own = statSync(full, { throwIfNoEntry: false })?.isDirectory() ? full : dirname(full);
  return { folder: realpathSync(own), open: own };
}

/** `/`, `/a`, `/a/b` of `/a/b`. */
function foldersTo(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [...foldersTo(above), path];
}

/** Whether a path is a folder or in it; both without links. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

/**
 * Follows a path to what is meant.
 * @param what how messages name it, such as `manifests a.yaml`
 * @throws DrError (invalid input) where it leads out of the folder by a link or `..`, or into Git's own data: its
 *   configuration may hold a token
 */
export function confine(path: string, { folder, open }: Bounds, what: string): Confined {
  const real = realOf(path, what);
  const isMeant = open !== undefined && relative(folder, real) === relative(open, resolve(path));
  if (!isWithin(real, folder) && !isMeant)
    throw invalidInput(
      `${what} leads out of ${folder}, by a link or "..": put what it leads to there, or give its own path`,
    );
  if (relative(folder, real).split(sep).includes('.git'))
    throw invalidInput(`${what} is Git's own data, which may hold a token: give manifests`);
  return { path, real };
}

function realOf(path: string, what: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw invalidInput(`${what} cannot be read: check the path and its permissions`, error);
  }
}

/**
 * Reads a file without ever waiting: a FIFO, a device or a socket is no file, and what is too large is not read.
 * @throws DrError (invalid input) that says so
 */
export function readConfined({ real }: Confined, what: string, limit = MANIFEST_LIMIT): Buffer {
  const file = openNow(real, what);
  try {
    const { size } = fstatSync(file);
    if (!fstatSync(file).isFile()) throw invalidInput(`${what} is not a regular file: give one`);
    const content = size > limit ? undefined : readUpTo(file, limit);
    if (content) return content;
    throw invalidInput(`${what} has more than ${limit / 1024 / 1024} MiB: give only what belongs to Argo CD`);
  } finally {
    closeSync(file);
  }
}

function openNow(path: string, what: string): number {
  try {
    // To open a FIFO without O_NONBLOCK is to wait for who writes to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    throw invalidInput(`${what} cannot be read: give a regular file that this user may read`, error);
  }
}

/** undefined: there is more. The size that is told does not count: that of a file in /proc is 0. */
function readUpTo(file: number, limit: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(1 << 16);
    const count = readSync(file, chunk);
    if (count === 0) return Buffer.concat(chunks);
    size += count;
    if (size > limit) return undefined;
    chunks.push(chunk.subarray(0, count));
  }
}

/** The text of a file of YAML. @throws DrError (invalid input) where it is no UTF-8: others read it otherwise */
export function textOf(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidInput(`${what} is not UTF-8: save it as such`);
  }
}
