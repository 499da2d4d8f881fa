import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BackupSource,
  backupSource,
  nameOfSource,
  readBackupSource,
} from '../../src/inputs/backup-source.js';

const DAY = 86_400_000;

test.each<[string, BackupSource]>([
  ['latest', { from: 'latest' }],
  [' latest ', { from: 'latest' }],
  ['run:30433642', { from: 'run', id: 30433642 }],
  ['artifact:11', { from: 'artifact', id: 11 }],
  ['random:30d', { from: 'random', withinMs: 30 * DAY }],
  ['random:1d12h', { from: 'random', withinMs: 1.5 * DAY }],
  ['demonstration', { from: 'demonstration' }],
  ['./latest', { from: 'path', path: './latest' }],
  ['latest.tar.gz.age', { from: 'path', path: 'latest.tar.gz.age' }],
  ['argocd-dr-backups/', { from: 'path', path: 'argocd-dr-backups/' }],
  ['runs/7', { from: 'path', path: 'runs/7' }],
  ['Latest', { from: 'path', path: 'Latest' }],
  ['C:\\backups', { from: 'path', path: 'C:\\backups' }],
])('%j', (text, source) => {
  expect(readBackupSource(text)).toEqual(source);
});

test.each([
  '',
  '  ',
  'latest:',
  'latest:7',
  'demonstration:7',
  'run',
  'run:',
  'run:0',
  'run:07',
  'run:-7',
  'run:7.5',
  'run:1e3',
  'run: 7',
  'run:7\nrun:8',
  'run:9007199254740993',
  'artifact',
  'artifact:argocd',
  'random',
  'random:',
  'random:30',
  'random:0d',
  'random:-3d',
])('%j is none', (text) => {
  expect(readBackupSource(text)).toBeUndefined();
  expect(backupSource().safeParse(text).error?.issues[0]?.message).toContain(
    `${JSON.stringify(text)} is not valid; expected a path, latest, run:ID`,
  );
});

test('an ID is read as it is written', () => {
  const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(id, fc.constantFrom('run' as const, 'artifact' as const), (number, from) => {
      const source = readBackupSource(`${from}:${number}`)!;
      expect(source).toEqual({ from, id: number });
      expect(nameOfSource(source)).toBe(`${from}:${number}`);
    }),
  );
});

test('any text is one of the forms, or refused as a wrong input; what is taken for a path is it as it stands', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const source = readBackupSource(text);
      if (source?.from === 'path') expect(source.path).toBe(text.trim());
    }),
  );
});
