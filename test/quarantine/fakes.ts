import type { Kube } from '../../src/kube/api.js';
import type { KubeObject, Resource } from '../../src/kube/objects.js';

export interface FakeKubeOptions {
  /** Listed, by kind. */
  objects?: Record<string, object[]>;
  /** What a created pod's status is, one reading after the other; the last one stays. */
  podStatus?: object[];
  /** Told of each pod that is created. */
  onPod?: (pod: KubeObject) => void | Promise<void>;
}

/** An API server with as much of one as the quarantine asks for. */
export function fakeKube({ objects = {}, podStatus = [], onPod }: FakeKubeOptions): Kube {
  const readings = new Map<string, number>();
  const fake = {
    async *list({ kind }: Resource) {
      yield* objects[kind] ?? [];
    },
    async get({ kind }: Resource, _namespace: string, name: string) {
      if (kind !== 'Pod') return objects[kind]![0];
      const reading = readings.get(name) ?? 0;
      readings.set(name, reading + 1);
      return { metadata: { name }, status: podStatus[Math.min(reading, podStatus.length - 1)] };
    },
    async create(_resource: Resource, object: KubeObject) {
      await onPod?.(object);
      return object;
    },
    async apply(_resource: Resource, object: KubeObject) {
      return object;
    },
    async delete() {},
  };
  return fake as unknown as Kube;
}

/** A node as the API lists it. */
export const node = (name: string, podCIDRs?: string[]) => ({ metadata: { name }, spec: { podCIDRs } });

/** A pod as the API lists it. */
export const pod = (
  namespace: string,
  name: string,
  podIP?: string,
  { hostNetwork, owner }: { hostNetwork?: boolean; owner?: [kind: string, name: string] } = {},
) => ({
  metadata: {
    ...{ namespace, name },
    ...(owner ? { ownerReferences: [{ kind: owner[0], name: owner[1], controller: true }] } : {}),
  },
  spec: { hostNetwork },
  status: { podIP },
});
