import type { About } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { CONFIG_MAP, type KubeObject, label, type Resource } from '../../kube/objects.js';
import { listWorkloads } from '../../kube/workloads.js';
import { keyOfObject } from '../listing.js';
import { listNodes } from './nodes.js';
import { collect, listPods, type Pod, podsOf } from './pods.js';
import { tuning } from './tuning.js';
import { type Component, componentOf, replicasOf, specOf } from './workload.js';

/** An installation as it runs. */
export interface HaInput {
  workloads: readonly KubeObject[];
  pods: readonly Pod[];
  nodes: readonly KubeObject[];
  /** PodDisruptionBudgets of the namespace. */
  budgets: readonly KubeObject[];
  /** The data of argocd-cmd-params-cm. */
  parameters: Record<string, string>;
}

/** Something about an installation, and the object whose manifest it is about. */
export interface Remark {
  text: string;
  about?: About;
}

export interface HaFindings {
  /** What makes the installation not highly available. */
  problems: Remark[];
  /** What an operator should look at. */
  warnings: Remark[];
  /** What was looked at, a line each. */
  details: string[];
}

const BUDGET: Resource = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};

/** Reads an installation for analyseHa. */
export async function readInstallation(kube: Kube, namespace: string): Promise<HaInput> {
  const [workloads, pods, nodes, budgets, parameters] = await Promise.all([
    listWorkloads(kube, namespace),
    listPods(kube, namespace),
    listNodes(kube),
    collect(kube.list(BUDGET, { namespace })),
    kube.find(CONFIG_MAP, namespace, 'argocd-cmd-params-cm'),
  ]);
  return { workloads, pods, nodes, budgets, parameters: (parameters?.data ?? {}) as Record<string, string> };
}

/**
 * Judges high availability by what was applied and by where the pods run: replicas, spread over nodes, the loss of
 * any single node, disruption budgets, the cluster's addresses, and the options that have to fit the replicas.
 */
export function analyseHa(input: HaInput): HaFindings {
  const found: HaFindings = { problems: [], warnings: [], details: [] };
  found.problems.push(...addressProblems(input.nodes));
  found.problems.push(...missingComponents(input.workloads));
  for (const workload of input.workloads) judgeWorkload(workload, podsOf(workload, input.pods), found);

  found.details.push(...budgetDetails(input.budgets));
  found.warnings.push(...budgetWarnings(input.budgets));
  const { warnings, details } = tuning(input.workloads, input.parameters);
  found.warnings.push(...warnings.map(({ text, workload }) => remark(text, workload)));
  found.details.push(...details);
  return found;
}

/** Replicas without which a component does not survive the loss of a pod; redis' sentinels need a majority. */
const NEEDED: Partial<Record<Component, number>> = {
  server: 2,
  'repo-server': 2,
  'redis-ha-haproxy': 2,
  'redis-ha-server': 3,
};

/** Why one replica is normal, as in Argo CD's own HA manifests. */
const SINGLE: Partial<Record<Component, string>> = {
  'application-controller': 'one shard; Kubernetes starts it again elsewhere',
  'applicationset-controller': 'Kubernetes starts it again elsewhere',
  'notifications-controller': 'Kubernetes starts it again elsewhere',
  'dex-server': 'it keeps its state in memory; only logins by single sign-on wait for it',
  'commit-server': 'Kubernetes starts it again elsewhere',
};

function missingComponents(workloads: readonly KubeObject[]): Remark[] {
  const present = new Set(workloads.map(componentOf));
  const missing = (['server', 'repo-server'] as const).filter((component) => !present.has(component));
  const problems: Remark[] = missing.map((component) => ({ text: `there is no ${component}` }));
  const single = workloads.find((workload) => componentOf(workload) === 'redis');
  if (single && !present.has('redis-ha-server'))
    problems.push(remark('redis is a single pod without a replica: use the HA manifests', single));
  return problems;
}

/** A remark about an object, or a field of it. */
export const remark = (text: string, { kind, metadata }: KubeObject, ...field: string[]): Remark => ({
  text,
  about: {
    ...{ kind, name: metadata.name, namespace: metadata.namespace },
    ...(field.length > 0 ? { field } : {}),
  },
});

