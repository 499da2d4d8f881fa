import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { manifestFiles } from '../../src/argocd/manifest-files.js';
import { boundsOf } from '../../src/argocd/manifest-paths.js';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import { EXIT } from '../../src/errors.js';
import type { Exec } from '../../src/exec.js';
import type { Tools } from '../../src/tools/tools.js';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

const OBJECT = (name: string) => `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}}\n`;

/** A machine: a repository `repo` beside what nobody gave. */
function machine(files: Record<string, string> = {}): (path: string) => string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'manifest-paths-')));
  made.push(dir);
  const at = (path: string) => join(dir, path);
  mkdirSync(at('repo/.git'), { recursive: true });
  for (const [path, text] of Object.entries({ 'secret.yaml': OBJECT('secret'), ...files })) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
  return at;
}

const exec: Exec = async () => ({ code: 0, stdout: '', stderr: '' });
const tools = { get: async () => ({ path: '/tools/helm' }) } as unknown as Tools;
const load = (manifests: string) =>
  loadManifests(
    { manifests, ha: true, argocdVersion: '3.1.9', namespace: 'argocd' },
    { tools, exec, env: {} },
  );
const refused = (message: RegExp) => ({
  exitCode: EXIT.invalidInput,
  message: expect.stringMatching(message),
});

describe('links that lead out of what was given are not followed', () => {
  test('a file of a folder', async () => {
    const at = machine({ 'repo/argocd/a.yaml': OBJECT('a'), 'repo/other/b.yaml': OBJECT('b') });
    symlinkSync('../../secret.yaml', at('repo/argocd/b.yaml'));
    await expect(load(at('repo/argocd'))).rejects.toMatchObject(refused(/b\.yaml leads out of .*argocd/));
    // Neither are its lines looked at for annotations.
    expect(manifestFiles(at('repo/argocd')).files.map(({ file }) => file)).toEqual([
      at('repo/argocd/a.yaml'),
    ]);
    rmSync(at('repo/argocd/b.yaml'));
    symlinkSync('../other/b.yaml', at('repo/argocd/b.yaml'));
    await expect(load(at('repo/argocd'))).rejects.toMatchObject(refused(/leads out of .*argocd/));
    rmSync(at('repo/argocd/b.yaml'));
    symlinkSync('a.yaml', at('repo/argocd/c.yml'));
    // Within the folder they are: here the same object comes twice.
    await expect(load(at('repo/argocd'))).rejects.toThrow(/stands in .*a\.yaml/);
  });

  test('the file or the folder itself, and a folder on the way', async () => {
    const at = machine({
      'repo/a.yaml': OBJECT('a'),
      'folder/x.yaml': OBJECT('x'),
      'folder/sub/x.yaml': OBJECT('x'),
    });
    symlinkSync('../secret.yaml', at('repo/link.yaml'));
    symlinkSync('../folder', at('repo/folder'));
    symlinkSync('a.yaml', at('repo/fine.yaml'));
    for (const path of ['link.yaml', 'folder', 'folder/x.yaml', 'folder/sub'])
      await expect(load(at(`repo/${path}`))).rejects.toMatchObject(refused(/leads out of .*repo/));
    expect((await load(at('repo/fine.yaml'))).objects).toHaveLength(1);
  });

  test('what a link leads to is no repository of its own', () => {
    const at = machine({
      'other/.git/HEAD': 'x',
      'other/sub/.git/HEAD': 'x',
      'other/sub/x.yaml': OBJECT('x'),
    });
    symlinkSync('../other', at('repo/link'));
    expect(boundsOf(at('repo/link/sub/x.yaml'))).toEqual({ folder: at('repo') });
    expect(boundsOf(at('other/sub/x.yaml'))).toEqual({ folder: at('other/sub') });
  });

  test('Git’s own data is not read, where a token may stand', async () => {
    const at = machine({ 'repo/.git/config': OBJECT('token') });
    symlinkSync('.git/config', at('repo/config.yaml'));
    await expect(load(at('repo/config.yaml'))).rejects.toMatchObject(refused(/Git's own data/));
  });

  test('Helm values', async () => {
    const at = machine();
    symlinkSync('../secret.yaml', at('repo/values.yaml'));
    const choice = { ha: true, argocdVersion: '3.1.9', namespace: 'argocd', chartVersion: '9.0.5' };
    await expect(
      loadManifests({ ...choice, values: at('repo/values.yaml') }, { tools, exec, env: {} }),
    ).rejects.toMatchObject(refused(/^values .* leads out of .*repo/));
  });
});

describe('what is no file, or far too large, is refused at once', () => {
  const fifo = (path: string) => execFileSync('mkfifo', [path]);

  test('FIFOs, devices and sockets', async () => {
    const at = machine({ 'repo/argocd/a.yaml': OBJECT('a') });
    fifo(at('repo/argocd/b.yaml'));
    await expect(load(at('repo/argocd'))).rejects.toMatchObject(refused(/b\.yaml is not a regular file/));
    await expect(load(at('repo/argocd/b.yaml'))).rejects.toMatchObject(refused(/not a regular file/));
    expect(manifestFiles(at('repo/argocd/b.yaml')).files).toEqual([]);
    for (const device of ['/dev/zero', '/dev/null', '/dev/tty'])
      await expect(load(device)).rejects.toMatchObject(refused(/regular file/));
    const server = createServer().listen(at('socket'));
    await expect(load(at('socket'))).rejects.toMatchObject(refused(/regular file/));
    server.close();
  });

  test('gigabytes, and files that are too much together', async () => {
    const at = machine({ 'repo/argocd/a.yaml': OBJECT('a'), 'repo/argocd/b.yaml': '' });
    truncateSync(at('repo/argocd/b.yaml'), 2 ** 33);
    await expect(load(at('repo/argocd'))).rejects.toMatchObject(refused(/b\.yaml has more than \d+ MiB/));
    const half = `# ${'x'.repeat(9 * 1024 * 1024)}\n`;
    for (const name of ['b', 'c']) writeFileSync(at(`repo/argocd/${name}.yaml`), half);
    await expect(load(at('repo/argocd'))).rejects.toMatchObject(refused(/more than/));
  });

  test('folders that lead to themselves, and a file that is named over and over', () => {
    const links = Array.from({ length: 12 }, (_, index) => `link${index}`);
    const again = Array.from({ length: 3000 }, () => 'a.yaml');
    const at = machine({
      'repo/argocd/kustomization.yaml': `resources: [${[...links, ...again]}]\n`,
      'repo/argocd/a.yaml': OBJECT('a'),
    });
    for (const link of links) symlinkSync('.', at(`repo/argocd/${link}`));
    expect(manifestFiles(at('repo/argocd')).files.map(({ file }) => file)).toEqual([
      at('repo/argocd/a.yaml'),
    ]);
  });

  test('a name that would be a line of its own', async () => {
    const at = machine({ 'repo/argocd/a\n##[error]b.yaml': OBJECT('a') });
    const message = await load(at('repo/argocd')).then(String, (error: Error) => error.message);
    expect(message).toMatch(/rename the file/);
    expect(message).not.toMatch(/\n|##\[/);
    expect(manifestFiles(at('repo/argocd')).files).toEqual([]);
  });
});
