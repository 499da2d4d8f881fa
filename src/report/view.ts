import { EXIT } from '../errors.js';
import { plural } from './format.js';
import {
  type Change,
  type Check,
  type Difference,
  LEVELS,
  type Level,
  type Mode,
  type Phase,
  type Report,
} from './report.js';

/** How a verdict or a status is to look; every renderer has a word and a sign for each. */
export type Tone = 'pass' | 'fail' | 'partial' | 'error' | 'timed-out' | 'skipped';

/** A PASS whose exit code is not 0 missed an objective and must not look all well. */
export function toneOf(report: Report): Tone {
  if (report.verdict === 'FAIL') return 'fail';
  if (report.verdict === 'INFRA_ERROR') return 'error';
  return report.verdict === 'PASS' && report.exitCode === EXIT.pass ? 'pass' : 'partial';
}

const MODE_TITLES: Record<Mode, string> = {
  install: 'Argo CD installation',
  backup: 'Argo CD backup',
  'restore-verify': 'Argo CD restore verification',
  drill: 'Argo CD disaster recovery drill',
};

export function modeTitle(report: Report): string {
  return MODE_TITLES[report.mode];
}

const EXIT_MEANINGS: Record<number, string> = {
  [EXIT.pass]: 'success',
  [EXIT.unexpected]: 'unexpected error',
  [EXIT.invalidInput]: 'invalid input',
  [EXIT.fail]: 'the backup does not restore as asked',
  [EXIT.infra]: 'nothing can be said about the backup',
  [EXIT.cannotOpen]: 'the backup cannot be opened',
  [EXIT.objectiveMissed]: 'RPO or RTO target missed',
  [EXIT.partial]: 'not every check could be made',
  [EXIT.cancelled]: 'cancelled',
};

/** Where a mode has another subject than a backup's restore. */
const MODE_EXIT_MEANINGS: Partial<Record<Mode, Record<number, string>>> = {
  backup: { [EXIT.fail]: 'the source could not be backed up completely' },
  install: {
    [EXIT.fail]: 'the installation does not hold what was asked of it',
    [EXIT.infra]: 'the installation did not come up',
  },
};

/** The exit code in words; `docs/exit-codes.md` explains them. */
export function exitMeaning({
  exitCode,
  mode,
  verdict,
}: Pick<Report, 'exitCode' | 'mode'> & Partial<Pick<Report, 'verdict'>>): string {
  if (exitCode === EXIT.objectiveMissed && verdict === 'FAIL') return 'there is no backup to restore';
  return MODE_EXIT_MEANINGS[mode]?.[exitCode] ?? EXIT_MEANINGS[exitCode] ?? 'unknown exit code';
}

export interface KindCount {
  kind: string;
  /** In the backup; 0 where the backup has none of the kind. */
  expected: number;
  /** In the drill; `null` where the drill did not come to count. */
  restored: number | null;
}

/** The counts per kind of backup and drill side by side, Argo CD's own kinds first. */
export function kindCounts(report: Report): KindCount[] {
  const expected = report.backup?.counts ?? {};
  const restored = report.drill?.counts;
  const kinds = [...new Set([...Object.keys(expected), ...Object.keys(restored ?? {})])].sort(byKind);
  return kinds.map((kind) => ({
    kind,
    expected: expected[kind] ?? 0,
    restored: restored ? (restored[kind] ?? 0) : null,
  }));
}

/** Whether a kind came back in full; `null` where the drill did not come to count. */
export function isComplete({ expected, restored }: KindCount): boolean | null {
  return restored === null ? null : expected === restored;
}

/** The sums over all kinds; `restored` is `null` where the drill did not come to count. */
export function totals(rows: KindCount[]): KindCount {
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
  const restored = rows.every((row) => row.restored === null)
    ? null
    : sum(rows.map((row) => row.restored ?? 0));
  return { kind: 'All objects', expected: sum(rows.map((row) => row.expected)), restored };
}

const FIRST_KINDS = ['Application', 'ApplicationSet', 'AppProject'];

