import { expect, test } from '@jest/globals';
import { renderEarlyVerdict } from '../../src/report/early.js';
import { fail, pass } from '../fixtures/reports.js';

const facts = {
  level: 'restore' as const,
  expected: pass.checks.map(({ id }) => id),
  elapsedMs: 41_210,
  objects: 1204,
};

test('says what is proven, after what time, and what comes next', () => {
  expect(renderEarlyVerdict(pass.checks, { ...facts, next: 'engine' })).toBe(
    'restore proven after 41.2 s: 1,204 objects equal; going on to level engine',
  );
  expect(renderEarlyVerdict(pass.checks, { ...facts, next: 'restore' })).toBe(
    'restore proven after 41.2 s: 1,204 objects equal',
  );
});

test('never says proven where a check failed, or is missing', () => {
  expect(renderEarlyVerdict(fail.checks, { ...facts, next: 'engine' })).toMatch(
    /^restore NOT proven after 41\.2 s: restore\.objects-present failed: 143 of 146/,
  );
  expect(renderEarlyVerdict(pass.checks.slice(1), facts)).toMatch(/^restore NOT proven .*integrity\.opens/);
  expect(renderEarlyVerdict([], facts)).toMatch(/^restore NOT proven/);
});
