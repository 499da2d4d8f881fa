import pMap from 'p-map';
import { infraError } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import {
  APPLICATION,
  CONFIG_MAP,
  type KubeObject,
  label,
  NAMESPACE,
  type Resource,
  SECRET,
} from '../../kube/objects.js';
import { listWorkloads } from '../../kube/workloads.js';
import { type Log, some } from '../../log.js';
import { keyOfObject } from '../listing.js';
import { CMD_PARAMS } from '../namespaces.js';
import {
  type ApplicationChange,
  emptied,
  fenceApplication,
  fenceCluster,
  isClusterSecret,
  type Rewrite,
} from './rewrites.js';
import { fenceArgoCdCm, fenceCmdParams, type SettingsFence } from './settings.js';

/** What was changed before any controller started. */
export interface FencedConnections {
  /** Cluster Secrets there are, and how many of them had to be rewritten. */
  clusters: number;
  rewritten: number;
  /** The notifications' ConfigMaps and Secrets that were emptied, such as `Secret argocd/argocd-notifications-secret`. */
  notifications: string[];
}

/** What was changed in the Applications. */
export interface FencedApplications {
  total: number;
  /** In how many of them each kind of change was needed. */
  changes: Partial<Record<ApplicationChange, number>>;
}

const CONCURRENCY = 16;
const NOTIFICATIONS: readonly [Resource, string][] = [
  [CONFIG_MAP, 'argocd-notifications-cm'],
  [SECRET, 'argocd-notifications-secret'],
];

/**
 * Stage 1, before any controller starts: cuts the restored copy off from the clusters and from the services for
 * notifications that it names, in every namespace where Argo CD may read them.
 * @throws DrError (infrastructure) where a cluster Secret does not stay fenced
 */
export async function fenceConnections(kube: Kube, namespace: string): Promise<FencedConnections> {
  const found = await clusterSecrets(kube, namespace);
  const rewritten = await pMap(found, (secret) => rewrite(kube, SECRET, secret, fenceCluster(secret)), {
    concurrency: CONCURRENCY,
  });
  const notifications = await emptyNotifications(kube);
  refuseUnfenced((await clusterSecrets(kube, namespace)).filter((secret) => fenceCluster(secret)));
  return { clusters: found.length, rewritten: rewritten.filter(Boolean).length, notifications };
}

async function clusterSecrets(kube: Kube, namespace: string): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const secret of kube.list(SECRET, { namespace }))
    if (isClusterSecret(secret)) found.push(secret);
  return found;
}

/** With self-service, teams keep notifications' settings in their own namespaces. */
async function emptyNotifications(kube: Kube): Promise<string[]> {
  const names = await pMap(
    kube.list(NAMESPACE),
    ({ metadata }) => Promise.all(NOTIFICATIONS.map((each) => emptyOne(kube, metadata.name, ...each))),
    { concurrency: CONCURRENCY },
  );
  return names.flat().filter((name) => name !== undefined);
}

async function emptyOne(
  kube: Kube,
  namespace: string,
  resource: Resource,
  name: string,
): Promise<string | undefined> {
  const object = await kube.find(resource, namespace, name);
  if (!object || !(await rewrite(kube, resource, object, emptied(object)))) return undefined;
  return label({ kind: resource.kind, namespace, name });
}

/**
 * Stage 2, before the application-controller gets processors: fences every Application of the cluster, and asserts
 * by listing them again that all are.
 * @throws DrError (infrastructure) that names Applications that did not stay fenced
 */
export async function fenceApplications(kube: Kube, log: Log): Promise<FencedApplications> {
  const fenced: FencedApplications = { total: 0, changes: {} };
  const fence = async (application: KubeObject) => {
    const rewritten = fenceApplication(application);
    await rewrite(kube, APPLICATION, application, rewritten);
    for (const change of rewritten?.changes ?? []) fenced.changes[change] = (fenced.changes[change] ?? 0) + 1;
    log.progress(`fenced ${++fenced.total} Applications`);
  };
  await pMap(kube.list(APPLICATION), fence, { concurrency: CONCURRENCY });
  const unfenced: KubeObject[] = [];
  for await (const application of kube.list(APPLICATION))
    if (fenceApplication(application)) unfenced.push(application);
  refuseUnfenced(unfenced);
  return fenced;
}

/**
 * Takes from the drill's copy of the settings what would keep any canary from working, though nothing is wrong with
 * the backup. To be called before the application-controller starts anew: it reads some of them once.
 * @returns what was changed, such as `argocd-cm: globalProjects removed`
 */
export async function fenceSettings(kube: Kube, namespace: string): Promise<string[]> {
  const fences: [string, (settings: Record<string, string>) => SettingsFence][] = [
    ['argocd-cm', fenceArgoCdCm],
    [CMD_PARAMS, fenceCmdParams],
  ];
  const changes = await Promise.all(
    fences.map(async ([name, fence]) => {
      const configMap = await kube.find(CONFIG_MAP, namespace, name);
      const fenced = fence((configMap?.data ?? {}) as Record<string, string>);
      if (fenced.changes.length > 0)
        await kube.mergePatch(CONFIG_MAP, namespace, name, { data: fenced.patch });
      return fenced.changes.map((change) => `${name}: ${change}`);
    }),
  );
  return changes.flat();
}

/** Applies a rewrite if there is one, and tells whether there was. */
async function rewrite(
  kube: Kube,
  resource: Resource,
  { metadata }: KubeObject,
  rewritten: Rewrite | undefined,
): Promise<boolean> {
  if (rewritten) await kube.mergePatch(resource, metadata.namespace, metadata.name, rewritten.patch);
  return rewritten !== undefined;
}

function refuseUnfenced(unfenced: KubeObject[]): void {
  if (unfenced.length === 0) return;
  const names = some(unfenced.map((object) => label(keyOfObject(object))));
  throw infraError(
    `${unfenced.length} restored objects did not stay fenced: ${names}; something in the cluster writes to them, so no controller may start; look for what does, and start the drill again`,
  );
}

const DRY_RUN = 'ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN';

interface PodOwnerSpec {
  template?: { spec?: { containers?: Container[] } };
}

interface Container {
  args?: string[];
  command?: string[];
  env?: { name: string; value?: string }[];
}

/**
 * Asserts that the applicationset-controller runs dry: ApplicationSets are not fenced, for in dry-run its client to
 * the API server writes nothing (cmd/argocd-applicationset-controller, Client.DryRun; every write of
 * applicationset/ goes through that client in 3.1.9 and 3.2.11).
 * @throws DrError (infrastructure) that names the workload
 */
export async function assertApplicationSetsDry(kube: Kube, namespace: string): Promise<void> {
  const controllers = (await listWorkloads(kube, namespace)).filter(({ metadata }) =>
    `${metadata.name} ${metadata.labels?.['app.kubernetes.io/name'] ?? ''}`.includes(
      'applicationset-controller',
    ),
  );
  const wet = controllers.filter((workload) => !isDry(workload));
  if (wet.length > 0)
    throw infraError(
      `${some(wet.map((workload) => label(keyOfObject(workload))))} is not in dry-run: it would rewrite restored Applications; set its environment variable ${DRY_RUN} to true`,
    );
}

function isDry({ spec }: KubeObject): boolean {
  const containers = (spec as PodOwnerSpec).template?.spec?.containers ?? [];
  return containers.some(
    ({ args = [], command = [], env = [] }) =>
      env.some(({ name, value }) => name === DRY_RUN && value === 'true') &&
      ![...command, ...args].some((arg) => /^--dry-run=(?!true$)/.test(arg)),
  );
}
