import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { goQuoted, goUnquoted } from '../src/go-text.js';

// What `fmt.Printf("%q", text)` prints between the quotes.
const SPELLINGS = [
  ['plain text', 'plain text'],
  ['say "hi"', String.raw`say \"hi\"`],
  ['C:\\new', String.raw`C:\\new`],
  ['a\nb\r\n\tc', String.raw`a\nb\r\n\tc`],
  ['\u0000\u0001\u0007\b\f\v\u001b\u007f', String.raw`\x00\x01\a\b\f\v\x1b\x7f`],
  ['\u0085\u00a0\u2028\ufeff', String.raw`\u0085\u00a0\u2028\ufeff`],
  ['pässwörd 秘密 🔑', 'pässwörd 秘密 🔑'],
  ['\u{e0001}', String.raw`\U000e0001`],
] as const;

describe('a text in the quotes of Go', () => {
  test.each(SPELLINGS)('%j', (text, quoted) => {
    expect(goQuoted(text)).toBe(quoted);
    expect(goUnquoted(quoted)).toBe(text);
  });

  test('is read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(goUnquoted(goQuoted(text))).toBe(text);
      }),
    );
  });

  test('stays where it is no escape of Go', () => {
    expect(goUnquoted(String.raw`\q \U00110000 \x4`)).toBe(String.raw`\q \U00110000 \x4`);
  });
});
