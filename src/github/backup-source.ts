import { invalidInput } from '../errors.js';
import { duration } from '../inputs/values.js';

/** Where a backup to restore comes from. */
export type BackupSource =
  /** The newest artifact of the backup workflow. */
  | { from: 'latest' }
  /** The artifact of one run. */
  | { from: 'run'; id: number }
  | { from: 'artifact'; id: number }
  /** Any artifact that is not older than this. */
  | { from: 'random'; withinMs: number }
  | { from: 'path'; path: string };

/** What the input `backup` takes, for its errors. */
export const BACKUP_SOURCE_FORMS =
  'a path, latest, run:ID, artifact:ID, or random:AGE such as random:30d (a file of that name: ./latest)';

/**
 * Reads the input `backup`. What starts like one of the other forms is never taken for a path.
 * @returns undefined for text of none of the forms
 */
export function readBackupSource(text: string): BackupSource | undefined {
  const value = text.trim();
  if (value === 'latest') return { from: 'latest' };
  const [, word, argument] = /^(latest|run|artifact|random)(?::(.*))?$/s.exec(value) ?? [];
  switch (word) {
    case undefined:
      return value === '' ? undefined : { from: 'path', path: value };
    case 'run':
    case 'artifact':
      return withId(word, argument);
    case 'random':
      return withAge(argument);
    default:
      return undefined;
  }
}

/** @throws DrError (invalid input), see readBackupSource() */
export function parseBackupSource(text: string): BackupSource {
  const source = readBackupSource(text);
  if (source) return source;
  throw invalidInput(`backup: ${JSON.stringify(text)} is not valid; expected ${BACKUP_SOURCE_FORMS}.`);
}

function withId(from: 'run' | 'artifact', text = ''): BackupSource | undefined {
  const id = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? { from, id } : undefined;
}

function withAge(text = ''): BackupSource | undefined {
  const age = duration().safeParse(text);
  return age.success ? { from: 'random', withinMs: age.data } : undefined;
}
