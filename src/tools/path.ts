import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { cancelled, invalidInput, messageOf } from '../errors.js';
import { type Exec, tail } from '../exec.js';
import { sha256OfFile } from './digest.js';
import type { Tool, ToolName } from './tools.js';
import { parseVersion } from './versions.js';

const ASK_VERSION: Record<ToolName, readonly string[]> = {
  argocd: ['version', '--client', '--short'],
  etcd: ['--version'],
  helm: ['version', '--short'],
  kind: ['version'],
  'kube-apiserver': ['--version'],
  kubectl: ['version', '--client', '-o', 'json'],
};

/** What setup-envtest puts into the folder that KUBEBUILDER_ASSETS names. */
const ASSETS: readonly ToolName[] = ['etcd', 'kube-apiserver', 'kubectl'];

const ANSWER_TIMEOUT_MS = 30_000;

export interface PathSearch {
  name: ToolName;
  version: string;
  /** A path the user gave for this tool; nothing else is looked at then. */
  explicit: string | undefined;
  env: NodeJS.ProcessEnv;
  exec: Exec;
  signal: AbortSignal | undefined;
}

interface Candidate {
  path: string;
  /** The user pointed at it, rather than it being on PATH by chance. */
  named: boolean;
}

/**
 * Finds a tool that is on this machine already: at the given path, in KUBEBUILDER_ASSETS, or on PATH.
 * Each candidate is asked for its version.
 * @throws Error with every reason where none fits; DrError (invalid input) where the given path does not.
 */
export async function fromPath(search: PathSearch): Promise<Tool> {
  if (search.explicit) {
    try {
      return await inspect({ path: search.explicit, named: true }, search);
    } catch (error) {
      const advice = `give the path of ${search.name} ${search.version}, or none`;
      throw invalidInput(`the path given for ${search.name}: ${messageOf(error)}; ${advice}`, error);
    }
  }
  const reasons: string[] = [];
  for (const candidate of await candidates(search.name, search.env)) {
    try {
      return await inspect(candidate, search);
    } catch (error) {
      if (search.signal?.aborted) throw cancelled();
      reasons.push(messageOf(error));
    }
  }
  throw new Error(reasons.join('; ') || 'not on PATH');
}

/** The first version number in what a program says of itself, without a leading `v` and build metadata. */
export function versionIn(output: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(output)?.[1];
}

/**
 * Whether a tool of version `found` may stand in for version `wanted`.
 * @param named the user pointed at it: then any etcd of the same major will do, for it came with its
 *   kube-apiserver
 */
export function versionFits(name: ToolName, wanted: string, found: string, named: boolean): boolean {
  const [want, have] = [parseVersion(wanted), parseVersion(found)];
  switch (name) {
    case 'argocd':
    case 'kind':
      return found === wanted;
    case 'etcd':
      return named ? have.major === want.major : found === wanted;
    case 'helm':
      return have.major === want.major;
    case 'kube-apiserver':
    case 'kubectl':
      return have.major === want.major && have.minor === want.minor;
  }
}

async function candidates(name: ToolName, env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const assets = ASSETS.includes(name) && env.KUBEBUILDER_ASSETS;
  // A relative entry of PATH depends on the folder one stands in; no program is started by it.
  const dirs = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const all = [
    ...(assets ? [{ path: join(assets, name), named: true }] : []),
    ...dirs.map((dir) => ({ path: join(dir, name), named: false })),
  ];
  const found = new Map<string, Candidate>();
  for (const candidate of all) {
    const real = await executable(candidate.path);
    if (real && !found.has(real)) found.set(real, candidate);
  }
  return [...found.values()];
}

async function executable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function inspect({ path, named }: Candidate, search: PathSearch): Promise<Tool> {
  const { name, version } = search;
  const found = await askVersion(path, search);
  if (!versionFits(name, version, found, named)) throw new Error(`${path} is ${found}, not ${version}`);
  return { name, version: found, path, source: 'path', sha256: await sha256OfFile(path) };
}

async function askVersion(path: string, { name, env, exec, signal }: PathSearch): Promise<string> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const answer = await exec(path, ASK_VERSION[name], { env, signal: either }).catch((error) => {
    if (!timeout.aborted) throw error;
    throw new Error(`${path} did not tell its version within ${ANSWER_TIMEOUT_MS / 1000} s`);
  });
  const version = versionIn(answer.stdout);
  if (answer.code === 0 && version) return version;
  const said = tail(answer.stderr || answer.stdout, 1) || 'nothing';
  throw new Error(`${path} did not tell its version (exit code ${answer.code}, said: ${said})`);
}
