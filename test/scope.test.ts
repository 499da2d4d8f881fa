import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exec } from '../src/exec.js';
import { Scope } from '../src/scope.js';

describe('close', () => {
  test('takes everything back, the last first, each awaited', async () => {
    const scope = new Scope();
    const order: string[] = [];
    for (const name of ['a', 'b', 'c'])
      scope.defer(async () => {
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
      });
    await scope.close();
    expect(order).toEqual(['c begins', 'c ends', 'b begins', 'b ends', 'a begins', 'a ends']);
  });

  test('goes on past failures, and reports each of them at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('fine', 'throws', 'rejects'), { maxLength: 8 }),
        async (kinds) => {
          const scope = new Scope();
          const done: number[] = [];
          for (const [index, kind] of kinds.entries())
            scope.defer(() => {
              done.push(index);
              if (kind === 'throws') throw new Error(`${index}`);
              return kind === 'rejects' ? Promise.reject(new Error(`${index}`)) : undefined;
            });
          const failed = await scope.close().then(
            () => [],
            ({ errors }: AggregateError) => errors.map((error) => Number((error as Error).message)),
          );
          const all = [...kinds.keys()].reverse();
          expect(done).toEqual(all);
          expect(failed).toEqual(all.filter((index) => kinds[index] !== 'fine'));
        },
      ),
    );
  });

  test('takes back at once what it has not finished with when the process goes down', async () => {
    const scope = new Scope();
    const taken: string[] = [];
    for (const name of ['to come', 'in the middle'])
      scope.defer(
        () => (name === 'to come' ? undefined : new Promise(() => {})),
        () => void taken.push(name),
      );
    scope.defer(
      () => {},
      () => void taken.push('done'),
    );
    void scope.close();
    await Promise.resolve();
    await Promise.resolve();
    scope.closeNow();
    expect(taken).toEqual(['in the middle', 'to come']);
  });

  test('takes back once, whoever closes again', async () => {
    const scope = new Scope();
    let times = 0;
    scope.defer(
      () => void times++,
      () => void times++,
    );
    await scope.close();
    await scope.close();
    scope.closeNow();
    expect(times).toBe(1);
  });

  test('what comes too late is taken back at once, and its maker is told', async () => {
    const scope = new Scope();
    await scope.close();
    let back = 0;
    expect(() =>
      scope.defer(
        () => {},
        () => void back++,
      ),
    ).toThrow('the run has ended');
    expect(back).toBe(1);
  });
});

test('closeNow takes back without waiting, the last first, past failures', () => {
  const scope = new Scope();
  const order: string[] = [];
  const never = () => new Promise<void>(() => {});
  scope.defer(never, () => order.push('a'));
  scope.defer(never, () => {
    throw new Error('b');
  });
  scope.defer(never, () => order.push('c'));
  scope.closeNow();
  expect(order).toEqual(['c', 'a']);
});

describe('privateDir', () => {
  let base: string;
  const before = process.env.RUNNER_TEMP;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'scope-'));
    process.env.RUNNER_TEMP = base;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.RUNNER_TEMP;
    else process.env.RUNNER_TEMP = before;
    rmSync(base, { recursive: true, force: true });
  });

  test('only this user can read it, and it goes with all that is in it', async () => {
    const scope = new Scope();
    const [first, second] = [scope.privateDir('backup'), scope.privateDir('backup')];
    expect(first).not.toBe(second);
    expect(first.startsWith(join(base, 'argocd-dr-backup-'))).toBe(true);
    expect(statSync(first).mode & 0o777).toBe(0o700);
    writeFileSync(join(first, 'export.yaml'), 'secret', { mode: 0o400 });
    await scope.close();
    expect(readdirSync(base)).toEqual([]);
  });

  test('one that is gone already is no failure', async () => {
    const scope = new Scope();
    rmSync(scope.privateDir('backup'), { recursive: true });
    await expect(scope.close()).resolves.toBeUndefined();
  });

  // What is left when a whole process ends, only another process can look at.
  async function inProcess(body: string) {
    const scope = pathToFileURL(join(import.meta.dirname, '../src/scope.ts')).href;
    const script = `
      const { Scope } = await import(${JSON.stringify(scope)});
      const scope = new Scope();
      const dir = scope.privateDir('backup');
      (await import('node:fs')).writeFileSync(dir + '/export.yaml', 'secret');
      console.log(dir);
      ${body}`;
    const env = { PATH: process.env.PATH, RUNNER_TEMP: base };
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { code, stdout, stderr } = await exec(process.execPath, args, { env: {}, set: env });
    return { code, dir: stdout.trim(), stderr };
  }

  test.each([
    ['by itself', '', 0],
    ['by process.exit', 'process.exit(3);', 3],
    [
      'by process.exit within a pending close',
      'scope.defer(() => new Promise(() => {})); scope.close(); process.exit(3);',
      3,
    ],
    ['by an exception', 'throw new Error("boom");', 1],
    ['by an exception later', 'setTimeout(() => { throw new Error("boom"); });', 1],
    ['by a rejection', 'Promise.reject(new Error("boom"));', 1],
  ])('a process that ends %s leaves none', async (_how, body, code) => {
    const ended = await inProcess(body);
    expect(ended.code).toBe(code);
    expect(ended.dir.startsWith(base)).toBe(true);
    expect(existsSync(ended.dir)).toBe(false);
    expect(readdirSync(base).filter((name) => name.startsWith('argocd-dr-'))).toEqual([]);
  });
});
