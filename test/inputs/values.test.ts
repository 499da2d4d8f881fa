import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import {
  autoFlag,
  autoVersion,
  choice,
  duration,
  flag,
  formatDuration,
  integer,
  list,
  percentage,
  quote,
  version,
} from '../../src/inputs/values.js';

const read = (schema: z.ZodType, text: unknown) => {
  const { success, data, error } = schema.safeParse(text);
  return success ? { value: data } : { refused: error.issues.map(({ message }) => message) };
};

const cluster = choice(['auto', 'kind', 'existing']);

describe('values that are taken', () => {
  test.each<[string, z.ZodType, string, unknown]>([
    ['true', flag(), 'true', true],
    ['TRUE', flag(), 'TRUE', true],
    ['Yes', flag(), 'Yes', true],
    ['False', flag(), 'False', false],
    ['no', flag(), 'no', false],
    ['auto of a flag', autoFlag(), 'auto', 'auto'],
    ['false of an auto flag', autoFlag(), 'false', false],
    ['an integer at its bound', integer(1, 5), '5', 5],
    ['a percentage with its sign', percentage(), '20%', 20],
    ['a percentage without', percentage(), '12.5', 12.5],
    ['0 %', percentage(), '0 %', 0],
    ['seconds', duration(), '90s', 90_000],
    ['minutes', duration(), '30m', 1_800_000],
    ['hours and minutes', duration(), '1h30m', 5_400_000],
    ['days', duration(), '2d', 172_800_000],
    ['a version', version(), '3.1.9', '3.1.9'],
    ['a version with v', version(), 'v3.1.9', '3.1.9'],
    ['a pre-release', autoVersion(), 'v3.2.0-rc1', '3.2.0-rc1'],
    ['auto of a version', autoVersion(), 'auto', 'auto'],
    ['a word', cluster, 'kind', 'kind'],
    ['an empty list', list('x'), '', []],
    ['a list on lines', list('x'), 'a\n b \r\nc', ['a', 'b', 'c']],
    ['a list behind commas', list('x'), 'a, b,,c', ['a', 'b', 'c']],
    ['a list with comments', list('x'), '# all\na # one, first\nb#2', ['a', 'b#2']],
    ['a list with repetitions', list('x'), 'a,b\na', ['a', 'b']],
  ])('%s', (_, schema, text, value) => {
    expect(read(schema, text)).toEqual({ value });
  });
});

describe('values that are refused, with what is expected', () => {
  test.each<[string, z.ZodType, unknown, RegExp]>([
    ['1 as a boolean', flag(), '1', /"1" is not valid; expected true or false/],
    ['on as a boolean', flag(), 'on', /expected true or false/],
    ['tRUE as a boolean', flag(), 'tRUE', /expected true or false/],
    ['an integer above its bound', integer(1, 5), '6', /a whole number from 1 to 5/],
    ['a fraction', integer(1, 5), '2.5', /a whole number/],
    ['a negative number', integer(0, 5), '-1', /a whole number/],
    ['more than 100 %', percentage(), '101%', /from 0 to 100/],
    ['a duration without a unit', duration(), '90', /90s, 30m, 1h30m or 2d/],
    ['a duration with a space', duration(), '1 h', /90s, 30m/],
    ['units out of order', duration(), '5m1h', /90s, 30m/],
    ['no time at all', duration(), '0s', /90s, 30m/],
    ['half a version', version(), '3.1', /such as 3\.1\.9/],
    ['a word that is none', cluster, 'exsting', /expected auto, kind or existing\. Did you mean existing\?/],
    ['a word near to none', cluster, 'banana', /expected auto, kind or existing\.$/],
    ['nothing where something is needed', version(), undefined, /^is missing; expected a version/],
  ])('%s', (_, schema, text, message) => {
    expect(read(schema, text).refused).toEqual([expect.stringMatching(message)]);
  });
});

test('a secret key is never quoted, and long text is cut', () => {
  expect(quote('age-secret-key-1abc')).toBe('a secret key (not shown)');
  expect(quote('x'.repeat(500)).length).toBeLessThan(70);
});

test('a formatted duration reads back as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 * 86_400 }), (seconds) => {
      expect(read(duration(), formatDuration(seconds * 1000))).toEqual({ value: seconds * 1000 });
    }),
  );
});
