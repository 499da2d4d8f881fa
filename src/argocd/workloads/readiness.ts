import { DrError, EXIT, infraError } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { type KubeObject, label } from '../../kube/objects.js';
import { listWorkloads } from '../../kube/workloads.js';
import type { Log } from '../../log.js';
import { keyOfObject } from '../listing.js';
import { type Clock, realClock } from './clock.js';
import { describe } from './diagnosis.js';
import type { Kubectl } from './kubectl.js';
import { mountTroubles } from './mounts.js';
import { isNodeReady, listNodes } from './nodes.js';
import { isReady, listPods, type Pod, podsOf } from './pods.js';
import type { Trouble } from './trouble.js';
import { Watch } from './watch.js';
import { isReplicated, replicasOf } from './workload.js';

/** A workload that is up. */
export interface ReadyWorkload {
  kind: string;
  name: string;
  ready: number;
  wanted: number;
  /** From the start of the wait until it was ready. */
  seconds: number;
  pods: { name: string; node: string }[];
}

export interface Readiness {
  workloads: ReadyWorkload[];
  /** Until the last workload was ready. */
  seconds: number;
}

export interface ReadinessOptions {
  log: Log;
  signal: AbortSignal;
  kubectl: Kubectl;
  /** Values to hide in what is quoted of pods, besides those of the namespace's Secrets. */
  secretValues?: Iterable<string>;
  timeoutMs?: number;
  /** Exits of one container after which it is given up. */
  maxRestarts?: number;
  /** When what is waited for was started, by the clock; absent: now. */
  startedMs?: number;
  clock?: Clock;
}

const TIMEOUT_MS = 10 * 60_000;
const POLL_MS = 1_000;

/**
 * Waits until workloads are ready, all their replicas being of the newest generation; those with zero replicas,
 * until their pods are gone. Tells each as it comes up.
 * @param workloads Deployments and StatefulSets by kind and name, such as an installation's objects
 * @throws DrError (infrastructure) as soon as a pod cannot come up, with its reason, last events and log lines; or
 *   when the time is over, with what is not ready
 */
export async function waitReady(
  kube: Kube,
  namespace: string,
  workloads: readonly KubeObject[],
  options: ReadinessOptions,
): Promise<Readiness> {
  const { signal, clock = realClock, timeoutMs = TIMEOUT_MS, log } = options;
  const startMs = options.startedMs ?? clock.now();
  const deadline = clock.now() + timeoutMs;
  const names = new Set(workloads.filter(isReplicated).map(nameOf));
  const watch = new Watch(options.maxRestarts);
  const up = new Map<string, ReadyWorkload>();
  for (;;) {
    const state = await readState(kube, namespace, names);
    noteReady(state, up, (clock.now() - startMs) / 1000, log);
    if (state.waiting.length === 0) return { workloads: inOrder(names, up), seconds: longest(up) };
    log.progress(progressLine(state));
    const final = watch.observe(state, clock.now());
    if (final) {
      const { kind, metadata } = final.workload;
      const message = await describe(kube, namespace, final, options);
      throw new DrError(EXIT.infra, message, { about: { kind, name: metadata.name, namespace } });
    }
    if (clock.now() > deadline) throw await timedOut(kube, namespace, state, options);
    await clock.sleep(POLL_MS, signal);
  }
}

/** Where a set of workloads stands. */
export interface State {
  workloads: WorkloadState[];
  waiting: WorkloadState[];
  pods: Pod[];
  /** What keeps pods from being mounted. */
  mounts: ReadonlyMap<Pod, Trouble>;
  /** Whether every node is ready: only then is a pod without a node more than early. */
  nodesSettled: boolean;
}

export interface WorkloadState {
  workload: KubeObject;
  ready: number;
  wanted: number;
  pods: Pod[];
}

