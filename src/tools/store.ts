import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { infraError } from '../errors.js';
import { sha256OfMember } from './archive.js';
import { sha256OfFile } from './digest.js';

/** How a file gets into the cache, in the order they are tried. */
export const ORIGINS = ['release', 'go'] as const;
export type Origin = (typeof ORIGINS)[number];

/** A place in the cache: one file, its record beside it, and a folder for what is not finished. */
export interface Entry {
  dir: string;
  file: string;
  mode: number;
  /** What is known of the file beforehand; it decides, whatever the record says. */
  pinned?: Pinned | undefined;
}

/** The digest of the file, or of the archive it is a member of; the archive is then kept beside it, to compare. */
export interface Pinned {
  sha256: string;
  member?: string | undefined;
}

export interface Stored {
  path: string;
  sha256: string;
}

/** Why the cache could not serve an entry; `damaged` where what is there must go. */
export interface Miss {
  reason: string;
  damaged: boolean;
}

/** A record is a line of a hundred characters. */
export const LONGEST_RECORD = 1000;

const recordSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.enum(ORIGINS),
});

/** $ARGOCD_DR_CACHE, else a folder in the runner's tool cache, else one in the user's cache folder (XDG). */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  if (env.ARGOCD_DR_CACHE) return env.ARGOCD_DR_CACHE;
  if (env.RUNNER_TOOL_CACHE) return join(env.RUNNER_TOOL_CACHE, 'argocd-dr');
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'argocd-dr');
}

/** Where unfinished files of an entry go; only the holder of the entry's lock may use it. */
export const workDir = (entry: Entry) => join(entry.dir, 'tmp');

/** Where an archive stands from which a file was taken, unfinished or in the cache. */
export const archiveOf = (path: string) => `${path}.archive`;

/**
 * Refuses a cache that anybody but this user and root can write to: a record is no proof against those who write it. The
 * cache itself may be reached by a link, nothing in it. What is not there yet is made by mkdir().
 * @throws DrError (infrastructure)
 */
export async function assertOwn(cacheDir: string, dir: string): Promise<void> {
  const below = relative(cacheDir, dir).split(sep);
  for (const [depth] of ['', ...below].entries()) {
    const folder = join(cacheDir, ...below.slice(0, depth));
    const stats = await (depth === 0 ? stat(folder) : lstat(folder)).catch(() => undefined);
    if (stats === undefined) return;
    const problem = stats.isDirectory() ? foreign(stats) : 'is a link or a file in the place of a folder';
    if (problem)
      throw infraError(
        `the cache of tools is not used: ${folder} ${problem}, so the programs in it may be of somebody else; delete it, or set ARGOCD_DR_CACHE to a folder that only this user can write to`,
      );
  }
}

/** Why others than this user and root decide what stands there. */
function foreign({ uid, mode }: Stats): string | undefined {
  const self = process.getuid?.() ?? uid;
  if (uid !== self && uid !== 0) return `belongs to user ${uid}, not to ${self}`;
  return mode & 0o022 ? `can be written by others (mode ${(mode & 0o777).toString(8)})` : undefined;
}

/** Makes the folder of an entry, for others to read and not to write. */
export const makeFolder = (dir: string) => mkdir(dir, { recursive: true, mode: 0o755 });

/** Looks an entry up and hashes it again. Changes nothing, so it needs no lock. */
export async function lookUp(entry: Entry, origins: readonly Origin[]): Promise<Stored | Miss> {
  const path = join(entry.dir, entry.file);
  const text = await readOwn(recordPath(entry));
  if (text === undefined) return { reason: `${path} is not there`, damaged: false };
  const record = recordSchema.safeParse(parsed(text));
  if (!record.success) return { reason: `${recordPath(entry)} is not a record of this cache`, damaged: true };
  if (!origins.includes(record.data.source))
    return { reason: `${path} came by the route "${record.data.source}"`, damaged: false };
  const actual = await sha256OfOwn(path);
  if (actual !== record.data.sha256)
    return { reason: `${path}: SHA-256 is ${actual}, recorded ${record.data.sha256}`, damaged: true };
  const problem = await offPin(entry, actual);
  if (problem === undefined) return { path, sha256: actual };
  // One that was built may be in use by another run: it is replaced in one step, and not deleted first.
  return { reason: `${path}: ${problem}`, damaged: record.data.source !== 'go' };
}

/** How a stored file differs from what is known beforehand, if it does. */
async function offPin({ dir, file, pinned }: Entry, actual: string): Promise<string | undefined> {
  if (pinned === undefined) return undefined;
  if (pinned.member === undefined)
    return actual === pinned.sha256 ? undefined : `SHA-256 is ${actual}, pinned ${pinned.sha256}`;
  const archive = archiveOf(join(dir, file));
  const found = await sha256OfOwn(archive);
  if (found !== pinned.sha256) return `its archive has SHA-256 ${found}, pinned ${pinned.sha256}`;
  const inside = await sha256OfMember(archive, pinned.member).catch(() => 'unreadable');
  return actual === inside ? undefined : `SHA-256 is ${actual}, in its pinned archive ${inside}`;
}

const isOwnFile = (path: string) =>
  lstat(path).then(
    (stats) => stats.isFile() && foreign(stats) === undefined,
    () => false,
  );

const sha256OfOwn = async (path: string) =>
  (await isOwnFile(path)) ? sha256OfFile(path).catch(() => 'unreadable') : 'not that of a file of this user';

/** The text of a record; undefined where there is none, `` where it is none of this user's. */
async function readOwn(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const fits = stats.size <= LONGEST_RECORD && (await isOwnFile(path));
  return fits ? readFile(path, 'utf8').catch(() => undefined) : '';
}

/** Takes an entry out of the cache. Needs the entry's lock. */
export async function discard(entry: Entry): Promise<void> {
  await rm(recordPath(entry), { force: true, recursive: true });
  const path = join(entry.dir, entry.file);
  for (const file of [path, archiveOf(path)]) await rm(file, { force: true, recursive: true });
}

/** Moves a finished file into the cache. Needs the entry's lock. */
export async function store(entry: Entry, from: string, origin: Origin): Promise<Stored> {
  const path = join(entry.dir, entry.file);
  await chmod(from, entry.mode);
  const sha256 = await sha256OfFile(from);
  const record = join(workDir(entry), 'record.json');
  await writeFile(record, `${JSON.stringify({ sha256, source: origin })}\n`, { mode: 0o644 });
  // Between the renames the old record is gone, so that it never speaks for the new file.
  await rm(recordPath(entry), { force: true, recursive: true });
  if (entry.pinned?.member && origin === 'release') await rename(archiveOf(from), archiveOf(path));
  await rename(from, path);
  await rename(record, recordPath(entry));
  return { path, sha256 };
}

/** Runs with an empty work folder in the entry, which is removed afterwards. Needs the entry's lock. */
export async function inWorkDir<T>(entry: Entry, run: (dir: string) => Promise<T>): Promise<T> {
  const dir = workDir(entry);
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  await remove();
  await makeFolder(dir);
  try {
    return await run(dir);
  } finally {
    await remove();
  }
}

const recordPath = (entry: Entry) => join(entry.dir, `${entry.file}.json`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
