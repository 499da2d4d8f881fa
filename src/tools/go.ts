import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { infraError } from '../errors.js';
import { type Exec, type ExecResult, tail } from '../exec.js';
import type { Log } from '../log.js';
import { VERSION } from '../version.js';
import { sha256OfFile } from './digest.js';
import {
  argocdModule,
  FIXED_GO_ENV,
  type GoBuild,
  generatedGoMod,
  goBuild,
  goEnv,
  parseGoMod,
  toolsFile,
} from './gomodule.js';
import type { Platform } from './platform.js';
import type { ToolName } from './tools.js';

/** What the Go toolchain needs of the outside. */
export interface GoHost {
  exec: Exec;
  env: NodeJS.ProcessEnv;
  platform: Platform;
  log: Log;
  signal: AbortSignal | undefined;
}

const PROGRESS_EVERY_MS = 15_000;

const downloadSchema = z.object({ Dir: z.string().optional(), Error: z.string().optional() });

/**
 * What decides the bytes of a build besides its modules: which toolchain there is, which one it may switch to, how it
 * makes code; and who vouches for the modules. https://pkg.go.dev/cmd/go#hdr-Environment_variables
 */
const DECIDING = [
  'GOVERSION',
  'GOTOOLCHAIN',
  'GOAMD64',
  'GOARM64',
  'GOEXPERIMENT',
  'GOFIPS140',
  'GOSUMDB',
  'GONOSUMDB',
] as const;

const settingsSchema = z.partialRecord(z.enum(DECIDING), z.string());

/**
 * What decides the bytes that buildFromGo() writes, as a SHA-256. A module's version stands for its content: the Go
 * checksum database lets a version have one content only, and the settings that go without it are part of this.
 * @throws Error where there is no Go, or the version cannot be built this way
 */
export async function buildRecipe(name: ToolName, version: string, host: GoHost): Promise<string> {
  const build = goBuild(name, version);
  return recipe({ build, version, flags: buildFlags(build) }, host);
}

/** The same of manifestFromGo(). */
export async function manifestRecipe(version: string, file: string, host: GoHost): Promise<string> {
  return recipe({ module: argocdModule(version), version, file }, host);
}

/** The version of this program stands for all that it does by itself, such as the go.mod it writes. */
async function recipe(what: object, host: GoHost): Promise<string> {
  const settings = settingsSchema.parse(JSON.parse(await go(['env', '-json', ...DECIDING], '/', host)));
  // The rest of GOSUMDB is an address, in which a password may stand.
  const decided = { ...settings, GOSUMDB: settings.GOSUMDB?.split(' ')[0] };
  const all = [
    VERSION,
    what,
    host.platform,
    FIXED_GO_ENV,
    ...DECIDING.map((setting) => decided[setting] ?? ''),
  ];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/**
 * Builds a tool from its Go module, as the Go checksum database knows it.
 * @param dir the folder to make for the generated module
 * @param to the program to write
 * @throws Error where there is no Go, the version cannot be built this way, or the build fails
 */
export async function buildFromGo(
  name: ToolName,
  version: string,
  dir: string,
  to: string,
  host: GoHost,
): Promise<void> {
  const build = goBuild(name, version);
  const what = `building ${name} ${version} from Go modules`;
  await ticking(what, host.log, async () => {
    const source = await moduleDir(build.module, version, host);
    host.log.info(`${what}: this takes minutes the first time; the result is kept`);
    await mkdir(dir);
    const upstream = parseGoMod(await go(['mod', 'edit', '-json', join(source, 'go.mod')], dir, host));
    await writeFile(join(dir, 'go.mod'), generatedGoMod(name, build.module, version, upstream));
    await writeFile(join(dir, 'tools.go'), toolsFile(build.package));
    await go(['mod', 'tidy'], dir, host);
    await go(['build', ...buildFlags(build), '-o', to, build.package], dir, host);
  });
}

/**
 * Copies a manifest out of Argo CD's Go module.
 * @param file `install.yaml` or `ha/install.yaml`
 * @param pinned the digest known beforehand, if there is one
 * @throws Error where the module cannot be had; DrError (infrastructure) where the file is not the pinned one
 */
export async function manifestFromGo(
  version: string,
  file: string,
  pinned: string | undefined,
  to: string,
  host: GoHost,
): Promise<void> {
  const source = join(await moduleDir(argocdModule(version), version, host), 'manifests', file);
  const actual = await sha256OfFile(source);
  if (pinned && actual !== pinned)
    throw infraError(
      `${source} has SHA-256 ${actual}, expected ${pinned} (pinned); run "go clean -modcache"`,
    );
  await copyFile(source, to);
  // The module cache is read-only, and so is a copy from it.
  await chmod(to, 0o600);
}

const buildFlags = ({ ldflags }: GoBuild) => ['-trimpath', '-ldflags', `-s -w ${ldflags}`];

/** The folder of a module in Go's module cache, fetched if need be. */
async function moduleDir(module: string, version: string, host: GoHost): Promise<string> {
  // Outside of every module, so that no other go.mod has a say.
  const result = await run(['mod', 'download', '-json', `${module}@v${version}`], '/', host);
  const answer = result.stdout ? downloadSchema.parse(JSON.parse(result.stdout)) : {};
  if (result.code === 0 && answer.Dir) return answer.Dir;
  throw new Error(`${module}@v${version}: ${answer.Error ?? tail(result.stderr)}`);
}

async function go(args: readonly string[], cwd: string, host: GoHost): Promise<string> {
  const result = await run(args, cwd, host);
  if (result.code === 0) return result.stdout;
  throw new Error(`go ${args.slice(0, 2).join(' ')} ended with ${result.code}: ${tail(result.stderr, 10)}`);
}

async function run(args: readonly string[], cwd: string, host: GoHost): Promise<ExecResult> {
  const { exec, env, platform, signal } = host;
  try {
    return await exec('go', args, { cwd, env: goEnv(env, platform), ...(signal && { signal }) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('there is no Go toolchain on PATH', { cause: error });
  }
}

/** Tells every now and then that something slow is still under way. */
async function ticking<T>(what: string, log: Log, slow: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const tell = () => log.progress(`${what}: ${Math.round((performance.now() - start) / 1000)} s so far`);
  const timer = setInterval(tell, PROGRESS_EVERY_MS);
  try {
    return await slow();
  } finally {
    clearInterval(timer);
  }
}
