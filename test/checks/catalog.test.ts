import { expect, test } from '@jest/globals';
import { BACKUP_CHECKS, CHECKS, type CheckId, expectedChecks } from '../../src/checks/catalog.js';
import { LEVELS } from '../../src/report/report.js';

const ids = Object.keys(CHECKS) as CheckId[];

test('every check says what it does not prove, and a drill check is named after its level', () => {
  for (const id of ids) {
    const { level, doesNotProve } = CHECKS[id];
    expect(LEVELS).toContain(level);
    expect(doesNotProve).toMatch(/^[A-Z].*\.$/);
    expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
    if (!BACKUP_CHECKS.includes(id)) expect(id.split('.')[0]).toBe(level);
  }
});

test('a level includes those below it, in the order of a drill, and none of a backup', () => {
  const integrity = expectedChecks('integrity');
  const restore = expectedChecks('restore');
  expect(integrity.every((id) => id.startsWith('integrity.'))).toBe(true);
  expect(restore.slice(0, integrity.length)).toEqual(integrity);
  expect(restore).toEqual(ids.filter((id) => !BACKUP_CHECKS.includes(id)));
  expect(restore.at(-1)).toBe('restore.negative-control');
});
