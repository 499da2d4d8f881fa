import { describe, expect, test } from '@jest/globals';
import { printOutputs, type Screen, terminalLog } from '../src/terminal.js';

function screen(tty: Partial<Screen> = {}) {
  const written: string[] = [];
  const clock = { ms: 1_234 };
  const target: Screen = { write: (text) => written.push(text), ...tty };
  return { log: terminalLog(target, () => clock.ms), target, written, clock };
}

test('lines carry the elapsed seconds, warnings their word', () => {
  const { log, written } = screen();
  log.info('starting');
  log.warn('careful');
  expect(written).toEqual(['[   1.2s] starting\n', '[   1.2s] warning: careful\n']);
});

describe('progress', () => {
  test('off a terminal: at most one line in two seconds', () => {
    const { log, written, clock } = screen();
    for (const ms of [0, 500, 1_999, 2_000, 3_000, 4_500]) {
      clock.ms = ms;
      log.progress(String(ms));
    }
    expect(written.map((line) => line.trim().split(' ').at(-1))).toEqual(['0', '2000', '4500']);
  });

  test('on a terminal: one line rewritten, within its width, and gone before the next line', () => {
    const { log, written } = screen({ isTTY: true, columns: 20 });
    log.progress('1 of a great many objects');
    log.progress('2');
    log.info('done');
    expect(written).toEqual([
      '[   1.2s] 1 of a gr',
      '\r\u001b[2K',
      '[   1.2s] 2',
      '\r\u001b[2K',
      '[   1.2s] done\n',
    ]);
  });
});

test('outputs are printed without the secret ones', () => {
  const { target, written } = screen();
  printOutputs({ verdict: 'PASS', 'admin-password': 'hunter2' }, target);
  expect(written).toEqual(['verdict: PASS\n']);
});
