import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { extract, type Header, pack } from 'tar-stream';
import { cancelled, EXIT } from '../../src/errors.js';
import {
  type ActionsCacheOptions,
  type CacheClient,
  cacheBetweenRuns,
} from '../../src/tools/actions-cache.js';
import { createTools, type ToolsOptions } from '../../src/tools/chain.js';
import { assertPlatform } from '../../src/tools/platform.js';
import { answer, type GitHubBed, silence } from '../bed/github/server.js';
import { asRunner, github, linesOf } from '../github/bench.js';
import { bench, program, recordingLog, type Server, serve, sha256, tarGz, tempDir, text } from './bench.js';

const { os, arch } = assertPlatform();
const KUBECTL = `/release/v1.34.4/bin/${os}/${arch}/kubectl`;
const HELM = `/helm-v3.19.0-${os}-${arch}.tar.gz`;
const GOOD = '#!/bin/sh\necho good\n';
const EVIL = '#!/bin/sh\necho evil\n';

/** Stands in for the Go toolchain; `version` can be changed. */
const FAKE_GO = `PATH=/usr/bin:/bin
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1 $2" in
  "env -json") echo "{\\"GOVERSION\\": \\"$(cat "$here/version")\\", \\"GOSUMDB\\": \\"sum.example\\"}" ;;
  "mod download") echo "{\\"Dir\\": \\"$here/module\\"}" ;;
  "mod edit") echo '{"Go": "1.24.0", "Replace": null}' ;;
  build*) while [ "$1" != -o ]; do shift; done; printf 'built' > "$2" ;;
esac`;

interface RunOptions {
  tools?: Partial<ToolsOptions>;
  cache?: Partial<ActionsCacheOptions>;
  env?: NodeJS.ProcessEnv;
}

/** A repository on GitHub, and runs of it that have each a machine of their own. */
async function repository() {
  const bed = await github();
  const dir = tempDir();
  const bin = join(dir, 'bin');
  Object.assign(bed.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'schedule',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_WORKSPACE: join(dir, 'work', 'octo-repo'),
    RUNNER_TEMP: join(dir, 'work', '_temp'),
    RUNNER_TOOL_CACHE: join(dir, 'hostedtoolcache'),
  });
  mkdirSync(bed.env.GITHUB_WORKSPACE!, { recursive: true });
  const printed = asRunner(bed);
  const helm = await tarGz([{ name: `${os}-${arch}/helm`, body: GOOD }]);
  const releases = await serve({
    [KUBECTL]: text(GOOD),
    [`${KUBECTL}.sha256`]: text(sha256(GOOD)),
    [HELM]: text(helm),
    [`${HELM}.sha256sum`]: text(sha256(helm)),
  });
  const store = join(dir, 'hostedtoolcache', 'argocd-dr');
  const run = (options: RunOptions = {}) => {
    rmSync(store, { recursive: true, force: true });
    return runOf(options, { env: { ...bed.env, PATH: bin, ...options.env }, store, releases });
  };
  return { bed, bin, dir, store, printed, releases, run, helm };
}

function runOf(
  { tools: over, cache }: RunOptions,
  { env, store, releases }: { env: NodeJS.ProcessEnv; store: string; releases: Server },
) {
  const log = recordingLog();
  const betweenRuns = cacheBetweenRuns({ enabled: true, log, env, ...cache });
  const { settings } = bench({ env, log, cacheDir: store, releases: releases.bases, betweenRuns, ...over });
  return { log, betweenRuns, tools: createTools(settings), said: () => log.lines.join('\n') };
}

async function toEnd(run: ReturnType<typeof runOf>, name: 'kubectl' | 'helm' | 'etcd', version: string) {
  const tool = await run.tools.get(name, version);
  await run.betweenRuns.flush();
  return tool;
}

function withGo(bin: string, version = 'go1.26.8') {
  program(join(bin, 'go'), FAKE_GO);
  writeFileSync(join(bin, 'version'), version);
  mkdirSync(join(bin, 'module'), { recursive: true });
  return () =>
    readFileSync(join(bin, 'calls'), 'utf8')
      .split('\n')
      .filter((call) => call.startsWith('build'));
}

const downloads = ({ requests }: Server, path = KUBECTL) => requests.filter((asked) => asked === path).length;

const saves = (bed: GitHubBed) => linesOf(bed).filter((line) => /CreateCacheEntry|^PUT/.test(line));

