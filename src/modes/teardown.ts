import { tearDown } from '../cluster/registry.js';
import type { Deps } from '../deps.js';
import type { TeardownInputs } from '../inputs.js';

/** The command line's `teardown`: ends an embedded control plane that an install left up. */
export async function teardown(
  { clusterName }: TeardownInputs,
  { log, env }: Pick<Deps, 'log' | 'env'>,
): Promise<void> {
  await tearDown(env, clusterName);
  log.info(`removed cluster ${clusterName}`);
}