function byKind(a: string, b: string): number {
  const rank = (kind: string) => FIRST_KINDS.indexOf(kind) + 1 || FIRST_KINDS.length + 1;
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

export interface LevelChecks {
  level: Level;
  checks: Check[];
}

/** The checks by level, in the order of the levels; levels without checks are left out. */
export function checksByLevel(report: Report): LevelChecks[] {
  return LEVELS.map((level) => ({
    level,
    checks: report.checks.filter((check) => check.level === level),
  })).filter(({ checks }) => checks.length > 0);
}

const STATUS_ORDER: Check['status'][] = ['pass', 'fail', 'error', 'timed-out', 'skipped'];

/** How many checks have each status, such as `12 pass, 1 skipped`; statuses nobody has are left out. */
export function tally(checks: Check[]): string {
  const counts = STATUS_ORDER.map((status) => ({
    status,
    count: checks.filter((check) => check.status === status).length,
  }));
  const present = counts.filter(({ count }) => count > 0).map(({ status, count }) => `${count} ${status}`);
  return present.join(', ') || 'none made';
}

export interface DifferenceGroup {
  problem: Difference['problem'];
  kind: string;
  differences: Difference[];
}

const PROBLEM_ORDER: Difference['problem'][] = ['missing', 'different', 'unexpected'];

/** The differences by problem and kind: what is missing first, then the larger groups. */
export function differenceGroups(differences: Difference[]): DifferenceGroup[] {
  const groups = new Map<string, DifferenceGroup>();
  for (const difference of differences) {
    const { problem, kind } = difference;
    const key = JSON.stringify([problem, kind]);
    const group = groups.get(key) ?? { problem, kind, differences: [] };
    group.differences.push(difference);
    groups.set(key, group);
  }
  return [...groups.values()].sort(
    (a, b) =>
      PROBLEM_ORDER.indexOf(a.problem) - PROBLEM_ORDER.indexOf(b.problem) ||
      b.differences.length - a.differences.length,
  );
}

/** `namespace/name`, or the name alone where there is no namespace. */
export function objectName({ namespace, name }: Pick<Difference, 'namespace' | 'name'>): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The version of the backup and, where it is another, that of the drill: `3.1.9` or `3.1.9 → 3.2.0`. */
export function versions(from: string | undefined, to: string | undefined): string {
  const known = [from, to].filter((version) => version !== undefined);
  return [...new Set(known)].join(' → ') || '–';
}

/** A level on the ladder: what became of it in this run. */
export interface Rung {
  level: Level;
  /** `unasked`: not looked at, as nobody asked for it. */
  state: Check['status'] | 'unasked';
  /** In words. */
  note: string;
}

const WORST_FIRST: Check['status'][] = ['fail', 'error', 'timed-out', 'skipped', 'pass'];

/** Every level from `integrity` up to `custom`, with what was proven of it. Drills only. */
export function ladder(report: Report): Rung[] {
  const { level: asked, checks, mode } = report;
  if (asked === null || mode === 'backup' || mode === 'install') return [];
  return LEVELS.map((level) => {
    const made = checks.filter((check) => check.level === level);
    if (made.length > 0) return rungOf(level, made);
    // Rendering needs Git: a higher level can be had without it.
    const wanted =
      LEVELS.indexOf(level) <= LEVELS.indexOf(asked) && (level !== 'render' || asked === 'render');
    return wanted
      ? { level, state: 'skipped', note: 'not reached' }
      : { level, state: 'unasked', note: 'not asked for' };
  });
}

function rungOf(level: Level, checks: Check[]): Rung {
  const state = WORST_FIRST.find((status) => checks.some((check) => check.status === status))!;
  const note = state === 'pass' ? `${checks.length} of ${checks.length} proven` : tally(checks);
  return { level, state, note };
}

/** Changes of one kind at one place, over all objects. */
export interface ChangeGroup extends Pick<Change, 'kind' | 'path' | 'what' | 'class'> {
  objects: string[];
}

/** An index in a list is of no matter to what a version changes. */
const place = (path: string) => path.replace(/\[\d+\]/g, '[]');

/** The changes by what was changed: losses first, then the larger groups. */
export function changeGroups(changes: Change[]): ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>();
  for (const change of changes) {
    const { kind, what, class: sort } = change;
    const path = place(change.path);
    const key = JSON.stringify([sort, kind, path, what]);
    const group = groups.get(key) ?? { kind, path, what, class: sort, objects: [] };
    if (!group.objects.includes(objectName(change))) group.objects.push(objectName(change));
    groups.set(key, group);
  }
  const rank = ({ class: sort }: ChangeGroup) => (sort === 'loss' ? 0 : 1);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.objects.length - a.objects.length);
}

/** A phase with how deep it lies within others. */
export interface NestedPhase extends Phase {
  depth: number;
  /** Whether others are part of it. */
  encloses: boolean;
}

/** The phases, each followed by those that are part of it. */
export function nestedPhases(phases: Phase[], parent?: number, depth = 0): NestedPhase[] {
  return phases.flatMap((phase, index) => {
    if (phase.parent !== parent) return [];
    const within = nestedPhases(phases, index, depth + 1);
    return [{ ...phase, depth, encloses: within.length > 0 }, ...within];
  });
}

/** The names of the drill's nodes as they tell them apart: without the cluster's name before them. */
export function shortNode(node: string, clusterName: string | undefined): string {
  return clusterName && node.startsWith(`${clusterName}-`) ? node.slice(clusterName.length + 1) : node;
}

/** A metric's value with its unit: `1,204`, `0.042 s`. */
export function metricValue({ value, unit }: { value: number; unit: string }): string {
  const number = value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
  return unit ? `${number} ${unit}` : number;
}

/** The drill's cluster in a few words: `kind, 4 nodes, argocd-dr-1a2b`. */
export function clusterText({ clusterProvider, clusterName, nodes }: NonNullable<Report['drill']>): string {
  return [clusterProvider, nodes === undefined ? '' : plural(nodes, 'node'), clusterName ?? '']
    .filter(Boolean)
    .join(', ');
}
