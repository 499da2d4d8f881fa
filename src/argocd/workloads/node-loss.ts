import type { KindCluster, KindNode } from '../../cluster/cluster.js';
import { infraError, messageOf } from '../../errors.js';
import { type Exec, tail } from '../../exec.js';
import type { Kube } from '../../kube/api.js';
import { NODE } from '../../kube/objects.js';
import { listWorkloads } from '../../kube/workloads.js';
import type { Log } from '../../log.js';
import { type ApiAnswers, answeringPath, askApi } from './api-answers.js';
import { type Clock, realClock } from './clock.js';
import type { Kubectl } from './kubectl.js';
import { isNodeReady } from './nodes.js';
import { listPods, type Pod, podsOf } from './pods.js';
import { waitReady } from './readiness.js';
import { askServer, type RedisTopology, redisTopology } from './redis.js';
import { componentOf } from './workload.js';

export interface NodeLossOptions {
  cluster: KindCluster;
  namespace: string;
  exec: Exec;
  kubectl: Kubectl;
  /** Environment of docker: DOCKER_HOST must reach it. */
  env: NodeJS.ProcessEnv;
  log: Log;
  signal: AbortSignal;
  clock?: Clock;
}

/** What the loss of a node did; all times in seconds. */
export interface NodeLoss {
  node: string;
  /** Components whose pods the node took along. */
  pods: string[];
  /** Requests to Argo CD's API from the loss on, and the longest time without an answer. */
  api: { asked: number; answered: number; longestSilence: number; silentFrom: number };
  /** Until Kubernetes took the node for not ready. */
  detected: number;
  /** Requests after that, once it had time to act on it. */
  afterDetection: { asked: number; answered: number };
  /** Undefined where the node did not run redis' master. */
  failover: { from: string; to: string; seconds: number } | undefined;
  /** From the node's start until all was ready and redis whole again. */
  recovered: number;
}

/** Kubernetes marks a silent node after 40 to 50 s, sentinels a silent master after 10 s. */
const LIMIT_MS = 180_000;
/** How long the API is watched once the node is known to be gone, and what of that Services need to follow. */
const AFTER_DETECTION_MS = 20_000;
const SETTLING_MS = 5_000;
const POLL_MS = 1_000;
const RECOVERY_TIMEOUT_MS = 8 * 60_000;

/**
 * Stops the worker that runs redis' master, without notice as in a power failure, and watches: does Argo CD's API
 * go on answering, does redis choose another master? Then starts the node again and waits until all is ready. Where
 * the master runs on the control plane's node, which Kubernetes cannot lose, a worker with a replica is stopped.
 * @throws DrError (infrastructure) where no worker can be stopped, or the installation does not recover
 */
export async function loseNode(options: NodeLossOptions): Promise<NodeLoss> {
  const { cluster, namespace, log } = options;
  const before = await redisTopology(cluster.kube, namespace, options);
  const pods = await listPods(cluster.kube, namespace);
  const node = chooseNode(cluster.nodes, before, pods);
  log.info(`stopping node ${node.name}, which runs ${namesOn(node, pods).join(', ')}`);
  try {
    const lost = await watchLoss(node, before, options);
    return { ...lost, node: node.name, pods: namesOn(node, pods), recovered: await recover(node, options) };
  } catch (error) {
    // A cluster that stays up must not be left without its node.
    await docker(['start', node.name], options).catch(() => {});
    throw error;
  }
}

/** The worker with redis' master; else one with a replica of it. */
export function chooseNode(nodes: readonly KindNode[], redis: RedisTopology, pods: readonly Pod[]): KindNode {
  const workers = nodes.filter(({ role }) => role === 'worker');
  const nodeOf = (pod: string) => pods.find(({ metadata }) => metadata.name === pod)?.spec.nodeName;
  for (const name of [redis.master?.node, ...redis.replicas.map(nodeOf)]) {
    const found = workers.find((worker) => worker.name === name);
    if (found) return found;
  }
  throw infraError(
    'chaos: node needs a worker that runs a redis pod, and redis runs on the control plane only: give workers: 3 and ha: true',
  );
}

const namesOn = (node: KindNode, pods: readonly Pod[]) =>
  pods.filter(({ spec }) => spec.nodeName === node.name).map(({ metadata }) => metadata.name);

type Loss = Omit<NodeLoss, 'node' | 'pods' | 'recovered'>;

