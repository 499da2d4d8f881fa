import type { Kube } from '../kube/api.js';
import { isForbidden } from '../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  type KubeObject,
  type Resource,
  SECRET,
} from '../kube/objects.js';
import { digestOf } from './canonical.js';
import type { ObjectKey } from './diff.js';
import { type InstanceScope, isEnabled } from './namespaces.js';

/** The ConfigMaps that `argocd admin export` writes. */
export const SETTINGS_CONFIG_MAPS = [
  'argocd-cm',
  'argocd-rbac-cm',
  'argocd-ssh-known-hosts-cm',
  'argocd-tls-certs-cm',
] as const;

/** An object as the Kubernetes API shows it, without its content. */
export interface ListedObject extends ObjectKey {
  sha256: string;
  resourceVersion: bigint;
  createdAt: Date;
}

export interface Listing {
  objects: ListedObject[];
  /** Applications and ApplicationSets in namespaces that Argo CD is not allowed to look at. */
  notAllowed: ObjectKey[];
}

/** What a listing calls for each object while it is in memory. */
export type Visit = (object: KubeObject) => void;

/**
 * Lists through the Kubernetes API what `argocd admin export` should write for an instance: the independent
 * witness of a backup and of a restore. One page of each kind is in memory at a time.
 */
export async function listInstance(
  kube: Kube,
  scope: InstanceScope,
  visit: Visit = () => {},
): Promise<Listing> {
  const listing: Listing = { objects: [], notAllowed: [] };
  const { namespace, applicationNamespaces, applicationsetNamespaces, patternsFrom } = scope;
  const take = (object: KubeObject) => {
    visit(object);
    listing.objects.push(listed(object, namespace));
  };
  const takeFrom = (patterns: string[]) => (object: KubeObject) => {
    if (isEnabled(object.metadata.namespace!, namespace, patterns, patternsFrom)) take(object);
    else listing.notAllowed.push(keyOfObject(object));
  };
  await Promise.all([
    takeSettings(kube, namespace, take),
    each(kube.list(SECRET, { namespace }), (secret) => isArgoCdSecret(secret) && take(secret)),
    each(kube.list(APP_PROJECT, { namespace }), take),
    each(listEverywhere(kube, APPLICATION, scope, applicationNamespaces), takeFrom(applicationNamespaces)),
    each(
      listEverywhere(kube, APPLICATION_SET, scope, applicationsetNamespaces),
      takeFrom(applicationsetNamespaces),
    ),
  ]);
  return listing;
}

/** An object with the API's own name for its place. */
export function keyOfObject({ kind, metadata: { namespace = '', name } }: KubeObject): ObjectKey {
  return { kind, namespace, name };
}

export function listed(object: KubeObject, argocdNamespace: string): ListedObject {
  const { resourceVersion = '0', creationTimestamp = '' } = object.metadata;
  return {
    ...keyOfObject(object),
    sha256: digestOf(object, argocdNamespace),
    resourceVersion: BigInt(resourceVersion),
    createdAt: new Date(creationTimestamp),
  };
}

/** The rule of Argo CD's cmd/argocd/commands/admin isArgoCDSecret: which Secrets an export holds. */
export function isArgoCdSecret({ metadata }: KubeObject): boolean {
  return (
    metadata.name === 'argocd-secret' ||
    metadata.labels?.['argocd.argoproj.io/secret-type'] !== undefined ||
    metadata.annotations?.['managed-by'] === 'argocd.argoproj.io'
  );
}

async function takeSettings(kube: Kube, namespace: string, take: Visit): Promise<void> {
  const found = await Promise.all(SETTINGS_CONFIG_MAPS.map((name) => kube.find(CONFIG_MAP, namespace, name)));
  for (const configMap of found) if (configMap) take(configMap);
}

/**
 * All namespaces, so that objects where Argo CD may not look are seen as well; only Argo CD's own namespace
 * where the account may not list more and the instance needs no more.
 */
async function* listEverywhere(kube: Kube, resource: Resource, scope: InstanceScope, patterns: string[]) {
  try {
    yield* kube.list(resource);
  } catch (error) {
    if (!isForbidden(error) || patterns.length > 0) throw error;
    yield* kube.list(resource, { namespace: scope.namespace });
  }
}

async function each(
  objects: AsyncIterable<KubeObject>,
  take: (object: KubeObject) => unknown,
): Promise<void> {
  for await (const object of objects) take(object);
}
