import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { versionFits, versionIn } from '../../src/tools/path.js';
import type { ToolName } from '../../src/tools/tools.js';
import { bench, program, tempDir } from './bench.js';

/** Answers as the real program does, and only when it is asked as it wants to be. */
const ANSWERS: [ToolName, string, string][] = [
  ['argocd', 'version --client --short', 'argocd: v3.1.9+8665140'],
  ['etcd', '--version', 'etcd Version: 3.1.9\nGit SHA: abc\nGo Version: go1.24.1'],
  ['kube-apiserver', '--version', 'Kubernetes v3.1.9'],
  ['kubectl', 'version --client -o json', '{"clientVersion": {"major": "3", "gitVersion": "v3.1.9"}}'],
  ['kind', 'version', 'kind v3.1.9 go1.24.1 linux/amd64'],
  ['helm', 'version --short', 'v3.1.9+g3d8990f'],
];

const answering = (asked: string, answer: string) =>
  `[ "$*" = "${asked}" ] || { echo "bad arguments: $*" >&2; exit 64; }\ncat <<'END'\n${answer}\nEND`.replace(
    'cat',
    '/bin/cat',
  );

const etcd = (version: string) => answering('--version', `etcd Version: ${version}`);

describe('the path route', () => {
  test.each(ANSWERS)('asks %s by "%s"', async (name, asked, answer) => {
    const { tools, bin } = bench({ source: 'path' });
    const path = program(join(bin, name), answering(asked, answer));
    expect(await tools.get(name, '3.1.9')).toMatchObject({ path, version: '3.1.9', source: 'path' });
    expect(tools.used()).toEqual([
      { name, version: '3.1.9', source: 'path', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('goes along PATH until a version fits', async () => {
    const [first, second] = [tempDir(), tempDir()];
    program(join(first, 'etcd'), etcd('3.5.0'));
    const path = program(join(second, 'etcd'), etcd('3.6.8'));
    const { tools } = bench({ source: 'path', env: { PATH: `${first}:relative::${second}` } });
    expect((await tools.get('etcd', '3.6.8')).path).toBe(path);
  });

  test('starts nothing from a relative entry of PATH', async () => {
    const dir = tempDir();
    program(join(dir, 'etcd'), etcd('3.6.8'));
    const { tools } = bench({ source: 'path', env: { PATH: relative(process.cwd(), dir) } });
    await expect(tools.get('etcd', '3.6.8')).rejects.toThrow(/path: not on PATH/);
  });

  test('names every candidate that does not fit, once', async () => {
    const [first, second] = [tempDir(), tempDir()];
    const path = program(join(first, 'etcd'), etcd('3.5.0'));
    symlinkSync(path, join(second, 'etcd'));
    const { tools } = bench({ source: 'path', env: { PATH: `${first}:${second}` } });
    const error = await tools.get('etcd', '3.6.8').catch((thrown) => thrown);
    expect(error.exitCode).toBe(EXIT.infra);
    expect(error.message.match(/is 3\.5\.0, not 3\.6\.8/g)).toHaveLength(1);
    expect(error.message).toContain('set tool-source to auto (now path)');
    expect(error.message).not.toContain('release: ');
  });

  test('looks into KUBEBUILDER_ASSETS first, and takes its etcd as it is', async () => {
    const assets = tempDir();
    const path = program(join(assets, 'etcd'), etcd('3.5.21'));
    const onPath = tempDir();
    program(join(onPath, 'etcd'), etcd('3.6.8'));
    const { tools } = bench({ source: 'path', env: { PATH: onPath, KUBEBUILDER_ASSETS: assets } });
    expect(await tools.get('etcd', '3.6.8')).toMatchObject({ path, version: '3.5.21' });
  });

  test('a given path that does not fit ends the search', async () => {
    const path = program(join(tempDir(), 'argocd'), answering('version --client --short', 'argocd: v3.0.0'));
    const { tools } = bench({ paths: { argocd: path } });
    await expect(tools.get('argocd', '3.1.9')).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringContaining(`${path} is 3.0.0, not 3.1.9`),
    });
  });

  test('a given path is used whatever the source', async () => {
    const path = program(
      join(tempDir(), 'my-argocd'),
      answering('version --client --short', 'argocd: v3.1.9'),
    );
    const { tools } = bench({ source: 'release', paths: { argocd: path } });
    expect((await tools.get('argocd', '3.1.9')).path).toBe(path);
  });

  test('a program that fails is told with its words', async () => {
    const { tools, bin } = bench({ source: 'path' });
    program(join(bin, 'kind'), 'echo "kind v0.30.0"; echo "cannot open shared object" >&2; exit 127');
    await expect(tools.get('kind', '0.30.0')).rejects.toThrow(
      /exit code 127, said: cannot open shared object/,
    );
  });
});

test.each([
  ['kind v0.30.0 go1.24.6 linux/amd64', '0.30.0'],
  ['argocd: v3.6.0-rc2+abc.def', '3.6.0-rc2'],
  ['{"major": "1", "minor": "32+", "gitVersion": "v1.32.4-gke.1"}', '1.32.4-gke.1'],
  ['v3.19+unknown', undefined],
])('versionIn(%s)', (output, expected) => {
  expect(versionIn(output)).toBe(expected);
});

test.each<[ToolName, string, string, boolean, boolean]>([
  ['argocd', '3.1.9', '3.1.9', false, true],
  ['argocd', '3.1.9', '3.1.8', true, false],
  ['kind', '0.30.0', '0.30.1', true, false],
  ['etcd', '3.6.8', '3.6.7', false, false],
  ['etcd', '3.6.8', '3.5.21', true, true],
  ['etcd', '3.6.8', '2.3.8', true, false],
  ['kubectl', '1.34.4', '1.34.0', false, true],
  ['kubectl', '1.34.4', '1.33.4', false, false],
  ['kube-apiserver', '1.34.4', '2.34.4', true, false],
  ['helm', '3.19.0', '3.2.0', false, true],
  ['helm', '3.19.0', '4.0.0', false, false],
])('versionFits(%s, %s, %s, %s)', (name, wanted, found, named, expected) => {
  expect(versionFits(name, wanted, found, named)).toBe(expected);
});