async function readState(kube: Kube, namespace: string, names: ReadonlySet<string>): Promise<State> {
  const [all, pods, nodes] = await Promise.all([
    listWorkloads(kube, namespace),
    listPods(kube, namespace),
    listNodes(kube),
  ]);
  const there = all.filter((workload) => names.has(nameOf(workload)));
  const missing = [...names].filter((name) => !there.some((workload) => nameOf(workload) === name));
  if (missing.length > 0)
    throw infraError(`namespace ${namespace} lacks ${missing.join(', ')}: apply the manifests first`);
  const workloads = there.map((workload) => ({
    workload,
    ready: (workload.status as WorkloadStatus | undefined)?.readyReplicas ?? 0,
    wanted: replicasOf(workload),
    pods: podsOf(workload, pods),
  }));
  const waiting = workloads.filter(({ workload }) => !isUp(workload));
  const mounts = await mountTroubles(
    kube,
    namespace,
    waiting.flatMap(({ pods }) => pods),
  );
  return { workloads, waiting, pods, mounts, nodesSettled: nodes.every(isNodeReady) };
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
}

/** Every replica is ready and of the newest generation, and none of an older one is left. */
export function isUp(workload: KubeObject): boolean {
  const wanted = replicasOf(workload);
  const status = (workload.status ?? {}) as WorkloadStatus;
  const { observedGeneration = 0, replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
  if (observedGeneration < Number(workload.metadata.generation ?? 0)) return false;
  // A StatefulSet without replicas keeps counting none as updated.
  return replicas === wanted && readyReplicas === wanted && (wanted === 0 || updatedReplicas === wanted);
}

function noteReady(state: State, up: Map<string, ReadyWorkload>, seconds: number, log: Log): void {
  for (const { workload, ready, wanted, pods } of state.workloads) {
    const name = nameOf(workload);
    if (state.waiting.some((each) => each.workload === workload)) up.delete(name);
    else if (!up.has(name)) {
      const placed = pods.map(({ metadata, spec }) => ({ name: metadata.name, node: spec.nodeName ?? '' }));
      const { kind, metadata } = workload;
      up.set(name, { kind, name: metadata.name, ready, wanted, seconds, pods: placed });
      const nodes = wanted > 0 ? ` on ${placed.map(({ node }) => node).join(', ')}` : '';
      log.info(
        `${kind} ${metadata.name}: ${ready}/${wanted} ready after ${seconds.toFixed(1)} s${nodes} (${up.size} of ${state.workloads.length} workloads)`,
      );
    }
  }
}

/** `pods ready: 9 of 14; waiting for argocd-server 1/2, argocd-redis-ha-server 0/3`. */
export function progressLine({ workloads, waiting }: State): string {
  const sum = (of: (state: WorkloadState) => number) =>
    workloads.reduce((total, each) => total + of(each), 0);
  const still = waiting.map(({ workload, ready, wanted }) => `${workload.metadata.name} ${ready}/${wanted}`);
  return `pods ready: ${sum(({ ready }) => ready)} of ${sum(({ wanted }) => wanted)}; waiting for ${still.join(', ')}`;
}

const nameOf = (workload: KubeObject) => {
  const { kind, name } = keyOfObject(workload);
  return label({ kind, name });
};

const inOrder = (names: Iterable<string>, up: ReadonlyMap<string, ReadyWorkload>) =>
  [...names].map((name) => up.get(name)!);

const longest = (up: ReadonlyMap<string, ReadyWorkload>) =>
  Math.max(0, ...[...up.values()].map(({ seconds }) => seconds));

/** The first pod that is not ready is quoted: the others mostly wait for the same. */
async function timedOut(
  kube: Kube,
  namespace: string,
  state: State,
  options: ReadinessOptions,
): Promise<DrError> {
  const minutes = Math.round((options.timeoutMs ?? TIMEOUT_MS) / 6_000) / 10;
  const what = `not ready after ${minutes} min: ${progressLine(state)}`;
  const first = state.waiting[0]!;
  const pod = first.pods.find((each) => !isReady(each));
  const trouble = { reason: 'not ready', message: what, kind: 'pod' as const, graceMs: 0 };
  return infraError(await describe(kube, namespace, { workload: first.workload, pod, trouble }, options));
}
