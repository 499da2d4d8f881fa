import { z } from 'zod';
import type { KubeObject } from '../../kube/objects.js';
import type { Difference } from '../../report/report.js';
import { withoutEnding } from '../../trim.js';
import { canonicalJson } from '../canonical.js';
import { differingPaths } from '../diff.js';
import { isEnabled } from '../namespaces.js';
import { parseAccounts, parseBool } from './accounts.js';
import type {
  ListedAccount,
  ListedApplication,
  ListedCluster,
  ListedCredential,
  ListedProject,
  ListedRepository,
} from './client.js';

/** The lists of argocd-server's API that are compared with the backup. */
export const LISTS = [
  'applications',
  'projects',
  'repositories',
  'write repositories',
  'credential templates',
  'clusters',
  'accounts',
] as const;
export type ListName = (typeof LISTS)[number];

/** One entry of a list: what it is called there, and the fields that must agree. */
export interface Item {
  kind: string;
  namespace: string;
  name: string;
  fields: Record<string, unknown>;
  /** The object of Argo CD's RBAC by which the entry is shown or hidden. */
  rbacObject: string;
  /** May be listed or not, both are right. */
  optional?: true;
}

export interface Inventory {
  lists: Record<ListName, Item[]>;
  /** Why argocd-server cannot serve a list from these objects, however well they are restored. */
  unservable: Partial<Record<ListName, string>>;
}

/** The RBAC resource of each list's entries (util/rbac/rbac.go). */
export const RBAC_RESOURCES: Record<ListName, string> = {
  applications: 'applications',
  projects: 'projects',
  repositories: 'repositories',
  'write repositories': 'write-repositories',
  'credential templates': 'repositories',
  clusters: 'clusters',
  accounts: 'accounts',
};

const SECRET_TYPE = 'argocd.argoproj.io/secret-type';
const IN_CLUSTER = 'https://kubernetes.default.svc';
const BOOLEANS = ['enableOCI', 'insecureOCIForceHttp', 'forceHttpBasicAuth', 'useAzureWorkloadIdentity'];
const INTEGERS = ['githubAppID', 'githubAppInstallationID'];

/** Whether argocd-server's API shows anything of an object of the export. */
export function isListed({ kind, name }: { kind: string; name: string }): boolean {
  return ['Application', 'AppProject', 'Secret'].includes(kind) || name === 'argocd-cm';
}

/**
 * What argocd-server must list once a backup's objects are restored. Rules of its util/db and server packages:
 * a cluster Secret whose config it cannot read is left out, the cluster it runs in is listed unless
 * `cluster.inClusterEnabled` is "false", and a credential template that it cannot read spoils the lists that use it.
 * @param adminEnabled true where the drill has enabled the account admin in its own copy
 */
export function expectedInventory(
  objects: Iterable<KubeObject>,
  namespace: string,
  { adminEnabled = false }: { adminEnabled?: boolean } = {},
): Inventory {
  const all = [...objects];
  const secrets = all.filter(({ kind }) => kind === 'Secret');
  const ofType = (type: string) =>
    secrets.filter(({ metadata }) => metadata.labels?.[SECRET_TYPE] === type).map(decoded);
  const ofKind = (kind: string) => all.filter((object) => object.kind === kind);
  const configMap = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'argocd-cm');
  const accounts = parseAccounts(
    configMap,
    secrets.find(({ metadata }) => metadata.name === 'argocd-secret'),
  );
  const templates = ofType('repo-creds');
  return {
    lists: {
      applications: ofKind('Application').map(({ metadata, spec }) =>
        applicationItem(
          {
            metadata: { name: metadata.name, namespace: metadata.namespace ?? namespace },
            spec: spec as Spec,
          },
          namespace,
        ),
      ),
      projects: [...ofKind('AppProject').map((project) => projectItem(project as ListedProject, namespace))],
      repositories: ofType('repository').map((data) => repositoryItem(fromSecret(data), namespace)),
      'write repositories': ofType('repository-write').map((data) =>
        repositoryItem(fromSecret(data), namespace, 'Write repository'),
      ),
      'credential templates': templates.map((data) => credentialItem({ url: data.url ?? '' }, namespace)),
      clusters: expectedClusters(ofType('cluster'), configMap, namespace),
      accounts: accounts.accounts.map((account) =>
        accountItem(
          adminEnabled && account.name === 'admin' ? { ...account, enabled: true } : account,
          namespace,
        ),
      ),
    },
    unservable: unservable(templates, accounts.unreadable),
  };
}

type Spec = Record<string, unknown>;
type SecretData = Record<string, string>;

