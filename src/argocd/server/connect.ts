import { infraError } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { CONFIG_MAP } from '../../kube/objects.js';
import { CMD_PARAMS } from '../namespaces.js';
import type { Kubectl } from '../workloads/kubectl.js';
import { type ArgoCdClient, connectArgoCd } from './client.js';
import type { OpenForward } from './port-forward.js';
import { findServer } from './services.js';

export interface ReachOptions {
  kube: Kube;
  namespace: string;
  open: OpenForward;
  signal: AbortSignal;
}

/**
 * A connection to the argocd-server of an installation, once it answers; by whatever Service and root path it has.
 * @throws DrError (infrastructure)
 */
export async function reachServer({ kube, namespace, open, signal }: ReachOptions): Promise<ArgoCdClient> {
  const service = await findServer(kube, namespace);
  if (!service)
    throw infraError(
      `namespace ${namespace} has no Service of argocd-server with a port named https or http: check the manifests that the installation was made from`,
    );
  const { port } = await open(service.target, service.port);
  const params = await commandParameters(kube, namespace);
  return connectArgoCd({ port, rootPath: params['server.rootpath'] ?? '', signal });
}

/** The settings in argocd-cmd-params-cm; none where there is no such ConfigMap. */
export async function commandParameters(kube: Kube, namespace: string): Promise<Record<string, string>> {
  const configMap = await kube.find(CONFIG_MAP, namespace, CMD_PARAMS);
  return (configMap?.data ?? {}) as Record<string, string>;
}

/** Gives the log of a pod, such as `pod/argocd-dex-server-0`; what checks need of kubectl. */
export type ReadLog = (pod: string) => Promise<string>;

/** Reads logs by `kubectl logs`; where that fails there is no log. */
export function logReader(kubectl: Kubectl, namespace: string): ReadLog {
  return async (pod) => {
    const { code, stdout } = await kubectl([
      ...['logs', '--namespace', namespace, '--all-containers', '--tail=500'],
      pod,
    ]);
    return code === 0 ? stdout : '';
  };
}