function linked(to: string, path: string): string {
  symlinkSync(to, path);
  return path;
}

interface Member {
  header: Header;
  body: Buffer;
}

const isZstd = (archive: Buffer) => archive.readUInt32LE(0) === 0xfd2fb528;

/** What an uploaded archive holds, links and all. */
async function membersOf(archive: Buffer): Promise<Member[]> {
  const tar = isZstd(archive) ? zstdDecompressSync(archive) : gunzipSync(archive);
  const members: Member[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    members.push({ header: entry.header, body: Buffer.concat(chunks) });
  }
  return members;
}

/** Puts other members into the archive of an entry, as somebody could who may write to the cache. */
async function replace(
  bed: GitHubBed,
  change: (member: Member) => { body?: string; linkname?: string } | undefined,
) {
  const { path } = bed.caches[0]!;
  const before = bed.blobs.get(path)!;
  const tar = pack();
  for (const member of await membersOf(before)) {
    const changed = change(member);
    const { name, mode } = member.header;
    if (changed?.linkname) tar.entry({ name, type: 'symlink', linkname: changed.linkname });
    else if (changed) tar.entry({ name, ...(mode && { mode }) }, changed.body ?? member.body);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const whole = Buffer.concat(chunks);
  bed.blobs.set(path, isZstd(before) ? zstdCompressSync(whole) : gzipSync(whole));
}

const isRecord = ({ header }: Member) => header.name.endsWith('.json');

describe('between runs', () => {
  test('a release is downloaded once, saved, and taken by the next run', async () => {
    const { bed, run, releases, store } = await repository();
    const first = await toEnd(run(), 'kubectl', '1.34.4');
    expect(first).toMatchObject({ source: 'release', sha256: sha256(GOOD) });
    expect(bed.caches).toMatchObject([{ finalized: true }]);
    expect(bed.caches[0]!.key).toContain('release-kubectl-1.34.4-');
    expect(bed.caches[0]!.key).toContain(`${os}-${arch}`);
    expect(bed.caches[0]!.key.endsWith(`-${sha256(GOOD)}`)).toBe(true);
    const next = run();
    const second = await toEnd(next, 'kubectl', '1.34.4');
    expect(second).toEqual({ ...first, source: 'cache' });
    expect(downloads(releases)).toBe(1);
    expect(next.tools.used()).toMatchObject([{ name: 'kubectl', source: 'cache', sha256: sha256(GOOD) }]);
    expect(next.said()).toContain(`kubectl 1.34.4: taken from GitHub's cache, key ${bed.caches[0]!.key}`);
    expect(statSync(second.path).mode & 0o777).toBe(0o755);
    expect(readdirSync(dirname(second.path)).sort()).toEqual(['kubectl', 'kubectl.json']);
    expect(bed.caches).toHaveLength(1);
    expect(store).toContain('hostedtoolcache');
  });

  test('of a release that is an archive, the archive is kept, for the digest is of that', async () => {
    const { bed, run, releases, helm } = await repository();
    await toEnd(run(), 'helm', '3.19.0');
    expect(bed.caches[0]!.key).toContain(sha256(helm));
    const { path, source } = await toEnd(run(), 'helm', '3.19.0');
    expect({ content: readFileSync(path, 'utf8'), source }).toEqual({ content: GOOD, source: 'cache' });
    expect(downloads(releases, HELM)).toBe(1);
  });

  test('a pinned digest is in the key, and nothing is asked of the release then', async () => {
    const { bed, run, releases } = await repository();
    const pins = {
      releases: { kubectl: { '1.34.4': { [`${os}-${arch}`]: sha256(GOOD) } } },
      manifests: {},
    };
    await toEnd(run({ tools: { pins } }), 'kubectl', '1.34.4');
    const asked = releases.requests.length;
    await toEnd(run({ tools: { pins } }), 'kubectl', '1.34.4');
    expect(bed.caches[0]!.key).toContain(sha256(GOOD));
    expect(releases.requests).toHaveLength(asked);
  });

  test('a build of what is pinned is neither kept nor taken, but by a run that asks for builds alone', async () => {
    const { bed, run, bin } = await repository();
    const pins = {
      releases: { etcd: { '3.6.8': { [`${os}-${arch}`]: sha256(GOOD) } } },
      manifests: {},
    };
    const builds = withGo(bin);
    await toEnd(run({ tools: { pins, source: 'go' } }), 'etcd', '3.6.8');
    expect(bed.caches).toHaveLength(1);
    expect(await toEnd(run({ tools: { pins } }), 'etcd', '3.6.8')).toMatchObject({ source: 'go' });
    expect(builds()).toHaveLength(2);
    expect(bed.caches).toHaveLength(1);
    const again = await toEnd(run({ tools: { pins, source: 'go' } }), 'etcd', '3.6.8');
    expect(again).toMatchObject({ source: 'cache' });
  });

  test('a build is made once', async () => {
    const { bed, run, bin } = await repository();
    const builds = withGo(bin);
    const built = await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    expect(built).toMatchObject({ source: 'go', sha256: sha256('built') });
    const again = await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    expect(again).toEqual({ ...built, source: 'cache' });
    expect(builds()).toHaveLength(1);
    expect(bed.caches[0]!.key).toMatch(
      new RegExp(`-go-etcd-3.6.8-${os}-${arch}-etcd-[0-9a-f]{8}-[0-9a-f]{64}$`),
    );
    // What is on disk afterwards serves only those who would have built it.
    expect(JSON.parse(readFileSync(`${again.path}.json`, 'utf8'))).toMatchObject({ source: 'go' });
  });

  test('another toolchain, or another workspace, has another key', async () => {
    const { bed, run, bin, dir } = await repository();
    const builds = withGo(bin);
    await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    withGo(bin, 'go1.27.0');
    await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    expect(builds()).toHaveLength(2);
    process.env.GITHUB_WORKSPACE = bed.env.GITHUB_WORKSPACE = join(dir, 'elsewhere', 'deep', 'octo-repo');
    mkdirSync(bed.env.GITHUB_WORKSPACE, { recursive: true });
    await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    expect(builds()).toHaveLength(3);
    expect(new Set(bed.caches.map(({ key }) => key)).size).toBe(3);
  });

  test('pinned manifests come along', async () => {
    const { bed, run, bin } = await repository();
    const pins = { releases: {}, manifests: { '3.1.9': { 'ha/install.yaml': sha256('kind: List\n') } } };
    withGo(bin);
    mkdirSync(join(bin, 'module', 'manifests', 'ha'), { recursive: true });
    writeFileSync(join(bin, 'module', 'manifests', 'ha', 'install.yaml'), 'kind: List\n');
    const first = run({ tools: { pins, source: 'go' } });
    await first.tools.manifests('3.1.9', { ha: true });
    await first.betweenRuns.flush();
    rmSync(join(bin, 'go'));
    const path = await run({ tools: { pins, source: 'go' } }).tools.manifests('3.1.9', { ha: true });
    expect(readFileSync(path, 'utf8')).toBe('kind: List\n');
    expect(bed.caches[0]!.key).toContain(sha256('kind: List\n'));
  });

  test('nothing but the tool and its record is uploaded', async () => {
    const { bed, run, bin, store } = await repository();
    withGo(bin);
    const { path: kubectl } = await toEnd(run(), 'kubectl', '1.34.4');
    const { path: etcd } = await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    const uploaded = await Promise.all(bed.caches.map(({ path }) => membersOf(bed.blobs.get(path)!)));
    const shown = uploaded.map((members) =>
      members.map(({ header, body }) => [header.name, header.type, body.toString()]),
    );
    const inArchive = (tool: string, suffix = '') =>
      relative(bed.env.GITHUB_WORKSPACE!, join(dirname(tool), 'between-runs', `${basename(tool)}${suffix}`));
    const record = (body: string) => `${JSON.stringify({ sha256: sha256(body) })}\n`;
    expect(shown).toEqual([
      [
        [inArchive(kubectl), 'file', GOOD],
        [inArchive(kubectl, '.json'), 'file', record(GOOD)],
      ],
      [
        [inArchive(etcd), 'file', 'built'],
        [inArchive(etcd, '.json'), 'file', record('built')],
      ],
    ]);
    expect(kubectl.startsWith(store)).toBe(true);
    expect(bed.blobs.size).toBe(2);
    expect(JSON.stringify(bed.caches)).not.toContain(bed.env.ACTIONS_RUNTIME_TOKEN);
  });

  test('a longer key that begins like the right one is none', async () => {
    const { bed, run, releases } = await repository();
    await toEnd(run(), 'kubectl', '1.34.4');
    bed.caches[0]!.key += '0';
    expect(await toEnd(run(), 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(downloads(releases)).toBe(2);
    expect(linesOf(bed).filter((line) => line.startsWith('GET /blobs/'))).toEqual([]);
  });
});

describe('an entry that is not what it should be', () => {
  test.each<[string, Parameters<typeof replace>[1], RegExp]>([
    [
      'another program',
      (member) => (isRecord(member) ? {} : { body: EVIL }),
      new RegExp(`its SHA-256 is ${sha256(EVIL)}, expected ${sha256(GOOD)}`),
    ],
    [
      'another program with a record of its own',
      (member) => ({ body: isRecord(member) ? JSON.stringify({ sha256: sha256(EVIL) }) : EVIL }),
      new RegExp(`its SHA-256 is ${sha256(EVIL)}, expected ${sha256(GOOD)}`),
    ],
    ['a link', (member) => (isRecord(member) ? {} : { linkname: '/bin/sh' }), /it does not hold the file/],
    ['no program', (member) => (isRecord(member) ? {} : undefined), /it does not hold the file/],
  ])('%s in place of a release: refused, told, and got elsewhere', async (_, change, problem) => {
    const { bed, run, releases } = await repository();
    await toEnd(run(), 'kubectl', '1.34.4');
    await replace(bed, change);
    const savedBefore = saves(bed).length;
    const next = run();
    const tool = await toEnd(next, 'kubectl', '1.34.4');
    expect(tool).toMatchObject({ source: 'release', sha256: sha256(GOOD) });
    expect(readFileSync(tool.path, 'utf8')).toBe(GOOD);
    expect(readdirSync(dirname(tool.path)).sort()).toEqual(['kubectl', 'kubectl.json']);
    expect(downloads(releases)).toBe(2);
    expect(next.said()).toMatch(problem);
    expect(next.said()).toContain(`"gh cache delete ${bed.caches[0]!.key}"`);
    // It could not be replaced anyway.
    expect(saves(bed)).toHaveLength(savedBefore);
  });

  test.each<[string, Parameters<typeof replace>[1], RegExp]>([
    ['a damaged build', (member) => (isRecord(member) ? {} : { body: 'bui' }), /its SHA-256 is/],
    ['a build without a record', (member) => (isRecord(member) ? undefined : {}), /no record of its SHA-256/],
    ['a record that is none', (member) => (isRecord(member) ? { body: '{"sha' } : {}), /no record of its/],
    [
      'a record that goes on and on',
      (member) => (isRecord(member) ? { body: `${member.body}${' '.repeat(2000)}` } : {}),
      /no record of its/,
    ],
    [
      'a record that is a link',
      (member) => (isRecord(member) ? { linkname: '/etc/passwd' } : {}),
      /no record/,
    ],
  ])('%s is built again', async (_, change, problem) => {
    const { bed, run, bin } = await repository();
    const builds = withGo(bin);
    await toEnd(run({ tools: { source: 'go' } }), 'etcd', '3.6.8');
    await replace(bed, change);
    const next = run({ tools: { source: 'go' } });
    expect(await toEnd(next, 'etcd', '3.6.8')).toMatchObject({ source: 'go', sha256: sha256('built') });
    expect(builds()).toHaveLength(2);
    expect(next.said()).toMatch(problem);
  });

  test('an archive that is none', async () => {
    const { bed, run, printed } = await repository();
    await toEnd(run(), 'kubectl', '1.34.4');
    bed.blobs.set(bed.caches[0]!.path, Buffer.from('no archive at all'));
    const next = run();
    expect(await toEnd(next, 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(next.said()).toContain('it could not be fetched');
    expect(printed()).not.toContain('::error');
  });
});

describe('a cache service that fails', () => {
  test('is out of reach', async () => {
    const { bed, run, printed } = await repository();
    await bed.close();
    expect(await toEnd(run(), 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(printed()).toContain('::warning');
    expect(printed()).not.toContain('::error');
  });

  const denied = (code: string) =>
    answer(403, { code: 'permission_denied', msg: `cache ${code} denied: no` });
  test.each<[string, RegExp, ReturnType<typeof answer>]>([
    ['refuses to read', /GetCacheEntryDownloadURL/, denied('read')],
    ['refuses to write', /CreateCacheEntry/, denied('write')],
    ['has an entry already', /CreateCacheEntry/, answer(409, { code: 'already_exists', msg: 'is there' })],
    [
      'gives a token that only reads',
      /CreateCacheEntry/,
      answer(200, { ok: false, message: 'cache write denied: token has no writable scopes' }),
    ],
    ['takes no upload', /^PUT/, answer(403)],
    ['does not finish an upload', /FinalizeCacheEntryUpload/, answer(400, { code: 'bad', msg: 'no' })],
  ])('%s', async (_, line, failure) => {
    const { bed, run, printed } = await repository();
    bed.fail(line, failure);
    const first = run();
    expect(await toEnd(first, 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(linesOf(bed).some((asked) => line.test(asked))).toBe(true);
    expect(printed()).not.toContain('::error');
    expect(await toEnd(run(), 'kubectl', '1.34.4')).toMatchObject({ sha256: sha256(GOOD) });
  });

  test('cannot give what it has', async () => {
    const { bed, run, printed } = await repository();
    await toEnd(run(), 'kubectl', '1.34.4');
    bed.fail(/^GET \/blobs/, answer(404));
    expect(await toEnd(run(), 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(printed()).not.toContain('::error');
  });

  test('is waited for once, not once per tool', async () => {
    const { bed, run } = await repository();
    bed.fail(/GetCacheEntryDownloadURL/, silence, silence);
    const one = run({ cache: { limits: { lookupMs: 300 } } });
    expect(await toEnd(one, 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(await toEnd(one, 'helm', '3.19.0')).toMatchObject({ source: 'release' });
    expect(linesOf(bed)).toHaveLength(1);
    expect(one.log.lines.filter((line) => line.includes("GitHub's cache"))).toEqual([
      "GitHub's cache is not used any more in this run: no end after 0.3 s",
    ]);
  });
});

describe('no request at all', () => {
  test.each<[string, NodeJS.ProcessEnv, boolean]>([
    ['for a tag', { GITHUB_REF_TYPE: 'tag' }, true],
    ['for a tag that is told by its ref', { GITHUB_REF: 'refs/tags/v1.2.3' }, true],
    ['for a release', { GITHUB_EVENT_NAME: 'release' }, true],
    ['outside of Actions', { GITHUB_ACTIONS: undefined }, true],
    ['in a step that is no action', { ACTIONS_RESULTS_URL: undefined }, true],
    ['where nobody wants it', {}, false],
  ])('%s', async (_, env, enabled) => {
    const { bed, run, releases } = await repository();
    await toEnd(run(), 'kubectl', '1.34.4');
    bed.asked.length = 0;
    const load = async (): Promise<CacheClient> => {
      throw new Error('the client was loaded');
    };
    const off = run({ env, cache: { load, enabled } });
    expect(await toEnd(off, 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(downloads(releases)).toBe(2);
    expect(bed.asked).toEqual([]);
    expect(off.said()).not.toContain('was loaded');
  });

  test('where the tool is on the machine', async () => {
    const { bed, bin, run } = await repository();
    program(join(bin, 'etcd'), 'echo "etcd Version: 3.6.8"');
    expect(await toEnd(run(), 'etcd', '3.6.8')).toMatchObject({ source: 'path' });
    expect(bed.asked).toEqual([]);
  });

  test.each<[string, (outside: string, inside: string) => string]>([
    ['a file outside of the tool store', (outside) => outside],
    ['a link to one', linked],
    [
      'a way out of the store',
      (outside, inside) => join(dirname(inside), relative(dirname(inside), outside)),
    ],
    ['a folder', (_, inside) => dirname(inside)],
    [
      'a file behind a link to a folder',
      (outside, inside) => join(linked(dirname(outside), inside), basename(outside)),
    ],
  ])('to save %s', async (_, pathOf) => {
    const { bed, run, dir, store } = await repository();
    const backup = join(dir, 'argocd.tar.gz.age');
    writeFileSync(backup, 'age-encryption.org/v1');
    const { betweenRuns, said } = run();
    const entry = { dir: join(store, 'kubectl'), file: 'kubectl', mode: 0o755 };
    mkdirSync(entry.dir, { recursive: true });
    const path = pathOf(backup, join(entry.dir, 'link'));
    const item = { label: 'x', entry, origin: 'go', decidedBy: () => sha256('x') } as const;
    await betweenRuns.through(item, path, async () => {});
    await betweenRuns.flush();
    expect(saves(bed)).toEqual([]);
    expect(said()).toMatch(/not kept in GitHub's cache.*(is no file|is not in the tool store)/);
    expect(existsSync(join(entry.dir, 'between-runs'))).toBe(false);
  });

  test('to save a file that is not what its release says', async () => {
    const { bed, run, store } = await repository();
    const { betweenRuns } = run();
    const entry = { dir: join(store, 'kubectl'), file: 'kubectl', mode: 0o755 };
    mkdirSync(entry.dir, { recursive: true });
    const sha = sha256(GOOD);
    const item = { label: 'x', entry, origin: 'release', decidedBy: () => sha, sha256: sha } as const;
    const to = join(entry.dir, 'file');
    await betweenRuns.through(item, to, async () => writeFileSync(to, EVIL));
    await betweenRuns.flush();
    expect(saves(bed)).toEqual([]);
  });

  test('where a path would be a pattern for the client', async () => {
    const { bed, run, dir, releases } = await repository();
    const store = join(dir, 'store[0-9]*');
    const { betweenRuns, log } = run({ cache: { storeDir: store } });
    const settings = { log, cacheDir: store, releases: releases.bases, betweenRuns };
    const tools = bench(settings).tools;
    expect(await tools.get('kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    await betweenRuns.flush();
    expect(saves(bed)).toEqual([]);
    expect(log.lines.join('\n')).toContain('set ARGOCD_DR_CACHE');
  });
});

describe('a run that ends', () => {
  const client = (over: Partial<CacheClient>): CacheClient => ({
    isFeatureAvailable: () => true,
    restoreCache: async () => undefined,
    saveCache: async () => 1,
    ...over,
  });
  const never = () => new Promise<never>(() => {});

  test('does not wait for a lookup when it is cancelled', async () => {
    const { run, releases } = await repository();
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const restoreCache = () => {
      asked.resolve();
      return never();
    };
    const { signal } = controller;
    const one = run({
      tools: { signal },
      cache: { signal, load: async () => client({ restoreCache }) },
    });
    const getting = one.tools.get('kubectl', '1.34.4');
    await asked.promise;
    controller.abort(cancelled());
    await expect(getting).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(downloads(releases)).toBe(0);
    // Less than what a lookup may take.
  }, 10_000);

  test('does not wait for a save when it is cancelled, and leaves no second copy', async () => {
    const { run } = await repository();
    const controller = new AbortController();
    const load = async () => client({ saveCache: never });
    const one = run({ cache: { signal: controller.signal, load } });
    const { path } = await one.tools.get('kubectl', '1.34.4');
    controller.abort(cancelled());
    await one.betweenRuns.flush();
    expect(readdirSync(dirname(path)).sort()).toEqual(['kubectl', 'kubectl.json']);
  });

  test('waits for a save only so long, and for the others not after it', async () => {
    const { run } = await repository();
    const saved: string[] = [];
    const saveCache = (_: string[], key: string) => {
      saved.push(key);
      return never();
    };
    const load = async () => client({ saveCache });
    const one = run({ cache: { load, limits: { flushMs: 100 } } });
    await one.tools.get('kubectl', '1.34.4');
    await one.tools.get('helm', '3.19.0');
    await one.betweenRuns.flush();
    expect(saved).toHaveLength(1);
    expect(one.said()).toContain('tools are not kept: no end after 0.1 s');
  });

  test('a tool is there before it is saved', async () => {
    const { run } = await repository();
    const finish = Promise.withResolvers<number>();
    const paths: string[][] = [];
    const saveCache = async (given: string[]) => {
      paths.push(given);
      return finish.promise;
    };
    const one = run({ cache: { load: async () => client({ saveCache }) } });
    const { path } = await one.tools.get('kubectl', '1.34.4');
    const [copy, record] = paths[0]!;
    expect([readFileSync(copy!, 'utf8'), existsSync(record!)]).toEqual([GOOD, true]);
    // A second name for the tool itself would change while tar reads it.
    expect(statSync(copy!).ino).not.toBe(statSync(path).ino);
    finish.resolve(7);
    while (existsSync(dirname(copy!))) await sleep(10);
  });

  test('a client that throws is told once, and does not stop the run', async () => {
    const { run } = await repository();
    const restoreCache = async () => {
      throw new Error('no such key');
    };
    const one = run({ cache: { load: async () => client({ restoreCache }) } });
    expect(await toEnd(one, 'kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(one.said()).toContain("GitHub's cache is not used any more in this run: no such key");
  });
});
