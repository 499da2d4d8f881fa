import { readFileSync } from 'node:fs';
import type { Pod } from '../../../src/argocd/workloads/pods.js';
import { replicasOf, specOf } from '../../../src/argocd/workloads/workload.js';
import type { KubeObject } from '../../../src/kube/objects.js';

const FIXTURE = new URL('../../fixtures/argocd-3.1.9-ha.json', import.meta.url);

/** The objects of Argo CD 3.1.9's HA manifest but its CRDs; of workloads, what decides about pods. */
export const haManifest = (): KubeObject[] => JSON.parse(readFileSync(FIXTURE, 'utf8'));

/** One of them. */
export function workloadOf(name: string): KubeObject {
  const found = haManifest().find(
    ({ kind, metadata }) => metadata.name === name && (kind === 'Deployment' || kind === 'StatefulSet'),
  );
  if (!found) throw new Error(`the fixture lacks ${name}`);
  return found;
}

/** Its workloads as an API server serves them once all is ready. */
export function runningWorkloads(): KubeObject[] {
  return haManifest()
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(running);
}

/** A workload with the status of one that is up. */
export function running(workload: KubeObject): KubeObject {
  const replicas = replicasOf(workload);
  const status = { observedGeneration: 1, replicas, readyReplicas: replicas, updatedReplicas: replicas };
  return { ...workload, metadata: { ...workload.metadata, generation: 1 }, status };
}

/** A workload whose replicas are all missing. */
export const starting = (workload: KubeObject): KubeObject => ({
  ...running(workload),
  status: { observedGeneration: 1, replicas: replicasOf(workload), updatedReplicas: replicasOf(workload) },
});

/** A pod of a workload. */
export function podOf(workload: KubeObject, index: number, node: string, status: Pod['status'] = READY): Pod {
  const { metadata, spec } = specOf(workload).template;
  const name = `${workload.metadata.name}-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      labels: metadata?.labels ?? {},
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { nodeName: node, containers: spec.containers },
    status,
  };
}

const READY: Pod['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

/** A ready pod for each replica of each workload, spread over nodes. */
export function spreadPods(workloads: readonly KubeObject[], nodes: readonly string[]): Pod[] {
  return workloads.flatMap((workload) =>
    Array.from({ length: replicasOf(workload) }, (_, index) =>
      podOf(workload, index, nodes[index % nodes.length]!),
    ),
  );
}

/** A node that is ready. */
export const node = (name: string, fields: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDRs: ['10.244.1.0/24'] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
  ...fields,
});
