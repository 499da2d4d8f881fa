import { teardownKind } from '../cluster/kind/remove.js';
import { forget, tearDown } from '../cluster/registry.js';
import type { Deps } from '../deps.js';
import type { TeardownInputs } from '../inputs.js';

/** The command line's `teardown`: removes a cluster that an install or a drill left up, kind or embedded. */
export async function teardown(
  { clusterName }: TeardownInputs,
  { log, env, exec }: Pick<Deps, 'log' | 'env' | 'exec'>,
): Promise<void> {
  if (await teardownKind(clusterName, { exec, env })) forget(env, clusterName);
  else await tearDown(env, clusterName);
  log.info(`removed cluster ${clusterName}`);
}
