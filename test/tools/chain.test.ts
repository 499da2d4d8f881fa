import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { createTools, type ToolsOptions } from '../../src/tools/chain.js';
import { assertPlatform } from '../../src/tools/platform.js';
import { defaultCacheDir } from '../../src/tools/store.js';
import { bench, program, serve, sha256, tarGz, tempDir, text } from './bench.js';

const { os, arch } = assertPlatform();
const KUBECTL = `/release/v1.34.4/bin/${os}/${arch}/kubectl`;
const GOOD = 'good';

async function withKubectl(options: Parameters<typeof bench>[0] = {}) {
  const server = await serve({ [KUBECTL]: text(GOOD), [`${KUBECTL}.sha256`]: text(sha256(GOOD)) });
  const made = bench({ releases: server.bases, ...options });
  const downloads = () => server.requests.filter((request) => request === KUBECTL).length;
  return { ...made, downloads, again: () => createTools(made.settings) };
}

describe('the cache', () => {
  test('serves the next run, and says so', async () => {
    const { tools, again, downloads } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    const next = again();
    expect(await next.get('kubectl', '1.34.4')).toMatchObject({
      path,
      source: 'cache',
      sha256: sha256(GOOD),
    });
    expect(downloads()).toBe(1);
  });

  test.each<[string, (path: string) => void]>([
    ['a changed program', (path) => appendFileSync(path, 'x')],
    ['a changed record', (path) => writeFileSync(`${path}.json`, '{"sha256": 1}')],
    [
      'a record of another file',
      (path) => writeFileSync(`${path}.json`, JSON.stringify({ sha256: sha256('x'), source: 'release' })),
    ],
    ['a half-written record', (path) => writeFileSync(`${path}.json`, '{"sha2')],
  ])('%s is deleted and fetched again', async (_, tamper) => {
    const { tools, again, downloads, log } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    tamper(path);
    expect(await again().get('kubectl', '1.34.4')).toMatchObject({ source: 'release', sha256: sha256(GOOD) });
    expect(readFileSync(path, 'utf8')).toBe(GOOD);
    expect(downloads()).toBe(2);
    expect(log.lines.join('\n')).toMatch(/kubectl 1\.34\.4: cache: .*; deleted/);
  });

  test('a tampered file that cannot be fetched again is gone, not used', async () => {
    const { tools, settings, log } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    appendFileSync(path, 'x');
    const cut = createTools({ ...settings, releases: bench().settings.releases ?? {} });
    await expect(cut.get('kubectl', '1.34.4')).rejects.toMatchObject({ exitCode: EXIT.infra });
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    expect(log.lines.join('\n')).toContain(sha256(`${GOOD}x`));
  });

  test('what came by one route does not serve a run that allows only the other', async () => {
    const { tools, settings } = await withKubectl();
    await tools.get('kubectl', '1.34.4');
    const go = createTools({ ...settings, source: 'go' });
    await expect(go.get('kubectl', '1.34.4')).rejects.toThrow(/cache: .* came by the route "release"/);
    const path = createTools({ ...settings, source: 'path' });
    await expect(path.get('kubectl', '1.34.4')).rejects.toThrow(/could not be had/);
  });

  test('a cache that cannot be written names the setting', async () => {
    const { settings, dir } = await withKubectl();
    writeFileSync(join(dir, 'file'), '');
    const tools = createTools({ ...settings, cacheDir: join(dir, 'file', 'cache') });
    await expect(tools.get('kubectl', '1.34.4')).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringContaining('ARGOCD_DR_CACHE'),
    });
  });

  test.each<[NodeJS.ProcessEnv, string]>([
    [{ ARGOCD_DR_CACHE: '/c', RUNNER_TOOL_CACHE: '/r', HOME: '/h' }, '/c'],
    [{ RUNNER_TOOL_CACHE: '/r', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/r/argocd-dr'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/argocd-dr'],
    [{ HOME: '/h' }, '/h/.cache/argocd-dr'],
  ])('stands by default where %j says', (env, expected) => {
    expect(defaultCacheDir(env)).toBe(expected);
  });
});

