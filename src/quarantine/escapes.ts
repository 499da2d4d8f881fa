import type { Manifests } from '../argocd/manifests.js';
import { podSpecOf } from '../argocd/workloads/workload.js';
import { invalidInput } from '../errors.js';
import { type KubeObject, label } from '../kube/objects.js';
import { some } from '../log.js';

/**
 * The parts of a pod that no quarantine holds: what the pod standard `baseline` forbids
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and volumes that the node itself mounts.
 */
interface Reach {
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  volumes?: Record<string, unknown>[] | null;
  containers?: Contained[] | null;
  initContainers?: Contained[] | null;
}

interface Contained {
  name: string;
  securityContext?: { privileged?: boolean; capabilities?: { add?: string[] | null } | null } | null;
}

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
 * @throws DrError (invalid input) that names what cannot
 */
export function assertHeld({ crds, objects }: Manifests, runsPods: boolean): void {
  const found = [...(runsPods ? podEscapes(objects) : []), ...serverEscapes([...crds, ...objects])];
  if (found.length > 0)
    throw invalidInput(
      `the manifests have parts that the quarantine of a drill cannot hold, as they send past it what is restored: ${some(found)}; leave them out of what the drill gets (manifests, values)`,
    );
}

/**
 * What pods of these objects could send past a quarantine, which filters what a node forwards for its pods: a line for
 * each, such as `Deployment argocd/argocd-server: hostNetwork`. Empty: nothing.
 */
function podEscapes(objects: readonly KubeObject[]): string[] {
  return objects.flatMap((object) => {
    // Static ones: kubelet mounts them in the node's own network.
    const found = object.kind === 'PersistentVolume' ? ['mounted by the node itself'] : reachOf(object);
    return found.map((what) => `${label({ kind: object.kind, ...object.metadata })}: ${what}`);
  });
}

function reachOf(object: KubeObject): string[] {
  const spec = podSpecOf(object) as Reach | undefined;
  if (!spec) return [];
  return [
    ...HOST_FIELDS.filter((field) => spec[field] === true),
    ...(spec.volumes ?? []).flatMap(volumeReach),
    ...[...(spec.initContainers ?? []), ...(spec.containers ?? [])].flatMap(containerReach),
  ];
}

function volumeReach({ name, ...source }: Record<string, unknown>): string[] {
  return Object.entries(source)
    .filter(([type, value]) => value !== null && !HELD_VOLUMES.has(type))
    .map(([type]) => `volume ${name} of type ${type}`);
}

function containerReach({ name, securityContext }: Contained): string[] {
  const { privileged, capabilities } = securityContext ?? {};
  const added = (capabilities?.add ?? []).filter((capability) => !HELD_CAPABILITIES.has(capability));
  return [
    ...(privileged === true ? [`container ${name} is privileged`] : []),
    ...added.map((capability) => `container ${name} has the capability ${capability}`),
  ];
}

const CALLED = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService']);

/**
 * Objects that make the API server itself send what it is given to somebody else: no quarantine of pods holds it. A
 * line for each, such as `ValidatingWebhookConfiguration guard`.
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
