import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  type KubeObject,
  label,
  NAMESPACE,
  SECRET,
} from '../kube/objects.js';
import type { ObjectKey } from './diff.js';
import { OF_EACH_CLUSTER, TOKENS_AND_RELEASES } from './left-out.js';
import { isArgoCdSecret, SETTINGS_CONFIG_MAPS } from './listing.js';

/** Where a restore of an instance may write, but for its Applications and ApplicationSets themselves. */
export interface Bounds {
  /** Argo CD's own namespace. */
  namespace: string;
  /** This one, and those of the backup's Applications and ApplicationSets. */
  namespaces: ReadonlySet<string>;
}

/** Kubernetes keeps names with this prefix for itself (docs: "Namespaces"). */
export const isReserved = (namespace: string): boolean => namespace.startsWith('kube-');

/** The bounds that the objects of an export draw. */
export function boundsOf(exported: readonly ObjectKey[], namespace: string): Bounds {
  const living = exported.filter(({ kind }) => isDeployed(kind)).map((object) => object.namespace);
  return { namespace, namespaces: new Set([namespace, ...living]) };
}

const isDeployed = (kind: string) => kind === APPLICATION.kind || kind === APPLICATION_SET.kind;

/**
 * Why an object is none that `argocd admin export` writes for an instance and a restore may write; undefined where it
 * is one. Whoever has a public key can seal a backup, and `argocd admin import` takes each object's own namespace.
 */
export function refusalInExport(object: KubeObject, own: string): string | undefined {
  const { kind, metadata } = object;
  const namespace = metadata.namespace ?? own;
  if (!isOf([CONFIG_MAP, SECRET, APP_PROJECT, APPLICATION, APPLICATION_SET], object))
    return 'an export holds no such kind';
  if (isReserved(namespace) && namespace !== own) return RESERVED;
  if (isDeployed(kind)) return undefined;
  if (namespace !== own) return `it belongs into Argo CD's own namespace ${own}`;
  if (kind === CONFIG_MAP.kind && !SETTINGS_CONFIG_MAPS.some((name) => name === metadata.name))
    return 'an export holds no such ConfigMap';
  if (kind !== SECRET.kind) return undefined;
  return isArgoCdSecret(object) ? refusedType(object) : 'nothing in it says that it is a Secret of Argo CD';
}

/** Why an object is none that a backup keeps beside the export and a restore may write; undefined where it is one. */
export function refusalInExtras(object: KubeObject, bounds: Bounds): string | undefined {
  const { kind, metadata } = object;
  if (!isOf([CONFIG_MAP, SECRET, NAMESPACE], object)) return 'extras hold no such kind';
  const namespace = kind === NAMESPACE.kind ? metadata.name : (metadata.namespace ?? bounds.namespace);
  if (isReserved(namespace) && namespace !== bounds.namespace) return RESERVED;
  if (!bounds.namespaces.has(namespace))
    return 'neither Argo CD nor an Application or ApplicationSet of the backup is in this namespace';
  if (kind === NAMESPACE.kind) return refusedNamespace(object);
  if (kind === CONFIG_MAP.kind && OF_EACH_CLUSTER.includes(metadata.name))
    return 'each cluster makes its own';
  return kind === SECRET.kind ? refusedType(object) : undefined;
}

const RESERVED = 'namespaces named kube-* are never written';

const isOf = (resources: readonly { apiVersion: string; kind: string }[], { apiVersion, kind }: KubeObject) =>
  resources.some((each) => each.apiVersion === apiVersion && each.kind === kind);

function refusedType({ type }: KubeObject): string | undefined {
  return TOKENS_AND_RELEASES.includes(type as string)
    ? `Secrets of type ${type} are never written`
    : undefined;
}

/** What an export and portable() keep of metadata; `null` is how the export writes what is not there. */
const KEPT_METADATA = ['name', 'namespace', 'labels', 'annotations', 'finalizers'];

/**
 * Why the metadata of an object of a backup is none that a backup keeps; undefined where it is.
 * No digest covers the rest, and some of it commands: by ownerReferences to what is not there, the target's garbage
 * collector deletes the object.
 */
export function refusedMetadata({ metadata }: KubeObject): string | undefined {
  const more = Object.entries(metadata).filter(
    ([field, value]) => value !== null && !KEPT_METADATA.includes(field),
  );
  return more.length > 0 ? 'it has more metadata than a backup keeps' : undefined;
}

/** A Namespace is its name and labels; whatever else there is would command the target's own controllers. */
function refusedNamespace({ metadata, ...rest }: KubeObject): string | undefined {
  const { name: _, labels: __, ...more } = metadata;
  const fields = [
    ...Object.keys(rest).filter((field) => !['apiVersion', 'kind'].includes(field)),
    ...Object.keys(more),
  ];
  return fields.length > 0 ? 'it has more than a name and labels' : undefined;
}

/** An object that a restore would not write, and why. */
export interface Refused extends ObjectKey {
  reason: string;
}

export const describeRefused = ({ reason, ...key }: Refused): string => `${label(key)} (${reason})`;
