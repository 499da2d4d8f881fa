import type { Cluster } from '../cluster/cluster.js';
import { infraError, invalidInput } from '../errors.js';
import { isForbidden, isNotFound, type Kube } from '../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  NAMESPACE,
  type Resource,
  SECRET,
} from '../kube/objects.js';
import { listWorkloads } from '../kube/workloads.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { SETTINGS_CONFIG_MAPS } from './listing.js';
import { allowedNamespaces, CMD_PARAMS, type InstanceScope } from './namespaces.js';
import { assertPermitted, KUBE_SYSTEM, pointingToManifests } from './permissions.js';
import { detectArgoCdVersion } from './version.js';
import { namespacesTold } from './workloads/namespaces-told.js';

/** A live Argo CD instance that can be backed up. */
export interface Source {
  /** UID of the kube-system Namespace: what tells clusters apart. */
  uid: string;
  server: string;
  argocdVersion: string;
  /** False where no workload of Argo CD is there to tell it, and the default stands in. */
  versionIsKnown: boolean;
  kubernetesVersion: string;
  scope: InstanceScope;
}

export interface SourceOptions {
  namespace: string;
  /** Absent: as the instance itself says in argocd-cmd-params-cm. */
  applicationNamespaces?: string[] | undefined;
  applicationsetNamespaces?: string[] | undefined;
  /** Absent: as the instance's workloads say. */
  argocdVersion?: string | undefined;
  /** UID of the kube-system Namespace that the source must have. */
  expectedSource?: string | undefined;
}

/**
 * Looks at a source before anything is read from it, and reports all that stands in the way of a backup at once.
 * @throws DrError: invalid input for a wrong cluster or namespace, infrastructure for what is missing there
 */
export function inspectSource({ kube }: Cluster, options: SourceOptions): Promise<Source> {
  return pointingToManifests(() => inspect(kube, options));
}

async function inspect(kube: Kube, options: SourceOptions): Promise<Source> {
  const { scope, namespacesKnown } = await findScope(kube, options);
  await assertPermitted(kube, scope);
  const [kubernetesVersion, uid] = await Promise.all([kube.version(), clusterUid(kube)]);
  assertExpected(uid, kube.server, options.expectedSource);
  await assertInstance(kube, options.namespace);
  await assertReadable(kube, scope, namespacesKnown);
  const detected = options.argocdVersion ?? (await detectArgoCdVersion(kube, options.namespace));
  const argocdVersion = detected ?? DEFAULT_VERSIONS.argocd;
  return {
    uid,
    server: kube.server,
    argocdVersion,
    versionIsKnown: detected !== undefined,
    kubernetesVersion,
    scope,
  };
}

/** Where the instance looks for Applications, as far as the inputs, argocd-cmd-params-cm and its workloads tell. */
async function findScope(
  kube: Kube,
  { namespace, applicationNamespaces, applicationsetNamespaces }: SourceOptions,
): Promise<{ scope: InstanceScope; namespacesKnown: boolean }> {
  const [allowed, workloads = []] = await Promise.all([
    unlessForbidden(allowedNamespaces(kube, namespace)),
    unlessForbidden(listWorkloads(kube, namespace)),
  ]);
  const told = namespacesTold(workloads);
  const both = (field: keyof typeof told) => [...new Set([...(allowed?.[field] ?? []), ...told[field]])];
  const scope: InstanceScope = {
    namespace,
    applicationNamespaces: applicationNamespaces ?? both('applicationNamespaces'),
    applicationsetNamespaces: applicationsetNamespaces ?? both('applicationsetNamespaces'),
    patternsFrom: applicationNamespaces || applicationsetNamespaces ? 'input' : 'source',
  };
  const given = applicationNamespaces !== undefined && applicationsetNamespaces !== undefined;
  return { scope, namespacesKnown: allowed !== undefined || given };
}

/** What may not be read is said together with all else that may not be. */
async function unlessForbidden<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** The UID of a cluster's kube-system Namespace. */
export async function clusterUid(kube: Kube): Promise<string> {
  return (await kube.get(NAMESPACE, undefined, KUBE_SYSTEM)).metadata.uid!;
}

function assertExpected(uid: string, server: string, expected: string | undefined): void {
  if (expected === undefined || expected === uid) return;
  throw invalidInput(
    `the cluster at ${server} is not the expected source: its kube-system UID is ${uid}, expected-source says ${expected}; check kubeconfig and context`,
  );
}

async function assertInstance(kube: Kube, namespace: string): Promise<void> {
  if (!(await kube.find(NAMESPACE, undefined, namespace)))
    throw invalidInput(
      `namespace ${namespace} does not exist in ${kube.server}: check namespace, kubeconfig and context`,
    );
  const settings = await Promise.all(
    SETTINGS_CONFIG_MAPS.map((name) => kube.find(CONFIG_MAP, namespace, name)),
  );
  if (settings.every((configMap) => configMap === undefined))
    throw invalidInput(
      `there is no Argo CD in namespace ${namespace} of ${kube.server}: none of its ConfigMaps (${SETTINGS_CONFIG_MAPS.join(', ')}) is there; check namespace and context`,
    );
  const missing = SETTINGS_CONFIG_MAPS.filter((_, index) => settings[index] === undefined);
  if (missing.length > 0)
    throw infraError(
      `ConfigMap ${missing.join(', ')} is missing in namespace ${namespace}, and argocd admin export fails without it: create it, empty if need be, with the label app.kubernetes.io/part-of=argocd`,
    );
}

/** Tries a read of every kind that a backup needs, so that one message names all that is missing. */
async function assertReadable(kube: Kube, scope: InstanceScope, namespacesKnown: boolean): Promise<void> {
  const everywhere = (patterns: string[]) => (patterns.length > 0 ? undefined : scope.namespace);
  const reads: [Resource, string | undefined][] = [
    [SECRET, scope.namespace],
    [APP_PROJECT, scope.namespace],
    [APPLICATION, everywhere(scope.applicationNamespaces)],
    [APPLICATION_SET, everywhere(scope.applicationsetNamespaces)],
  ];
  const problems = await Promise.all(
    reads.map(([resource, namespace]) => missingKind(kube, resource, namespace)),
  );
  if (!namespacesKnown)
    problems.push(
      `ConfigMap ${CMD_PARAMS} is missing in namespace ${scope.namespace}, so it is not known in which namespaces Argo CD looks for Applications: create it, or give application-namespaces and applicationset-namespaces`,
    );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw infraError(`the source cannot be backed up: ${found.join('; ')}`);
}

async function missingKind(
  kube: Kube,
  resource: Resource,
  namespace: string | undefined,
): Promise<string | undefined> {
  try {
    await kube.collectionVersion(resource, namespace);
    return undefined;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return `the CustomResourceDefinition of ${resource.kind} is missing (${resource.plural}.argoproj.io): install Argo CD's CRDs`;
  }
}
