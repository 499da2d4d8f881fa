import type { KubeObject } from '../../kube/objects.js';
import type { Pod } from './pods.js';
import type { State, WorkloadState } from './readiness.js';
import { isInitialising, type Trouble, troubleOf } from './trouble.js';

/** A trouble that will not pass by itself. */
export interface FinalTrouble {
  workload: KubeObject;
  /** Absent where the workload could make none. */
  pod: Pod | undefined;
  trouble: Trouble;
}

/** How long a pod may lack what another's init container makes, such as the Secret argocd-redis. */
const MISSING_LIMIT_MS = 180_000;

/** Remembers since when pods are in trouble, and says when waiting has become pointless. */
export class Watch {
  readonly #since = new Map<string, number>();

  constructor(private readonly maxRestarts?: number) {}

  /** @returns the first trouble that has outlasted its grace */
  observe({ waiting, pods, mounts, nodesSettled }: State, nowMs: number): FinalTrouble | undefined {
    const initialising = pods.some(isInitialising);
    const present = waiting
      .flatMap((state) => this.#troublesOf(state, mounts))
      // The scheduler no longer says which taints it means; nodes that are starting have one.
      .filter(({ trouble }) => trouble.kind !== 'schedule' || nodesSettled);
    this.#forgetAllBut(present.map(({ key }) => key));
    for (const { key, ...found } of present) {
      const since = this.#since.get(key) ?? nowMs;
      this.#since.set(key, since);
      const { kind, graceMs } = found.trouble;
      const grace = kind === 'missing' && initialising ? MISSING_LIMIT_MS : graceMs;
      if (nowMs - since >= grace) return found;
    }
    return undefined;
  }

  #troublesOf(
    { workload, pods }: WorkloadState,
    mounts: State['mounts'],
  ): (FinalTrouble & { key: string })[] {
    const blocked = blockedTrouble(workload);
    if (blocked)
      return [
        { key: `${workload.kind}/${workload.metadata.name}`, workload, pod: undefined, trouble: blocked },
      ];
    return pods.flatMap((pod) => {
      const trouble = troubleOf(pod, this.maxRestarts) ?? mounts.get(pod);
      const key = `${pod.metadata.uid ?? pod.metadata.name}/${trouble?.container ?? ''}/${trouble?.kind}`;
      return trouble ? [{ key, workload, pod, trouble }] : [];
    });
  }

  #forgetAllBut(keys: string[]): void {
    for (const key of this.#since.keys()) if (!keys.includes(key)) this.#since.delete(key);
  }
}

interface Conditions {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** A Deployment whose pods are refused: a quota, an admission policy. */
function blockedTrouble({ status }: KubeObject): Trouble | undefined {
  const found = (status as Conditions | undefined)?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (!found) return undefined;
  return {
    kind: 'pod',
    reason: found.reason ?? 'ReplicaFailure',
    message: found.message ?? '',
    graceMs: 25_000,
  };
}
