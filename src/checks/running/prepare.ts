import pMap from 'p-map';
import { instanceObjects, readInstanceObject } from '../../argocd/index.js';
import type { RestoreOptions } from '../../argocd/restore.js';
import { isAdminEnabled } from '../../argocd/server/accounts.js';
import { enableAdmin } from '../../argocd/server/admin.js';
import type { ArgoCdClient } from '../../argocd/server/client.js';
import { isListed } from '../../argocd/server/inventory.js';
import { mintToken } from '../../argocd/server/token.js';
import { failed } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { type KubeObject, SECRET } from '../../kube/objects.js';

/** A restored instance, as the restore knows it. */
export type Restored = Pick<RestoreOptions, 'cluster' | 'opened' | 'index' | 'argocd' | 'exec' | 'signal'>;

/** What the checks of level running work with. */
export interface Running {
  restored: Restored;
  client: ArgoCdClient;
  namespace: string;
  /** What argocd-server shows of the backup: Applications (without status), AppProjects, Secrets, settings. */
  objects: KubeObject[];
  /** Of the account admin, signed with the restored key. */
  token: string;
  /** The account admin is disabled in the backup, and was enabled in the drill's own copy. */
  adminEnabledByDrill: boolean;
}

const CONCURRENCY = 16;

/**
 * Reads what the checks compare with, and makes the token they ask with. Where the backup has the account admin
 * disabled, it is enabled in the drill's own copy: so only after the restored objects were proven equal.
 * @throws DrError (the backup does not restore) where the target has no key for tokens
 */
export async function prepareRunning(restored: Restored, client: ArgoCdClient): Promise<Running> {
  const { namespace } = restored.opened.manifest;
  const { kube } = restored.cluster;
  const objects = await readListed(restored);
  const adminEnabledByDrill = !isAdminEnabled(find(objects, 'ConfigMap', 'argocd-cm'));
  if (adminEnabledByDrill) await enableAdmin(kube, namespace);
  const token = mintToken(await restoredKey(kube, namespace));
  return { restored, client, namespace, objects, token, adminEnabledByDrill };
}

async function readListed({ opened, index }: Restored): Promise<KubeObject[]> {
  const wanted = instanceObjects(index).filter(
    (object) => isListed(object) || (object.kind === 'ConfigMap' && object.name === 'argocd-rbac-cm'),
  );
  return pMap(
    wanted,
    async (object) => {
      const { status: _, ...rest } = await readInstanceObject(opened, object);
      return rest as KubeObject;
    },
    { concurrency: CONCURRENCY },
  );
}

/** The object of that kind and name; Argo CD's own namespace has each once. */
export const find = (objects: KubeObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

/** The data of a ConfigMap or Secret; empty where there is none. */
export const dataOf = (object: KubeObject | undefined) => (object?.data ?? {}) as Record<string, string>;

/** The bytes of `server.secretkey`, as the target holds them. */
export async function restoredKey(kube: Kube, namespace: string): Promise<Buffer> {
  const secret = await kube.find(SECRET, namespace, 'argocd-secret');
  const key = dataOf(secret)['server.secretkey'];
  if (key) return Buffer.from(key, 'base64');
  throw failed(
    `Secret ${namespace}/argocd-secret of the restored Argo CD has no server.secretkey, though argocd-server has started: no token can be made`,
  );
}

/** What the evidence must tell of the account admin; empty where nothing was done to it. */
export const noteAdmin = ({ adminEnabledByDrill }: Running) =>
  adminEnabledByDrill
    ? ' The account admin is disabled in the backup; it was enabled in the copy that this drill made, after the restored objects were proven equal.'
    : '';
