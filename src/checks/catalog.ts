import type { Level } from '../report/report.js';

interface CheckText {
  level: Level;
  doesNotProve: string;
}

/** Every check there is, in the order of a drill, with what it does not prove. */
export const CHECKS = {
  'backup.complete': {
    level: 'integrity',
    doesNotProve: 'That the source itself was in the state you want back.',
  },
  'backup.guards': {
    level: 'integrity',
    doesNotProve: 'That what is gone since the previous backup was meant to go.',
  },
  'backup.stored': {
    level: 'integrity',
    doesNotProve: 'That the backup restores: only a drill proves that.',
  },
  'integrity.opens': {
    level: 'integrity',
    doesNotProve: 'That the people who must restore hold the key, or that the contents are complete.',
  },
  'integrity.members': {
    level: 'integrity',
    doesNotProve: 'That the members say anything sensible; the next checks read them.',
  },
  'integrity.yaml': {
    level: 'integrity',
    doesNotProve: 'That an API server accepts the objects.',
  },
  'integrity.objects': {
    level: 'integrity',
    doesNotProve:
      'That the source had no more objects than the backup lists; the backup proved that when it was made.',
  },
  'restore.fresh-target': {
    level: 'restore',
    doesNotProve: 'That other software in the target cluster leaves the restored objects alone.',
  },
  'restore.quarantine': {
    level: 'restore',
    doesNotProve: 'That a later start of Argo CD in this cluster would be harmless.',
  },
  'restore.import': {
    level: 'restore',
    doesNotProve: 'That every object arrived: argocd skips some without a word. The next checks look.',
  },
  'restore.objects': {
    level: 'restore',
    doesNotProve: 'That Argo CD, once it runs, can reach the clusters and repositories the objects name.',
  },
  'restore.nothing-extra': {
    level: 'restore',
    doesNotProve: 'Anything about objects of kinds that Argo CD does not own.',
  },
  'restore.extras': {
    level: 'restore',
    doesNotProve: 'That the settings in them are the ones you would want today.',
  },
  'restore.owners': {
    level: 'restore',
    doesNotProve: 'That owners of other kinds than ApplicationSet exist in the new cluster.',
  },
  'restore.re-export': {
    level: 'restore',
    doesNotProve: 'What neither export holds: see restore.extras.',
  },
  'restore.negative-control': {
    level: 'restore',
    doesNotProve: 'That every possible damage is found; it shows that the comparison can fail.',
  },
} as const satisfies Record<string, CheckText>;

export type CheckId = keyof typeof CHECKS;

const ORDER: Level[] = ['integrity', 'restore'];

/** The ids of the checks that a backup needs. */
export const BACKUP_CHECKS: CheckId[] = ['backup.complete', 'backup.guards', 'backup.stored'];

/** The ids of all checks that a drill of a level needs, those of the levels below it included. */
export function expectedChecks(level: Level): CheckId[] {
  const included = ORDER.slice(0, ORDER.indexOf(level) + 1);
  const ofDrills = (Object.keys(CHECKS) as CheckId[]).filter((id) => !BACKUP_CHECKS.includes(id));
  return ofDrills.filter((id) => included.includes(CHECKS[id].level));
}
