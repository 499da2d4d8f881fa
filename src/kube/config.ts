import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { invalidInput, messageOf } from '../errors.js';

/** Which cluster to talk to: a kubeconfig file (or the machine's default) and a context in it. */
export interface KubeTarget {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

/** What the library falls back to where it finds nothing; a kubeconfig may name the same server on purpose. */
const isFallback = (config: KubeConfig) =>
  config.getCurrentContext() === 'loaded-context' &&
  config.getCurrentCluster()?.server === 'http://localhost:8080';

/**
 * Reads the kubeconfig and chooses the context.
 * Without a file: KUBECONFIG, ~/.kube/config, then the service account of the pod this runs in.
 * @throws DrError (invalid input) that names the file or the context, and the contexts there are
 */
export function loadKubeConfig(target: KubeTarget): KubeConfig {
  const config = new KubeConfig();
  const path = target.kubeconfig ?? process.env.KUBECONFIG;
  const from = path ? `kubeconfig ${path}` : 'the default kubeconfig';
  if (target.kubeconfig && !existsSync(target.kubeconfig))
    throw invalidInput(`${from} does not exist: give the path of a kubeconfig file`);
  try {
    if (target.kubeconfig) config.loadFromFile(target.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    // Only the first line of the reason: the others would show the file, which holds credentials.
    const reason = messageOf(error).split('\n', 1)[0];
    throw invalidInput(`${from} cannot be read as a kubeconfig (${reason}): check that it is a valid one`);
  }
  if (!path && isFallback(config))
    throw invalidInput(
      'no kubeconfig is there: no input kubeconfig, no variable KUBECONFIG, no ~/.kube/config, and no token of a service account as pods have it: give kubeconfig, or in a pod set automountServiceAccountToken',
    );
  if (target.context) config.setCurrentContext(target.context);
  assertContext(config, from, target.context);
  return config;
}

function assertContext(config: KubeConfig, from: string, wanted: string | undefined): void {
  const contexts = config.getContexts().map((context) => context.name);
  const current = config.getCurrentContext();
  const known = contexts.length > 0 ? `it has: ${contexts.join(', ')}` : 'it has none';
  if (!contexts.includes(current))
    throw invalidInput(
      wanted
        ? `context ${wanted} is not in ${from}; ${known}`
        : `${from} names no usable current context; give one with the input context; ${known}`,
    );
  if (!config.getCurrentCluster()?.server)
    throw invalidInput(`context ${current} in ${from} names a cluster without a server: mend the kubeconfig`);
}
