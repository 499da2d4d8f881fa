import pMap from 'p-map';
import type { OwnerRecord } from '../bundle/manifest.js';
import { isNotFound, type Kube } from '../kube/api.js';
import { APPLICATION, APPLICATION_SET } from '../kube/objects.js';
import { keyOf } from './diff.js';
import { instanceObjects } from './index.js';
import type { RestoreOptions } from './restore.js';

const CONCURRENCY = 32;

/** The Applications that an ApplicationSet of the backup generated: the only owners that exist in a new cluster. */
export function generatedApplications({
  opened,
  index,
}: Pick<RestoreOptions, 'opened' | 'index'>): OwnerRecord[] {
  const held = new Set(instanceObjects(index).map(keyOf));
  const isHeld = ({ namespace }: OwnerRecord, { kind, name }: OwnerRecord['owners'][number]) =>
    isApplicationSet({ kind }) && held.has(keyOf({ kind, namespace, name }));
  return opened.manifest.ownerReferences.filter(
    (record) => record.kind === APPLICATION.kind && record.owners.some((owner) => isHeld(record, owner)),
  );
}

const isApplicationSet = ({ kind }: { kind: string }) => kind === APPLICATION_SET.kind;

/**
 * Gives generated Applications back to their restored ApplicationSets, which `argocd admin export` forgets: without
 * that, deleting an ApplicationSet leaves its Applications behind until the controller has adopted them again.
 * @param generated see generatedApplications()
 * @returns how many were given back
 */
export async function restoreOwners(kube: Kube, generated: OwnerRecord[]): Promise<number> {
  if (generated.length === 0) return 0;
  const uids = new Map<string, string>();
  for await (const { kind, metadata } of kube.list(APPLICATION_SET))
    uids.set(keyOf({ kind, namespace: metadata.namespace!, name: metadata.name }), metadata.uid!);
  const given = await pMap(generated, (record) => giveBack(kube, record, uids), { concurrency: CONCURRENCY });
  return given.filter(Boolean).length;
}

async function giveBack(
  kube: Kube,
  record: OwnerRecord,
  uids: ReadonlyMap<string, string>,
): Promise<boolean> {
  const { namespace, name } = record;
  const ownerReferences = record.owners.filter(isApplicationSet).flatMap((owner) => {
    const uid = uids.get(keyOf({ kind: owner.kind, namespace, name: owner.name }));
    return uid ? [{ ...owner, apiVersion: APPLICATION_SET.apiVersion, uid }] : [];
  });
  if (ownerReferences.length === 0) return false;
  try {
    await kube.mergePatch(APPLICATION, namespace, name, { metadata: { ownerReferences } });
    return true;
  } catch (error) {
    // An Application that was not restored is reported as missing, by name.
    if (isNotFound(error)) return false;
    throw error;
  }
}
