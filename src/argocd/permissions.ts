import { infraError, messageOf } from '../errors.js';
import { ApiError, isForbidden, type Kube } from '../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  DEPLOYMENT,
  NAMESPACE,
  type Resource,
  SECRET,
  STATEFUL_SET,
} from '../kube/objects.js';
import type { InstanceScope } from './namespaces.js';

type Verb = 'get' | 'list';

/** Where a permission holds. */
interface Place {
  /** Absent: in the whole cluster. That of a Namespace is its own name, as Kubernetes sees it. */
  namespace?: string;
  /** Absent: objects of any name. */
  name?: string;
}

/** Something that an account may do. */
export interface Permission extends Place {
  verb: Verb;
  resource: Resource;
}

/** The Namespace whose UID tells clusters apart. */
export const KUBE_SYSTEM = 'kube-system';

const MANIFEST = 'docs/rbac/backup-role.yaml';
const MANIFEST_ANY_NAMESPACE = 'docs/rbac/backup-role-any-namespace.yaml';

/**
 * All that a backup of an instance reads, but for Secrets and ConfigMaps in other namespaces than Argo CD's: those that
 * ApplicationSets point to, and of self-service notifications. The manifests in docs/rbac grant exactly this.
 */
export function neededPermissions(scope: InstanceScope): Permission[] {
  const own = { namespace: scope.namespace };
  // In which namespaces there are Applications, only the listing shows.
  const namespaces = reachesFurther(scope) ? [{}] : [scope.namespace, KUBE_SYSTEM].map(itself);
  // With a namespace flag `argocd admin export` lists all namespaces, see sourceNamespaceFlags().
  const where = (patterns: string[]) => (patterns.length > 0 ? {} : own);
  return [
    ...may(['get', 'list'], CONFIG_MAP, own),
    ...may(['get', 'list'], SECRET, own),
    ...may(['get', 'list'], APP_PROJECT, own),
    ...may(['get', 'list'], APPLICATION, where(scope.applicationNamespaces)),
    ...may(['get', 'list'], APPLICATION_SET, where(scope.applicationsetNamespaces)),
    ...may(['list'], DEPLOYMENT, own),
    ...may(['list'], STATEFUL_SET, own),
    ...namespaces.flatMap((place) => may(['get'], NAMESPACE, place)),
  ];
}

const reachesFurther = ({ applicationNamespaces, applicationsetNamespaces }: InstanceScope) =>
  applicationNamespaces.length + applicationsetNamespaces.length > 0;

const may = (verbs: Verb[], resource: Resource, place: Place): Permission[] =>
  verbs.map((verb) => ({ verb, resource, ...place }));

const itself = (name: string): Place => ({ namespace: name, name });

/**
 * Asks the API server whether this account may read all that a backup needs, before anything is read.
 * @throws DrError (infrastructure) that names the account, and everything it may not do at once
 */
export async function assertPermitted(kube: Kube, scope: InstanceScope): Promise<void> {
  const needed = neededPermissions(scope);
  const answers = await Promise.all(needed.map((permission) => ask(kube, permission)));
  const missing = needed.filter((_, index) => !answers[index]!.allowed);
  if (missing.length === 0) return;
  const lacks = `${await accountName(kube)} lacks permissions in ${kube.server}`;
  throw infraError(
    `the source cannot be backed up: ${lacks}: ${listPermissions(missing)}${reasons(answers)}; grant this account the permissions of argocd-dr's ${manifests(scope)}${doubt(needed, missing, scope)}`,
  );
}

/** Such as that a binding names a Role that is not there. */
function reasons(answers: Answer[]): string {
  const given = answers.filter(({ allowed }) => !allowed).map(({ reason }) => reason);
  const distinct = [...new Set(given)].filter(Boolean);
  return distinct.length > 0 ? ` (${distinct.join('; ')})` : '';
}

/** An account that may read nothing in a namespace was most likely made for another one. */
function doubt(needed: Permission[], missing: Permission[], { namespace }: InstanceScope): string {
  const inside = (permissions: Permission[]) => permissions.filter((each) => each.namespace === namespace);
  if (inside(missing).length < inside(needed).length) return '';
  return `, or, if Argo CD is not in namespace ${namespace} of this cluster, check namespace, kubeconfig and context`;
}

/**
 * Permissions as text, by resource: `get, list on secrets (apiGroup "") in namespace argocd; …`, in the words that a
 * Role is written in.
 */
export function listPermissions(permissions: Permission[]): string {
  const verbs = new Map<string, Verb[]>();
  for (const { verb, resource, namespace, name } of permissions) {
    const what = `${resource.plural}${name ? `/${name}` : ''} (apiGroup "${apiGroup(resource)}")`;
    const target = `${what} in ${namespace ? `namespace ${namespace}` : 'the whole cluster'}`;
    verbs.set(target, [...(verbs.get(target) ?? []), verb]);
  }
  return [...verbs].map(([target, allowed]) => `${allowed.join(', ')} on ${target}`).join('; ');
}

/** Empty for the core API. */
function apiGroup({ apiVersion }: Resource): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

function manifests(scope: InstanceScope): string {
  if (!reachesFurther(scope)) return MANIFEST;
  return `${MANIFEST} and, as Argo CD looks into other namespaces than ${scope.namespace}, ${MANIFEST_ANY_NAMESPACE}`;
}

interface Answer {
  allowed: boolean;
  /** Kubernetes' own words; most often none. */
  reason?: string;
}

/**
 * What `kubectl auth can-i` asks. Allowed also where the account may not even ask, as on clusters without the binding
 * system:basic-user: then the reads themselves tell.
 */
async function ask(kube: Kube, { verb, resource, namespace, name }: Permission): Promise<Answer> {
  const resourceAttributes = { verb, group: apiGroup(resource), resource: resource.plural, namespace, name };
  try {
    const { status } = (await kube.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: { spec: { resourceAttributes } },
    })) as { status: Answer };
    return status;
  } catch (error) {
    if (cannotAsk(error)) return { allowed: true };
    throw error;
  }
}

/** What `kubectl auth whoami` tells; Kubernetes has it from 1.28 on. */
async function accountName(kube: Kube): Promise<string> {
  try {
    const { status } = (await kube.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: {},
    })) as { status: { userInfo: { username: string } } };
    return `the account ${status.userInfo.username}`;
  } catch (error) {
    if (cannotAsk(error)) return 'this account';
    throw error;
  }
}

const cannotAsk = (error: unknown) => error instanceof ApiError && [403, 404, 405].includes(error.status);

/**
 * Runs reads of a backup. Where the API server forbids one after all, the error says what to apply.
 * @throws whatever the reads throw
 */
export async function pointingToManifests<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw infraError(
      `${messageOf(error)}: argocd-dr's ${MANIFEST}, and ${MANIFEST_ANY_NAMESPACE} for other namespaces, have all that a backup reads`,
    );
  }
}
