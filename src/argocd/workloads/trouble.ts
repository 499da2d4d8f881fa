import type { ContainerStatus, Pod } from './pods.js';

/** Why a pod is not coming up, beyond taking its time. */
export interface Trouble {
  /** As Kubernetes names it, such as `ImagePullBackOff`. */
  reason: string;
  message: string;
  /** The container it is about; absent where it is the whole pod. */
  container?: string;
  /** Milliseconds that it is waited out before it counts as final. */
  graceMs: number;
  /** What kind of trouble it is: `missing` ends as soon as another pod has made what is missing. */
  kind: 'image' | 'crash' | 'config' | 'missing' | 'schedule' | 'pod';
}

const SHORT_GRACE_MS = 25_000;
/** A registry that is busy or out of reach: kubelet tries again after 10, 20 and 40 s. */
const REGISTRY_GRACE_MS = 75_000;

/** A container that exited so often is not going to stay. */
export const MAX_RESTARTS = 3;

/**
 * Why a pod is not coming up; undefined for one that is ready, or still on its way.
 * @param maxRestarts exits of one container after which it is given up
 */
export function troubleOf(pod: Pod, maxRestarts = MAX_RESTARTS): Trouble | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const { status } = pod;
  if (status.phase === 'Failed')
    return {
      kind: 'pod',
      reason: status.reason ?? 'Failed',
      message: status.message ?? '',
      graceMs: SHORT_GRACE_MS,
    };
  const unscheduled = schedulingTrouble(pod);
  if (unscheduled) return unscheduled;
  for (const each of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const trouble = containerTrouble(each, maxRestarts);
    if (trouble) return { ...trouble, container: each.name };
  }
  return undefined;
}

function schedulingTrouble({ status }: Pod): Trouble | undefined {
  const condition = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return undefined;
  return {
    kind: 'schedule',
    reason: 'Unschedulable',
    message: condition.message ?? '',
    graceMs: SHORT_GRACE_MS,
  };
}

function containerTrouble(status: ContainerStatus, maxRestarts: number): Trouble | undefined {
  const { reason = '', message = '' } = status.state?.waiting ?? {};
  if (IMAGE.has(reason)) return { kind: 'image', reason, message, graceMs: imageGraceMs(reason, message) };
  if (CONFIG.has(reason)) {
    const kind = missingObject(message) ? 'missing' : 'config';
    return { kind, reason, message, graceMs: SHORT_GRACE_MS };
  }
  return crashTrouble(status, maxRestarts);
}

const IMAGE = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** What registries answer for an image that is not there, or not for this account. */
const NO_SUCH_IMAGE =
  /not found|manifest unknown|name unknown|does not exist|repository.*denied|insufficient_scope|unauthorized/i;

function imageGraceMs(reason: string, message: string): number {
  if (reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') return 0;
  return NO_SUCH_IMAGE.test(message) ? SHORT_GRACE_MS : REGISTRY_GRACE_MS;
}

/** An exit with success counts as well: Argo CD's programs are not meant to end. */
function crashTrouble({ state, lastState, restartCount }: ContainerStatus, maxRestarts: number) {
  const ended = state?.terminated ?? lastState?.terminated;
  const down = state?.waiting !== undefined || (state?.terminated?.exitCode ?? 0) !== 0;
  if (!ended || !down || restartCount < maxRestarts) return undefined;
  const why = ended.reason && ended.reason !== 'Error' ? ` (${ended.reason})` : '';
  const message = `exited ${restartCount + 1} times, last with code ${ended.exitCode}${why}`;
  return { kind: 'crash' as const, reason: state?.waiting?.reason ?? 'Error', message, graceMs: 0 };
}

/** The ConfigMap or Secret that a kubelet says it lacks; undefined where it says something else. */
export function missingObject(message: string): { kind: 'ConfigMap' | 'Secret'; name: string } | undefined {
  const found = /\b(configmap|secret) "?([a-z0-9.-]+)"? not found/i.exec(message);
  if (!found) return undefined;
  return { kind: found[1]!.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap', name: found[2]! };
}

/** Whether a pod's init containers are still at work without trouble: they may make what others lack. */
export function isInitialising(pod: Pod): boolean {
  const { initContainerStatuses = [], phase } = pod.status;
  if (phase !== 'Pending' || troubleOf(pod)) return false;
  return initContainerStatuses.some(({ state }) => state?.terminated?.exitCode !== 0);
}
