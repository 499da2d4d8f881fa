import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exec } from '../src/exec.js';
import { folderPrefix, hasEnded, OWNER_VARIABLE, ownerOf } from '../src/owner.js';
import { sweep, sweepOwned } from '../src/sweep.js';

let base: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

async function processWith(argument: string, env: NodeJS.ProcessEnv = process.env): Promise<ChildProcess> {
  const code = "console.log('up'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['-e', code, '--', argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

test('ends what names the folder, and no process of another whose name begins alike', async () => {
  const dir = join(base, 'step');
  mkdirSync(join(dir, 'argocd-dr-control-plane-x'), { recursive: true });
  writeFileSync(join(dir, 'argocd-dr-control-plane-x', 'key'), 'secret');
  const [inside, itself, other] = await Promise.all(
    [`--data-dir=${dir}/etcd`, dir, `${dir}-2/etcd`].map((argument) => processWith(argument)),
  );
  const ends = Promise.all([inside, itself].map((child) => once(child!, 'exit')));
  const lines = await sweep(dir, exec);
  await ends;
  expect(isOver(other!)).toBe(false);
  expect(existsSync(dir)).toBe(false);
  expect(lines).toEqual([
    expect.stringMatching(/^ended processes: node \(\d+\), node \(\d+\)$/),
    'removed private folders: argocd-dr-control-plane-x',
  ]);
});

test('spares the process that started it, which names the folder as well', async () => {
  const dir = join(base, 'step');
  const code = `import { exec } from ${JSON.stringify(join(import.meta.dirname, '../src/exec.ts'))};
import { sweep } from ${JSON.stringify(join(import.meta.dirname, '../src/sweep.ts'))};
console.log(JSON.stringify(await sweep(process.argv.at(-1), exec)));`;
  const script = join(base, 'sweep.mts');
  writeFileSync(script, code);
  const tsx = import.meta.resolve('tsx');
  const { code: ended, stdout } = await exec('sh', [
    '-c',
    '"$0" --import "$1" "$2" "$3"; exit $?',
    ...[process.execPath, tsx, script, dir],
  ]);
  expect([ended, stdout.trim()]).toEqual([0, '[]']);
});

test('says nothing where nothing is left', async () => {
  expect(await sweep(join(base, 'none'), exec)).toEqual([]);
  expect(existsSync(base)).toBe(true);
});

describe('what a killed run left', () => {
  // No process has this number: the highest that Linux gives is 2 ** 22.
  const dead = ownerOf(process.pid).replace(/^\d+-\d+/, '99999999-1');
  const folder = (owner: string, mode = 0o700) => {
    const dir = join(base, `argocd-dr-control-plane-${owner}-aB3xyz`);
    mkdirSync(dir, { mode });
    writeFileSync(join(dir, 'key'), 'secret');
    return dir;
  };
  const sweepAll = () => sweepOwned(base, hasEnded, exec);

  test('goes: its folders, what works in them, and what it had started', async () => {
    const dir = folder(dead);
    const [inside, marked, other] = await Promise.all([
      processWith(`--data-dir=${dir}/etcd`),
      processWith('x', { ...process.env, [OWNER_VARIABLE]: dead }),
      processWith('x', { ...process.env, [OWNER_VARIABLE]: ownerOf(process.pid) }),
    ]);
    const ends = Promise.all([inside, marked].map((child) => once(child!, 'exit')));
    const lines = await sweepAll();
    await ends;
    expect(isOver(other!)).toBe(false);
    expect(readdirSync(base)).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/^ended processes: node \(\d+\), node \(\d+\)$/),
      expect.stringMatching(/^removed private folders: argocd-dr-control-plane-99999999-/),
    ]);
  });

  test('and not what a living run has, nor what only looks like it', async () => {
    folder(ownerOf(process.pid));
    mkdirSync(join(base, `${folderPrefix('git')}aB3xyz`));
    mkdirSync(join(base, 'argocd-dr-git-aB3xyz'));
    const before = readdirSync(base).toSorted();
    expect(await sweepAll()).toEqual([]);
    expect(readdirSync(base).toSorted()).toEqual(before);
  });

  test('nor what a stranger may have put there: a link, a folder that others can write, a file', async () => {
    const victim = join(base, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, 'precious'), '');
    symlinkSync(victim, join(base, `argocd-dr-git-${dead}-aaaaaa`));
    writeFileSync(join(base, `argocd-dr-git-${dead}-bbbbbb`), '');
    chmodSync(folder(dead), 0o777);
    const before = readdirSync(base).toSorted();
    expect(await sweepAll()).toEqual([]);
    expect(readdirSync(base).toSorted()).toEqual(before);
    expect(readdirSync(victim)).toEqual(['precious']);
  });

  test('a link within its folder is removed, and not followed', async () => {
    const victim = join(base, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, 'precious'), '');
    symlinkSync(victim, join(folder(dead), 'link'));
    await sweepAll();
    expect(readdirSync(victim)).toEqual(['precious']);
    expect(readdirSync(base)).toEqual(['victim']);
  });

  test('of another user is left alone', async () => {
    if (process.getuid!() !== 0) return;
    chownSync(folder(dead), 12345, 12345);
    expect(await sweepAll()).toEqual([]);
  });
});
