import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  claimName,
  clearFolder,
  isEmbedded,
  markEmbedded,
  noSuchCluster,
  registryDir,
} from '../../src/cluster/registry.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import { parseInputs } from '../../src/inputs.js';

let base: string;
let env: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'registry-'));
  env = { RUNNER_TEMP: base };
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

/** A process that names a folder in its arguments, as etcd and kube-apiserver do. */
async function processWith(argument: string): Promise<ChildProcess> {
  const code = "console.log('up'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['-e', code, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

describe('registryDir', () => {
  test.each([
    [{ RUNNER_TEMP: '/r', XDG_STATE_HOME: '/x', HOME: '/h' }, '/r/argocd-dr/clusters'],
    [{ RUNNER_TEMP: '', XDG_STATE_HOME: '/x', HOME: '/h' }, '/x/argocd-dr/clusters'],
    [{ HOME: '/h' }, '/h/.local/state/argocd-dr/clusters'],
  ])('%j', (variables, dir) => {
    expect(registryDir(variables)).toBe(dir);
  });
});

describe('claimName', () => {
  test('makes a folder that only this user can read', () => {
    const dir = claimName(env, 'drill');
    expect(dir).toBe(join(registryDir(env), 'drill'));
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(registryDir(env)).mode & 0o777).toBe(0o700);
  });

  test('a name is taken once, and the message tells how to get rid of it', () => {
    claimName(env, 'drill');
    expect(() => claimName(env, 'drill')).toThrow(
      /cluster-name drill is taken .* teardown --cluster-name drill/,
    );
    expect(() => claimName(env, 'drill')).toThrow(expect.objectContaining({ exitCode: EXIT.invalidInput }));
    expect(claimName(env, 'drill-2')).toBeDefined();
  });
});

describe.each(['..', '.', '', '../x', 'a/b', '/tmp', 'a/', '../../..', './a'])('the name %j', (name) => {
  test('leads out of the registry, and is refused', async () => {
    mkdirSync(registryDir(env), { recursive: true });
    mkdirSync(join(registryDir(env), '..', 'x'));
    const refused = { exitCode: EXIT.invalidInput, message: expect.stringContaining('is not a name') };
    expect(() => claimName(env, name)).toThrow(expect.objectContaining(refused));
    await expect(clearFolder(env, name, exec)).rejects.toMatchObject(refused);
    expect(existsSync(join(registryDir(env), '..', 'x'))).toBe(true);
  });
});

test.each(['..', '.', '../x', 'a/b', '/tmp', 'a/', 'A b'])(
  'the input cluster-name %j is refused',
  async (name) => {
    await expect(
      parseInputs({ mode: 'teardown', values: { 'cluster-name': name } }, {}),
    ).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringContaining('cluster-name'),
    });
  },
);

describe('clearFolder', () => {
  test('ends the processes of the cluster and removes its folder, and no other', async () => {
    const dir = claimName(env, 'drill');
    const kept = claimName(env, 'drill-2');
    const [first, second, other] = await Promise.all(
      [dir, join(dir, 'etcd'), kept].map((path) => processWith(path)),
    );
    const ends = Promise.all([first, second].map((child) => once(child!, 'exit')));
    expect(await clearFolder(env, 'drill', exec)).toBe(true);
    await ends;
    expect(ended(other!)).toBe(false);
    expect(existsSync(dir)).toBe(false);
    expect(existsSync(kept)).toBe(true);
  });

  test('there is none of that name', async () => {
    expect(await clearFolder(env, 'drill', exec)).toBe(false);
  });
});

test('an embedded control plane is told from a kind cluster by its folder', () => {
  markEmbedded(claimName(env, 'plane'));
  claimName(env, 'kind');
  expect(['plane', 'kind', 'none'].map((name) => isEmbedded(env, name))).toEqual([true, false, false]);
});

test('the error for a name that is not there lists those that are', () => {
  expect(noSuchCluster(env, 'drill').message).toBe('there is no cluster drill: check cluster-name');
  claimName(env, 'one');
  claimName(env, 'two');
  expect(noSuchCluster(env, 'drill').message).toBe(
    'there is no cluster drill; there are: one, two: check cluster-name',
  );
});
