import { expect, test } from '@jest/globals';
import { type AskedOfDrill, CHECKS, type CheckId, expectedChecks } from '../../src/checks/catalog.js';
import { LEVELS, type Level } from '../../src/report/report.js';

const ids = Object.keys(CHECKS) as CheckId[];

test('every check says what it does not prove, and a drill check is named after its level', () => {
  for (const id of ids) {
    const { level, doesNotProve } = CHECKS[id];
    expect(LEVELS).toContain(level);
    expect(doesNotProve).toMatch(/^[A-Z].*\.$/);
    expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
    if (!/^(backup|install)\./.test(id)) expect(id.split('.')[0]).toBe(level);
  }
});

const asked = (level: Level, more: Partial<AskedOfDrill> = {}) =>
  expectedChecks({ level, render: 'none', ...more });

test('a level includes those below it, in the order of a drill, and none of a backup or an install', () => {
  const integrity = asked('integrity');
  const restore = asked('restore');
  expect(integrity.every((id) => id.startsWith('integrity.'))).toBe(true);
  expect(restore.slice(0, integrity.length)).toEqual(integrity);
  expect(restore.at(-1)).toBe('restore.negative-control');
  const chain = (['integrity', 'restore', 'running', 'engine', 'render'] as const).map((level) =>
    asked(level),
  );
  for (const [index, lower] of chain.slice(0, -1).entries())
    expect(chain[index + 1]).toEqual(expect.arrayContaining(lower));
  for (const id of chain.at(-1)!) expect(id).not.toMatch(/^(backup|install)\./);
  expect(chain.map(({ length }) => length)).toEqual(
    [...chain.map(({ length }) => length)].sort((a, b) => a - b),
  );
});

test('what an input asks for is expected, and nothing else is', () => {
  expect(asked('running')).not.toContain('running.login');
  expect(asked('running', { adminPassword: 'x' })).toContain('running.login');
  expect(asked('running')).not.toContain('engine.sync');
  expect(asked('running', { verifyCommand: 'true' })).toContain('custom.command');
  expect(asked('custom', { verifyCommand: 'true' })).toEqual([...asked('engine'), 'custom.command']);
  expect(asked('custom', { verifyCommand: 'true', render: 'all' })).toContain('render.manifests');
  expect(asked('render')).toContain('render.manifests');
});
