import type { Manifests } from '../argocd/manifests.js';
import { wellFormed } from '../argocd/workloads/form.js';
import { makesPods, podSpecOf } from '../argocd/workloads/workload.js';
import { invalidInput } from '../errors.js';
import { shown } from '../github/shown.js';
import { type KubeObject, label } from '../kube/objects.js';
import { some } from '../log.js';

/**
 * The parts of a pod that no quarantine holds: what the pod standard `baseline` forbids
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and volumes that the node itself mounts.
 */
interface Reach {
  hostNetwork?: unknown;
  hostPID?: unknown;
  hostIPC?: unknown;
  volumes?: unknown;
  containers?: unknown;
  initContainers?: unknown;
  ephemeralContainers?: unknown;
}

interface Contained {
  name?: unknown;
  securityContext?: { privileged?: unknown; capabilities?: { add?: unknown } | null } | null;
  lifecycle?: Partial<Record<(typeof HOOKS)[number], Handler>> | null;
  readinessProbe?: Handler;
  livenessProbe?: Handler;
  startupProbe?: Handler;
}

/** What kubelet does of a probe or a hook. */
type Handler = { httpGet?: { host?: unknown } | null; tcpSocket?: { host?: unknown } | null } | null;

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;
const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

/** Volumes whose content is in the cluster. */
const HELD_VOLUMES = new Set([
  'configMap',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Those that `baseline` lets a container add. */
const HELD_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/**
 * Asserts that all of an installation can be held in a drill, before it is applied.
 * @param runsPods whether the cluster has nodes
 * @throws DrError (invalid input) that names what cannot, or is not even of a form that can be looked into
 */
export function assertHeld({ crds, objects }: Manifests, runsPods: boolean): void {
  const found = [...(runsPods ? podEscapes(objects) : []), ...serverEscapes([...crds, ...objects])];
  if (found.length > 0)
    throw invalidInput(
      `the manifests have parts that the quarantine of a drill cannot hold, as they send past it what is restored: ${some(found)}; leave them out of what the drill gets (manifests, values)`,
    );
  if (runsPods) assertFormed(objects);
}

/** What is of another form than it is read by cannot be held, or even looked into. */
function assertFormed(objects: readonly KubeObject[]): void {
  const { problems } = wellFormed(objects);
  if (problems.length > 0)
    throw invalidInput(
      `the manifests cannot be run: ${some(problems.map(({ text }) => text))}; correct them`,
    );
}

/**
 * What pods of these objects could send past a quarantine, which filters what a node forwards for its pods: a line for
 * each, such as `Deployment argocd/argocd-server: hostNetwork`. Empty: nothing.
 */
function podEscapes(objects: readonly KubeObject[]): string[] {
  return objects.flatMap((object) => {
    const found = [BY_KIND.get(object.kind) ?? [], ofTheCluster(object) ?? [], reachOf(object)].flat();
    return found.map((what) => `${label({ kind: object.kind, ...object.metadata })}: ${what}`);
  });
}

/** Objects that make the node, or a controller on its network, act by themselves. */
const BY_KIND: ReadonlyMap<string, string> = new Map([
  // Static ones: kubelet mounts them in the node's own network.
  ['PersistentVolume', 'mounted by the node itself'],
  // Its parameters say which folder of the node is mounted, to provisioners such as kind's own.
  ['StorageClass', 'decides what of a node is mounted'],
  ['Node', 'belongs to the cluster'],
  // Pods can come of one that a StatefulSet or a DaemonSet takes for its own.
  ['ControllerRevision', 'holds pods that are not seen here'],
]);

/** Those of kind's nodes: what stands there runs on their network, or says what does. */
const OF_THE_CLUSTER = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);
const SETTINGS = new Set(['ConfigMap', 'Secret', 'ReplicationController', 'PodTemplate']);

/** Applied over kube-proxy, an image alone would run on the node's network; one ConfigMap there holds a pod. */
function ofTheCluster(object: KubeObject): string | undefined {
  const { namespace } = object.metadata;
  if (namespace === undefined || !OF_THE_CLUSTER.has(namespace)) return undefined;
  return makesPods(object) || SETTINGS.has(object.kind)
    ? 'is in a namespace of the cluster itself'
    : undefined;
}

function reachOf(object: KubeObject): string[] {
  // The API server refuses one without a spec.
  const spec = (object.spec ? podSpecOf(object) : undefined) as Reach | undefined;
  if (!spec) return [];
  return [
    ...HOST_FIELDS.filter((field) => spec[field] !== false && isGiven(spec[field])),
    ...listOf<Record<string, unknown>>(spec.volumes).flatMap(volumeReach),
    ...CONTAINERS.flatMap((field) => listOf<Contained>(spec[field])).flatMap(containerReach),
  ];
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** The objects in what ought to be a list of them: the API server refuses what is another thing. */
const listOf = <T extends object>(value: unknown): T[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];

function volumeReach({ name, ...source }: Record<string, unknown>): string[] {
  return Object.entries(source)
    .filter(([type, value]) => value !== null && !HELD_VOLUMES.has(type))
    .map(([type]) => `volume ${shown(String(name))} of type ${shown(type)}`);
}

function containerReach(container: Contained): string[] {
  const name = `container ${shown(String(container.name))}`;
  const { privileged, capabilities } = container.securityContext ?? {};
  const added = [capabilities?.add].flat().filter(isGiven).map(String);
  return [
    ...(isGiven(privileged) && privileged !== false ? [`${name} is privileged`] : []),
    ...added
      .filter((capability) => !HELD_CAPABILITIES.has(capability))
      .map((capability) => `${name} has the capability ${shown(capability)}`),
    ...askedByNode(container).map(
      (field) => `${name} has a ${field} with a host, which the node itself asks`,
    ),
  ];
}

function askedByNode(container: Contained): string[] {
  const handlers = [
    ...PROBES.map((field) => [field, container[field]] as const),
    ...HOOKS.map((field) => [field, container.lifecycle?.[field]] as const),
  ];
  return handlers.filter(([, handler]) => namesHost(handler)).map(([field]) => field);
}

/** Whether the node of a pod asks another host on its behalf. */
export const makesNodeAsk = (pod: KubeObject): boolean =>
  CONTAINERS.flatMap((field) => listOf<Contained>((pod.spec as Reach | undefined)?.[field])).some(
    (container) => askedByNode(container).length > 0,
  );

/** Without a host the pod itself is asked. The pod standard forbids all but 127.0.0.1 and ::1, since Kubernetes 1.34. */
const namesHost = (handler: Handler | undefined) =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].some((host) => isGiven(host) && host !== '');

/** Webhooks and aggregated APIs are asked; what a policy changes or refuses is neither what was restored nor held. */
const CALLED = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'APIService',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
]);

/**
 * Objects that make the API server itself send what it is given to somebody else, or change it so that it escapes: no
 * quarantine of pods holds it. A line for each, such as `ValidatingWebhookConfiguration guard`.
 */
function serverEscapes(objects: readonly KubeObject[]): string[] {
  return objects
    .filter((object) => CALLED.has(object.kind) || converts(object))
    .map(({ kind, metadata }) => label({ kind, ...metadata }));
}

function converts({ kind, spec }: KubeObject): boolean {
  const { conversion } = (spec ?? {}) as { conversion?: { strategy?: string } };
  return kind === 'CustomResourceDefinition' && conversion?.strategy === 'Webhook';
}
