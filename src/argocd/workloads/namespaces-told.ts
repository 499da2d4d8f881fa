import type { KubeObject } from '../../kube/objects.js';
import { type InstanceScope, split } from '../namespaces.js';
import { envOf, flagValue } from './flags.js';
import { type Container, podSpecOf } from './workload.js';

type Told = Omit<InstanceScope, 'namespace' | 'patternsFrom'>;

/**
 * How Argo CD's programs are told their namespaces past argocd-cmd-params-cm: cmd/argocd-server,
 * cmd/argocd-application-controller and others of Argo CD. The operator of OpenShift GitOps does it this way.
 */
const WAYS: Record<keyof Told, { flag: string; env: string }> = {
  applicationNamespaces: { flag: 'application-namespaces', env: 'ARGOCD_APPLICATION_NAMESPACES' },
  applicationsetNamespaces: {
    flag: 'applicationset-namespaces',
    env: 'ARGOCD_APPLICATIONSET_CONTROLLER_NAMESPACES',
  },
};

/** The namespaces that options and variables of an instance's workloads name, of any of them. */
export function namespacesTold(workloads: readonly KubeObject[]): Told {
  const containers = workloads.flatMap((workload) => podSpecOf(workload)?.containers ?? []);
  const told = (way: keyof Told) => [...new Set(containers.flatMap((each) => toldTo(each, WAYS[way])))];
  return {
    applicationNamespaces: told('applicationNamespaces'),
    applicationsetNamespaces: told('applicationsetNamespaces'),
  };
}

/** A program's option wins over the variable. */
function toldTo(container: Container, { flag, env }: { flag: string; env: string }): string[] {
  return split(flagValue(container, { name: flag }) ?? envOf(container, env)?.value);
}
