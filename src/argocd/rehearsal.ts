import pMap from 'p-map';
import type { KubeObject } from '../kube/objects.js';
import { APP_PROJECT, APPLICATION, label } from '../kube/objects.js';
import { some } from '../log.js';
import { canonicalJson } from './canonical.js';
import { fieldOf, joinPath, keyOf, type ObjectKey } from './diff.js';
import type { IndexedObject } from './index.js';

/** One change of an object, by the path of its field; never a value. The path is empty for a whole object. */
export interface Change extends ObjectKey {
  path: string;
  what: 'added' | 'removed' | 'changed';
}

/** What a restore into a newer Argo CD did to objects. */
export interface Changes {
  /** Argo CD's own doing: what it adds, what it works out anew, what it has taken note of. */
  migrations: Change[];
  /** What of the backup is not there any more, or is no longer what it was. */
  losses: Change[];
}

/**
 * Tells Argo CD's own migrations from losses, in one object that was restored into a newer version.
 *
 * A migration is a field that is added (by a default of the new CRD, or by a component), whatever of an Application's
 * status the controller works out again at every reconciliation, and an annotation that asks for something and is
 * taken away when it is done. Everything else is a loss: what is removed or changed, even if it was empty
 * (`automated: {}` and `enabled: false` mean something), and elements that a list in spec has gained, which no
 * default can add.
 * @param expected the backup's object in comparable form; undefined where it holds none
 * @param actual the target's in comparable form; undefined where it is missing
 */
export function classifyChanges(expected: KubeObject | undefined, actual: KubeObject | undefined): Changes {
  if (!expected || !actual) return classifyWhole(expected, actual);
  const key = keyOfComparable(expected);
  const changes = fieldChanges(expected, actual, []).map(({ steps, what }) => ({
    steps,
    change: { ...key, path: steps.reduce(extend, ''), what },
  }));
  const isMigration = ({ steps, change }: (typeof changes)[number]) =>
    isAddition(steps, change.what) || isRecomputed(key, steps) || isConsumed(steps, change.what);
  return {
    migrations: changes.filter(isMigration).map(({ change }) => change),
    losses: changes.filter((each) => !isMigration(each)).map(({ change }) => change),
  };
}

function classifyWhole(expected: KubeObject | undefined, actual: KubeObject | undefined): Changes {
  if (expected)
    return { migrations: [], losses: [{ ...keyOfComparable(expected), path: '', what: 'removed' }] };
  if (!actual) return { migrations: [], losses: [] };
  const key = keyOfComparable(actual);
  const added: Change[] = [{ ...key, path: '', what: 'added' }];
  return isMadeByArgoCd(key) ? { migrations: added, losses: [] } : { migrations: [], losses: added };
}

/** The project `default` is made by argocd-server at its start, whatever the backup holds. */
export const isMadeByArgoCd = ({ kind, name }: Omit<ObjectKey, 'namespace'>): boolean =>
  kind === APP_PROJECT.kind && name === 'default';

