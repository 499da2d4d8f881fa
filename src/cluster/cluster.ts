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

/** The arguments by which `argocd admin` finds a cluster and Argo CD's namespace in it. */
export function kubeArguments({ kubeconfig, context }: KubeTarget, namespace: string): string[] {
  return [
    '--namespace',
    namespace,
    ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
    ...(context ? ['--context', context] : []),
  ];
}
