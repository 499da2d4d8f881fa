import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../src/kube/objects.js';
import { createRedactor, redact, redactError, secretValues } from '../src/redact.js';

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

describe('secretValues', () => {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
  const secret = (fields: object, metadata: object = {}) =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', ...metadata }, ...fields }) as KubeObject;
  const valuesOf = (object: KubeObject) => [...secretValues([object])];

  test('data as it stands and decoded, and stringData', () => {
    const object = secret({ data: { password: base64('hunter22') }, stringData: { token: 'letmein' } });
    expect(valuesOf(object)).toEqual([base64('hunter22'), 'hunter22', 'letmein']);
  });

  test('binary data as it stands only', () => {
    expect(valuesOf(secret({ data: { key: base64(Buffer.from([0xff, 0xfe, 1])) } }))).toEqual(['//4B']);
  });

  test('the strings in a cluster Secret, and not its settings', () => {
    const config = JSON.stringify({
      bearerToken: 'the-token',
      tlsClientConfig: { insecure: false, keyData: 'S0VZ' },
    });
    const data = { name: base64('in-cluster'), server: base64('https://10.0.0.1'), config: base64(config) };
    const labels = { 'argocd.argoproj.io/secret-type': 'cluster' };
    expect(valuesOf(secret({ data }, { labels }))).toEqual([base64(config), config, 'the-token', 'S0VZ']);
    expect(valuesOf(secret({ data }))).toContain('in-cluster');
  });

  test.each([
    ['https://host/repo.git', []],
    ['git@host:repo.git', []],
    ['ssh://git@host/repo.git', []],
    ['https://user:pass@host/repo.git', ['https://user:pass@host/repo.git', 'pass']],
    ['https://organisation@host/repo.git', ['https://organisation@host/repo.git']],
    [
      'https://a-token-of-25-characters@host/r',
      ['https://a-token-of-25-characters@host/r', 'a-token-of-25-characters'],
    ],
    ['oci://user:p%40ss@host/chart', ['oci://user:p%40ss@host/chart', 'p%40ss', 'p@ss']],
  ])('a repository URL %s', (url, values) => {
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
    expect(valuesOf(secret({ stringData: { url } }, { labels }))).toEqual(values);
  });

  test('the passwords of URLs in any value, and JSON within JSON', () => {
    const proxy = 'http://user:pass-word@proxy';
    const inner = JSON.stringify({ proxy });
    const outer = JSON.stringify({ inner });
    expect(new Set(valuesOf(secret({ stringData: { outer } })))).toEqual(
      new Set([outer, inner, proxy, 'pass-word']),
    );
  });

  test('a value that is nested without end, or long, is no matter', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const long = 'https'.repeat(200_000);
    expect(valuesOf(secret({ stringData: { deep, long } }))).toEqual([deep, long]);
  });

  test('the last-applied annotation, with its clear text', () => {
    const applied = JSON.stringify(secret({ stringData: { password: 'in-clear' } }));
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
    expect(valuesOf(secret({}, { annotations }))).toEqual([applied, 'in-clear']);
    expect(valuesOf(secret({}, { annotations: { ...annotations, other: 'x' } }))).not.toContain('x');
    const broken = { 'kubectl.kubernetes.io/last-applied-configuration': '{broken' };
    expect(valuesOf(secret({}, { annotations: broken }))).toEqual(['{broken']);
  });

  test('nothing from other kinds', () => {
    expect(valuesOf({ ...secret({ data: { a: 'YWJjZA==' } }), kind: 'ConfigMap' })).toEqual([]);
  });
});

test('words of Argo CD stay: hidden they would make messages unreadable', () => {
  const text = 'Deployment argocd/argocd-server: argocd-admin is not a word';
  expect(redact(text, ['argocd', 'admin'])).toBe(text);
  expect(redact(text, ['argocd-admin'])).toBe('Deployment argocd/argocd-server: *** is not a word');
});