function keyOfComparable({ kind, metadata }: KubeObject): ObjectKey {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** A name of a field, or a position in a list. */
type Step = string | number;

interface FieldChange {
  steps: Step[];
  what: Change['what'];
}

const extend = (path: string, step: Step): string =>
  typeof step === 'number' ? `${path}[${step}]` : joinPath(path, step);

function fieldChanges(expected: unknown, actual: unknown, steps: Step[]): FieldChange[] {
  if (canonicalJson(expected) === canonicalJson(actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) return listChanges(expected, actual, steps);
  if (!isRecord(expected) || !isRecord(actual)) return [{ steps, what: 'changed' }];
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((name) => {
    const [before, after] = [fieldOf(expected, name), fieldOf(actual, name)];
    const below = [...steps, name];
    if (before === undefined) return after === undefined ? [] : [{ steps: below, what: 'added' as const }];
    if (after === undefined) return [{ steps: below, what: 'removed' as const }];
    return fieldChanges(before, after, below);
  });
}

/** A list as long as before is compared place by place; a longer one may have kept all in their order. */
function listChanges(expected: unknown[], actual: unknown[], steps: Step[]): FieldChange[] {
  if (expected.length === actual.length)
    return expected.flatMap((item, index) => fieldChanges(item, actual[index], [...steps, index]));
  const left = expected.map(canonicalJson);
  const gained: FieldChange[] = [];
  for (const [index, item] of actual.entries())
    if (left[0] === canonicalJson(item)) left.shift();
    else gained.push({ steps: [...steps, index], what: 'added' });
  return left.length === 0 ? gained : [{ steps, what: 'changed' }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAddition(steps: Step[], what: Change['what']): boolean {
  const inList = typeof steps.at(-1) === 'number';
  return what === 'added' && (!inList || steps[0] === 'metadata' || steps[0] === 'status');
}

/** The status that the application controller sets at every reconciliation (processAppRefreshQueueItem of its source). */
const RECOMPUTED: readonly Step[] = [
  'conditions',
  'controllerNamespace',
  'health',
  'observedAt',
  'reconciledAt',
  'resourceHealthSource',
  'resources',
  'sourceType',
  'sourceTypes',
  'summary',
  'sync',
];

function isRecomputed({ kind }: ObjectKey, [first, second = '']: Step[]): boolean {
  return kind === APPLICATION.kind && first === 'status' && RECOMPUTED.includes(second);
}

/** Annotations that ask Argo CD for something once. */
const REQUESTS: readonly Step[] = [
  'argocd.argoproj.io/application-set-refresh',
  'argocd.argoproj.io/hydrate',
  'argocd.argoproj.io/refresh',
];

function isConsumed([first, second, third = '']: Step[], what: Change['what']): boolean {
  return what === 'removed' && first === 'metadata' && second === 'annotations' && REQUESTS.includes(third);
}

/** Objects found, with what a newer Argo CD did to them. */
export interface Rehearsed<Found> extends Changes {
  /** All that were found; one that differs by migrations only has the backup's digest. */
  objects: Found[];
}

const CONCURRENCY = 16;

/**
 * Classifies every object that differs from the backup's.
 * @param readBoth reads the backup's object and the target's, both in comparable form
 */
export async function rehearse<Found extends ObjectKey & { sha256: string }>(
  held: IndexedObject[],
  found: Found[],
  readBoth: (object: IndexedObject) => Promise<[KubeObject, KubeObject | undefined]>,
): Promise<Rehearsed<Found>> {
  const digests = new Map(found.map((object) => [keyOf(object), object.sha256]));
  const differing = held.filter((object) => {
    const digest = digests.get(keyOf(object));
    return digest !== undefined && digest !== object.sha256;
  });
  const settled = new Map<string, string>();
  const classified = await pMap(
    differing,
    async (object) => {
      const changes = classifyChanges(...(await readBoth(object)));
      if (changes.losses.length === 0 && changes.migrations.length > 0)
        settled.set(keyOf(object), object.sha256);
      return changes;
    },
    { concurrency: CONCURRENCY },
  );
  return {
    objects: found.map((object) => ({ ...object, sha256: settled.get(keyOf(object)) ?? object.sha256 })),
    migrations: classified.flatMap(({ migrations }) => migrations),
    losses: classified.flatMap(({ losses }) => losses),
  };
}

/** A line for each field that changed, with how many objects it changed in and the first of them. */
export function describeChanges(changes: Change[]): string[] {
  const lines = new Map<string, Set<string>>();
  for (const change of changes) {
    const path = change.path.replace(/\[\d+\]/g, '[]');
    const line = `${change.kind}: ${path ? `${path} ` : ''}${change.what}`;
    lines.set(line, (lines.get(line) ?? new Set()).add(label(change)));
  }
  return [...lines].map(([line, objects]) => `${line} in ${objects.size} (${some([...objects], 3)})`);
}
