import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** What was seen below a folder while it was watched. */
export interface Seen {
  /** Names of files with plaintext, wherever they were. */
  plaintext: Set<string>;
  /** Paths, below the folder, of those that others could read: in no folder of mode 0700. */
  exposed: Set<string>;
}

const EVERY_MS = 25;
/** Larger ones, such as the API server's store, are taken by their folder alone. */
const READ_BYTES = 4 << 20;

/**
 * Looks again and again at all files below a folder.
 * @param isPlaintext whether a file's text holds secrets
 * @returns ends it, after a last look
 */
export function watch(folder: string, isPlaintext: (text: string) => boolean): () => Seen {
  const seen: Seen = { plaintext: new Set(), exposed: new Set() };
  const known = new Set<string>();
  const look = () => {
    for (const { path, isPrivate, bytes, changed } of filesBelow(folder, false)) {
      const version = `${path} ${isPrivate} ${bytes} ${changed}`;
      if (known.has(version)) continue;
      known.add(version);
      if (bytes > READ_BYTES || !isPlaintext(textOf(path))) continue;
      seen.plaintext.add(basename(path));
      if (!isPrivate) seen.exposed.add(relative(folder, path));
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return seen;
  };
}

interface FileBelow {
  path: string;
  isPrivate: boolean;
  bytes: number;
  /** When it was, in milliseconds. */
  changed: number;
}

/** Files come and go meanwhile. */
function* filesBelow(folder: string, isPrivate: boolean): Generator<FileBelow> {
  for (const name of orElse(() => readdirSync(folder), [])) {
    const path = join(folder, name);
    const stat = orElse(() => lstatSync(path), undefined);
    if (stat?.isDirectory()) yield* filesBelow(path, isPrivate || (stat.mode & 0o077) === 0);
    if (stat?.isFile()) yield { path, isPrivate, bytes: stat.size, changed: stat.mtimeMs };
  }
}

const textOf = (path: string) => orElse(() => readFileSync(path, 'utf8'), '');

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** All that lies below a folder: names and contents. */
export function contentsOf(folder: string): [what: string, text: string][] {
  return [...filesBelow(folder, false)].map(({ path }) => [
    relative(folder, path),
    `${relative(folder, path)}\n${readFileSync(path, 'utf8')}`,
  ]);
}
