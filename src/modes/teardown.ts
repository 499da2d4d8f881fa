import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET_LOOKS, teardownKind } from '../cluster/kind/remove.js';
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

const PAUSE_MS = 1000;

/**
 * Removes a cluster that a step which was killed may have been making: Docker goes on with what it was asked for.
 * @returns whether there was something of it
 */
export async function removeUnfinished(
  name: string,
  deps: Pick<Deps, 'exec' | 'env'>,
  pauseMs = PAUSE_MS,
): Promise<boolean> {
  let removed = false;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const found = await removeCluster(name, deps);
    quiet = found ? 0 : quiet + 1;
    removed ||= found;
    await sleep(pauseMs);
  }
  return removed;
}
