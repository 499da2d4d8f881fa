import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile } from './digest.js';

/** How a file gets into the cache, in the order they are tried. */
export const ORIGINS = ['release', 'go'] as const;
export type Origin = (typeof ORIGINS)[number];

/** A place in the cache: one file, its record beside it, and a folder for what is not finished. */
export interface Entry {
  dir: string;
  file: string;
  mode: number;
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

/** Looks an entry up and hashes it again. Changes nothing, so it needs no lock. */
export async function lookUp(entry: Entry, origins: readonly Origin[]): Promise<Stored | Miss> {
  const path = join(entry.dir, entry.file);
  const text = await readFile(recordPath(entry), 'utf8').catch(() => undefined);
  if (text === undefined) return { reason: `${path} is not there`, damaged: false };
  const record = recordSchema.safeParse(parsed(text));
  if (!record.success) return { reason: `${recordPath(entry)} is not a record of this cache`, damaged: true };
  if (!origins.includes(record.data.source))
    return { reason: `${path} came by the route "${record.data.source}"`, damaged: false };
  const actual = await sha256OfFile(path).catch(() => 'unreadable');
  if (actual !== record.data.sha256)
    return { reason: `${path}: SHA-256 is ${actual}, recorded ${record.data.sha256}`, damaged: true };
  return { path, sha256: actual };
}

/** Takes an entry out of the cache. Needs the entry's lock. */
export async function discard(entry: Entry): Promise<void> {
  await rm(recordPath(entry), { force: true });
  await rm(join(entry.dir, entry.file), { force: true });
}

/** Moves a finished file into the cache. Needs the entry's lock. */
export async function store(entry: Entry, from: string, origin: Origin): Promise<Stored> {
  const path = join(entry.dir, entry.file);
  await chmod(from, entry.mode);
  const sha256 = await sha256OfFile(from);
  const record = join(workDir(entry), 'record.json');
  await writeFile(record, `${JSON.stringify({ sha256, source: origin })}\n`);
  // Between the two renames the old record is gone, so that it never speaks for the new file.
  await discard(entry);
  await rename(from, path);
  await rename(record, recordPath(entry));
  return { path, sha256 };
}

/** Runs with an empty work folder in the entry, which is removed afterwards. Needs the entry's lock. */
export async function inWorkDir<T>(entry: Entry, run: (dir: string) => Promise<T>): Promise<T> {
  const dir = workDir(entry);
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  await remove();
  await mkdir(dir, { recursive: true });
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
