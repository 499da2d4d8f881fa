import pMap from 'p-map';
import type { OpenedBackup } from '../bundle/open.js';
import type { BackupIndex } from '../checks/integrity.js';
import type { Cluster } from '../cluster/cluster.js';
import { failed, messageOf } from '../errors.js';
import type { Exec } from '../exec.js';
import { ApiError, type Kube } from '../kube/api.js';
import { type KubeObject, label } from '../kube/objects.js';
import type { Log } from '../log.js';
import { keyOf } from './diff.js';
import { type ImportOptions, type ImportResult, importExport } from './import.js';
import { readObject } from './index.js';
import { applyMissingCrds, applyObject, applyObjects, ensureNamespace, type Manifests } from './manifests.js';
import type { InstanceScope } from './namespaces.js';
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
  exec: Exec;
  log: Log;
  signal: AbortSignal;
  phase: <T>(name: string, run: () => Promise<T>) => Promise<T>;
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
 * @throws DrError (infrastructure) where the import was cut off, which says nothing about the backup
 */
export async function restore(options: RestoreOptions, beside: KubeObject[]): Promise<ImportResult> {
  const { cluster, opened, index, manifests, phase, log } = options;
  const { kube } = cluster;
  const { namespace } = scopeOf(opened);
  await phase('custom resource definitions', () => applyMissingCrds(kube, manifests.crds));
  const extras = await readAll(opened.extrasPath, index);
  await phase('namespaces and extras', () => applyExtras(cluster, extras, namespace));
  const total = index.export.objects.length;
  const onProgress = (done: number) => log.progress(`imported ${done} of ${total} objects`);
  const [imported] = await Promise.all([
    phase('import', () => importExport(importOptions(options, onProgress))),
    beside.length > 0 && phase('install the rest of Argo CD', () => applyObjects(kube, beside, namespace)),
  ]);
  await phase('owners', () => restoreOwners(kube, generatedApplications(options)));
  return imported;
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

async function applyExtras({ kube }: Cluster, extras: KubeObject[], namespace: string): Promise<void> {
  await ensureNamespace(kube, namespace);
  await applyObjects(kube, extras, namespace, applyExtra);
}

/** Answers that blame the object: bad request, no such kind or namespace, too large, invalid. */
const REFUSALS = [400, 404, 413, 422];

/** Server-side apply answers with 500 where a field is of the wrong type, or none that the kind has. */
const blamesObject = ({ status, message }: ApiError) =>
  REFUSALS.includes(status) || message.includes('failed to create typed patch object');

async function applyExtra(kube: Kube, object: KubeObject, namespace: string): Promise<void> {
  try {
    await applyObject(kube, object, namespace);
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
