import type { KubeObject } from '../../kube/objects.js';
import { label } from '../../kube/objects.js';
import { keyOfObject } from '../listing.js';
import { isController } from '../target.js';
import {
  type Container,
  componentOf,
  isReplicated,
  type Probe,
  specOf,
  withContainers,
  withSpec,
} from './workload.js';

/** Objects with an overlay, and what it changed, a line each. */
export interface Overlaid {
  objects: KubeObject[];
  overlay: string[];
}

/** What the API server puts where a probe says nothing. */
const DEFAULT_PROBE = { initialDelaySeconds: 0, periodSeconds: 10, failureThreshold: 3 };

/** A probe that runs a program costs a node far more than an HTTP request, and it goes on as long as the pod lives. */
const EXEC_PERIOD_SECONDS = 5;

/** How long a redis replica may wait for its master: the master's node may still be pulling the image. */
const REPLICA_PATIENCE_SECONDS = 300;

/** Long enough for a sentinel to listen, which `redis-cli` in its hook needs. */
const SENTINEL_HOOK_SECONDS = 5;

const CONTROLLER_GRACE_SECONDS = 5;

/**
 * An overlay for clusters that live for one run: readiness and startup are looked at every second, redis' pods
 * start side by side, and controllers leave quickly when they are replaced. Replicas, topology, affinity, images,
 * arguments and liveness probes stay as they are; a container is given at least as long to start as before.
 */
export function fastStart(objects: readonly KubeObject[]): Overlaid {
  const overlay: string[] = [];
  const changed = objects.map((object) => {
    if (!isReplicated(object)) return object;
    const { workload, notes } = fastWorkload(object);
    if (notes.length > 0) overlay.push(`${label(keyOfObject(object))}: ${notes.join('; ')}`);
    return workload;
  });
  return { objects: changed, overlay };
}

function fastWorkload(object: KubeObject): { workload: KubeObject; notes: string[] } {
  const notes: string[] = [];
  const redis = componentOf(object) === 'redis-ha-server';
  let workload = withContainers(object, (container) => {
    const quick = quickProbes(container, redis, notes);
    return redis ? quickHook(quick, notes) : quick;
  });
  if (redis && specOf(workload).podManagementPolicy !== 'Parallel') {
    // Each pod by itself takes the first for its master (init.sh of redis-ha), so none has to wait for another.
    workload = withSpec(workload, (spec) => ({ ...spec, podManagementPolicy: 'Parallel' }));
    notes.push('podManagementPolicy Parallel');
  }
  if (isController(object)) {
    workload = withGrace(workload, CONTROLLER_GRACE_SECONDS);
    notes.push(`terminationGracePeriodSeconds ${CONTROLLER_GRACE_SECONDS}`);
  }
  return { workload, notes };
}

function quickProbes(container: Container, redis: boolean, notes: string[]): Container {
  const { readinessProbe, startupProbe } = container;
  const quick = { ...container };
  if (readinessProbe) {
    quick.readinessProbe = quickReadiness(readinessProbe);
    notes.push(`${container.name} readinessProbe ${timing(quick.readinessProbe)}`);
  }
  if (startupProbe) {
    quick.startupProbe = quickStartup(startupProbe, redis ? REPLICA_PATIENCE_SECONDS : 0);
    notes.push(`${container.name} startupProbe ${timing(quick.startupProbe)}`);
  }
  return quick;
}

function quickReadiness(probe: Probe): Probe {
  const periodSeconds = probe.exec ? EXEC_PERIOD_SECONDS : 1;
  const failureThreshold = Math.ceil(patienceOf(probe) / periodSeconds);
  return { ...probe, initialDelaySeconds: 1, periodSeconds, successThreshold: 1, failureThreshold };
}

/** Failing too often ends the container, so the time it is given must not become shorter. */
function quickStartup(probe: Probe, patience: number): Probe {
  const { initialDelaySeconds } = { ...DEFAULT_PROBE, ...probe };
  const failureThreshold = Math.max(initialDelaySeconds + patienceOf(probe), patience);
  return { ...probe, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold };
}

/** Seconds that a probe may fail before that has consequences. */
function patienceOf(probe: Probe): number {
  const { periodSeconds, failureThreshold } = { ...DEFAULT_PROBE, ...probe };
  return periodSeconds * failureThreshold;
}

const timing = ({ initialDelaySeconds, periodSeconds, failureThreshold }: Probe) =>
  `after ${initialDelaySeconds} s, every ${periodSeconds} s, ${failureThreshold} failures allowed`;

/**
 * redis-ha's sentinels wait half a minute after their start before they forget what they knew of others; a kubelet
 * starts no further container meanwhile. In a new cluster they know nothing yet.
 */
function quickHook(container: Container, notes: string[]): Container {
  const command = container.lifecycle?.postStart?.exec?.command;
  if (!command?.some((word) => SLEEP.test(word))) return container;
  notes.push(`${container.name} postStart hook waits ${SENTINEL_HOOK_SECONDS} s`);
  const quicker = command.map((word) => word.replace(SLEEP, `sleep ${SENTINEL_HOOK_SECONDS};`));
  const { lifecycle } = container;
  const postStart = { ...lifecycle!.postStart, exec: { ...lifecycle!.postStart!.exec, command: quicker } };
  return { ...container, lifecycle: { ...lifecycle, postStart } };
}

const SLEEP = /^sleep (?:[6-9]|\d{2,});/;

function withGrace(workload: KubeObject, terminationGracePeriodSeconds: number): KubeObject {
  return withSpec(workload, (spec) => {
    const podSpec = { ...spec.template.spec, terminationGracePeriodSeconds };
    return { ...spec, template: { ...spec.template, spec: podSpec } };
  });
}
