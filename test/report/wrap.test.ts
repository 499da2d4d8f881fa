import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clip, displayWidth, wrap } from '../../src/report/wrap.js';

const { segment } = Intl.Segmenter.prototype;
afterEach(() => void (Intl.Segmenter.prototype.segment = segment));

/** How many characters are told apart while something runs. */
function stepsOf(run: () => void): number {
  let steps = 0;
  Intl.Segmenter.prototype.segment = function (text: string) {
    steps += text.length;
    return segment.call(this, text);
  };
  run();
  return steps;
}

test.each(['x', '字', 'e\u0301 '])(
  'what it takes to wrap %j many times grows with its length alone',
  (unit) => {
    for (const times of [1_000, 20_000]) {
      const text = unit.repeat(times);
      expect(stepsOf(() => wrap(text, 80))).toBeLessThanOrEqual(10 * text.length);
      expect(stepsOf(() => clip(text, 80))).toBeLessThanOrEqual(10 * text.length);
    }
  },
);

test('a word that makes more lines than a call takes arguments is wrapped', () => {
  expect(wrap('x'.repeat(1_000_000), 2).length).toBe(500_000);
});

test('lines are no longer than asked, and hold all of the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '字', '🚀', 'e\u0301', 'word') }),
      fc.integer({ min: 2, max: 30 }),
      (text, columns) => {
        const lines = wrap(text, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      },
    ),
  );
});
