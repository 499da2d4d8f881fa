import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { assertPlatform, type Platform } from '../../src/tools/platform.js';
import { digestIn, RELEASE_BASES, releaseAsset } from '../../src/tools/release.js';
import { type Answer, bench, serve, sha256, tarGz, text } from './bench.js';

const { os, arch } = assertPlatform();
const KUBECTL = `/release/v1.34.4/bin/${os}/${arch}/kubectl`;
const KIND = `/kubernetes-sigs/kind/releases/download/v0.30.0/kind-${os}-${arch}`;
const HELM = `/helm-v3.19.0-${os}-${arch}.tar.gz`;
const GOOD = '#!/bin/sh\necho good\n';

/** A server with kubectl 1.34.4, and tools that know only the release route. */
async function withKubectl(body: Answer | Answer[], checksums: Answer = text(sha256(GOOD))) {
  const server = await serve({ [KUBECTL]: body, [`${KUBECTL}.sha256`]: checksums });
  return { server, ...bench({ source: 'release', releases: server.bases }) };
}

const asked = (requests: string[], path: string) => requests.filter((request) => request === path).length;

describe('the release route', () => {
  test('checks the file, makes it executable and keeps it with its record', async () => {
    const { tools, cacheDir } = await withKubectl(text(GOOD));
    const path = join(cacheDir, 'kubectl', '1.34.4', `${os}-${arch}`, 'kubectl');
    const digest = sha256(GOOD);
    const tool = { name: 'kubectl', version: '1.34.4', path, sha256: digest, source: 'release' };
    expect(await tools.get('kubectl', '1.34.4')).toEqual(tool);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual({ sha256: digest, source: 'release' });
    expect(readdirSync(dirname(path)).sort()).toEqual(['kubectl', 'kubectl.json']);
  });

  test('one bad download is deleted and made again', async () => {
    const { tools, log, server } = await withKubectl([text('bad'), text(GOOD)]);
    expect((await tools.get('kubectl', '1.34.4')).sha256).toBe(sha256(GOOD));
    expect(log.lines.join('\n')).toContain('deleted, downloading it once more');
    expect(asked(server.requests, KUBECTL)).toBe(2);
  });

  test('two bad downloads stop the chain, name both digests and leave nothing', async () => {
    const server = await serve({ [KUBECTL]: text('bad'), [`${KUBECTL}.sha256`]: text(sha256(GOOD)) });
    const { tools, cacheDir, log } = bench({ releases: server.bases });
    const error = await tools.get('kubectl', '1.34.4').catch((thrown) => thrown);
    expect(error.exitCode).toBe(EXIT.infra);
    expect(error.message).toContain(sha256('bad'));
    expect(error.message).toContain(sha256(GOOD));
    expect(asked(server.requests, KUBECTL)).toBe(2);
    expect(readdirSync(join(cacheDir, 'kubectl', '1.34.4', `${os}-${arch}`))).toEqual([]);
    expect(log.lines.join('\n')).not.toContain('building');
  });

  test('a file without a published digest is not even downloaded', async () => {
    const { tools, server } = await withKubectl(text(GOOD), text(`${sha256(GOOD)}  another-file\n`));
    await expect(tools.get('kubectl', '1.34.4')).rejects.toThrow(
      /kubectl\.sha256 holds no SHA-256 of kubectl/,
    );
    expect(asked(server.requests, KUBECTL)).toBe(0);
  });

  test('a release that is not there is told with its address', async () => {
    const { tools, server } = await withKubectl(text(GOOD));
    await expect(tools.get('kind', '0.30.0')).rejects.toThrow(`${server.url}${KIND}.sha256sum answered 404`);
  });

  test('a pin decides over the published digest', async () => {
    const server = await serve({ [KIND]: text('replaced'), [`${KIND}.sha256sum`]: text(sha256('replaced')) });
    const pins = { releases: { kind: { '0.30.0': { [`${os}-${arch}`]: sha256(GOOD) } } }, manifests: {} };
    const { tools } = bench({ source: 'release', releases: server.bases, pins });
    await expect(tools.get('kind', '0.30.0')).rejects.toThrow(/\(pinned\), twice/);
    expect(asked(server.requests, `${KIND}.sha256sum`)).toBe(0);
  });

  test('takes the one wanted member out of an archive', async () => {
    const archive = await tarGz([
      { name: '../../escaped', body: 'escaped' },
      { name: 'other/helm', body: 'wrong' },
      { name: `${os}-${arch}/helm`, body: GOOD },
      { name: `${os}-${arch}/LICENSE`, body: 'text' },
    ]);
    const sums = text(`${sha256(archive)}  ${HELM.slice(1)}\n`);
    const server = await serve({ [HELM]: text(archive), [`${HELM}.sha256sum`]: sums });
    const { tools, dir } = bench({ source: 'release', releases: server.bases });
    const { path, sha256: digest } = await tools.get('helm', '3.19.0');
    expect(readFileSync(path, 'utf8')).toBe(GOOD);
    expect(digest).toBe(sha256(GOOD));
    expect(readdirSync(dirname(path)).sort()).toEqual(['helm', 'helm.json']);
    expect(existsSync(join(dir, 'escaped'))).toBe(false);
  });

  test('a link in place of the wanted member is refused', async () => {
    const archive = await tarGz([{ name: `${os}-${arch}/helm`, type: 'symlink', body: '/bin/sh' }]);
    const server = await serve({ [HELM]: text(archive), [`${HELM}.sha256sum`]: text(sha256(archive)) });
    const { tools } = bench({ source: 'release', releases: server.bases });
    await expect(tools.get('helm', '3.19.0')).rejects.toThrow(`holds no file ${os}-${arch}/helm`);
  });

  test('manifests come by tag, and only where their digest is pinned', async () => {
    const manifest = 'kind: List\n';
    const server = await serve({ '/argoproj/argo-cd/v3.1.9/manifests/ha/install.yaml': text(manifest) });
    const pins = { releases: {}, manifests: { '3.1.9': { 'ha/install.yaml': sha256(manifest) } } };
    const { tools } = bench({ source: 'release', releases: server.bases, pins });
    expect(readFileSync(await tools.manifests('3.1.9', { ha: true }), 'utf8')).toBe(manifest);
    await expect(tools.manifests('3.1.9', { ha: false })).rejects.toThrow(
      /no SHA-256 is known for .*install\.yaml/,
    );
    expect(server.requests).toHaveLength(1);
    expect(tools.used()).toMatchObject([{ name: 'argocd manifests/ha/install.yaml', source: 'release' }]);
  });
});

