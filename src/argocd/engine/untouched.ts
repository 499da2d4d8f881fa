import { createHash } from 'node:crypto';
import type { Kube } from '../../kube/api.js';
import { APP_PROJECT, APPLICATION, APPLICATION_SET, type KubeObject } from '../../kube/objects.js';
import type { Difference } from '../../report/report.js';
import { canonicalJson, comparable } from '../canonical.js';
import { keyOf, parseKey } from '../diff.js';
import { keyOfObject } from '../listing.js';
import { CANARY } from './canary-objects.js';

/** The restored objects that a controller might write to, as they are at one moment: by key (see keyOf). */
export type Snapshot = ReadonlyMap<string, Seen>;

interface Seen {
  /** Changes with every write, even with one that is taken back. */
  resourceVersion: string;
  /** SHA-256 of each field of the canonical form. */
  fields: ReadonlyMap<string, string>;
}

const WATCHED = [APPLICATION, APP_PROJECT, APPLICATION_SET];

/** Reads all Applications, AppProjects and ApplicationSets but the canary's own. */
export async function takeSnapshot(kube: Kube, argocdNamespace: string): Promise<Snapshot> {
  const seen = new Map<string, Seen>();
  const takeKind = async (resource: (typeof WATCHED)[number]) => {
    for await (const object of kube.list(resource))
      if (!isCanary(object, argocdNamespace))
        seen.set(keyOf(keyOfObject(object)), seenNow(object, argocdNamespace));
  };
  await Promise.all(WATCHED.map(takeKind));
  return seen;
}

const isCanary = ({ metadata: { name, namespace } }: KubeObject, argocdNamespace: string) =>
  name === CANARY && namespace === argocdNamespace;

function seenNow(object: KubeObject, argocdNamespace: string): Seen {
  const fields = Object.entries(comparable(object, argocdNamespace)).map(
    ([field, value]) => [field, createHash('sha256').update(canonicalJson(value)).digest('hex')] as const,
  );
  return { resourceVersion: object.metadata.resourceVersion ?? '', fields: new Map(fields) };
}

/** What was created, removed or written between two snapshots, sorted by key; empty if nothing was touched. */
export function touched(before: Snapshot, after: Snapshot): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const change = changeOf(before.get(key), after.get(key));
    return change ? [{ ...parseKey(key), ...change }] : [];
  });
}

function changeOf(
  before: Seen | undefined,
  after: Seen | undefined,
): Pick<Difference, 'problem' | 'path'> | undefined {
  if (!after) return { problem: 'missing', path: '' };
  if (!before) return { problem: 'unexpected', path: '' };
  if (before.resourceVersion === after.resourceVersion) return undefined;
  const names = [...new Set([...before.fields.keys(), ...after.fields.keys()])];
  const changed = names.find((name) => before.fields.get(name) !== after.fields.get(name));
  return { problem: 'different', path: changed ?? 'metadata.resourceVersion' };
}
