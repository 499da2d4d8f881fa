import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { type DrError, invalidInput } from '../errors.js';
import type { Exec } from '../exec.js';
import { sweep } from '../sweep.js';

/** In the folder of an embedded control plane, which Docker knows nothing of. */
const MARK = 'embedded';

/** The folder that holds a folder for each embedded control plane left up. */
export function registryDir(env: NodeJS.ProcessEnv): string {
  const base = env.RUNNER_TEMP || env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return join(base, 'argocd-dr', 'clusters');
}

/** The folder of one cluster; a name that would lead out of the registry is refused. */
function clusterDir(env: NodeJS.ProcessEnv, name: string): string {
  if (name === '' || name === '.' || name === '..' || name !== basename(name))
    throw invalidInput(`cluster-name ${JSON.stringify(name)} is not a name: give one without slashes`);
  return join(registryDir(env), name);
}

/**
 * Takes a name for a new cluster and makes its private folder.
 * @throws DrError (invalid input) where the name is taken
 */
export function claimName(env: NodeJS.ProcessEnv, name: string): string {
  const dir = clusterDir(env, name);
  mkdirSync(registryDir(env), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(dir, { mode: 0o700 });
    return dir;
  } catch (error) {
    throw invalidInput(
      `cluster-name ${name} is taken by a cluster in ${dir}: give another name, or remove it with teardown --cluster-name ${name}`,
      error,
    );
  }
}

/** Marks a folder as that of an embedded control plane, before its processes are started in it. */
export const markEmbedded = (dir: string): void => writeFileSync(join(dir, MARK), '', { mode: 0o600 });

/** Whether a cluster of that name is an embedded control plane. */
export const isEmbedded = (env: NodeJS.ProcessEnv, name: string): boolean =>
  existsSync(join(clusterDir(env, name), MARK));

/**
 * Ends the processes that work in a cluster's folder, and removes it.
 * @returns whether there was one
 */
export async function clearFolder(env: NodeJS.ProcessEnv, name: string, exec: Exec): Promise<boolean> {
  const dir = clusterDir(env, name);
  const there = existsSync(dir);
  if (there) await sweep(dir, exec);
  return there;
}

/** The error for a name that no cluster has, with those that there are. */
export const noSuchCluster = (env: NodeJS.ProcessEnv, name: string): DrError =>
  invalidInput(`there is no cluster ${name}${known(env)}: check cluster-name`);

function known(env: NodeJS.ProcessEnv): string {
  const base = registryDir(env);
  const names = existsSync(base) ? readdirSync(base) : [];
  return names.length > 0 ? `; there are: ${names.join(', ')}` : '';
}