describe('a cache that somebody else wrote to', () => {
  const EVIL = '#!/bin/sh\necho evil\n';
  const PLATFORM = `${os}-${arch}`;
  const KIND = `/kubernetes-sigs/kind/releases/download/v0.30.0/kind-${PLATFORM}`;
  const HELM = `/helm-v3.19.0-${PLATFORM}.tar.gz`;
  const MANIFEST = '/argoproj/argo-cd/v3.1.9/manifests/ha/install.yaml';

  /** Tools of which the releases are pinned, and how often each was downloaded. */
  async function pinned(options: Partial<ToolsOptions> = {}) {
    const helm = await tarGz([{ name: `${PLATFORM}/helm`, body: GOOD }]);
    const server = await serve({ [KIND]: text(GOOD), [HELM]: text(helm), [MANIFEST]: text(GOOD) });
    const pins = {
      releases: {
        kind: { '0.30.0': { [PLATFORM]: sha256(GOOD) } },
        helm: { '3.19.0': { [PLATFORM]: sha256(helm) } },
      },
      manifests: { '3.1.9': { 'ha/install.yaml': sha256(GOOD) } },
    };
    const made = bench({ releases: server.bases, pins, ...options });
    const downloads = (path: string) => server.requests.filter((request) => request === path).length;
    return { ...made, downloads, again: () => createTools(made.settings) };
  }

  /** A program with a record that agrees with it. */
  function plant(path: string, source: 'release' | 'go', body = EVIL): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body, { mode: 0o755 });
    writeFileSync(`${path}.json`, JSON.stringify({ sha256: sha256(body), source }));
  }

  test.each(['release', 'go'] as const)('a forged record of route %s: the pin decides', async (source) => {
    const { tools, cacheDir, log } = await pinned();
    const path = join(cacheDir, 'kind', '0.30.0', PLATFORM, 'kind');
    plant(path, source);
    expect(await tools.get('kind', '0.30.0')).toMatchObject({ source: 'release', sha256: sha256(GOOD) });
    expect(readFileSync(path, 'utf8')).toBe(GOOD);
    expect(log.lines.join('\n')).toContain(`SHA-256 is ${sha256(EVIL)}, pinned ${sha256(GOOD)}`);
  });

  test('what cannot be downloaded then is not used either', async () => {
    const { tools, cacheDir } = await pinned({ releases: bench().settings.releases! });
    plant(join(cacheDir, 'kind', '0.30.0', PLATFORM, 'kind'), 'release');
    await expect(tools.get('kind', '0.30.0')).rejects.toMatchObject({ exitCode: EXIT.infra });
    expect(existsSync(join(cacheDir, 'kind', '0.30.0', PLATFORM, 'kind'))).toBe(false);
  });

  test('a forged manifest: the pin decides', async () => {
    const { tools, cacheDir } = await pinned();
    plant(join(cacheDir, 'argocd-manifests', '3.1.9', 'ha', 'install.yaml'), 'go');
    expect(readFileSync(await tools.manifests('3.1.9', { ha: true }), 'utf8')).toBe(GOOD);
  });

  test('the pin of an archive: it is kept, and its member served from the cache', async () => {
    const { tools, again, downloads } = await pinned();
    const { path } = await tools.get('helm', '3.19.0');
    expect(await again().get('helm', '3.19.0')).toMatchObject({
      path,
      source: 'cache',
      sha256: sha256(GOOD),
    });
    expect(downloads(HELM)).toBe(1);
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['a forged member', async (path) => plant(path, 'release')],
    ['a forged member without its archive', async (path) => rmSync(`${path}.archive`)],
    [
      'a forged archive too',
      async (path) => {
        plant(path, 'release');
        writeFileSync(`${path}.archive`, await tarGz([{ name: `${PLATFORM}/helm`, body: EVIL }]));
      },
    ],
  ])('%s: the pin of the archive decides', async (_, forge) => {
    const { tools, again, downloads } = await pinned();
    const { path } = await tools.get('helm', '3.19.0');
    await forge(path);
    expect(await again().get('helm', '3.19.0')).toMatchObject({ source: 'release', sha256: sha256(GOOD) });
    expect(readFileSync(path, 'utf8')).toBe(GOOD);
    expect(downloads(HELM)).toBe(2);
  });

  test('only a run that asks for builds alone takes a build of what is pinned', async () => {
    const { settings, cacheDir } = await pinned({ source: 'go' });
    plant(join(cacheDir, 'kind', '0.30.0', PLATFORM, 'kind'), 'go', 'built');
    const tool = await createTools(settings).get('kind', '0.30.0');
    expect(tool).toMatchObject({ source: 'cache', sha256: sha256('built') });
  });

  test('a link in the place of a program is deleted, and what it leads to is left', async () => {
    const { tools, again, cacheDir } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    const elsewhere = join(cacheDir, '..', 'elsewhere');
    renameSync(path, elsewhere);
    symlinkSync(elsewhere, path);
    expect(await again().get('kubectl', '1.34.4')).toMatchObject({ source: 'release' });
    expect(readFileSync(elsewhere, 'utf8')).toBe(GOOD);
  });

  test.each([
    ['a program', ''],
    ['a record', '.json'],
  ])('%s that others may write is not used', async (_, suffix) => {
    const { tools, again } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    chmodSync(`${path}${suffix}`, 0o666);
    expect(await again().get('kubectl', '1.34.4')).toMatchObject({ source: 'release' });
  });

  test('a record of a gigabyte is not read', async () => {
    const { tools, again } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    appendFileSync(`${path}.json`, ' '.repeat(2000));
    expect(await again().get('kubectl', '1.34.4')).toMatchObject({ source: 'release' });
  });

  /** As the cache is, one folder of it changed by somebody else: the run says which, and how to go on. */
  async function refused(change: (dir: string) => void, of: (path: string, cacheDir: string) => string) {
    const { tools, again, cacheDir } = await withKubectl();
    const { path } = await tools.get('kubectl', '1.34.4');
    const dir = of(path, cacheDir);
    change(dir);
    await expect(again().get('kubectl', '1.34.4')).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(`${dir} .*set ARGOCD_DR_CACHE`),
    });
  }

  test.each<[string, (path: string, cacheDir: string) => string]>([
    ['the whole cache', (_, cacheDir) => cacheDir],
    ['the folder of a tool', (_, cacheDir) => join(cacheDir, 'kubectl')],
    ['the folder of a program', (path) => dirname(path)],
  ])('%s that others may write to is refused', async (_, of) => {
    await refused((dir) => chmodSync(dir, 0o777), of);
    await refused((dir) => chmodSync(dir, 0o775), of);
  });

  test('a folder that is a link is refused', async () => {
    const away = (dir: string) => {
      const elsewhere = join(tempDir(), 'elsewhere');
      renameSync(dir, elsewhere);
      symlinkSync(elsewhere, dir);
    };
    await refused(away, (_, cacheDir) => join(cacheDir, 'kubectl'));
  });

  test('a folder of another user is refused', async () => {
    // Only root can give a folder away; without it, there is none of another user that could be written to.
    if (process.getuid?.() !== 0) return;
    await refused((dir) => chownSync(dir, 65_534, 65_534), dirname);
  });

  test('the cache itself may stand where a link leads', async () => {
    const { settings, dir } = await withKubectl();
    symlinkSync(tempDir(), join(dir, 'link'));
    const tools = () => createTools({ ...settings, cacheDir: join(dir, 'link') });
    await tools().get('kubectl', '1.34.4');
    expect(await tools().get('kubectl', '1.34.4')).toMatchObject({ source: 'cache' });
  });
});

