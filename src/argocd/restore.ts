import pMap from 'p-map';
import type { OpenedBackup } from '../bundle/open.js';
import type { BackupIndex } from '../checks/integrity.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Exec } from '../exec.js';
import type { KubeObject } from '../kube/objects.js';
import type { Log } from '../log.js';
import { keyOf } from './diff.js';
import { type ImportResult, importExport } from './import.js';
import { readObject } from './index.js';
import { applyMissingCrds, applyObjects, ensureNamespace, type Manifests } from './manifests.js';
import type { InstanceScope } from './namespaces.js';
import { restoreOwners } from './owners.js';

export interface RestoreOptions {
  cluster: Cluster;
  opened: OpenedBackup;
  index: BackupIndex;
  /** Argo CD's own manifests for the target. */
  manifests: Manifests;
  /** Path of the argocd program. */
  argocd: string;
  importConcurrency: number;
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
 * and beside it whatever else the installation needs. What the backup holds is never installed first: import only
 * updates some fields of what is there already, while what it creates is whole.
 */
export async function restore(options: RestoreOptions): Promise<ImportResult> {
  const { cluster, opened, index, manifests, phase, log } = options;
  const { kube } = cluster;
  const scope = scopeOf(opened);
  await phase('custom resource definitions', () => applyMissingCrds(kube, manifests.crds));
  const extras = await readAll(opened.extrasPath, index);
  await phase('namespaces and extras', () => applyExtras(cluster, extras, scope.namespace));
  const total = index.export.objects.length;
  const [imported] = await Promise.all([
    phase('import', () =>
      importExport({
        ...options,
        target: cluster.target,
        scope,
        path: opened.exportPath,
        objects: index.export.objects,
        concurrency: options.importConcurrency,
        onProgress: (done) => log.progress(`imported ${done} of ${total} objects`),
      }),
    ),
    // Into a cluster of others nothing is installed: its Argo CD would start.
    cluster.provider === 'existing'
      ? undefined
      : phase('install the rest of Argo CD', () =>
          applyObjects(kube, notInBackup(manifests, index, scope), scope.namespace),
        ),
  ]);
  await phase('owners', () => restoreOwners(kube, opened.manifest.ownerReferences));
  return imported;
}

async function readAll(path: string, { extras }: BackupIndex): Promise<KubeObject[]> {
  return pMap(extras.objects, (object) => readObject(path, object), { concurrency: 8 });
}

async function applyExtras({ kube }: Cluster, extras: KubeObject[], namespace: string): Promise<void> {
  await ensureNamespace(kube, namespace);
  const isNamespace = ({ kind }: KubeObject) => kind === 'Namespace';
  await applyObjects(kube, extras.filter(isNamespace), namespace);
  await applyObjects(
    kube,
    extras.filter((object) => !isNamespace(object)),
    namespace,
  );
}

/** The installation's objects without those that the backup brings. */
function notInBackup({ objects }: Manifests, index: BackupIndex, { namespace }: InstanceScope): KubeObject[] {
  const held = new Set([...index.export.objects, ...index.extras.objects].map(keyOf));
  return objects.filter(
    ({ kind, metadata }) =>
      !held.has(keyOf({ kind, namespace: metadata.namespace ?? namespace, name: metadata.name })),
  );
}
