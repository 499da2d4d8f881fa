import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shown } from '../../src/github/shown.js';
import { FOREIGN, WORDS } from './hostile.js';

test.each([
  ['release/1.0', 'release/1.0'],
  ['pröd eu_1 (2026), 日本', 'pröd eu_1 (2026), 日本'],
  ['the size: 7', 'the size: 7'],
  ['a:b', 'a?b'],
  ['argocd-##[stop-commands]tok', 'argocd-???stop-commands?tok'],
  ['😀', '?'],
  ['x'.repeat(100), 'x'.repeat(100)],
  ['x'.repeat(101), `${'x'.repeat(100)}…`],
  ['😀'.repeat(101), `${'?'.repeat(100)}…`],
])('%j is shown as %j', (text, told) => {
  expect(shown(text)).toBe(told);
});

test('whatever it is, it is short, on one line, and nothing to anyone who reads it', () => {
  const piece = fc.oneof(fc.constantFrom(...WORDS, ...'#[]:<>`|@/ \n'), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const told = shown(pieces.join(''));
      expect(told).not.toMatch(FOREIGN);
      expect(told.isWellFormed()).toBe(true);
      expect([...told].length).toBeLessThanOrEqual(101);
    }),
  );
});
