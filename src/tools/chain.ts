import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, DrError, infraError, messageOf } from '../errors.js';
import type { Exec } from '../exec.js';
import type { Log } from '../log.js';
import { proxiedFetch } from '../proxied-fetch.js';
import type { ToolUse } from '../report/report.js';
import { type BetweenRuns, nothingBetweenRuns } from './between-runs.js';
import type { Net } from './download.js';
import { buildFromGo, buildRecipe, type GoHost, manifestFromGo, manifestRecipe } from './go.js';
import { canBuild } from './gomodule.js';
import { withLock } from './lock.js';
import { fromPath } from './path.js';
import { PINS, type Pins, pinnedManifest, pinnedRelease } from './pins.js';
import { assertPlatform } from './platform.js';
import {
  type ByDigest,
  fromRelease,
  manifestAsset,
  RELEASE_BASES,
  type ReleaseBases,
  releaseAsset,
} from './release.js';
import {
  assertOwn,
  defaultCacheDir,
  discard,
  type Entry,
  inWorkDir,
  lookUp,
  type Miss,
  makeFolder,
  ORIGINS,
  type Origin,
  type Pinned,
  store,
} from './store.js';
import type { Tool, ToolName, Tools } from './tools.js';
import { assertRelease } from './versions.js';

/** The input `tool-source`: all routes, or one alone (`release` and `go` with what they left in the cache). */
export const TOOL_SOURCES = ['auto', 'path', 'release', 'go'] as const;
export type ToolSource = (typeof TOOL_SOURCES)[number];

export interface ToolsOptions {
  source: ToolSource;
  exec: Exec;
  log: Log;
  /** Default: see defaultCacheDir(). */
  cacheDir?: string;
  /** PATH, KUBEBUILDER_ASSETS and Go's settings are read here. Default: this process' environment. */
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Programs the user points at; for those nothing else is tried. */
  paths?: { [name in ToolName]?: string };
  fetch?: typeof fetch;
  releases?: Partial<ReleaseBases>;
  pins?: Pins;
  /** Where files of earlier runs may be had, and are left for later ones. Default: nowhere. */
  betweenRuns?: BetweenRuns;
  /** Waits between the attempts of a download, in milliseconds. */
  sleep?: (ms: number) => Promise<void>;
}

type Route = 'path' | 'cache' | Origin;

/** Something to get into the cache, and how. */
interface Wanted {
  /** Such as `etcd 3.6.8`. */
  label: string;
  entry: Entry;
  /**
   * Each writes a checked file to the path it is given, and may use the folder for its own files; and tells whether an
   * earlier run left the file.
   */
  fetch: Record<Origin, (to: string, dir: string) => Promise<boolean>>;
  /** What a user can do where every route failed. */
  wayOut: string;
}

interface Obtained {
  path: string;
  sha256: string;
  source: 'cache' | Origin;
}

/** Settled options. */
interface Setting {
  source: ToolSource;
  cacheDir: string;
  paths: NonNullable<ToolsOptions['paths']>;
  releases: ReleaseBases;
  pins: Pins;
  betweenRuns: BetweenRuns;
  net: Net;
  go: GoHost;
  log: Log;
  signal: AbortSignal | undefined;
}

/**
 * The tools of this machine: found on it, else in the cache, else from the official release, else built from
 * Go modules; what an earlier run left behind stands in for a download or a build. Each try is logged in a line.
 * What is asked for twice is got once.
 * Rejections are DrError (infrastructure) that lists every route that failed, or (invalid input) for a given
 * path or a version that is none.
 * @throws DrError (infrastructure) on an unsupported platform
 */
export function createTools(options: ToolsOptions): Tools {
  const setting = settle(options);
  const used = new Map<string, ToolUse>();
  const keep = <T extends ToolUse>(key: string, tool: T): T => {
    const { name, version, source, sha256 } = tool;
    used.set(key, { name, version, source, sha256 });
    return tool;
  };
  const tool = once((name: ToolName, version: string) => getTool(name, version, setting), setting);
  const manifest = once((version: string, file: string) => getManifest(version, file, setting), setting);
  return {
    get: async (name, version) => keep(`${name} ${version}`, await tool(name, version)),
    manifests: async (version, { ha }) => {
      const file = ha ? 'ha/install.yaml' : 'install.yaml';
      return keep(`${file} ${version}`, await manifest(version, file)).path;
    },
    used: () => [...used.values()],
  };
}