/** The decoded values of a Secret; bytes that are no UTF-8 become what Go's JSON writer makes of them. */
function decoded(secret: KubeObject): SecretData {
  const data = (secret.data ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

const fromSecret = ({ url = '', type = '', name = '', project = '' }: SecretData): ListedRepository => ({
  repo: url,
  type,
  name,
  project,
});

function unservable(templates: SecretData[], accounts: string | undefined): Inventory['unservable'] {
  const bad = templates.filter((data) => !isReadable(data)).map(({ url = '' }) => withoutUserInfo(url));
  if (bad.length === 0) return accounts ? { accounts } : {};
  const why = `the credential template for ${bad.join(', ')} holds a value that Argo CD cannot read`;
  return { repositories: why, 'credential templates': why, ...(accounts ? { accounts } : {}) };
}

function isReadable(data: SecretData): boolean {
  return (
    BOOLEANS.every((key) => data[key] === undefined || parseBool(data[key]) !== undefined) &&
    INTEGERS.every((key) => data[key] === undefined || /^[+-]?\d+$/.test(data[key]))
  );
}

function expectedClusters(
  secrets: SecretData[],
  configMap: KubeObject | undefined,
  namespace: string,
): Item[] {
  const data = (configMap?.data ?? {}) as Record<string, string>;
  const inClusterEnabled = data['cluster.inClusterEnabled'] !== 'false';
  const items = secrets
    .map(({ server = '', name = '', project = '', config = '' }) => ({
      ...clusterItem({ server: withoutEnding(server, '/'), name, project }, namespace),
      ...(isClusterConfig(config) ? {} : { optional: true as const }),
    }))
    .filter(({ name }) => name !== IN_CLUSTER || inClusterEnabled);
  const own = items.filter(({ name }) => name === IN_CLUSTER);
  if (!inClusterEnabled || own.some(({ optional }) => !optional)) return items;
  const byItself = clusterItem({ server: IN_CLUSTER, name: 'in-cluster', project: '' }, namespace);
  // Listed only where Argo CD cannot read the Secret, which is not sure.
  return [...items, own.length > 0 ? { ...byItself, optional: true } : byItself];
}

const flag = z.boolean().nullish();
const string = z.string().nullish();
/** Base64 as Go reads it, which passes over line breaks. */
const bytes = z
  .string()
  .transform((text) => text.replace(/[\r\n]/g, ''))
  .pipe(z.base64().or(z.literal('')))
  .nullish();
const clusterConfigSchema = z.looseObject({
  username: string,
  password: string,
  bearerToken: string,
  disableCompression: flag,
  proxyUrl: string,
  tlsClientConfig: z
    .looseObject({
      insecure: flag,
      serverName: string,
      certData: bytes,
      keyData: bytes,
      caData: bytes,
    })
    .nullish(),
  awsAuthConfig: z.looseObject({ clusterName: string, roleARN: string, profile: string }).nullish(),
  execProviderConfig: z
    .looseObject({
      command: string,
      args: z.array(z.string()).nullish(),
      env: z.record(z.string(), z.string()).nullish(),
      apiVersion: string,
      installHint: string,
    })
    .nullish(),
});

/** Whether Argo CD can surely read a cluster's connection settings (ClusterConfig of its types.go). */
function isClusterConfig(config: string): boolean {
  if (config === '') return true;
  try {
    return clusterConfigSchema.safeParse(JSON.parse(config)).success;
  } catch {
    return false;
  }
}

/** An Application by its place, project, destination and sources. */
export function applicationItem({ metadata, spec }: ListedApplication, argocdNamespace: string): Item {
  const { name, namespace } = metadata;
  const project = textOf(spec.project) || 'default';
  const place = namespace === argocdNamespace ? name : `${namespace}/${name}`;
  return {
    kind: 'Application',
    namespace,
    name,
    rbacObject: `${project}/${place}`,
    fields: {
      project: textOf(spec.project),
      destination: pick(spec.destination, DESTINATION),
      source: pick(spec.source, SOURCE),
      sources: list(spec.sources).map((source) => pick(source, SOURCE)),
      drySource: pick((spec.sourceHydrator as Spec | undefined)?.drySource, SOURCE),
    },
  };
}

const DESTINATION = ['server', 'name', 'namespace'];
const SOURCE = ['repoURL', 'path', 'targetRevision', 'chart', 'ref'];

export function projectItem({ metadata: { name }, spec }: ListedProject, namespace: string): Item {
  return {
    kind: 'AppProject',
    namespace,
    name,
    rbacObject: name,
    fields: {
      sourceRepos: list(spec?.sourceRepos),
      destinations: list(spec?.destinations).map((destination) => pick(destination, DESTINATION)),
      sourceNamespaces: list(spec?.sourceNamespaces),
    },
  };
}

export function repositoryItem(
  { repo, type, name, project }: ListedRepository,
  namespace: string,
  kind = 'Repository',
): Item {
  const url = repo ?? '';
  return {
    kind,
    namespace,
    name: url,
    rbacObject: project ? `${project}/${url}` : url,
    // Without a type it is a Git repository.
    fields: { type: type || 'git', name: name ?? '', project: project ?? '' },
  };
}

export function credentialItem({ url }: ListedCredential, namespace: string): Item {
  const name = url ?? '';
  return {
    kind: 'Credential template',
    namespace,
    name,
    rbacObject: name,
    fields: {},
    // argocd-server looks a template up by its own URL, and leaves it out where that is none.
    ...(isPlainUrl(name) ? {} : { optional: true as const }),
  };
}

const isPlainUrl = (url: string) =>
  /^[A-Za-z0-9+.-]+:\/\/[^\s%[\]]+$|^[^\s:/@]+@[^\s:%[\]]+:[^\s%]+$/.test(url);

export function clusterItem({ server, name, project }: ListedCluster, namespace: string): Item {
  const address = server ?? '';
  return {
    kind: 'Cluster',
    namespace,
    name: address,
    rbacObject: project ? `${project}/${address}` : address,
    fields: { name: name ?? '', project: project ?? '' },
  };
}

export function accountItem({ name, enabled, capabilities }: ListedAccount, namespace: string): Item {
  return {
    kind: 'Account',
    namespace,
    name,
    rbacObject: name,
    fields: { enabled: enabled ?? false, capabilities: [...new Set(capabilities ?? [])].sort() },
  };
}

/** The project `default` is made by argocd-server at its start, whatever the backup holds. */
const isServersOwn = ({ kind, name }: Item) => kind === 'AppProject' && name === 'default';

/** A difference between two lists, with the entry it is about. */
export interface ItemDifference extends Difference {
  item: Item;
}

/**
 * What is missing, unexpected or different in a list of argocd-server's. Entries may share a name, such as two
 * repositories with one URL in two projects: equal ones are paired first.
 */
export function compareItems(expected: readonly Item[], actual: readonly Item[]): ItemDifference[] {
  const remaining = groupByPlace(actual);
  const unmatched = expected.filter((item) => !takeEqual(remaining.get(placeOf(item)) ?? [], item));
  const differences = unmatched.flatMap((item): ItemDifference[] => {
    const other = (remaining.get(placeOf(item)) ?? []).shift();
    if (other) return [differs(item, other)];
    return item.optional ? [] : [{ ...shown(item), problem: 'missing', path: '', item }];
  });
  const unexpected = [...remaining.values()].flat().filter((item) => !isServersOwn(item));
  return [
    ...differences,
    ...unexpected.map((item): ItemDifference => ({ ...shown(item), problem: 'unexpected', path: '', item })),
  ];
}

const placeOf = ({ kind, namespace, name }: Item) => JSON.stringify([kind, namespace, name]);

function groupByPlace(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(placeOf(item), [...(groups.get(placeOf(item)) ?? []), item]);
  return groups;
}

function takeEqual(candidates: Item[], { fields }: Item): boolean {
  const wanted = canonicalJson(fields);
  const at = candidates.findIndex((candidate) => canonicalJson(candidate.fields) === wanted);
  if (at >= 0) candidates.splice(at, 1);
  return at >= 0;
}

function differs(expected: Item, actual: Item): ItemDifference {
  const [path = ''] = differingPaths(expected.fields, actual.fields, 1);
  return { ...shown(expected), problem: 'different', path, item: expected };
}

/** A URL may carry a password. */
const shown = ({ kind, namespace, name }: Item) => ({ kind, namespace, name: withoutUserInfo(name) });

const withoutUserInfo = (url: string) => url.replace(/^([A-Za-z0-9+.-]+:\/\/)[^/]*@/, '$1***@');

/** The Applications that the application controller counts: it may look at their namespace, and none is set aside. */
export function countedApplications(
  applications: Iterable<KubeObject>,
  own: string,
  namespaces: readonly string[],
): { namespace: string; name: string }[] {
  const counted: { namespace: string; name: string }[] = [];
  for (const { metadata } of applications) {
    const namespace = metadata.namespace ?? own;
    const skip = parseBool(metadata.annotations?.['argocd.argoproj.io/skip-reconcile'] ?? 'false');
    if (isEnabled(namespace, own, namespaces) && !skip) counted.push({ namespace, name: metadata.name });
  }
  return counted;
}

/** The named fields as texts; absent ones are empty, as argocd-server may leave out what is empty. */
function pick(value: unknown, fields: readonly string[]): Record<string, string> {
  const record = typeof value === 'object' && value !== null ? (value as Spec) : {};
  return Object.fromEntries(fields.map((field) => [field, textOf(record[field])]));
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
