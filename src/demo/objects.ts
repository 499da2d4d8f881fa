import type { KubeObject, Metadata } from '../kube/objects.js';
import { Random } from './random.js';

/** Free-form parts of an object. Integers beyond 2^53 are BigInt, as parseJson of src/kube/json.ts reads them. */
export type Fields = Record<string, unknown>;

/** The ApplicationSet that generated an Application. */
export interface DemoOwner {
  kind: 'ApplicationSet';
  namespace: string;
  name: string;
}

/**
 * A Kubernetes object of the demonstration. `owner` is no field of Kubernetes: an ownerReference needs the
 * owner's UID, which is known once the owner has been created; see kubernetesObject().
 */
export interface DemoObject extends KubeObject {
  owner?: DemoOwner;
  /** Of a ConfigMap: text; of a Secret: base64. */
  data?: Record<string, string>;
  spec?: Fields;
  status?: Fields;
  operation?: Fields;
}

/** What every generator of objects is given. */
export interface Setting {
  seed: string;
  /** Argo CD's own namespace. */
  namespace: string;
}

/** The object to send to the API server: without `owner`, with an ownerReference to it where its UID is given. */
export function kubernetesObject({ owner, ...object }: DemoObject, ownerUid?: string): KubeObject {
  if (!owner || ownerUid === undefined) return object;
  // What applicationset-controller sets: controllerutil.SetControllerReference.
  const reference = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: owner.kind,
    name: owner.name,
    uid: ownerUid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } };
}

/** A copy of plain data in which no part is shared, so that a change in one place stays there. */
export function unshared<T>(value: T): T {
  if (Array.isArray(value)) return value.map(unshared) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Fields = {};
  for (const key of Object.keys(value)) copy[key] = unshared((value as Fields)[key]);
  return copy as T;
}

/** The stream of values that belongs to one thing of the demonstration. */
export const randomFor = (setting: Setting, ...path: string[]) => new Random(setting.seed, ...path);

/** The label without which Argo CD does not read a ConfigMap, or a Secret named by `$secret:key`. */
export const PART_OF_ARGOCD = { 'app.kubernetes.io/part-of': 'argocd' };

export function configMap(
  metadata: Metadata,
  data: Record<string, string> | undefined,
  rest: Fields = {},
): DemoObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...(data ? { data } : {}), ...rest };
}

/** @param values as text or bytes; base64 is applied here */
export function secret(
  metadata: Metadata,
  values: Record<string, string | Buffer>,
  type = 'Opaque',
): DemoObject {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata, type, data };
}

/** An object of Argo CD's own API group. */
export function argoObject(
  kind: 'AppProject' | 'Application' | 'ApplicationSet',
  metadata: Metadata,
  spec: Fields,
): DemoObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata, spec };
}

/** The annotation that `kubectl apply` leaves behind. */
export function lastApplied(applied: KubeObject): Record<string, string> {
  return { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(applied)}\n` };
}
