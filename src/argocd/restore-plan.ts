import pMap from 'p-map';
import type { OpenedBackup } from '../bundle/open.js';
import type { BackupIndex } from '../checks/integrity.js';
import { invalidInput } from '../errors.js';
import type { Kube } from '../kube/api.js';
import { APP_PROJECT, CONFIG_MAP, CRD, type KubeObject, label, NAMESPACE, SECRET } from '../kube/objects.js';
import { some } from '../log.js';
import { digestOf } from './canonical.js';
import type { ObjectKey } from './diff.js';
import { portable } from './extras.js';
import type { IndexedObject } from './index.js';

/** What a restore will do to a cluster that was there before, object by object. */
export interface RestorePlan {
  created: ObjectKey[];
  /** There, and otherwise than in the backup. */
  changed: ObjectKey[];
  /** There: equal, or never touched, as Namespaces and CRDs are. */
  kept: ObjectKey[];
}

const CONCURRENCY = 16;

/** Looks, before the first write, for everything that a restore writes. Nothing is changed. */
export async function planRestore(
  kube: Kube,
  { manifest }: OpenedBackup,
  index: BackupIndex,
  crds: readonly KubeObject[],
): Promise<RestorePlan> {
  const plan: RestorePlan = { created: [], changed: [], kept: [] };
  const definitions = crds.map(({ metadata }) => ({ kind: CRD.kind, namespace: '', name: metadata.name }));
  const written = [...index.extras.objects, ...index.export.objects];
  const decide = async (object: ObjectKey & Partial<IndexedObject>) => {
    const { kind, namespace, name } = object;
    plan[await fate(kube, object, manifest.namespace)].push({ kind, namespace, name });
  };
  await pMap([...definitions, ...written], decide, { concurrency: CONCURRENCY });
  return plan;
}

/** Of the other kinds a fresh target has none. */
const LOOKED_FOR = [CRD, NAMESPACE, CONFIG_MAP, SECRET, APP_PROJECT];
const NEVER_CHANGED = [CRD.kind, NAMESPACE.kind];

async function fate(
  kube: Kube,
  { kind, namespace, name, sha256 }: ObjectKey & Partial<IndexedObject>,
  argocdNamespace: string,
): Promise<keyof RestorePlan> {
  const resource = LOOKED_FOR.find((each) => each.kind === kind);
  const there = resource && (await kube.find(resource, namespace || undefined, name));
  if (!there) return 'created';
  const isKept = NEVER_CHANGED.includes(kind) || digestOf(portable(there), argocdNamespace) === sha256;
  return isKept ? 'kept' : 'changed';
}

/**
 * Asserts that a restore changes nothing of others: where a backup wants to write, it says itself, and whoever has a
 * public key can have made it.
 * @param own Argo CD's own namespace as the inputs say
 * @throws DrError (invalid input) that names what is in the way
 */
export function assertChangesOwn({ changed }: RestorePlan, own: string, server: string): void {
  const others = changed.filter(({ namespace }) => namespace !== own);
  if (others.length === 0) return;
  throw invalidInput(
    `the target cluster ${server} is not fresh: it has, and otherwise than the backup, ${some(others.map(label).sort(), 100)}; nothing that is there is changed outside of namespace ${own}: remove it, give as namespace where Argo CD is to be, or give another cluster`,
  );
}

/** One sentence: how many, and what is there and will be changed. */
export function describePlan({ created, changed, kept }: RestorePlan, limit?: number): string {
  const names = changed.length > 0 ? ` (${some(changed.map(label).sort(), limit)})` : '';
  return `The restore creates ${created.length} objects, changes ${changed.length} that are there${names}, and leaves ${kept.length} as they are.`;
}
