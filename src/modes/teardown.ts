import { teardownKind } from '../cluster/kind/remove.js';
import { clearFolder, isEmbedded, noSuchCluster } from '../cluster/registry.js';
import type { Deps } from '../deps.js';
import type { TeardownInputs } from '../inputs.js';

/** The command line's `teardown`: removes a cluster that an install or a drill left up, kind or embedded. */
export async function teardown(
  { clusterName }: TeardownInputs,
  { log, env, exec }: Pick<Deps, 'log' | 'env' | 'exec'>,
): Promise<void> {
  if (!(await removeCluster(clusterName, { env, exec }))) throw noSuchCluster(env, clusterName);
  log.info(`removed cluster ${clusterName}`);
}

/**
 * Removes a cluster, kind or embedded, also one that did not come up.
 * @returns whether there was one
 */
export async function removeCluster(
  name: string,
  { env, exec }: Pick<Deps, 'env' | 'exec'>,
): Promise<boolean> {
  // Docker is asked only where it may have to do with it: it need not run for an embedded control plane.
  const kind = !isEmbedded(env, name) && (await teardownKind(name, { exec, env }));
  const folder = await clearFolder(env, name, exec);
  return kind || folder;
}
