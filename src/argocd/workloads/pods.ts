import type { Kube } from '../../kube/api.js';
import { EVENT, type KubeObject, POD } from '../../kube/objects.js';
import { specOf } from './workload.js';

/** What is read of a pod. */
export interface Pod extends KubeObject {
  spec: { nodeName?: string; containers: { name: string }[] };
  status: PodStatus;
}

export interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  podIP?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  running?: object;
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number; reason?: string; message?: string };
}

/** All that a listing yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The pods of a namespace. */
export async function listPods(kube: Kube, namespace: string): Promise<Pod[]> {
  return (await collect(kube.list(POD, { namespace }))) as Pod[];
}

/** The pods that a workload selects, without those on their way out. */
export function podsOf(workload: KubeObject, pods: readonly Pod[]): Pod[] {
  const wanted = Object.entries(specOf(workload).selector?.matchLabels ?? {});
  return pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      wanted.length > 0 &&
      wanted.every(([key, value]) => metadata.labels?.[key] === value),
  );
}

/** Whether a pod's Ready condition holds. */
export const isReady = ({ status }: Pod) =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

export interface Event extends KubeObject {
  involvedObject: { kind?: string; name?: string };
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** What happened in a namespace, oldest first. */
export async function listEvents(kube: Kube, namespace: string): Promise<Event[]> {
  const events = (await collect(kube.list(EVENT, { namespace }))) as Event[];
  return events.sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
}

/** Those of one object. */
export function eventsOf(events: readonly Event[], { kind, name }: { kind: string; name: string }): Event[] {
  return events.filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name);
}

/** An event in a line: reason, message and how often. */
export function eventLine({ reason = '', message = '', count = 1 }: Event): string {
  return `${reason}: ${message.trim()}${count > 1 ? ` (${count} times)` : ''}`;
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: Event) =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