const LINUX: Platform = { os: 'linux', arch: 'arm64' };

test('the addresses of the official releases', () => {
  const of = (
    ...args: Parameters<typeof releaseAsset> extends [infer N, infer V, ...unknown[]] ? [N, V] : never
  ) => releaseAsset(...args, LINUX, RELEASE_BASES);
  expect(of('etcd', '3.6.8')).toEqual({
    url: 'https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-arm64.tar.gz',
    checksums: 'https://github.com/etcd-io/etcd/releases/download/v3.6.8/SHA256SUMS',
    member: 'etcd-v3.6.8-linux-arm64/etcd',
  });
  expect(of('argocd', '3.1.9')).toEqual({
    url: 'https://github.com/argoproj/argo-cd/releases/download/v3.1.9/argocd-linux-arm64',
    checksums: 'https://github.com/argoproj/argo-cd/releases/download/v3.1.9/cli_checksums.txt',
  });
  expect(of('kube-apiserver', '1.34.4')).toEqual({
    url: 'https://dl.k8s.io/release/v1.34.4/bin/linux/arm64/kube-apiserver',
    checksums: 'https://dl.k8s.io/release/v1.34.4/bin/linux/arm64/kube-apiserver.sha256',
  });
  expect(of('helm', '3.19.0').url).toBe('https://get.helm.sh/helm-v3.19.0-linux-arm64.tar.gz');
  expect(() => releaseAsset('etcd', '3.6.8', { os: 'darwin', arch: 'arm64' }, RELEASE_BASES)).toThrow(
    /darwin/,
  );
});

test.each<[string, string | undefined]>([
  [`${'a'.repeat(64)}\n`, 'a'.repeat(64)],
  [`${'B'.repeat(64)}  file\n`, 'b'.repeat(64)],
  [`${'b'.repeat(64)}  other\n${'c'.repeat(64)} *./dist/file\n`, 'c'.repeat(64)],
  [`${'b'.repeat(64)}  file.tar.gz\n`, undefined],
  [`${'b'.repeat(63)}  file\n`, undefined],
  ['<html>not found</html>', undefined],
])('digestIn(%j)', (checksums, expected) => {
  expect(digestIn(checksums, 'file')).toBe(expected);
});
