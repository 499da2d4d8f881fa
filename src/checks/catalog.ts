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
  'backup.uploaded': {
    level: 'integrity',
    doesNotProve: 'That GitHub keeps the artifact for as long as you need it: see retention-days.',
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
  'running.workloads': {
    level: 'running',
    doesNotProve: 'That your own cluster has room for these pods, or pulls these images.',
  },
  'running.redis': {
    level: 'running',
    doesNotProve: 'That redis survives the loss of a node; mode install with chaos: node shows that.',
  },
  'running.token': {
    level: 'running',
    doesNotProve: 'That single sign-on works: its provider is out of reach in quarantine.',
  },
  'running.api': {
    level: 'running',
    doesNotProve: 'That the clusters and repositories listed can be reached.',
  },
  'running.settings': {
    level: 'running',
    doesNotProve: 'That the settings are the ones you would want today.',
  },
  'running.login': {
    level: 'running',
    doesNotProve: 'That accounts other than admin can log in.',
  },
  'running.metrics': {
    level: 'running',
    doesNotProve: 'That your monitoring scrapes these services.',
  },
  'engine.fence': {
    level: 'engine',
    doesNotProve: 'Anything about the backup: it keeps the restored objects from being acted on.',
  },
  'engine.controllers': {
    level: 'engine',
    doesNotProve: 'That the controllers keep up with all Applications: those are fenced.',
  },
  'engine.sync': {
    level: 'engine',
    doesNotProve: 'That your own repositories can be fetched: the canary comes from inside the drill.',
  },
  'engine.self-heal': {
    level: 'engine',
    doesNotProve: 'That drift in your other clusters would be healed: they are out of reach.',
  },
  'engine.new-commit': {
    level: 'engine',
    doesNotProve: 'That your webhooks arrive: the canary is refreshed by hand.',
  },
  'engine.untouched': {
    level: 'engine',
    doesNotProve: 'What unfenced Applications would do; a drill never lets them.',
  },
  'running.quarantine-held': {
    level: 'running',
    doesNotProve: 'Anything about the backup: it shows that the drill touched nothing real.',
  },
  'render.manifests': {
    level: 'render',
    doesNotProve: 'That the rendered manifests are what runs in your clusters.',
  },
  'custom.command': {
    level: 'custom',
    doesNotProve: 'Anything beyond what your own command looks at.',
  },
  'install.manifests': {
    level: 'running',
    doesNotProve: 'That a cluster takes them and runs them: the next checks look.',
  },
  'install.workloads': {
    level: 'running',
    doesNotProve: 'That your own cluster has room for these pods, or pulls these images.',
  },
  'install.redis': {
    level: 'running',
    doesNotProve: 'That redis survives the loss of a node; chaos: node shows that.',
  },
  'install.high-availability': {
    level: 'running',
    doesNotProve: 'That your own nodes stand in different failure domains.',
  },
  'install.node-loss': {
    level: 'running',
    doesNotProve: 'That it survives the loss of two nodes, or of the Kubernetes control plane.',
  },
} as const satisfies Record<string, CheckText>;

export type CheckId = keyof typeof CHECKS;

/** The levels that a level includes, itself last. */
const INCLUDED: Record<Level, Level[]> = {
  integrity: ['integrity'],
  restore: ['integrity', 'restore'],
  running: ['integrity', 'restore', 'running'],
  engine: ['integrity', 'restore', 'running', 'engine'],
  render: ['integrity', 'restore', 'running', 'engine', 'render'],
  custom: ['integrity', 'restore', 'running', 'engine', 'custom'],
};

/** Whether a drill of a level includes another level. */
export const includes = (level: Level, other: Level): boolean => INCLUDED[level].includes(other);

/** What a drill is asked to prove, by its inputs. */
export interface AskedOfDrill {
  level: Level;
  render: 'none' | 'reachable' | 'all';
  verifyCommand?: string | undefined;
  adminPassword?: string | undefined;
}

/** The ids of all checks that a drill needs, those of the levels below its own included. */
export function expectedChecks(asked: AskedOfDrill): CheckId[] {
  const ids = (Object.keys(CHECKS) as CheckId[]).filter(isOfDrills);
  return ids.filter((id) => isAsked(id, asked));
}

const isOfDrills = (id: CheckId) => !id.startsWith('backup.') && !id.startsWith('install.');

function isAsked(id: CheckId, { level, render, verifyCommand, adminPassword }: AskedOfDrill): boolean {
  if (id === 'running.login') return includes(level, 'running') && adminPassword !== undefined;
  if (id === 'custom.command') return verifyCommand !== undefined;
  if (id === 'render.manifests') return level === 'render' || (level === 'custom' && render !== 'none');
  return includes(level, CHECKS[id].level);
}
