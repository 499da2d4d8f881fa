import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { integer, parseJson, stringifyJson } from '../../src/kube/json.js';
import { json } from '../argocd/arbitrary.js';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('parseJson', () => {
  test('every integer of 64 bits keeps all its digits, wherever it stands', () => {
    fc.assert(
      fc.property(int64, (value) => {
        for (const text of [`${value}`, `[${value}]`, `{"a":{"b":[1,${value}]}}`])
          expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    // Kubernetes holds what is larger as a float.
    ['9223372036854775808', 2 ** 63],
    ['100000000000000000001', 1e20],
    ['1e20', 1e20],
    ['1234567890123456.5', 1234567890123456.5],
    ['"9007199254740993"', '9007199254740993'],
    ['"x 9007199254740993 y"', 'x 9007199254740993 y'],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value);
  });

  test('a field __proto__ stays a field', () => {
    const value = parseJson('{"__proto__":{"polluted":9007199254740993}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in value).toBe(false);
    expect(stringifyJson(value)).toBe('{"__proto__":{"polluted":9007199254740993}}');
  });

  test('text that is no JSON is refused', () => {
    expect(() => parseJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseJson('{"a":12345678901234567')).toThrow(SyntaxError);
  });
});

test('what stringifyJson writes, parseJson reads back, as JSON.parse does but for the digits', () => {
  fc.assert(
    fc.property(json, (value) => {
      const written = stringifyJson(value);
      expect(stringifyJson(parseJson(written))).toBe(written);
      expect(rounded(parseJson(written))).toEqual(JSON.parse(written));
    }),
  );
});

test('integer: a number where it is exact, else a BigInt, beyond 64 bits a float', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
      const read = integer(value.toString());
      if (BigInt.asIntN(64, value) === value) expect(BigInt(read)).toBe(value);
      else expect(read).toBe(Number(value));
      expect(typeof read === 'bigint').toBe(
        BigInt.asIntN(64, value) === value && !Number.isSafeInteger(Number(value)),
      );
    }),
  );
});

function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
}
