import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PatternIndex } from '../src/pattern-index.js';
import { createRedactor, redact, redactError } from '../src/redact.js';
import { CountedText } from './counted-text.js';

const ALPHABETS = ['ab', 'ab*', '* \n', 'aB3+/=%"\\<', 'äé\u2028😀x '];
const dense = fc
  .constantFrom(...ALPHABETS)
  .chain((alphabet) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 40 }));
const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), dense);
const isSecret = (text: string) => text.trim().length >= 4;

/** A text in which the values stand, in any of their spellings, among other text and right beside each other. */
const textWith = (values: string[]) =>
  fc
    .array(
      fc.oneof(value, fc.constantFrom('', ...values.flatMap((secret) => [secret, ...spellings(secret)]))),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join(''));

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  const json = JSON.stringify(secret).slice(1, -1);
  const lines = secret.split(/\r\n|[\r\n\u0085\u2028\u2029]/).map((line) => line.trim());
  return [
    secret.trim(),
    base64,
    base64.replaceAll('=', ''),
    json,
    json.replaceAll('<', '\\u003c'),
    encodeURIComponent(secret.toWellFormed()),
    ...lines,
    ...lines.filter(isSecret).map((line) => JSON.stringify(line).slice(1, -1)),
  ];
}

const cases = fc
  .array(value, { maxLength: 6 })
  .chain((values) => fc.tuple(fc.constant(values), textWith(values)));
const runs = { numRuns: 2000 };

describe('properties', () => {
  test('no value of four characters and more survives, in any spelling', () => {
    fc.assert(
      fc.property(cases, ([values, text]) => {
        const clean = redact(text, values);
        for (const spelling of values.filter(isSecret).flatMap((secret) => [secret, ...spellings(secret)])) {
          if (isSecret(spelling)) expect(clean).not.toContain(spelling);
        }
      }),
      runs,
    );
  });

  test('to redact twice is to redact once', () => {
    fc.assert(
      fc.property(cases, ([values, text]) => {
        const clean = redact(text, values);
        expect(redact(clean, values)).toBe(clean);
      }),
      runs,
    );
  });

  test('a text without values stays as it is', () => {
    fc.assert(
      fc.property(value, fc.array(value), (text, values) => {
        const absent = values.filter((secret) =>
          [secret, ...spellings(secret)].every((part) => !contains(text, part)),
        );
        expect(redact(text, absent)).toBe(text);
      }),
      runs,
    );
  });
});

const contains = (text: string, part: string) => part.length >= 4 && text.includes(part);

test.each([
  ['as it stands', 'token=hunter22!', 'token=***'],
  ['twice', 'hunter22hunter22 hunter22', '****** ***'],
  ['in base64', Buffer.from('hunter22').toString('base64'), '***'],
  [
    'in base64 without padding',
    `x ${Buffer.from('hunter22').toString('base64').replace('=', '')} y`,
    'x *** y',
  ],
  ['not at all', 'hunter2', 'hunter2'],
])('a value %s', (_how, text, clean) => {
  expect(redact(text.replace('!', ''), ['hunter22'])).toBe(clean);
});

test('the longest value goes first', () => {
  expect(redact('abcdefgh', ['abcd', 'abcdefgh', 'cdef'])).toBe('***');
});

test('values in URLs and JSON', () => {
  expect(redact('https://user:p%40ss%2Fword@host', ['p@ss/word'])).toBe('https://user:***@host');
  expect(redact('q=p%40ss+word', ['p@ss word'])).toBe('q=***');
  expect(redact('{"password":"say \\"hi\\"\\n"}', ['say "hi"\n'])).toBe('{"password":"***"}');
  expect(redact('"a\\u003cb\\u0026c"', ['a<b&c'])).toBe('"***"');
});

test('values in the quotes of Go, as in the log of argocd', () => {
  expect(redact(String.raw`msg="say \"hi\"\x01\n"`, ['say "hi"\u0001\n'])).toBe('msg="***"');
});

