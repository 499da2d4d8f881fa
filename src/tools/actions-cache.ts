import { createHash } from 'node:crypto';
import { constants, copyFile, lstat, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { unlessStopped } from '../github/stopping.js';
import type { Log } from '../log.js';
import { type BetweenRuns, type Keepable, nothingBetweenRuns } from './between-runs.js';
import { sha256OfFile } from './digest.js';
import { defaultCacheDir, LONGEST_RECORD, makeFolder } from './store.js';

/**
 * The parts of @actions/cache that are used here. What fails in them they tell by themselves, as warnings, and return
 * undefined or -1.
 */
export interface CacheClient {
  isFeatureAvailable(): boolean;
  restoreCache(
    paths: string[],
    primaryKey: string,
    restoreKeys: string[],
    options: { lookupOnly: boolean },
  ): Promise<string | undefined>;
  saveCache(paths: string[], key: string): Promise<number>;
}

export interface ActionsCacheOptions {
  /** The input `cache`. */
  enabled: boolean;
  log: Log;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** The folder of the tool store. Default: see defaultCacheDir(). */
  storeDir?: string;
  /** Default: the runner's own client, loaded here only where it is needed, as it takes long to load. */
  load?: () => Promise<CacheClient>;
  limits?: Partial<Limits>;
}

/** How long the cache service may keep a run waiting, in milliseconds. */
interface Limits {
  /** Whether there is an entry. */
  lookupMs: number;
  /** Fetching one that is there. */
  restoreMs: number;
  /** What is still being saved when the run has ended. */
  flushMs: number;
}

const LIMITS: Limits = { lookupMs: 15_000, restoreMs: 120_000, flushMs: 60_000 };

/** Raised when entries of before can no longer be read. */
const LAYOUT = 1;

const recordSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** An entry of the cache service, and where its two files stand while they are restored or saved. */
interface Slot {
  label: string;
  key: string;
  dir: string;
  file: string;
  record: string;
}

/** `unfit`: there is an entry, but it was of no use. As entries cannot be replaced, none is saved then. */
type Found = 'taken' | 'miss' | 'unfit';

/**
 * Tools kept in the cache of GitHub Actions. Off outside of Actions, and in runs for a tag or a release: what is
 * released must not depend on what another run left behind.
 *
 * What can be relied on. GitHub decides who may write what a run reads: a run reads entries of its own ref, of the base
 * of its pull request and of the default branch; a pull request's run writes for itself alone
 * (https://docs.github.com/en/actions/reference/dependency-caching-reference). Each restored file is hashed
 * and compared. For a release that is the digest pinned or published, which does not come from the cache: such a file
 * is as good as a download. For a build there is no such digest, only the one that was saved with it: that finds
 * damage, not forgery. And the client unpacks an archive with absolute paths, before anything can be hashed. So an
 * entry is trusted as far as those who can write to the cache of its scope are.
 */
export function cacheBetweenRuns(options: ActionsCacheOptions): BetweenRuns {
  const { enabled, env, log } = options;
  if (!enabled || !hasCacheService(env)) return nothingBetweenRuns;
  if (isForRelease(env)) {
    log.info("tools are not taken from GitHub's cache, nor kept there: this run is for a tag or a release");
    return nothingBetweenRuns;
  }
  return new ActionsCache(options);
}

/** A step of an action, with all that the client needs: without RUNNER_TEMP it would write to a folder of its own. */
const hasCacheService = (env: NodeJS.ProcessEnv) =>
  env.GITHUB_ACTIONS === 'true' &&
  Boolean(env.RUNNER_TEMP && env.GITHUB_WORKSPACE) &&
  Boolean(env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL);

const isForRelease = ({ GITHUB_REF, GITHUB_REF_TYPE, GITHUB_EVENT_NAME }: NodeJS.ProcessEnv) =>
  GITHUB_REF_TYPE === 'tag' ||
  GITHUB_EVENT_NAME === 'release' ||
  GITHUB_REF?.startsWith('refs/tags/') === true;

class ActionsCache implements BetweenRuns {
  readonly #options: ActionsCacheOptions;
  readonly #limits: Limits;
  readonly #storeDir: string;
  #client: Promise<CacheClient | undefined> | undefined;
  /** Saves go one after the other, beside the run. */
  #saving: Promise<void> = Promise.resolve();
  /** Folders of slots that are not saved yet. */
  readonly #unsaved = new Set<string>();

  constructor(options: ActionsCacheOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#storeDir = resolve(options.storeDir ?? defaultCacheDir(options.env));
  }

  async through(item: Keepable, to: string, get: () => Promise<void>): Promise<boolean> {
    if (!(await this.#usable())) {
      await get();
      return false;
    }
    const slot = this.#slotOf(item, await item.decidedBy());
    const found = await this.#take(item, slot, to);
    if (found === 'taken') return true;
    await get();
    if (found === 'miss') await this.#leave(item, slot, to);
    return false;
  }

  async flush(): Promise<void> {
    try {
      await this.#within(this.#limits.flushMs, this.#saving);
    } catch (error) {
      if (!this.#options.signal?.aborted) this.#options.log.info(`tools are not kept: ${messageOf(error)}`);
    }
    for (const dir of this.#unsaved) await removed(dir).catch(() => {});
  }

  #usable(): Promise<CacheClient | undefined> {
    this.#client ??= this.#load();
    return this.#client;
  }

  async #load(): Promise<CacheClient | undefined> {
    try {
      const client = await (this.#options.load ?? actionsCacheClient)();
      return client.isFeatureAvailable() ? client : undefined;
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  /** One failure is enough: a service that is down must not be waited for once per tool. */
  #giveUp(error: unknown): undefined {
    this.#options.log.warn(`GitHub's cache is not used any more in this run: ${messageOf(error)}`);
    this.#client = Promise.resolve(undefined);
  }

  /**
   * The client hashes the paths into the version of an entry, and packs the files by their path from the workspace:
   * both must be what they were when the entry was saved.
   */
  #slotOf({ label, entry, origin }: Keepable, decidedBy: string): Slot {
    const dir = join(resolve(entry.dir), 'between-runs');
    const file = join(dir, entry.file);
    const place = relative(this.#storeDir, join(resolve(entry.dir), entry.file)).replaceAll(sep, '-');
    const unpacked = sha256Of(relative(this.#options.env.GITHUB_WORKSPACE ?? '', file)).slice(0, 8);
    const key = `argocd-dr-tools-${LAYOUT}-${origin}-${place}-${unpacked}-${decidedBy}`;
    return { label, key, dir, file, record: `${file}.json` };
  }

  async #take(item: Keepable, slot: Slot, to: string): Promise<Found> {
    try {
      await removed(slot.dir);
      if (!(await this.#isThere(slot))) return 'miss';
      const problem = (await this.#fetch(slot)) ?? (await misfit(slot, item.sha256));
      if (problem === undefined) await rename(slot.file, to);
      await removed(slot.dir);
      return this.#tell(slot, problem);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.#giveUp(error);
      return 'unfit';
    }
  }

  #tell({ label, key }: Slot, problem: string | undefined): Found {
    const { log } = this.#options;
    if (problem === undefined) {
      log.info(`${label}: taken from GitHub's cache, key ${key}`);
      return 'taken';
    }
    log.warn(
      `${label}: what GitHub's cache holds is not used: ${problem}. It was deleted here; delete it there with ` +
        `"gh cache delete ${key}", and find out who wrote it`,
    );
    return 'unfit';
  }

  /** Another key that only begins like this one is none. */
  async #isThere(slot: Slot): Promise<boolean> {
    return (await this.#asked(slot, this.#limits.lookupMs, { lookupOnly: true })) === slot.key;
  }

  async #fetch(slot: Slot): Promise<string | undefined> {
    const matched = await this.#asked(slot, this.#limits.restoreMs, { lookupOnly: false });
    return matched === slot.key ? undefined : 'it could not be fetched';
  }

  async #asked({ file, record, key }: Slot, limitMs: number, options: { lookupOnly: boolean }) {
    const client = await this.#usable();
    return client && this.#within(limitMs, client.restoreCache([file, record], key, [], options));
  }

  /** Puts a file aside, with its record, and has it saved beside the run. What fails is told, no more. */
  async #leave(item: Keepable, slot: Slot, from: string): Promise<void> {
    const { label, dir, file, record, key } = slot;
    const client = await this.#usable();
    if (!client) return;
    try {
      await assertToolFile(from, this.#storeDir);
      const sha256 = await sha256OfFile(from);
      if (item.sha256 !== undefined && sha256 !== item.sha256) return;
      await makeFolder(dir);
      this.#unsaved.add(dir);
      assertPlainPath(file);
      // No second name for the same file: moving the first one while tar reads would be a change to tar.
      await copyFile(from, file, constants.COPYFILE_FICLONE);
      await writeFile(record, `${JSON.stringify({ sha256 })}\n`);
      this.#saving = this.#saving.then(() => this.#save(client, slot));
    } catch (error) {
      this.#options.log.warn(`${label}: not kept in GitHub's cache, key ${key}: ${messageOf(error)}`);
    }
  }

  async #save(client: CacheClient, { label, key, dir, file, record }: Slot): Promise<void> {
    const { log, signal } = this.#options;
    try {
      if (signal?.aborted) return;
      const id = await client.saveCache([file, record], key);
      if (id >= 0) log.info(`${label}: kept in GitHub's cache for later runs, key ${key}`);
      await removed(dir);
      this.#unsaved.delete(dir);
    } catch (error) {
      log.warn(`${label}: not kept in GitHub's cache, key ${key}: ${messageOf(error)}`);
    }
  }

  /** Waits for work that cannot be stopped, until the run is, or for so long. */
  async #within<T>(limitMs: number, work: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await unlessStopped(work, signal ? AbortSignal.any([signal, limit]) : limit);
    } catch (error) {
      signal?.throwIfAborted();
      throw limit.aborted ? new Error(`no end after ${limitMs / 1000} s`) : error;
    }
  }
}

const actionsCacheClient = (): Promise<CacheClient> => import('@actions/cache');

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

const removed = (dir: string) => rm(dir, { recursive: true, force: true, maxRetries: 3 });

/** What is wrong with restored files, if anything. */
async function misfit({ file, record }: Slot, known: string | undefined): Promise<string | undefined> {
  if (!(await isPlainFile(file))) return 'it does not hold the file';
  const expected = known ?? (await recorded(record));
  if (expected === undefined) return 'it holds no record of its SHA-256';
  const actual = await sha256OfFile(file);
  return actual === expected ? undefined : `its SHA-256 is ${actual}, expected ${expected}`;
}

async function recorded(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size > LONGEST_RECORD) return undefined;
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8'))).sha256;
  } catch {
    return undefined;
  }
}

/** A file itself: a link could point anywhere. */
const isPlainFile = (path: string) =>
  lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/** Nothing but files of the tool store is ever saved: no backup, no report, nothing of the user's. */
async function assertToolFile(path: string, storeDir: string): Promise<void> {
  if (!(await isPlainFile(path))) throw new Error(`${path} is no file`);
  const inside = relative(await realpath(storeDir), await realpath(path));
  if (inside === '' || isAbsolute(inside) || inside.split(sep)[0] === '..')
    throw new Error(`${path} is not in the tool store ${storeDir}`);
}

/** The client takes paths for patterns, one a line. */
function assertPlainPath(path: string): void {
  if (/[*?[\]\\\r\n]/.test(path))
    throw new Error(`${path} has characters that mean something in a pattern; set ARGOCD_DR_CACHE`);
}
