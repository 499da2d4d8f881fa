import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { invalidInput } from '../errors.js';

/** A cluster that was left up, as its folder says; one that kind made has no processes of its own. */
export interface LeftUp {
  name: string;
  dir: string;
  pids: number[];
}

const STATE_FILE = 'cluster.json';

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

export function register({ name, dir, pids }: LeftUp): void {
  writeFileSync(join(dir, STATE_FILE), JSON.stringify({ name, pids }), { mode: 0o600 });
}

/**
 * Ends a cluster that was left up and removes its folder.
 * @throws DrError (invalid input) where there is no such cluster
 */
export async function tearDown(env: NodeJS.ProcessEnv, name: string): Promise<void> {
  const dir = clusterDir(env, name);
  if (!existsSync(dir)) throw invalidInput(`there is no cluster ${name}${known(env)}: check cluster-name`);
  for (const pid of pidsOf(dir)) await endProcess(pid, dir);
  forget(env, name);
}

/** Whether a cluster of that name is an embedded control plane that was left up. */
export const isEmbedded = (env: NodeJS.ProcessEnv, name: string): boolean =>
  existsSync(join(clusterDir(env, name), STATE_FILE));

/** Removes the folder of a cluster that is gone; one that has none is passed over. */
export function forget(env: NodeJS.ProcessEnv, name: string): void {
  rmSync(clusterDir(env, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function known(env: NodeJS.ProcessEnv): string {
  const base = registryDir(env);
  const names = existsSync(base) ? readdirSync(base) : [];
  return names.length > 0 ? `; there are: ${names.join(', ')}` : '';
}

function pidsOf(dir: string): number[] {
  try {
    return (JSON.parse(readFileSync(join(dir, STATE_FILE), 'utf8')) as LeftUp).pids;
  } catch {
    // An install that was cut off before it wrote the file has taken its processes along.
    return [];
  }
}

/** Ends a process, if it is still the one that was started: its arguments name the cluster's folder. */
async function endProcess(pid: number, dir: string): Promise<void> {
  for (let signal: NodeJS.Signals = 'SIGTERM', waited = 0; isOurs(pid, dir); waited += 100) {
    if (waited >= 2_000) signal = 'SIGKILL';
    process.kill(pid, signal);
    await sleep(100);
  }
}

function isOurs(pid: number, dir: string): boolean {
  try {
    process.kill(pid, 0);
    const commandLine = `/proc/${pid}/cmdline`;
    return !existsSync('/proc/self/cmdline') || readFileSync(commandLine, 'utf8').includes(dir);
  } catch {
    return false;
  }
}