async function watchLoss(node: KindNode, before: RedisTopology, options: NodeLossOptions): Promise<Loss> {
  const { cluster, namespace, clock = realClock, signal } = options;
  const path = await answeringPath(cluster.kube, namespace);
  const watching = new AbortController();
  const api = askApi(cluster.kube, path, AbortSignal.any([signal, watching.signal]), clock);
  try {
    const lostMs = clock.now();
    await docker(['kill', node.name], options);
    const since = () => (clock.now() - lostMs) / 1000;
    const [failover, detected] = await Promise.all([
      before.master?.node === node.name ? newMaster(node, before.master.pod, since, options) : undefined,
      noticed(cluster.kube, node, since, options),
    ]);
    await clock.sleep(AFTER_DETECTION_MS, signal);
    watching.abort();
    const answers = await api;
    return {
      failover,
      detected,
      api: { ...counted(answers, lostMs), ...silence(answers, lostMs) },
      afterDetection: counted(answers, lostMs + 1000 * detected + SETTLING_MS),
    };
  } finally {
    watching.abort();
  }
}

const counted = ({ answers }: ApiAnswers, sinceMs: number) => {
  const asked = answers.filter(({ startMs }) => startMs > sinceMs);
  return { asked: asked.length, answered: asked.filter(({ ok }) => ok).length };
};

/** The longest time between two answers, the loss and the end of the asking being the outermost marks; seconds. */
function silence({ answers, endMs }: ApiAnswers, lostMs: number) {
  const good = answers.filter(({ ok, startMs }) => ok && startMs > lostMs).map(({ atMs }) => atMs);
  const marks = [lostMs, ...good.sort((a, b) => a - b), endMs];
  const gaps = marks.slice(1).map((mark, index) => ({ from: marks[index]!, length: mark - marks[index]! }));
  const longest = gaps.reduce((a, b) => (b.length > a.length ? b : a));
  return { longestSilence: longest.length / 1000, silentFrom: (longest.from - lostMs) / 1000 };
}

/** Waits until another redis than the lost one is master by its own word and its sentinel's. */
async function newMaster(node: KindNode, from: string, since: () => number, options: NodeLossOptions) {
  const { cluster, namespace, kubectl } = options;
  return until('redis has no new master', options, async () => {
    const [workloads, pods] = await Promise.all([
      listWorkloads(cluster.kube, namespace),
      listPods(cluster.kube, namespace),
    ]);
    const servers = workloads.filter((each) => componentOf(each) === 'redis-ha-server');
    const alive = servers
      .flatMap((each) => podsOf(each, pods))
      .filter(({ spec }) => spec.nodeName !== node.name);
    const answers = await Promise.all(alive.map((pod) => askServer(namespace, pod, kubectl)));
    const master = answers.find(({ info, sentinel }) => info.role === 'master' && sentinel.status === 'ok');
    return master && { from, to: master.pod, seconds: since() };
  });
}

/** Waits until Kubernetes takes the node for not ready, and so sends no more requests to its pods. */
function noticed(kube: Kube, node: KindNode, since: () => number, options: NodeLossOptions): Promise<number> {
  return until(`Kubernetes still takes node ${node.name} for ready`, options, async () =>
    isNodeReady(await kube.get(NODE, undefined, node.name)) ? undefined : since(),
  );
}

async function recover(node: KindNode, options: NodeLossOptions): Promise<number> {
  const { cluster, namespace, clock = realClock, log } = options;
  const startMs = clock.now();
  await docker(['start', node.name], options);
  log.info(`node ${node.name} started again`);
  await until(`node ${node.name} is not ready again`, options, async () =>
    isNodeReady(await cluster.kube.get(NODE, undefined, node.name)) ? true : undefined,
  );
  // Whatever was down with the node may have restarted more often than a first start allows.
  await waitReady(cluster.kube, namespace, await listWorkloads(cluster.kube, namespace), {
    ...options,
    timeoutMs: RECOVERY_TIMEOUT_MS,
    maxRestarts: Number.POSITIVE_INFINITY,
  });
  await redisTopology(cluster.kube, namespace, options);
  return (clock.now() - startMs) / 1000;
}

/** Asks again until there is an answer. */
async function until<T>(
  otherwise: string,
  { clock = realClock, signal }: NodeLossOptions,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = clock.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (clock.now() > deadline) throw infraError(`${otherwise} after ${LIMIT_MS / 1000} s`);
    await clock.sleep(POLL_MS, signal);
  }
}

async function docker(args: string[], { exec, env, signal }: NodeLossOptions): Promise<void> {
  const run = exec('docker', args, { env, signal }).catch((error) => {
    throw infraError(`docker ${args.join(' ')} could not be run: ${messageOf(error)}`, error);
  });
  const { code, stderr } = await run;
  if (code !== 0)
    throw infraError(`docker ${args.join(' ')} failed with exit code ${code}: ${tail(stderr, 2)}`);
}
