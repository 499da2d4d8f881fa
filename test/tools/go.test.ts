import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { PINS } from '../../src/tools/pins.js';
import { bench, program, sha256 } from './bench.js';

/** Stands in for the Go toolchain: a module with a go.mod, and a build that writes its arguments. */
const FAKE_GO = `PATH=/usr/bin:/bin
here=$(dirname "$0")
echo "$* [GOFLAGS=$GOFLAGS]" >> "$here/calls"
case "$1 $2" in
  "mod download") echo "{\\"Dir\\": \\"$here/module\\"}" ;;
  "mod edit") echo '{"Go": "1.24.0", "Replace": null}' ;;
  "mod tidy") cp go.mod tools.go "$here" ;;
  build*) while [ "$1" != -o ]; do shift; done; printf 'built' > "$2" ;;
esac`;

function withGo(script = FAKE_GO, options: Parameters<typeof bench>[0] = {}) {
  const made = bench({ source: 'go', ...options });
  program(join(made.bin, 'go'), script);
  mkdirSync(join(made.bin, 'module', 'manifests'), { recursive: true });
  const calls = () => readFileSync(join(made.bin, 'calls'), 'utf8').trim().split('\n');
  return { ...made, calls };
}

describe('the Go route', () => {
  test('builds in a generated module and keeps only the program', async () => {
    const { tools, bin, calls, log } = withGo();
    const { path, source } = await tools.get('etcd', '3.6.8');
    expect({ content: readFileSync(path, 'utf8'), source }).toEqual({ content: 'built', source: 'go' });
    expect(readdirSync(dirname(path)).sort()).toEqual(['etcd', 'etcd.json']);
    expect(readFileSync(join(bin, 'go.mod'), 'utf8')).toContain('require go.etcd.io/etcd/server/v3 v3.6.8');
    expect(readFileSync(join(bin, 'tools.go'), 'utf8')).toContain('import _ "go.etcd.io/etcd/server/v3"');
    expect(calls().map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
      'mod download',
      'mod edit',
      'mod tidy',
      'build -trimpath',
    ]);
    expect(calls().every((call) => call.endsWith('[GOFLAGS=-buildvcs=false]'))).toBe(true);
    expect(log.lines).toContain(
      'building etcd 3.6.8 from Go modules: this takes minutes the first time; the result is kept',
    );
  });

  test('a failed build is told with the words of the compiler, and leaves nothing', async () => {
    const script = FAKE_GO.replace('build*) ', 'build*) echo "undefined: frobnicate" >&2; exit 1; ');
    const { tools, cacheDir } = withGo(script);
    const error = await tools.get('kind', '0.30.0').catch((thrown) => thrown);
    expect(error.exitCode).toBe(EXIT.infra);
    expect(error.message).toMatch(/go: go build -trimpath ended with 1: undefined: frobnicate/);
    expect(
      readdirSync(join(cacheDir, 'kind', '0.30.0')).flatMap((d) =>
        readdirSync(join(cacheDir, 'kind', '0.30.0', d)),
      ),
    ).toEqual([]);
  });

  test('a module that cannot be had is told by name', async () => {
    const { tools } = withGo('echo \'{"Error": "reading sums: 410 Gone"}\'; exit 1');
    await expect(tools.get('helm', '3.19.0')).rejects.toThrow(
      'helm.sh/helm/v3@v3.19.0: reading sums: 410 Gone',
    );
  });

  test('Argo CD 3.3 and later is refused with the routes that remain', async () => {
    const { tools, bin } = withGo();
    const error = await tools.get('argocd', '3.3.0').catch((thrown) => thrown);
    expect(error.message).toContain('Argo CD 3.3 and later cannot be built from Go modules');
    expect(error.message).toContain('set tool-source to auto (now go), or put argocd 3.3.0 on PATH');
    expect(error.message).not.toContain('GOPROXY');
    expect(existsSync(join(bin, 'calls'))).toBe(false);
  });

  test('without Go it says so', async () => {
    const { tools } = bench({ source: 'go' });
    await expect(tools.get('etcd', '3.6.8')).rejects.toThrow('go: there is no Go toolchain on PATH');
  });

  test('a manifest in the module cache that is not the pinned one is refused', async () => {
    const pins = { releases: {}, manifests: { '3.1.9': { 'install.yaml': sha256('true') } } };
    const { tools, bin } = withGo(FAKE_GO, { pins });
    writeFileSync(join(bin, 'module', 'manifests', 'install.yaml'), 'false');
    await expect(tools.manifests('3.1.9', { ha: false })).rejects.toThrow(sha256('false'));
  });

  test('the real manifests of Argo CD 3.1.9 come out of its module', async () => {
    const { tools } = bench({ source: 'go', env: process.env, pins: PINS });
    const ha = readFileSync(await tools.manifests('3.1.9', { ha: true }), 'utf8');
    expect(ha.match(/^kind: /gm)).toHaveLength(70);
    expect(ha).toContain('quay.io/argoproj/argocd:v3.1.9');
    expect(sha256(ha)).toBe(PINS.manifests['3.1.9']?.['ha/install.yaml']);
    const plain = readFileSync(await tools.manifests('3.1.9', { ha: false }), 'utf8');
    expect(plain).not.toContain('redis-ha');
    expect(tools.used().map(({ name, source }) => `${name} ${source}`)).toEqual([
      'argocd manifests/ha/install.yaml go',
      'argocd manifests/install.yaml go',
    ]);
  }, 120_000);
});
