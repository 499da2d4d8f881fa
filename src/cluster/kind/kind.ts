import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../../deps.js';
import { infraError, invalidInput, messageOf } from '../../errors.js';
import { Kube } from '../../kube/api.js';
import { type KubeTarget, loadKubeConfig } from '../../kube/config.js';
import { NAMESPACE, NODE } from '../../kube/objects.js';
import { createRedactor } from '../../redact.js';
import { DEFAULT_VERSIONS } from '../../tools/versions.js';
import type { KindCluster, KindNode } from '../cluster.js';
import { type RenderedConfig, renderKindConfig } from './config.js';
import { type Creating, createCluster } from './create.js';
import {
  assertRoom,
  type Docker,
  dockerFacts,
  dockerProgram,
  freeBytes,
  inspectNodes,
  listContainers,
  localTags,
} from './docker.js';
import { createFailure, nameTaken } from './failures.js';
import { exportLogs } from './logs.js';
import { type HostsFile, renderHosts, writeMirrors } from './mirrors.js';
import { chooseNodeImage } from './node-images.js';
import { type Creation, clusterLabel, newMark, removeCreated, removeCreatedDetached } from './remove.js';

export interface KindOptions {
  name: string;
  /** Decides which Kubernetes fits; `auto` where it is not known yet. */
  argocdVersion: string;
  /** `auto`, or a version in full. */
  kubernetesVersion: string;
  nodeImage?: string | undefined;
  /** Absent: as many as suit the machine. */
  workers?: number | undefined;
  portMappings: readonly string[];
  /** Path of the user's own kind configuration. */
  kindConfig?: string | undefined;
  registryMirrors: readonly string[];
  /** A private folder for the kubeconfig, of a cluster that may outlive the run; else it goes with the run. */
  dir?: string | undefined;
  /** Asked when the run ends: whether to leave the cluster up. One that did not come up is removed all the same. */
  keep?: () => boolean;
  /** Where to keep the nodes' logs if the creation fails. */
  logsDir?: string | undefined;
}

export type KindDeps = Pick<
  Deps,
  'exec' | 'tools' | 'scope' | 'signal' | 'log' | 'env' | 'recorder' | 'runner'
>;

type ConnectKube = (target: KubeTarget, signal: AbortSignal) => Kube;

const REGISTERED_MS = 120_000;
const POLL_MS = 250;

/**
 * Makes a kind cluster that is removed with the run's scope: at its end, on failure, and when the process goes down.
 * Its API answers and its nodes are registered, though not yet ready.
 * @throws DrError (invalid input) for inputs that cannot be used; DrError (infrastructure) with the remedy where
 *   Docker or kind fails. A cluster of that name that is there already is never touched.
 */
export async function startKind(
  options: KindOptions,
  deps: KindDeps,
  connectKube: ConnectKube = (target, signal) => new Kube(loadKubeConfig(target), signal),
): Promise<KindCluster> {
  const kind = deps.tools.get('kind', DEFAULT_VERSIONS.kind);
  // What is wrong with Docker or an input is told first.
  kind.catch(() => {});
  const docker = dockerProgram(deps.exec, deps.env);
  const plan = await planCluster(options, docker, deps);
  const program = await kind;
  deps.signal.throwIfAborted();
  try {
    return await bringUp(program.path, plan, options, docker, deps, connectKube);
  } catch (error) {
    if (!deps.signal.aborted) await keepLogs(options, deps);
    throw error;
  }
}

/** What fails here leaves nodes behind: for their logs, until the scope closes. */
async function bringUp(
  kind: string,
  plan: Plan,
  options: KindOptions,
  docker: Docker,
  deps: KindDeps,
  connectKube: ConnectKube,
): Promise<KindCluster> {
  const { cluster, target } = await create(kind, plan, options, docker, deps);
  const up = await connect(cluster, target, connectKube(target, deps.signal), docker, deps);
  const names = up.nodes.map(({ name }) => name);
  await writeMirrors(names, plan.mirrors, up.inNode);
  await untilRegistered(up.kube, plan.config.nodes, deps);
  cluster.up = true;
  deps.log.info(`kind: cluster ${up.name} with ${names.length} nodes answers at ${up.kube.server}`);
  return up;
}

interface Plan {
  config: RenderedConfig;
  image: string;
  mark: string;
  mirrors: HostsFile[];
}

/** Everything that can be refused before anything is made. */
async function planCluster(options: KindOptions, docker: Docker, deps: KindDeps): Promise<Plan> {
  const mirrors = renderHosts(options.registryMirrors);
  const kindConfig = options.kindConfig === undefined ? undefined : readConfig(options.kindConfig);
  const facts = await dockerFacts(docker);
  const mark = newMark();
  const config = renderKindConfig({ ...options, ...facts, kindConfig, mark });
  const [free, tags] = await Promise.all([
    freeBytes(facts.rootDir),
    localTags(docker, 'kindest/node'),
    assertNameFree(docker, options.name),
  ]);
  assertRoom(facts, free, config.nodes);
  const image = chooseNodeImage({ ...options, localTags: tags });
  deps.log.info(`kind: node image ${image.image}, ${image.reason}`);
  if (config.note) deps.log.info(`kind: ${config.note}`);
  for (const warning of [config.warning, image.warning]) {
    if (!warning) continue;
    deps.log.warn(warning);
    deps.recorder.warn(warning);
  }
  return { config, image: image.image, mark, mirrors };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidInput(
      `kind-config ${path} cannot be read: give the path of a kind configuration file`,
      error,
    );
  }
}

