import { randomBytes } from 'node:crypto';
import { backupFileName } from '../bundle/names.js';
import type { Mode } from '../report/report.js';

/** A backup's artifact, as artifactName() names it: its series and its time. */
const BACKUP = /^([A-Za-z0-9._-]{0,180})(-\d{8}T\d{6}Z)$/;
const SEALED_ENDING = '.tar.gz.age';

/**
 * The name of a backup's artifact: `argocd-<instance>-<UTC time>`, or a given name with that time, so that a run can
 * upload again: GitHub takes each name once a run. What artifacts may not be named is replaced.
 */
export function artifactName(instance: string, at: Date, given?: string): string {
  const own = backupFileName(instance, at, true).slice(0, -SEALED_ENDING.length);
  if (given === undefined) return own;
  return `${seriesNamed(given)}${/-[^-]+$/.exec(own)![0]}`;
}

/** The name of a report's artifact. It ends in no time, so that it is never taken for a backup; a run may have several. */
export const reportName = (mode: Mode): string =>
  `argocd-dr-report-${mode}-${randomBytes(4).toString('hex')}`;

/** The series of the artifacts that get a given name. */
export const seriesNamed = (given: string): string => given.replace(/[^A-Za-z0-9._-]+/g, '-');

/** The part of a name before its time; undefined where the name has none, so that it is no backup's. */
export const seriesOf = (name: string): string | undefined => BACKUP.exec(name)?.[1];

/**
 * Whether an artifact's name may be looked at and printed at all. Whoever can upload within a run decides on it, and
 * GitHub lets nearly anything pass: `argocd-##[stop-commands]x-20261127T000000Z` would be a command to the runner.
 */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9._-]{1,200}$/.test(name);
