import { CONFIG_MAP, type KubeObject, type Resource, SECRET } from '../kube/objects.js';
import { isArgoCdSecret, SETTINGS_CONFIG_MAPS } from './listing.js';
import { CMD_PARAMS } from './namespaces.js';
import type { Reference } from './references.js';
import { NOTIFICATIONS_CONFIG_MAP, NOTIFICATIONS_SECRET } from './self-service.js';

type Named = readonly [Resource, string];

/** What Argo CD reads by these names in its own namespace, and `argocd admin export` leaves out. */
export const WELL_KNOWN: readonly Named[] = [
  [CONFIG_MAP, CMD_PARAMS],
  [CONFIG_MAP, NOTIFICATIONS_CONFIG_MAP],
  [SECRET, NOTIFICATIONS_SECRET],
  [CONFIG_MAP, 'argocd-gpg-keys-cm'],
  [SECRET, 'argocd-server-tls'],
  [SECRET, 'argocd-repo-server-tls'],
  [SECRET, 'argocd-dex-server-tls'],
];

// What an installation makes for itself, anew for each: its workloads mount it, yet it must not come from a backup.
const OF_THE_INSTALLATION: readonly Named[] = [
  // util/settings and common of Argo CD: initialPasswordSecretName, RedisInitialCredentials.
  [SECRET, 'argocd-initial-admin-secret'],
  [SECRET, 'argocd-redis'],
  // manifests/ha of Argo CD, and the Helm chart redis-ha, which they are made of.
  [CONFIG_MAP, 'argocd-redis-ha-configmap'],
  [CONFIG_MAP, 'argocd-redis-ha-health-configmap'],
  // The Helm chart argo-cd: templates/redis/health-configmap.yaml.
  [CONFIG_MAP, 'argocd-redis-health-configmap'],
  // argocd-operator, for an ArgoCD named argocd.
  [SECRET, 'argocd-redis-initial-password'],
];

/** What every cluster puts into each namespace by itself; pods mount the first with their account's token. */
export const OF_EACH_CLUSTER: readonly string[] = ['kube-root-ca.crt', 'openshift-service-ca.crt'];

/**
 * Types of Secrets that a cluster's own controllers, and Helm, act on: tokens that it issues for itself, worth nothing
 * in another one, where such a Secret would have a token made into it; and what a rollback would apply.
 */
export const TOKENS_AND_RELEASES: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
];

/** Whether a backup has to look for what a reference points to, beside the export of an Argo CD. */
export function isToBeFetched(reference: Reference, argocdNamespace: string): boolean {
  const { resource, namespace, name, from, byGenerator } = reference;
  if (resource === CONFIG_MAP && OF_EACH_CLUSTER.includes(name)) return false;
  if (namespace !== argocdNamespace) return true;
  if (resource === CONFIG_MAP && isSettings(name)) return false;
  // What settings point to is theirs, whatever its name. A generator may be a tenant's, who has no say in it.
  const bySettings = from !== undefined && !byGenerator;
  return bySettings || !OF_THE_INSTALLATION.some(([kind, own]) => kind === resource && own === name);
}

/**
 * Whether a backup keeps an object beside the export. That one holds Secrets of Argo CD's own namespace and no other
 * (cmd/argocd/commands/admin/backup.go).
 */
export function isToBeKept(object: KubeObject, argocdNamespace: string): boolean {
  if (object.kind !== SECRET.kind) return true;
  if (TOKENS_AND_RELEASES.includes(object.type as string)) return false;
  return object.metadata.namespace !== argocdNamespace || !isArgoCdSecret(object);
}

const isSettings = (name: string) => (SETTINGS_CONFIG_MAPS as readonly string[]).includes(name);
