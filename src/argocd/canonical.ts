import { createHash } from 'node:crypto';
import { unlessTooDeep, writeDeep } from '../kube/json.js';
import type { KubeObject } from '../kube/objects.js';

/**
 * Metadata that a restore cannot keep: the new API server sets it, `argocd admin export` leaves it out, or, as
 * `generateName`, it means nothing once the object has its name.
 */
const LOST_METADATA = new Set([
  'uid',
  'resourceVersion',
  'managedFields',
  'creationTimestamp',
  'generateName',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'ownerReferences',
]);

/**
 * The form in which two readings of an object are compared, whatever wrote them down: without the fields
 * that a restore cannot keep, with its namespace, and without the status of an ApplicationSet (import drops it).
 * @param argocdNamespace the namespace of an object that names none, as export writes those of Argo CD's own
 */
export function comparable(object: KubeObject, argocdNamespace: string): KubeObject {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([field, value]) => !LOST_METADATA.has(field) && !isEmpty(value)),
  );
  if (object.kind !== 'Namespace') metadata.namespace ??= argocdNamespace;
  const { status, ...rest } = object;
  const keepsStatus = object.kind === 'Application' || object.kind === 'AppProject';
  return { ...rest, ...(keepsStatus && status !== undefined ? { status } : {}), metadata } as KubeObject;
}

/** Empty labels, annotations and finalizers mean the same as none. */
function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Canonical JSON: keys sorted by code unit, no white space, integers with all their digits. */
export function canonicalJson(value: unknown): string {
  return unlessTooDeep(
    () => canonical(value),
    () => writeDeep(value, (object) => Object.keys(object).sort()),
  );
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>;
    const fields = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort();
    return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`).join(',')}}`;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

/** SHA-256, in hex, of an object's canonical form. */
export function digestOf(object: KubeObject, argocdNamespace: string): string {
  return createHash('sha256')
    .update(canonicalJson(comparable(object, argocdNamespace)))
    .digest('hex');
}
