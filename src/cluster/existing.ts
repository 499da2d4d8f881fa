import { Kube } from '../kube/api.js';
import { type KubeTarget, loadKubeConfig } from '../kube/config.js';
import type { Cluster } from './cluster.js';

/**
 * A cluster that is there already; stopping it leaves it alone.
 * @throws DrError if the kubeconfig or the context is wrong, or the API server does not answer
 */
export async function connectExisting(target: KubeTarget, signal?: AbortSignal): Promise<Cluster> {
  const config = loadKubeConfig(target);
  const kube = new Kube(config, signal);
  await kube.version();
  return { provider: 'existing', name: config.getCurrentContext(), target, kube, async stop() {} };
}
