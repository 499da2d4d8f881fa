import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { createTools } from '../../src/tools/chain.js';
import { assertPlatform } from '../../src/tools/platform.js';
import { defaultCacheDir } from '../../src/tools/store.js';
import { bench, program, serve, sha256, text } from './bench.js';

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
