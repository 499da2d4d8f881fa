import type { KubeObject } from '../../kube/objects.js';
import { envOf, flagValue } from './flags.js';
import { type Component, componentOf, replicasOf, specOf } from './workload.js';

/** An option of Argo CD that an operator tunes; names and defaults as in its source, 3.1 to 3.5. */
interface Option {
  component: Component;
  /** Key in argocd-cmd-params-cm. */
  key: string;
  env: string;
  flag: string;
  standard: string;
}

const OPTIONS: Option[] = [
  {
    component: 'application-controller',
    key: 'controller.status.processors',
    env: 'ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS',
    flag: 'status-processors',
    standard: '20',
  },
  {
    component: 'application-controller',
    key: 'controller.operation.processors',
    env: 'ARGOCD_APPLICATION_CONTROLLER_OPERATION_PROCESSORS',
    flag: 'operation-processors',
    standard: '10',
  },
  {
    component: 'application-controller',
    key: 'controller.sharding.algorithm',
    env: 'ARGOCD_CONTROLLER_SHARDING_ALGORITHM',
    flag: 'sharding-method',
    standard: 'legacy',
  },
  {
    component: 'repo-server',
    key: 'reposerver.parallelism.limit',
    env: 'ARGOCD_REPO_SERVER_PARALLELISM_LIMIT',
    flag: 'parallelismlimit',
    standard: '0',
  },
];

/** Options that repeat a workload's number of replicas, and what goes wrong where they differ. */
const REPEATED: { component: Component; env: string; effect: string }[] = [
  {
    component: 'application-controller',
    env: 'ARGOCD_CONTROLLER_REPLICAS',
    effect: 'clusters would belong to shards that no controller runs, or to several',
  },
  {
    component: 'server',
    env: 'ARGOCD_API_SERVER_REPLICAS',
    effect: 'the limit of concurrent logins is shared out among the wrong number of servers',
  },
];

/** What an operator tuned, and what of it does not fit the replicas. */
export function tuning(
  workloads: readonly KubeObject[],
  parameters: Record<string, string>,
): { warnings: { text: string; workload: KubeObject }[]; details: string[] } {
  const of = (component: Component) => workloads.find((workload) => componentOf(workload) === component);
  const details = OPTIONS.flatMap(({ component, ...option }) => {
    const workload = of(component);
    return workload ? [valueLine(workload, option, parameters)] : [];
  });
  const warnings = REPEATED.flatMap(({ component, env, effect }) => {
    const workload = of(component);
    return workload ? mismatch(workload, env, effect).map((text) => ({ text, workload })) : [];
  });
  return { warnings, details };
}

/** As the program reads it: its command line, its environment, the ConfigMap behind that, the default. */
function valueLine(
  workload: KubeObject,
  { key, env, flag, standard }: Omit<Option, 'component'>,
  parameters: Record<string, string>,
): string {
  const { containers } = specOf(workload).template.spec;
  const given =
    first(containers, (container) => flagValue(container, { name: flag })) ??
    first(containers, (container) => envOf(container, env)?.value) ??
    parameters[key];
  return `${key}: ${given ?? `${standard} (default)`}`;
}

function mismatch(workload: KubeObject, env: string, effect: string): string[] {
  // Controllers in a Deployment share clusters out by what they see of each other (dynamic distribution).
  if (workload.kind === 'Deployment' && componentOf(workload) === 'application-controller') return [];
  const replicas = replicasOf(workload);
  const value = first(specOf(workload).template.spec.containers, (container) => envOf(container, env)?.value);
  const { name } = workload.metadata;
  if (value === undefined && replicas > 1)
    return [`${name} has ${replicas} replicas and ${env} is not set: ${effect}; set it to ${replicas}`];
  if (value !== undefined && Number(value) !== replicas)
    return [`${name}: ${env} is ${value} and its replicas are ${replicas}: ${effect}; make them equal`];
  return [];
}

function first<T, R>(items: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const value = of(item);
    if (value !== undefined) return value;
  }
  return undefined;
}