test('values in the base64 of a longer text, wherever they stand in it', () => {
  for (const before of ['', 'a', 'ab', 'robot:'])
    expect(
      redact(Buffer.from(`${before}hunter22hunter22 and more`).toString('base64'), ['hunter22hunter22']),
    ).toMatch(/^.{0,9}\*\*\*.{12,16}$/);
});

test('lines, whatever ends them, and as JSON and Go write them', () => {
  const value = 'first "one"\rsecond one\u2028third one';
  expect(redact('[second one][third one][first \\"one\\"]', [value])).toBe('[***][***][***]');
});

test('an error: its message, its stack, and those of its causes', () => {
  const error = new Error('no hunter22', { cause: new Error('hunter22 is wrong') });
  expect(redactError(error, createRedactor(['hunter22']))).toBe(error);
  expect(`${error.message} ${error.stack} ${(error.cause as Error).stack}`).not.toContain('hunter22');
  expect([error.message, (error.cause as Error).message]).toEqual(['no ***', '*** is wrong']);
});

test('each line of a multi-line value', () => {
  expect(redact('second line\nfi', ['first line\n  second line\nend'])).toBe('***\nfi');
});

test('values of fewer than four characters, and white space, stay', () => {
  expect(redact('abc   \n  x', ['abc', '   \n  ', ''])).toBe('abc   \n  x');
});

test('ten thousand values that begin alike', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${i}.sig`);
  const redactor = createRedactor(values);
  const text = values.slice(0, 2000).join(' and ');
  expect(redact(text, redactor)).toBe(Array(2000).fill('***').join(' and '));
});

test('words of Argo CD stay: hidden they would make messages unreadable', () => {
  const text = 'Deployment argocd/argocd-server: argocd-admin is not a word';
  expect(redact(text, ['argocd', 'admin'])).toBe(text);
  expect(redact(text, ['argocd-admin'])).toBe('Deployment argocd/argocd-server: *** is not a word');
});

test('of a long value a part is hidden too, as where a line was cut', () => {
  const value = Array.from({ length: 40 }, (_, index) => `part${index}`).join('-');
  expect(redact(`said: ${value.slice(0, 100)}...`, [value])).toBe('said: ***...');
  expect(redact(`said: ${value.slice(0, 80)}OTHER`, [value])).toBe('said: ***OTHER');
  expect(redact(`said: ${value.slice(0, 20)}`, [value])).toBe(`said: ${value.slice(0, 20)}`);
});

/** Texts and values that fit each other so that a careless search goes over the text again and again. */
const HOSTILE: [string, (size: number) => { text: string; values: string[] }][] = [
  [
    'a long value that the text almost is',
    (size) => ({ text: 'a'.repeat(size), values: [`${'a'.repeat(size)}b`] }),
  ],
  [
    'values of every length that begin alike',
    (size) => ({
      text: 'a'.repeat(size),
      values: Array.from({ length: 200 }, (_, index) => `${'a'.repeat(index)}b${index}`),
    }),
  ],
  [
    'many values with one beginning',
    (size) => ({
      text: `${'a'.repeat(32)}x`.repeat(size / 33),
      values: Array.from({ length: size / 10 }, (_, index) => `${'a'.repeat(32)}${index}`),
    }),
  ],
];

test.each(HOSTILE)('%s: twice the size takes twice the steps', (_what, make) => {
  const steps = (size: number) => {
    const { text, values } = make(size);
    const counted = new CountedText(text);
    new PatternIndex(values).replaceIn(counted as unknown as string, '***');
    return counted.parts;
  };
  expect(steps(40_000) / steps(20_000)).toBeLessThan(2.2);
  expect(steps(40_000)).toBeLessThan(40_000 * 70);
});

test('a value of stars that each mask completes anew hides the whole text, and soon', () => {
  const text = `${'a'.repeat(200_000)}****`;
  expect(redact(text, ['a***'])).toBe('***');
  expect(redact('aab***', ['b***'])).toBe('aa***');
});