describe('the chain', () => {
  test('goes from route to route, and the error lists them all with what remains', async () => {
    const { tools, bin, log } = bench();
    program(join(bin, 'etcd'), 'echo "etcd Version: 3.5.0"');
    const error = await tools.get('etcd', '3.6.8').catch((thrown) => thrown);
    expect(error.exitCode).toBe(EXIT.infra);
    const routes = [...error.message.matchAll(/^ {2}- (\w+): /gm)].map(([, route]) => route);
    expect(routes).toEqual(['path', 'cache', 'release', 'go']);
    expect(error.message).toMatch(/remain: put etcd 3\.6\.8 on PATH, or let .*release, or install Go/);
    expect(log.lines.map((line) => line.split(': ')[1])).toEqual(routes);
    expect(tools.used()).toEqual([]);
  });

  test('gets a tool once, however often it is asked for', async () => {
    const { tools, downloads } = await withKubectl();
    const both = await Promise.all([tools.get('kubectl', '1.34.4'), tools.get('kubectl', '1.34.4')]);
    expect(both[0]).toEqual(both[1]);
    await tools.get('kubectl', '1.34.4');
    expect(downloads()).toBe(1);
    expect(tools.used()).toEqual([
      { name: 'kubectl', version: '1.34.4', source: 'release', sha256: sha256(GOOD) },
    ]);
  });

  test('tries again after a failure', async () => {
    const { tools, bin } = bench({ source: 'path' });
    await expect(tools.get('etcd', '3.6.8')).rejects.toThrow(/not on PATH/);
    program(join(bin, 'etcd'), 'echo "etcd Version: 3.6.8"');
    expect(await tools.get('etcd', '3.6.8')).toMatchObject({ source: 'path' });
  });

  test('a version that is none touches nothing', async () => {
    const { tools, log } = bench();
    await expect(tools.get('argocd', '../../etc')).rejects.toMatchObject({ exitCode: EXIT.invalidInput });
    await expect(tools.manifests('stable', { ha: true })).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
    });
    expect(log.lines).toEqual([]);
  });

  test.each([
    '3.1.9-0.20240102030405-0123456789ab',
    '3.1.9-rc1.0.20240102030405-0123456789ab',
    '3.0.0-20240102030405-0123456789ab',
    `3.1.9-${'a'.repeat(60)}`,
  ])('%s, a commit of anybody, is never fetched', async (version) => {
    const { tools, log } = bench();
    for (const getting of [tools.get('argocd', version), tools.manifests(version, { ha: true })])
      await expect(getting).rejects.toMatchObject({
        exitCode: EXIT.invalidInput,
        message: expect.stringContaining('is no release'),
      });
    expect(log.lines).toEqual([]);
  });

  test('a cancelled download ends as cancelled, without another route', async () => {
    const controller = new AbortController();
    const server = await serve({ [`${KUBECTL}.sha256`]: () => controller.abort() });
    const { tools, log } = bench({ releases: server.bases, signal: controller.signal });
    await expect(tools.get('kubectl', '1.34.4')).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(log.lines.join('\n')).not.toContain('go: ');
  });

  test('a cancelled run stops waiting for another one', async () => {
    const controller = new AbortController();
    const { tools, cacheDir, log, settings } = await withKubectl({ signal: controller.signal });
    mkdirSync(join(cacheDir, 'kubectl', '1.34.4', `${os}-${arch}`, '.lock'), { recursive: true });
    const info = (line: string) => {
      log.info(line);
      if (line.includes('another run is getting it')) controller.abort();
    };
    const waiting = createTools({ ...settings, log: { ...log, info } });
    await expect(waiting.get('kubectl', '1.34.4')).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(tools.used()).toEqual([]);
  });
});
