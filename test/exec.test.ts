import { getEventListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EXIT } from '../src/errors.js';
import { type ExecOptions, exec, tail } from '../src/exec.js';

const node = (code: string, options?: ExecOptions) => exec(process.execPath, ['-e', code], options);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'exec-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('how a program ends', () => {
  test.each([0, 1, 20, 255])('exit code %i, with what it said', async (code) => {
    const script = `console.log('out'); console.error('err'); process.exitCode = ${code}`;
    expect(await node(script)).toEqual({ code, stdout: 'out\n', stderr: 'err\n' });
  });

  test.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGSEGV', 139],
  ])('by %s: %i', async (name, code) => {
    expect((await node(`process.kill(process.pid, '${name}'); setTimeout(() => {}, 10000)`)).code).toBe(code);
  });

  test('a program that is not there is named', async () => {
    const path = join(dir, 'no-such-program');
    await expect(exec(path, [])).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining(path),
    });
    await expect(exec(path, [], { stdin: 'x'.repeat(1e6) })).rejects.toThrow(path);
  });

  test('a program that may not be run is named', async () => {
    await expect(exec(dir, [])).rejects.toThrow(dir);
  });
});

describe('what a program is given', () => {
  test('arguments as they are: no shell reads them', async () => {
    const args = ['a b', '$HOME', '"', "'", ';', '', '*', 'é\n'];
    const { stdout } = await exec(process.execPath, [
      '-p',
      'JSON.stringify(process.argv.slice(1))',
      '--',
      ...args,
    ]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  const shown = async (options?: ExecOptions) =>
    JSON.parse((await node('console.log(JSON.stringify(process.env))', options)).stdout) as NodeJS.ProcessEnv;

  test('an environment in place of ours, what is set besides, and its folder', async () => {
    const { ARGOCD_DR_OWNER, ...seen } = await shown({ env: { TZ: 'a', B: 'b' }, set: { C: 'c' } });
    expect(seen).toEqual({ TZ: 'a', C: 'c' });
    expect(ARGOCD_DR_OWNER).toMatch(new RegExp(`^${process.pid}-\\d+-`));
    expect((await node('console.log(process.cwd())', { cwd: dir })).stdout.trim()).toBe(dir);
  });

  test('nothing of our environment that no list names: no token, no input, no key', async () => {
    const secrets = [
      'ACTIONS_RUNTIME_TOKEN',
      'GITHUB_TOKEN',
      'INPUT_IDENTITY',
      'ARGOCD_DR_IDENTITY',
      'NEW_SECRET',
    ];
    for (const name of secrets) process.env[name] = 'secret';
    try {
      expect(Object.entries(await shown()).filter(([name]) => secrets.includes(name))).toEqual([]);
      const env = { ...process.env };
      expect(Object.entries(await shown({ env })).filter(([name]) => secrets.includes(name))).toEqual([]);
    } finally {
      for (const name of secrets) delete process.env[name];
    }
  });

  const echo = 'process.stdin.pipe(process.stdout)';

  test('standard input as text, as a stream, empty, or none', async () => {
    const large = 'é'.repeat(500_000);
    expect((await node(echo, { stdin: large })).stdout).toBe(large);
    expect((await node(echo, { stdin: Readable.from(['a', 'b', Buffer.from('c')]) })).stdout).toBe('abc');
    expect((await node(echo, { stdin: '' })).stdout).toBe('');
    expect((await node(echo)).stdout).toBe('');
  });

  test.each(['process.exitCode = 3', 'process.stdin.destroy(); process.exitCode = 3', 'process.exit(3)'])(
    'a program that does not read its input ends as it wants to: %s',
    async (script) => {
      for (const stdin of [
        'x'.repeat(4_000_000),
        Readable.from(Array.from({ length: 64 }, () => 'x'.repeat(65_536))),
      ])
        expect((await node(script, { stdin })).code).toBe(3);
    },
  );

  test('a program that ends while its input is still to come', async () => {
    const endless = new PassThrough();
    endless.write('a');
    expect((await node('process.stdin.once("data", () => process.exit(3))', { stdin: endless })).code).toBe(
      3,
    );
  });

  test('an input that ends before its time is an error, not an end', async () => {
    const torn = new PassThrough();
    torn.write('a');
    setTimeout(() => torn.destroy(), 20);
    await expect(node(echo, { stdin: torn })).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });

  test('an input that breaks is an error, and the program does not stay', async () => {
    const broken = new PassThrough();
    const pidFile = join(dir, 'pid');
    const script = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); console.log('up'); setInterval(() => {}, 1000)`;
    const running = node(script, {
      stdin: broken,
      onLine: () => broken.destroy(new Error('the file went away')),
    });
    await expect(running).rejects.toThrow('the file went away');
    await expect(gone(pidFile)).resolves.toBe(true);
  });
});

describe('what a program says', () => {
  test('megabytes on both outputs at once', async () => {
    const script = `
      process.stdout.write('o'.repeat(8e6) + '\\n');
      process.stderr.write('e'.repeat(8e6) + '\\nlast words\\n');`;
    const { stdout, stderr } = await node(script);
    expect(stdout).toHaveLength(8_000_001);
    expect(stderr.endsWith('e\nlast words\n')).toBe(true);
    // The last 64 KiB, and at most a chunk of a pipe more.
    expect(stderr.length).toBeGreaterThanOrEqual(65_536);
    expect(stderr.length).toBeLessThanOrEqual(4 * 65_536);
  });

  test('characters that fall between two chunks stay whole', async () => {
    const script = `
      const bytes = Buffer.from('é😀');
      let at = 0;
      const next = () => { if (at < bytes.length) { process.stdout.write(bytes.subarray(at, ++at)); setTimeout(next, 5); } };
      next();`;
    const lines: string[] = [];
    const { stdout } = await node(script, { onLine: (line) => lines.push(line) });
    expect(stdout).toBe('é😀');
    expect(lines).toEqual(['é😀']);
  });

  test('line by line, from both outputs, the last one without a newline too', async () => {
    const lines: string[] = [];
    const { stdout, stderr } = await node(
      "process.stdout.write('a\\nb\\r\\nc'); process.stderr.write('x\\n')",
      {
        onLine: (line) => lines.push(line),
      },
    );
    expect(lines.sort()).toEqual(['a', 'b', 'c', 'x']);
    expect([stdout, stderr]).toEqual(['a\nb\r\nc', 'x\n']);
  });

  test('into a stream, which sets the pace; then lines are those of standard error', async () => {
    let size = 0;
    const slow = new Writable({
      highWaterMark: 1024,
      write(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        setImmediate(done);
      },
    });
    const lines: string[] = [];
    const script = "process.stdout.write('o\\n'.repeat(500000)); console.error('note')";
    const { code, stdout } = await node(script, { stdout: slow, onLine: (line) => lines.push(line) });
    expect({ code, stdout, size, lines }).toEqual({ code: 0, stdout: '', size: 1_000_000, lines: ['note'] });
  });

  test('into a stream that breaks: an error, and the program does not stay', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) });
    const pidFile = join(dir, 'pid');
    const script = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => console.log('x'), 5)`;
    await expect(node(script, { stdout: full })).rejects.toThrow('no space left');
    await expect(gone(pidFile)).resolves.toBe(true);
  });
});

describe('a run that is cancelled', () => {
  test('by the end of our own process takes its program along', async () => {
    const pidFile = join(dir, 'pid');
    const child = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); console.log('up'); setInterval(() => {}, 1000)`;
    const source = pathToFileURL(join(import.meta.dirname, '../src/exec.ts')).href;
    const script = `
      const { exec } = await import(${JSON.stringify(source)});
      exec(process.execPath, ['-e', ${JSON.stringify(child)}], { onLine: () => process.exit(4) });`;
    const { code } = await exec(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(code).toBe(4);
    expect(existsSync(pidFile)).toBe(true);
    await expect(gone(pidFile)).resolves.toBe(true);
  });

  test('kills its program, also one that ignores SIGTERM', async () => {
    const controller = new AbortController();
    const pidFile = join(dir, 'pid');
    const script = `
      process.on('SIGTERM', () => {});
      require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      console.log('up');
      setInterval(() => {}, 1000);`;
    const running = node(script, { signal: controller.signal, onLine: () => controller.abort() });
    await expect(running).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    await expect(gone(pidFile)).resolves.toBe(true);
  });

  test('does not start another', async () => {
    const file = join(dir, 'started');
    const script = `require('fs').writeFileSync(${JSON.stringify(file)}, '')`;
    await expect(node(script, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      exitCode: EXIT.cancelled,
    });
    expect(existsSync(file)).toBe(false);
  });

  test('is cancelled, whatever else breaks by it', async () => {
    const controller = new AbortController();
    const torn = new PassThrough();
    controller.signal.addEventListener('abort', () => torn.destroy(new Error('torn')));
    const running = node("console.log('up'); setInterval(() => {}, 1000)", {
      stdin: torn,
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });

  test('with an input and an output under way', async () => {
    const controller = new AbortController();
    const endless = new PassThrough();
    endless.write('a');
    const output = new PassThrough();
    output.once('data', () => controller.abort());
    const running = node('process.stdin.pipe(process.stdout)', {
      stdin: endless,
      stdout: output,
      signal: controller.signal,
    });
    await expect(running).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });
});

test('many programs side by side leave no listener behind', async () => {
  const { signal } = new AbortController();
  const before = process.listenerCount('exit');
  const runs = Array.from({ length: 12 }, () => exec('/bin/true', [], { signal }));
  expect(process.listenerCount('exit')).toBe(before);
  await Promise.all(runs);
  await exec(join(dir, 'none'), [], { signal }).catch(() => {});
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.each([
  ['a\nb\nc\n', 2, 'b\nc'],
  ['a', 5, 'a'],
  ['', 5, ''],
  ['a\n\n\n', 1, 'a'],
  ['1\n2\n3\n4\n5\n6', undefined, '2\n3\n4\n5\n6'],
])('the last lines of %j', (text, count, wanted) => {
  expect(tail(text, count)).toBe(wanted);
});

test('a line whose beginning may be cut off is left out', () => {
  expect(tail(`${'e'.repeat(70_000)}\nlast words\n`, 2)).toBe('…\nlast words');
  expect(tail('e'.repeat(70_000))).toBe('…');
});

/** Whether the process that wrote its number into a file goes away. */
async function gone(pidFile: string): Promise<boolean> {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(10);
  }
}