async function assertNameFree(docker: Docker, name: string): Promise<void> {
  const roles = 'control-plane|worker|external-load-balancer';
  const [cluster, containers] = await Promise.all([
    listContainers(docker, [clusterLabel(name)]),
    listContainers(docker, [`name=^/?${name}-(${roles})[0-9]*$`]),
  ]);
  if (cluster.length > 0 || containers.length > 0) throw nameTaken(name);
}

/** A cluster from its creation on; removed with the scope. */
interface Made extends Creation {
  /** Whether it has come up: only then it may be kept. */
  up: boolean;
  remove(): Promise<void>;
}

async function create(
  kind: string,
  { config, image, mark }: Plan,
  { name, dir, keep }: KindOptions,
  docker: Docker,
  deps: KindDeps,
): Promise<{ cluster: Made; target: KubeTarget }> {
  const kubeconfig = join(dir ?? deps.scope.privateDir('kind'), 'kubeconfig');
  const creation: Creation = { cluster: name, mark, loadBalancer: config.loadBalancer };
  const cluster: Made = { ...creation, up: false, remove: () => removeCreated(docker, creation) };
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  if (keep?.() !== true) deps.runner.makes(name);
  let creating: Creating | undefined;
  const kept = () => cluster.up && keep?.() === true;
  deps.scope.defer(
    async () => {
      if (kept()) return;
      stop.abort();
      await creating?.ended.catch(() => {});
      await cluster.remove();
    },
    () => {
      if (!kept()) removeCreatedDetached(creation, creating?.makingContainers() === true, deps.env);
    },
  );
  creating = createCluster({ kind, name, image, config: config.text, kubeconfig, signal }, deps);
  const { code, stderr } = await creating.ended;
  if (code !== 0) throw createFailure(stderr);
  return { cluster, target: { kubeconfig, context: `kind-${name}` } };
}

/** Logs of a creation that failed; no secret is in the cluster yet. */
async function keepLogs({ name, logsDir }: KindOptions, deps: KindDeps): Promise<void> {
  if (logsDir === undefined) return;
  try {
    await exportLogs({ name }, logsDir, { redact: createRedactor([]) }, deps);
    deps.log.info(`kind: the nodes' logs are in ${logsDir}`);
  } catch (error) {
    deps.log.warn(`the logs of cluster ${name} are not kept: ${messageOf(error)}`);
  }
}

/** The cluster as its users see it. */
async function connect(
  { cluster: name, remove }: Made,
  target: KubeTarget,
  kube: Kube,
  docker: Docker,
  { signal }: KindDeps,
): Promise<KindCluster> {
  const containers = await inspectNodes(docker, await listContainers(docker, [clusterLabel(name)]));
  return {
    provider: 'kind',
    name,
    target,
    kube,
    nodes: containers.flatMap(asNode).sort(byRoleAndName),
    hostAddress: containers[0]?.gateway ?? '',
    inNode: (node, command, stdin) =>
      stdin === undefined
        ? docker(['exec', node, ...command], { signal })
        : docker(['exec', '--interactive', node, ...command], { signal, stdin }),
    stop: remove,
  };
}

function asNode({ name, role, address }: Omit<KindNode, 'role'> & { role: string }): KindNode[] {
  return role === 'control-plane' || role === 'worker' ? [{ name, role, address }] : [];
}

const byRoleAndName = (a: KindNode, b: KindNode) =>
  a.role.localeCompare(b.role) || a.name.localeCompare(b.name, 'en', { numeric: true });

/** Waits until the API answers, with kube-system and every node in it. */
async function untilRegistered(kube: Kube, nodes: number, { log, signal }: KindDeps): Promise<void> {
  const deadline = Date.now() + REGISTERED_MS;
  for (;;) {
    const seen = await registered(kube).catch((error) => messageOf(error));
    if (seen === nodes) return;
    signal.throwIfAborted();
    const state = typeof seen === 'number' ? `${seen} of ${nodes} nodes registered` : seen;
    if (Date.now() > deadline)
      throw infraError(
        `the kind cluster did not come up within ${REGISTERED_MS / 1000} s: ${state}; check this machine's memory and load`,
      );
    log.progress(`kind: ${state}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function registered(kube: Kube): Promise<number> {
  await kube.get(NAMESPACE, undefined, 'kube-system');
  let count = 0;
  for await (const _ of kube.list(NODE)) count++;
  return count;
}