function settle(options: ToolsOptions): Setting {
  const { source, exec, log, signal, env = process.env } = options;
  const sleep = (ms: number) => delay(ms, undefined, signal ? { signal } : {});
  return {
    source,
    cacheDir: options.cacheDir ?? defaultCacheDir(env),
    paths: options.paths ?? {},
    releases: { ...RELEASE_BASES, ...options.releases },
    pins: options.pins ?? PINS,
    betweenRuns: options.betweenRuns ?? nothingBetweenRuns,
    net: { fetch: options.fetch ?? proxiedFetch, log, signal, sleep: options.sleep ?? sleep },
    go: { exec, env, platform: assertPlatform(), log, signal },
    log,
    signal,
  };
}

/** Remembers what an asynchronous function gave for its arguments, unless it failed. */
function once<A extends string[], T>(get: (...args: A) => Promise<T>, { signal }: Setting) {
  const pending = new Map<string, Promise<T>>();
  return async (...args: A): Promise<T> => {
    const key = args.join(' ');
    const result = pending.get(key) ?? get(...args);
    pending.set(key, result);
    try {
      return await result;
    } catch (error) {
      pending.delete(key);
      throw signal?.aborted ? cancelled() : error;
    }
  };
}

async function getTool(name: ToolName, version: string, setting: Setting): Promise<Tool> {
  assertRelease(version);
  const label = `${name} ${version}`;
  const explicit = setting.paths[name];
  const tries: string[] = [];
  if (explicit || allowed(setting, 'path')) {
    const { exec, env, signal } = setting.go;
    const search = { name, version, explicit, env, exec, signal };
    const found = await attempt(label, 'path', tries, setting, () => fromPath(search));
    if (found) {
      setting.log.info(`${label}: path: ${found.path}, version ${found.version}`);
      return found;
    }
  }
  return { name, version, ...(await obtain(wantedTool(name, version, setting), tries, setting)) };
}

async function getManifest(version: string, file: string, setting: Setting) {
  assertRelease(version);
  const obtained = await obtain(wantedManifest(version, file, setting), [], setting);
  return { name: `argocd manifests/${file}`, version, ...obtained };
}

/**
 * What is pinned of a tool's release. What was built has other bytes, which nobody knows beforehand: where a release is
 * pinned, only a run that asks for builds alone takes one that an earlier run left.
 */
function pinnedTool(name: ToolName, version: string, { pins, go, releases }: Setting): Pinned | undefined {
  const sha256 = pinnedRelease(pins, name, version, go.platform);
  if (sha256 === undefined) return undefined;
  return { sha256, member: releaseAsset(name, version, go.platform, releases).member };
}

function wantedTool(name: ToolName, version: string, setting: Setting): Wanted {
  const { net, go, releases, cacheDir } = setting;
  const { platform } = go;
  const dir = join(cacheDir, name, version, `${platform.os}-${platform.arch}`);
  const pinned = setting.source === 'go' ? undefined : pinnedTool(name, version, setting);
  const what = { label: `${name} ${version}`, entry: { dir, file: name, mode: 0o755, pinned } };
  return {
    ...what,
    fetch: {
      release: async (to) => {
        const asset = releaseAsset(name, version, platform, releases);
        return fromRelease(asset, pinned?.sha256, to, net, byDigest(what, setting));
      },
      go: (to, work) => {
        const build = () => inTurn(() => buildFromGo(name, version, join(work, 'module'), to, go));
        const item = { ...what, origin: 'go', decidedBy: () => buildRecipe(name, version, go) } as const;
        return (pinned ? nothingBetweenRuns : setting.betweenRuns).through(item, to, build);
      },
    },
    wayOut: toolWayOut(name, version),
  };
}

function wantedManifest(version: string, file: string, setting: Setting): Wanted {
  const { net, go, releases, pins, cacheDir } = setting;
  const pinned = pinnedManifest(pins, version, file);
  const dir = join(cacheDir, 'argocd-manifests', version, dirname(file));
  const what = {
    label: `Argo CD ${version} manifests/${file}`,
    entry: { dir, file: basename(file), mode: 0o644, pinned: pinned ? { sha256: pinned } : undefined },
  };
  return {
    ...what,
    fetch: {
      release: (to) =>
        fromRelease(manifestAsset(version, file, releases), pinned, to, net, byDigest(what, setting)),
      go: (to) => {
        const decidedBy = () => pinned ?? manifestRecipe(version, file, go);
        const item = { ...what, origin: 'go', decidedBy, ...(pinned && { sha256: pinned }) } as const;
        return setting.betweenRuns.through(item, to, () => manifestFromGo(version, file, pinned, to, go));
      },
    },
    wayOut: `give the manifests of Argo CD ${version} as an input, or reach a Go module proxy (GOPROXY) with Go on PATH`,
  };
}

