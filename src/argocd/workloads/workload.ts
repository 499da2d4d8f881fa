import type { KubeObject } from '../../kube/objects.js';
import { isController } from '../target.js';

/** What is read of a Deployment, StatefulSet or another object that makes pods. */
export interface WorkloadSpec {
  replicas?: number;
  podManagementPolicy?: string;
  selector?: { matchLabels?: Record<string, string> };
  template: { metadata?: { labels?: Record<string, string> }; spec: PodSpec };
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  affinity?: { podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: AffinityTerm[] } };
  terminationGracePeriodSeconds?: number;
  hostAliases?: { ip: string; hostnames: string[] }[];
  serviceAccountName?: string;
  volumes?: {
    configMap?: ConfigMapReference;
    projected?: { sources?: { configMap?: ConfigMapReference }[] };
  }[];
}

export interface ConfigMapReference {
  name?: string;
  optional?: boolean;
}

interface AffinityTerm {
  labelSelector?: { matchLabels?: Record<string, string> };
  topologyKey: string;
}

export interface Container {
  name: string;
  image?: string;
  envFrom?: { configMapRef?: ConfigMapReference }[];
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { postStart?: { exec?: { command?: string[] } } };
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { configMapKeyRef?: ConfigMapReference & { key: string } };
}

export interface Probe {
  exec?: unknown;
  initialDelaySeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}

const WITH_PODS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

/** Whether pods come of an object. */
export const makesPods = ({ kind }: KubeObject) => WITH_PODS.has(kind);

/** Whether an object is a workload whose replicas can be counted. */
export const isReplicated = ({ kind }: KubeObject) => kind === 'Deployment' || kind === 'StatefulSet';

export const specOf = (workload: KubeObject) => workload.spec as WorkloadSpec;

/** The spec of the pods that come of an object; undefined where it has none. */
export function podSpecOf({ kind, spec }: KubeObject): PodSpec | undefined {
  if (kind === 'Pod') return spec as PodSpec;
  const owner = kind === 'CronJob' ? (spec as { jobTemplate?: { spec?: object } }).jobTemplate?.spec : spec;
  return (owner as Partial<WorkloadSpec> | undefined)?.template?.spec;
}

/** The replicas that a workload asks for; one where it names none. */
export const replicasOf = (workload: KubeObject) => specOf(workload).replicas ?? 1;

/** A copy of a workload with its spec changed. */
export function withSpec(workload: KubeObject, change: (spec: WorkloadSpec) => WorkloadSpec): KubeObject {
  return { ...workload, spec: change(specOf(workload)) };
}

/** A copy of a workload with each of its containers changed; init containers stay. */
export function withContainers(
  workload: KubeObject,
  change: (container: Container) => Container,
): KubeObject {
  return withSpec(workload, (spec) => {
    const { template } = spec;
    const containers = template.spec.containers.map(change);
    return { ...spec, template: { ...template, spec: { ...template.spec, containers } } };
  });
}

/** Components of Argo CD that make pods; `other` are those of neither Argo CD nor its redis. */
export type Component =
  | 'application-controller'
  | 'applicationset-controller'
  | 'notifications-controller'
  | 'redis-ha-server'
  | 'redis-ha-haproxy'
  | 'redis'
  | 'repo-server'
  | 'dex-server'
  | 'commit-server'
  | 'server'
  | 'other';

/**
 * How a component's name ends. The first that fits counts: controllers before all else, so that no controller is
 * ever taken for something harmless.
 */
const ENDINGS: [Component, RegExp][] = [
  ['applicationset-controller', /applicationset-controller/],
  ['application-controller', /application-controller/],
  ['notifications-controller', /notifications-controller/],
  ['redis-ha-haproxy', /(^|-)redis(-ha)?-haproxy$/],
  ['redis-ha-server', /(^|-)redis-ha(-server)?$/],
  ['redis', /(^|-)redis(-secret-init)?$/],
  ['repo-server', /(^|-)repo-?server$/],
  ['dex-server', /(^|-)dex(-server)?$/],
  ['commit-server', /(^|-)commit-server$/],
  ['server', /(^|-)argo-?cd-server$|^server$/],
];

/**
 * Which component of Argo CD a workload is: by its labels (`app.kubernetes.io/name`, and `app`, which the chart of
 * redis-ha uses), then by its name, then by what Argo CD's own objects are labelled as. Works for the official
 * manifests and for the Helm chart's release names.
 */
export function componentOf(workload: KubeObject): Component {
  const { name, labels = {} } = workload.metadata;
  const component = labels['app.kubernetes.io/component'] ?? '';
  const ours = isController(workload) || labels['app.kubernetes.io/part-of'] === 'argocd';
  const names = [labels['app.kubernetes.io/name'] ?? '', labels.app ?? '', name, ours ? component : ''];
  for (const each of names) {
    const found = ENDINGS.find(([, ending]) => ending.test(each));
    if (found) return found[0];
  }
  return 'other';
}

const REDIS: readonly Component[] = ['redis', 'redis-ha-server', 'redis-ha-haproxy'];

/** Whether a workload is Argo CD's cache: it reads nothing of a backup. */
export const isRedis = (workload: KubeObject) => REDIS.includes(componentOf(workload));
