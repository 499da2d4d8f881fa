import { teardownKind } from '../cluster/kind/remove.js';
import { forget, isEmbedded, tearDown } from '../cluster/registry.js';
import type { Deps } from '../deps.js';
import type { TeardownInputs } from '../inputs.js';

/** The command line's `teardown`: removes a cluster that an install or a drill left up, kind or embedded. */
export async function teardown(
  { clusterName }: TeardownInputs,
  { log, env, exec }: Pick<Deps, 'log' | 'env' | 'exec'>,
): Promise<void> {
  // Docker is asked only where it may have to do with it: it need not run for an embedded control plane.
  const kind = !isEmbedded(env, clusterName) && (await teardownKind(clusterName, { exec, env }));
  if (kind) forget(env, clusterName);
  else await tearDown(env, clusterName);
  log.info(`removed cluster ${clusterName}`);
}
