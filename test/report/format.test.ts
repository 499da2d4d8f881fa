import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatBytes,
  formatMs,
  formatSeconds,
  formatTime,
  plural,
  printable,
} from '../../src/report/format.js';
import { displayWidth, wrap } from '../../src/report/wrap.js';

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.5, '1.00 s'],
  [9_994, '9.99 s'],
  [9_995, '10.0 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [166_000, '2 min 46 s'],
  [3_599_600, '1 h 00 min'],
  [11_100_000, '3 h 05 min'],
  [86_399_000, '1 d 0 h'],
  [187_200_000, '2 d 4 h'],
])('%d ms is %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test('an objective that was not measured is a dash, and zero is not', () => {
  expect(formatSeconds(null)).toBe('–');
  expect(formatSeconds(0)).toBe('0 ms');
});

test.each([
  [812, '812 B'],
  [50_331, '49.2 KiB'],
  [1_572_864, '1.50 MiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('times are shown in UTC, and text that is no time as it is', () => {
  expect(formatTime('2026-03-02T10:14:07.120+01:00')).toBe('2026-03-02 09:14:07 UTC');
  expect(formatTime('yesterday')).toBe('yesterday');
});

test('plurals', () => {
  expect([0, 1, 5000].map((count) => plural(count, 'check'))).toEqual([
    '0 checks',
    '1 check',
    '5,000 checks',
  ]);
});

test('printable text has no terminal escapes, text direction overrides, NULs or lone surrogates', () => {
  expect(printable('a\u{1B}[31m\u{202E}\u{0}\u{D800}\u{9B}b\n\tc 日本 🚀')).toBe(
    'a\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}b\n\tc 日本 🚀',
  );
});

test.each([
  ['name', 4],
  ['日本', 4],
  ['🚀', 2],
  ['e\u{301}', 1],
])('%s takes %d columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

describe('wrap', () => {
  test('breaks at spaces, and inside words that are longer than a line', () => {
    expect(wrap('one two three abcdefghij', 7)).toEqual(['one two', 'three', 'abcdefg', 'hij']);
  });

  test('keeps every line within its columns and loses no character', () => {
    const word = fc.stringMatching(/^[a-z日本🚀]{0,12}$/u);
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 2, max: 20 }), (words, columns) => {
        const text = words.join(' ');
        const lines = wrap(text, columns);
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
