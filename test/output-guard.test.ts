import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Output, OutputGuard } from '../src/output-guard.js';

/** An output as a runner reads it. */
class Read implements Output {
  text = '';
  write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    for (const each of rest) if (typeof each === 'function') each();
    return true;
  }
}

let out: Read;
let err: Read;
let guard: OutputGuard;
beforeEach(() => {
  [out, err] = [new Read(), new Read()];
  guard = new OutputGuard(out);
  guard.watch(out);
  guard.watch(err);
});

describe('what is printed', () => {
  test('is no command, on neither output', () => {
    out.write('  ::notice::from a stranger\n');
    err.write('error: artifact a-##[stop-commands]tok\n');
    expect(out.text).toBe('  : :notice::from a stranger\n');
    expect(err.text).toBe('error: artifact a-# #[stop-commands]tok\n');
  });

  test.each([
    ['##', '[stop-commands]tok\n'],
    ['a\n:', ':notice::x\n'],
    ['\r', '::notice::x\n'],
  ])('is none either where it comes in parts: %j, %j', (first, second) => {
    out.write(first);
    out.write(Buffer.from(second));
    expect(out.text).not.toMatch(/##\[|(^|[\r\n])::/);
    expect(out.text.replaceAll(' ', '')).toBe(first + second);
  });

  test('waits for the end of its line, and is not lost at the end of the process', () => {
    out.write('::half');
    expect(out.text).toBe('');
    guard.flush();
    expect(out.text).toBe(': :half\n');
  });

  test('keeps characters whole whose bytes come apart', () => {
    const bytes = Buffer.from('é\n');
    out.write(bytes.subarray(0, 1));
    out.write(bytes.subarray(1));
    expect(out.text).toBe('é\n');
  });

  test('tells its writer when it is written', async () => {
    await new Promise<void>((resolve) => void out.write('', () => resolve()));
  });
});

describe('commands', () => {
  test('of our own are obeyed, behind a line that was begun', () => {
    out.write('begun');
    guard.command(() => out.write('::warning::text ##[x]\n'));
    expect(out.text).toBe('begun\n::warning::text ##[x]\n');
  });

  test('that mask and debug are those of libraries too', () => {
    out.write('::add-mask::signature\n');
    out.write('::debug::url\n');
    out.write('::stop-commands::x\n');
    expect(out.text).toBe('::add-mask::signature\n::debug::url\n: :stop-commands::x\n');
  });

  test('are not let through with something behind them', () => {
    out.write('::add-mask::x\n::stop-commands::y\n');
    expect(out.text).toBe(': :add-mask::x\n: :stop-commands::y\n');
  });

  test('are for the writer that makes them, also where it fails', () => {
    expect(() =>
      guard.command(() => {
        throw new Error('broken');
      }),
    ).toThrow('broken');
    out.write('::notice::x\n');
    expect(out.text).toBe(': :notice::x\n');
  });
});

describe('foreign output', () => {
  test('stands between a stop with a random token and its end', async () => {
    for (const _ of [1, 2]) await guard.foreign(async () => void out.write('::notice::x\n'));
    const [, first, second] =
      /^::stop-commands::(\w{32})\n: :notice::x\n::\1::\n::stop-commands::(\w{32})\n: :notice::x\n::\2::\n$/.exec(
        out.text,
      ) ?? [];
    expect(first).toBeDefined();
    expect(second).not.toBe(first);
  });

  // A mask that the runner does not obey would show the secret in the log.
  test('is interrupted for our own commands, and for masks of libraries', async () => {
    await guard.foreign(async () => {
      guard.command(() => out.write('::add-mask::own\n'));
      out.write('::add-mask::theirs\n');
      out.write('said\n');
    });
    expect(obeyed(out.text)).toEqual(['::add-mask::own', '::add-mask::theirs']);
    expect(out.text).toMatch(/\nsaid\n::\w{32}::\n$/);
  });

  test('ends where it fails', async () => {
    await expect(guard.foreign(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    guard.command(() => out.write('::add-mask::x\n'));
    expect(obeyed(out.text)).toEqual(['::add-mask::x']);
  });
});

/** The commands that a runner obeys: none between a stop and its token. */
function obeyed(text: string): string[] {
  let token: string | undefined;
  return text.split('\n').filter((line) => {
    if (token !== undefined) {
      if (line === `::${token}::`) token = undefined;
      return false;
    }
    token = /^::stop-commands::(.+)$/.exec(line)?.[1];
    return token === undefined && line.startsWith('::');
  });
}
