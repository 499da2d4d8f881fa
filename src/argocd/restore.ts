import pMap from 'p-map';
import type { OpenedBackup } from '../bundle/open.js';
import type { BackupIndex } from '../checks/integrity.js';
import type { Cluster } from '../cluster/cluster.js';
import { failed, messageOf } from '../errors.js';
import type { Exec } from '../exec.js';
import { ApiError, isConflict, type Kube } from '../kube/api.js';
import { type KubeObject, label, NAMESPACE } from '../kube/objects.js';
import type { Log } from '../log.js';
import { keyOf } from './diff.js';
import { type ImportOptions, type ImportResult, importExport } from './import.js';
import { readObject } from './index.js';
import { applyMissingCrds, applyObject, applyObjects, ensureNamespace, type Manifests } from './manifests.js';
import { assertTellable, type InstanceScope } from './namespaces.js';
import { oddityOf } from './odd.js';
import { generatedApplications, restoreOwners } from './owners.js';

export interface RestoreOptions {
  cluster: Cluster;
  opened: OpenedBackup;
  index: BackupIndex;
  /** Argo CD's own manifests for the target. */
  manifests: Manifests;
  /** Path of the argocd program. */
  argocd: string;
  importConcurrency: number;
  /** Whether Argo CD is newer than the backup's, or the user's own: then its migrations are told from losses. */
  rehearsal?: boolean;
  /** Of the backup: hidden in what argocd says. */
  secretValues?: readonly string[];
  exec: Exec;
  log: Log;
  signal: AbortSignal;
  phase: <T>(name: string, run: () => Promise<T>) => Promise<T>;
}

export interface Restored extends ImportResult {
  /** Namespaces that the target had already, and that were left as they are. */
  kept: ReadonlySet<string>;
}

/** The scope of the instance that a backup was made of. */
export function scopeOf({ manifest }: OpenedBackup): InstanceScope {
  const { namespace, applicationNamespaces, applicationsetNamespaces } = manifest;
  return { namespace, applicationNamespaces, applicationsetNamespaces };
}

/**
 * Restores a backup into a fresh cluster: CRDs, Namespaces, the extras, then the export by `argocd admin import`,
 * and `beside` it whatever else is given. What the backup holds is never installed first: import only updates some
 * fields of what is there already, while what it creates is whole.
 * @throws DrError (infrastructure) where the import was cut off, which says nothing about the backup; DrError (cannot
 *   open) for patterns of namespaces that argocd would never be done with
 */
export async function restore(options: RestoreOptions, beside: KubeObject[]): Promise<Restored> {
  const { cluster, opened, index, manifests, phase, log } = options;
  const { kube } = cluster;
  const { namespace } = scopeOf(opened);
  assertTellable(scopeOf(opened), index.export.objects);
  await phase('custom resource definitions', () => applyMissingCrds(kube, manifests.crds));
  const extras = await readAll(opened.extrasPath, index);
  const kept = await phase('namespaces and extras', () => applyExtras(cluster, extras, namespace));
  const total = index.export.objects.length;
  const onProgress = (done: number) => log.progress(`imported ${done} of ${total} objects`);
  const [imported] = await Promise.all([
    phase('import', () => importExport(importOptions(options, onProgress))),
    beside.length > 0 && phase('install the rest of Argo CD', () => applyObjects(kube, beside, namespace)),
  ]);
  await phase('owners', () => restoreOwners(kube, generatedApplications(options)));
  return { ...imported, kept };
}

function importOptions(options: RestoreOptions, onProgress: (done: number) => void): ImportOptions {
  const { cluster, opened, index, importConcurrency } = options;
  return {
    ...options,
    target: cluster.target,
    scope: scopeOf(opened),
    path: opened.exportPath,
    objects: index.export.objects,
    concurrency: importConcurrency,
    onProgress,
  };
}

async function readAll(path: string, { extras }: BackupIndex): Promise<KubeObject[]> {
  return pMap(extras.objects, (object) => readObject(path, object), { concurrency: 8 });
}

async function applyExtras(
  { kube, provider }: Cluster,
  extras: KubeObject[],
  namespace: string,
): Promise<ReadonlySet<string>> {
  if (provider !== 'existing') {
    await ensureNamespace(kube, namespace);
    await applyObjects(kube, extras, namespace, applyExtra);
    return new Set();
  }
  const isNamespace = ({ kind }: KubeObject) => kind === NAMESPACE.kind;
  const kept = await createNamespaces(kube, extras.filter(isNamespace), namespace);
  const rest = extras.filter((object) => !isNamespace(object));
  await applyObjects(kube, rest, namespace, applyExtra);
  return kept;
}

/**
 * Makes the Namespaces that are missing. One that is there stays as it is: its labels are orders to the controllers of
 * a cluster that has other work, such as which pods may be privileged.
 * @returns those that were there
 */
async function createNamespaces(kube: Kube, namespaces: KubeObject[], own: string): Promise<Set<string>> {
  const kept = new Set<string>();
  const create = async (object: KubeObject) => {
    if (!(await blamed(object, () => createNamespace(kube, object)))) kept.add(object.metadata.name);
  };
  await pMap(namespaces, create, { concurrency: 8 });
  if (!namespaces.some(({ metadata }) => metadata.name === own)) await ensureNamespace(kube, own);
  return kept;
}

async function createNamespace(kube: Kube, object: KubeObject): Promise<boolean> {
  try {
    await kube.create(NAMESPACE, object);
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** Answers that blame the object: bad request, no such kind or namespace, too large, invalid. */
const REFUSALS = [400, 404, 413, 422];

/** Server-side apply answers with 500 where a field is of the wrong type, or none that the kind has. */
const blamesObject = ({ status, message }: ApiError) =>
  REFUSALS.includes(status) || message.includes('failed to create typed patch object');

const applyExtra = (kube: Kube, object: KubeObject, namespace: string): Promise<void> =>
  blamed(object, () => (oddityOf(object) ? createOrReplace : applyObject)(kube, object, namespace));

/** For what YAML does not carry: the API server reads what is applied as YAML, and what is created as JSON. */
async function createOrReplace(kube: Kube, object: KubeObject, own: string): Promise<void> {
  const resource = await kube.resourceFor(object);
  const { namespace = own, name } = object.metadata;
  const placed = { ...object, metadata: { ...object.metadata, namespace } };
  try {
    await kube.create(resource, placed);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const { resourceVersion } = (await kube.get(resource, namespace, name)).metadata;
    await kube.replace(resource, {
      ...placed,
      metadata: { ...placed.metadata, resourceVersion: resourceVersion! },
    });
  }
}

async function blamed<T>(object: KubeObject, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof ApiError && blamesObject(error))) throw error;
    const who = label({ kind: object.kind, ...object.metadata });
    throw failed(`${who} of extras.yaml cannot be restored: ${messageOf(error)}`, error);
  }
}

/** The installation's objects without those that the backup brings. */
export function notInBackup(objects: KubeObject[], opened: OpenedBackup, index: BackupIndex): KubeObject[] {
  const { namespace } = opened.manifest;
  const held = new Set([...index.export.objects, ...index.extras.objects].map(keyOf));
  return objects.filter(
    ({ kind, metadata }) =>
      !held.has(keyOf({ kind, namespace: metadata.namespace ?? namespace, name: metadata.name })),
  );
}
