import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exec } from '../src/exec.js';
import { sweep } from '../src/sweep.js';

let base: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

async function processWith(argument: string): Promise<ChildProcess> {
  const code = "console.log('up'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['-e', code, '--', argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

test('ends what names the folder, and no process of another whose name begins alike', async () => {
  const dir = join(base, 'step');
  mkdirSync(join(dir, 'argocd-dr-control-plane-x'), { recursive: true });
  writeFileSync(join(dir, 'argocd-dr-control-plane-x', 'key'), 'secret');
  const [inside, itself, other] = await Promise.all(
    [`--data-dir=${dir}/etcd`, dir, `${dir}-2/etcd`].map(processWith),
  );
  const ends = Promise.all([inside, itself].map((child) => once(child!, 'exit')));
  const lines = await sweep(dir, exec);
  await ends;
  expect(hasEnded(other!)).toBe(false);
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
