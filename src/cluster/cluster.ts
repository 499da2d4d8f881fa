import type { ExecResult } from '../exec.js';
import type { Kube } from '../kube/api.js';
import type { KubeTarget } from '../kube/config.js';
import type { Report } from '../report/report.js';

export type ClusterProviderName = NonNullable<Report['drill']>['clusterProvider'];

/** A Kubernetes cluster that a mode works on, whoever made it. */
export interface Cluster {
  readonly provider: ClusterProviderName;
  readonly name: string;
  /** For programs such as `argocd`, which read the kubeconfig themselves. */
  readonly target: KubeTarget;
  readonly kube: Kube;
  /** Removes the cluster if this run made it; leaves one that was there before. */
  stop(): Promise<void>;
}

/** A node of a kind cluster: a container. */
export interface KindNode {
  /** Of the node and of its container. */
  name: string;
  role: 'control-plane' | 'worker';
  /** IPv4, in the docker network of the nodes. */
  address: string;
}

/** A kind cluster: besides its API there are containers to look into. */
export interface KindCluster extends Cluster {
  readonly provider: 'kind';
  readonly nodes: readonly KindNode[];
  /** IPv4 of this host in the docker network of the nodes: what pods would reach it by. */
  readonly hostAddress: string;
  /** Runs a program in a node's container (docker exec); its exit code is in the result. */
  inNode(node: string, command: readonly string[], stdin?: string): Promise<ExecResult>;
}

/** Whether a cluster is one that kind made. */
export const isKind = (cluster: Cluster): cluster is KindCluster => cluster.provider === 'kind';

/** The arguments by which `argocd admin` finds a cluster and Argo CD's namespace in it. */
export function kubeArguments({ kubeconfig, context }: KubeTarget, namespace: string): string[] {
  return [
    '--namespace',
    namespace,
    ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
    ...(context ? ['--context', context] : []),
  ];
}