/** A file of a release that an earlier run left. */
const byDigest =
  (what: Pick<Wanted, 'label' | 'entry'>, { betweenRuns }: Setting): ByDigest =>
  (sha256, to, get) =>
    betweenRuns.through({ ...what, origin: 'release', decidedBy: () => sha256, sha256 }, to, get);

function toolWayOut(name: ToolName, version: string): string {
  const here = `put ${name} ${version} on PATH`;
  const release = 'let this machine reach its official release';
  const go = 'install Go and let it reach a module proxy (GOPROXY)';
  return canBuild(name, version) ? `${here}, or ${release}, or ${go}` : `${here}, or ${release}`;
}

/** The cache, else the first route that works. One process at a time gets an entry; the others wait. */
async function obtain(wanted: Wanted, tries: string[], setting: Setting): Promise<Obtained> {
  const { label, entry } = wanted;
  const { log, signal } = setting;
  const origins = ORIGINS.filter((origin) => allowed(setting, origin));
  if (origins.length === 0) throw unobtainable(wanted, tries, setting);
  const served = async (): Promise<Obtained | Miss> => {
    const found = await lookUp(entry, origins);
    if ('reason' in found) return found;
    log.info(`${label}: cache: ${found.path}`);
    return { path: found.path, sha256: found.sha256, source: 'cache' };
  };
  await assertOwn(setting.cacheDir, entry.dir);
  const cached = await served();
  if ('path' in cached) return cached;
  await makeFolder(entry.dir).catch((error) => {
    throw infraError(`${label}: the cache cannot be written; set ARGOCD_DR_CACHE to another folder`, error);
  });
  return withLock(entry.dir, label, { log, signal }, async () => {
    const now = await served();
    if ('path' in now) return now;
    if (now.damaged) await discard(entry);
    note(label, 'cache', now.damaged ? `${now.reason}; deleted` : now.reason, tries, log);
    return fetchInto(wanted, origins, tries, setting);
  });
}

async function fetchInto(
  wanted: Wanted,
  origins: readonly Origin[],
  tries: string[],
  setting: Setting,
): Promise<Obtained> {
  const { label, entry } = wanted;
  for (const origin of origins) {
    const get = async (dir: string): Promise<Obtained> => {
      const to = join(dir, entry.file);
      const wasKept = await wanted.fetch[origin](to, dir);
      return { ...(await store(entry, to, origin)), source: wasKept ? 'cache' : origin };
    };
    const obtained = await attempt(label, origin, tries, setting, () => inWorkDir(entry, get));
    if (!obtained) continue;
    setting.log.info(`${label}: ${obtained.source}: ${obtained.path}, SHA-256 ${obtained.sha256}`);
    return obtained;
  }
  throw unobtainable(wanted, tries, setting);
}

/** Runs one route. An ordinary error is noted and the chain goes on; a DrError or a cancelled run ends it. */
async function attempt<T>(
  label: string,
  route: Route,
  tries: string[],
  { log, signal }: Setting,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DrError || signal?.aborted) throw error;
    note(label, route, messageOf(error), tries, log);
    return undefined;
  }
}

function note(label: string, route: Route, reason: string, tries: string[], log: Log): void {
  tries.push(`${route}: ${reason}`);
  log.info(`${label}: ${route}: ${reason}`);
}

function unobtainable({ label, wayOut }: Wanted, tries: string[], { source }: Setting): DrError {
  const narrowed = source === 'auto' ? '' : `set tool-source to auto (now ${source}), or `;
  const list = tries.map((line) => `\n  - ${line}`).join('');
  return infraError(`${label} could not be had:${list}\nThe routes that remain: ${narrowed}${wayOut}`);
}

const allowed = ({ source }: Setting, route: 'path' | Origin) => source === 'auto' || source === route;

let lastBuild: Promise<void> = Promise.resolve();

/** Runs one build after the other: each of them uses all cores. */
function inTurn(build: () => Promise<void>): Promise<void> {
  const turn = lastBuild.then(build);
  lastBuild = turn.catch(() => {});
  return turn;
}
