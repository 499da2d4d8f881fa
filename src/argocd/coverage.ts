import type { Kube } from '../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  label,
  type Resource,
  SECRET,
} from '../kube/objects.js';
import type { Difference } from '../report/report.js';
import { compareIndexes, keyOf, type ObjectKey } from './diff.js';
import { digestIndex } from './index.js';
import { type ListedObject, type Listing, listed } from './listing.js';
import type { InstanceScope } from './namespaces.js';

/** Where a source stood when its export began: per kind, the version that no unchanged object exceeds. */
export interface Watermark {
  at: Date;
  versions: ReadonlyMap<string, bigint>;
}

/** The kinds that `argocd admin export` writes. */
export const EXPORTED: readonly Resource[] = [CONFIG_MAP, SECRET, APP_PROJECT, APPLICATION, APPLICATION_SET];
/** Clocks of API servers may stand apart by this much; creation times have whole seconds. */
const CLOCK_TOLERANCE_MS = 5_000;

export async function takeWatermark(kube: Kube, scope: InstanceScope): Promise<Watermark> {
  const at = new Date();
  const version = async (resource: Resource): Promise<[string, bigint]> => [
    resource.kind,
    await kube.collectionVersion(resource, scope.namespace),
  ];
  return { at, versions: new Map(await Promise.all(EXPORTED.map(version))) };
}

export interface Completeness {
  /** What the export lacks or has otherwise though it did not change meanwhile: the export is wrong. */
  wrong: Difference[];
  /** Objects that changed, came or went while the export ran: their text could not be confirmed. */
  changed: string[];
}

/**
 * Compares an export with an independent listing of a live instance. Both were read while the source went on
 * working, so each disagreement is looked at again: it counts only for an object that has not changed since the
 * export began (its resourceVersion is not above the watermark), or that existed then and is missing now.
 */
export async function proveCompleteness(
  kube: Kube,
  scope: InstanceScope,
  exported: (ObjectKey & { sha256: string })[],
  listing: Listing,
  since: Watermark,
): Promise<Completeness> {
  const result: Completeness = { wrong: [], changed: [] };
  const exportedDigests = digestIndex(exported);
  for (const difference of compareIndexes(digestIndex(listing.objects), exportedDigests)) {
    const now = await readExported(kube, scope, difference);
    const excused = isExcused(difference, now, exportedDigests.get(keyOf(difference)), since);
    if (excused) result.changed.push(label(difference));
    else result.wrong.push(difference);
  }
  return result;
}

/** Reads one object of the kinds that an export holds, by its key; undefined where there is none. */
export async function readExported(
  kube: Kube,
  { namespace: own }: InstanceScope,
  { kind, namespace, name }: ObjectKey,
): Promise<ListedObject | undefined> {
  const resource = EXPORTED.find((each) => each.kind === kind);
  const object = resource && (await kube.find(resource, namespace, name));
  return object && listed(object, own);
}

function isExcused(
  { problem }: Difference,
  now: ListedObject | undefined,
  exportedDigest: string | undefined,
  since: Watermark,
): boolean {
  // Deleted meanwhile, or, as a later look shows, exported as it is.
  if (!now || now.sha256 === exportedDigest) return true;
  const changed = now.resourceVersion > (since.versions.get(now.kind) ?? 0n);
  if (problem !== 'missing') return changed;
  return changed && now.createdAt.getTime() > since.at.getTime() - CLOCK_TOLERANCE_MS;
}
