import { describe, expect, test } from '@jest/globals';
import { Random, timestamp, unixTime } from '../../src/demo/random.js';

const draw = (random: Random) => [
  random.uint32(),
  random.bytes(5).toString('hex'),
  random.text(9),
  random.uuid(),
];

describe('Random', () => {
  test('repeats itself for the same path', () => {
    expect(draw(new Random('seed', 'a'))).toEqual(draw(new Random('seed', 'a')));
  });

  test.each([[['seed', 'b']], [['seed']], [['seeda']], [['a', 'seed']], [['seed","a']]])(
    'differs for %j',
    (path) => {
      expect(draw(new Random(...path))).not.toEqual(draw(new Random('seed', 'a')));
    },
  );

  test('fills its range', () => {
    const random = new Random('range');
    const drawn = new Set(Array.from({ length: 500 }, () => random.below(7)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('gives as many bytes and characters as asked for, not all alike', () => {
    const random = new Random('length');
    for (const length of [0, 1, 3, 4, 33]) {
      expect(random.bytes(length)).toHaveLength(length);
      expect(random.text(length)).toHaveLength(length);
    }
    expect(new Set(random.bytes(4096)).size).toBe(256);
  });

  test('gives UUIDs of version 4', () => {
    expect(new Random('uuid').uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

test('points in time are those of Kubernetes, and of JSON Web Tokens', () => {
  expect(timestamp(61)).toBe('2025-11-01T00:01:01Z');
  expect(unixTime(61)).toBe(Date.parse('2025-11-01T00:01:01Z') / 1000);
});