function judgeWorkload(workload: KubeObject, pods: Pod[], found: HaFindings): void {
  const component = componentOf(workload);
  const name = label({ kind: workload.kind, name: workload.metadata.name });
  const replicas = replicasOf(workload);
  const needed = NEEDED[component];
  const nodes = [...new Set(pods.map(({ spec }) => spec.nodeName ?? ''))];
  if (needed !== undefined && replicas < needed)
    found.problems.push(
      remark(
        `${name} has ${count(replicas, 'replica')}; high availability needs ${needed}`,
        workload,
        'spec',
        'replicas',
      ),
    );
  if (replicas > 1) {
    for (const text of spreadProblems(name, component, workload, pods))
      found.problems.push(remark(text, workload));
    if (!hasRequiredSpread(workload))
      found.warnings.push(
        remark(
          `${name} has ${replicas} replicas and no required anti-affinity: Kubernetes may put them on one node`,
          workload,
          ...['spec', 'template', 'spec', 'affinity'],
        ),
      );
  }
  const why = replicas === 1 && SINGLE[component] ? ` (normal: ${SINGLE[component]})` : '';
  const where = nodes.length > 0 ? ` on ${nodes.join(', ')}` : '';
  found.details.push(`${name}: ${count(replicas, 'replica')}${why}${where}`);
}

function spreadProblems(name: string, component: Component, workload: KubeObject, pods: Pod[]): string[] {
  const perNode = new Map<string, number>();
  for (const { spec } of pods) perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  const crowded = [...perNode].filter(([, number]) => number > 1);
  if (crowded.length > 0 && hasRequiredSpread(workload))
    return crowded.map(
      ([node, number]) => `${name} has ${number} pods on node ${node} against its own anti-affinity`,
    );
  // Sentinels that are left must still be a majority.
  const mayLose = component === 'redis-ha-server' ? Math.ceil(pods.length / 2) - 1 : pods.length - 1;
  return crowded
    .filter(([, number]) => number > mayLose)
    .map(
      ([node, number]) =>
        `${name} does not survive the loss of node ${node}: ${number} of its ${pods.length} pods are there`,
    );
}

/** Whether the scheduler may not put two of a workload's pods on one node. */
function hasRequiredSpread(workload: KubeObject): boolean {
  const { template } = specOf(workload);
  const labels = template.metadata?.labels ?? {};
  const terms = template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some(
    ({ topologyKey, labelSelector }) =>
      topologyKey === 'kubernetes.io/hostname' &&
      Object.entries(labelSelector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value),
  );
}

interface NodeFields {
  spec?: { podCIDRs?: string[] };
  status?: { addresses?: { type: string; address: string }[] };
}

/** redis-ha of Argo CD's manifests listens on IPv4 only (`bind 0.0.0.0`). */
function addressProblems(nodes: readonly KubeObject[]): Remark[] {
  const addresses = nodes.flatMap((node) => {
    const { spec, status } = node as NodeFields;
    const internal = status?.addresses?.filter(({ type }) => type === 'InternalIP') ?? [];
    return spec?.podCIDRs ?? internal.map(({ address }) => address);
  });
  if (addresses.length === 0 || addresses.some((address) => !address.includes(':'))) return [];
  const text =
    "the cluster has IPv6 addresses only, on which Argo CD's redis-ha does not listen: use IPv4 or both";
  return [{ text }];
}

interface BudgetSpec {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
}

function budgetDetails(budgets: readonly KubeObject[]): string[] {
  if (budgets.length === 0)
    return [
      'no PodDisruptionBudgets: Argo CD ships none, so a drain may take all pods of a component at once',
    ];
  return budgets.map((budget) => {
    const { minAvailable, maxUnavailable } = budget.spec as BudgetSpec;
    const rule =
      minAvailable !== undefined ? `minAvailable ${minAvailable}` : `maxUnavailable ${maxUnavailable}`;
    return `${label({ kind: BUDGET.kind, name: budget.metadata.name })}: ${rule}`;
  });
}

/** The disruption controller counts the pods. */
function budgetWarnings(budgets: readonly KubeObject[]): Remark[] {
  return budgets
    .filter(({ status }) => (status as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed === 0)
    .map((budget) =>
      remark(
        `${label(keyOfObject(budget))} allows no pod to be evicted: a drain of its node waits forever`,
        budget,
        'spec',
      ),
    );
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
