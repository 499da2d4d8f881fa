import { statfs } from 'node:fs/promises';
import { type DrError, infraError } from '../../errors.js';
import { type Exec, type ExecOptions, type ExecResult, tail } from '../../exec.js';
import type { KindNode } from '../cluster.js';
import { gib } from './config.js';
import { dockerUnreachable } from './failures.js';

/** Runs the docker program; its exit code is in the result. */
export type Docker = (
  args: readonly string[],
  options?: Pick<ExecOptions, 'stdin' | 'signal'>,
) => Promise<ExecResult>;

/** What Docker says of itself and of the machine that it runs on. */
export interface DockerFacts {
  memoryBytes: number;
  cpus: number;
  /** Where its data is; a path on this machine only where the daemon runs here. */
  rootDir: string;
}

const ANSWER_MS = 5_000;
const MEMORY_PER_NODE = 2 ** 30;
/** A node's own files, and Argo CD's images unpacked in it. */
const DISK_PER_NODE = 1.5 * 2 ** 30;

/** The environment for kind and docker: that of the run without what would lead kind to other clusters. */
export function kindEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { KUBECONFIG: _, KIND_CLUSTER_NAME: __, ...rest } = env;
  return { ...rest, KIND_EXPERIMENTAL_PROVIDER: 'docker' };
}

/** The docker program with the environment of the run. Rejects with what to do where it is not installed. */
export function dockerProgram(exec: Exec, env: NodeJS.ProcessEnv): Docker {
  return (args, options = {}) =>
    exec('docker', args, { ...options, env: kindEnvironment(env) }).catch((error) => {
      throw isMissing(error) ? noDocker(error) : error;
    });
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

const noDocker = (cause: unknown) =>
  infraError(
    'Docker is not installed: kind needs the program docker on PATH (https://docs.docker.com/engine/install/); or take cluster: control-plane',
    cause,
  );

/** Whether a Docker daemon answers within five seconds. */
export async function dockerAnswers(exec: Exec, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const docker = dockerProgram(exec, env);
    const signal = AbortSignal.timeout(ANSWER_MS);
    const { code, stdout } = await docker(['version', '--format', '{{.Server.Version}}'], { signal });
    return code === 0 && stdout.trim() !== '';
  } catch {
    return false;
  }
}

/**
 * Asks Docker for its memory, its processors and where its data is.
 * @throws DrError (infrastructure) with the remedy where it is missing, not running, or not allowed
 */
export async function dockerFacts(docker: Docker): Promise<DockerFacts> {
  const result = await docker(['info', '--format', '{{json .}}']);
  if (result.code !== 0) throw dockerFailed('docker info', result);
  const info = JSON.parse(result.stdout) as Info;
  // Older versions of the program end with 0 where the daemon does not answer.
  if (info.ServerErrors?.length)
    throw dockerFailed('docker info', { ...result, stderr: info.ServerErrors.join('\n') });
  return { memoryBytes: info.MemTotal, cpus: info.NCPU, rootDir: info.DockerRootDir };
}

interface Info {
  MemTotal: number;
  NCPU: number;
  DockerRootDir: string;
  ServerErrors?: string[];
}

/** What went wrong with a docker command, with the remedy where it is known. */
export function dockerFailed(what: string, { stderr, code }: ExecResult): DrError {
  return (
    dockerUnreachable(stderr) ??
    infraError(`${what} failed: ${tail(stderr, 2) || `exit code ${code} without a word`}`)
  );
}

/**
 * Refuses to start nodes for which there is not the room.
 * @param freeBytes free space where Docker keeps its data; undefined where it is not on this machine
 */
export function assertRoom(facts: DockerFacts, freeBytes: number | undefined, nodes: number): void {
  const memory = Math.max(2, nodes) * MEMORY_PER_NODE;
  if (facts.memoryBytes < memory)
    throw infraError(
      `Docker has ${gib(facts.memoryBytes)} GiB of memory, and ${nodes} nodes need ${gib(memory)}: give it more, ask for fewer workers, or take cluster: control-plane`,
    );
  const disk = nodes * DISK_PER_NODE;
  if (freeBytes !== undefined && freeBytes < disk)
    throw infraError(
      `${facts.rootDir}, where Docker keeps its data, has ${gib(freeBytes)} GiB free, and ${nodes} nodes need ${gib(disk)}: free some (docker system prune --all --volumes removes what is not in use), or ask for fewer workers`,
    );
}

/** Free bytes at a path; undefined where it is not on this machine. */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** The tags of an image's repository that Docker has, without a repetition. */
export async function localTags(docker: Docker, repository: string): Promise<string[]> {
  const result = await docker(['image', 'ls', '--format', '{{.Tag}}', repository]);
  if (result.code !== 0) throw dockerFailed('docker image ls', result);
  return [...new Set(linesOf(result.stdout))].filter((tag) => tag !== '<none>');
}

/** Containers, also stopped ones, that match all of the filters. */
export async function listContainers(docker: Docker, filters: readonly string[]): Promise<string[]> {
  const matching = filters.flatMap((filter) => ['--filter', filter]);
  const result = await docker(['ps', '--all', '--no-trunc', '--format', '{{.Names}}', ...matching]);
  if (result.code !== 0) throw dockerFailed('docker ps', result);
  return linesOf(result.stdout);
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** A node as Docker shows it. */
export interface NodeContainer extends Omit<KindNode, 'role'> {
  role: string;
  /** IPv4 of the host in the network of the nodes. */
  gateway: string;
  /** Where its mounts are. */
  mounts: string[];
}

/** Reads the addresses, roles and mounts of containers. */
export async function inspectNodes(docker: Docker, names: readonly string[]): Promise<NodeContainer[]> {
  if (names.length === 0) return [];
  const result = await docker(['inspect', '--type', 'container', ...names]);
  if (result.code !== 0) throw dockerFailed('docker inspect', result);
  return (JSON.parse(result.stdout) as Inspected[]).map(nodeOf);
}

interface Inspected {
  Name: string;
  Config: { Labels: Record<string, string> };
  NetworkSettings: { Networks: Record<string, { IPAddress: string; Gateway: string }> };
  Mounts: { Destination: string }[];
}

function nodeOf({ Name, Config, NetworkSettings, Mounts }: Inspected): NodeContainer {
  // kind puts a node into one network only.
  const [network] = Object.values(NetworkSettings.Networks);
  return {
    name: Name.replace(/^\//, ''),
    role: Config.Labels['io.x-k8s.kind.role'] ?? '',
    address: network?.IPAddress ?? '',
    gateway: network?.Gateway ?? '',
    mounts: Mounts.map(({ Destination }) => Destination),
  };
}
