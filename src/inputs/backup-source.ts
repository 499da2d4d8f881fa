import { duration, reading } from './values.js';

/** Where a backup to restore comes from. */
export type BackupSource =
  /** The newest artifact of the backup workflow. */
  | { from: 'latest' }
  /** The artifact of one run. */
  | { from: 'run'; id: number }
  | { from: 'artifact'; id: number }
  /** Any artifact that is not older than this. */
  | { from: 'random'; withinMs: number }
  /** One that is made of a demonstration source first. */
  | { from: 'demonstration' }
  | { from: 'path'; path: string };

/** A backup that is an artifact on GitHub. */
export type ArtifactSource = Exclude<BackupSource, { from: 'path' | 'demonstration' }>;

/** The events that run what stands in the repository itself, for those who may write to it. */
export const TRUSTED_EVENTS = ['schedule', 'workflow_dispatch', 'repository_dispatch', 'push'] as const;

/** Whether a backup has to be fetched from GitHub. */
export const isArtifact = (source: BackupSource): source is ArtifactSource =>
  source.from !== 'path' && source.from !== 'demonstration';

/** What the input `backup` takes. */
export const FORMS =
  'a path, latest, run:ID, artifact:ID, random:AGE such as random:30d, or demonstration (a file of such a name: ./latest)';

/** The input `backup`. */
export const backupSource = () => reading({ kind: 'path' }, FORMS, readBackupSource);

/**
 * Reads where a backup comes from. What starts like one of the other forms is never taken for a path.
 * @returns undefined for text of none of the forms
 */
export function readBackupSource(text: string): BackupSource | undefined {
  const value = text.trim();
  if (value === 'latest' || value === 'demonstration') return { from: value };
  const [, word, argument] = /^(latest|demonstration|run|artifact|random)(?::(.*))?$/s.exec(value) ?? [];
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

/** The source as it is written. */
export function nameOfSource(source: BackupSource): string {
  if (source.from === 'path') return source.path;
  return 'id' in source ? `${source.from}:${source.id}` : source.from;
}

function withId(from: 'run' | 'artifact', text = ''): BackupSource | undefined {
  const id = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? { from, id } : undefined;
}

function withAge(text = ''): BackupSource | undefined {
  const age = duration().safeParse(text);
  return age.success ? { from: 'random', withinMs: age.data } : undefined;
}
