import { describe, expect, test } from '@jest/globals';
import { analyseHa as analyse, type HaInput } from '../../../src/argocd/workloads/ha.js';
import { type WorkloadSpec, withSpec } from '../../../src/argocd/workloads/workload.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { node, runningWorkloads, spreadPods } from './installed.js';

const THREE = ['w1', 'w2', 'w3'];

/** With the words alone. */
function analyseHa(input: HaInput) {
  const { problems, warnings, details } = analyse(input);
  return { problems: problems.map(({ text }) => text), warnings: warnings.map(({ text }) => text), details };
}

function installation(change: Partial<HaInput> = {}): HaInput {
  const workloads = change.workloads ?? runningWorkloads();
  return {
    workloads,
    pods: spreadPods(workloads, THREE),
    nodes: THREE.map((name) => node(name)),
    budgets: [],
    parameters: {},
    ...change,
  };
}

const changed = (name: string, change: (spec: WorkloadSpec) => WorkloadSpec) =>
  runningWorkloads().map((each) => (each.metadata.name === name ? withSpec(each, change) : each));

const withReplicas = (name: string, replicas: number) => changed(name, (spec) => ({ ...spec, replicas }));

/** The pods of one workload, all on these nodes instead. */
function moved(workloads: KubeObject[], name: string, nodes: string[]) {
  const workload = workloads.filter((each) => each.metadata.name === name);
  const others = workloads.filter((each) => each.metadata.name !== name);
  return [...spreadPods(others, THREE), ...spreadPods(workload, nodes)];
}

const withoutAffinity = (name: string) =>
  changed(name, (spec) => {
    const { affinity: _none, ...podSpec } = spec.template.spec;
    return { ...spec, template: { ...spec.template, spec: podSpec } };
  });

describe("Argo CD's own HA manifests, spread over three nodes", () => {
  const { problems, warnings, details } = analyseHa(installation());

  test('no problems, no warnings', () => {
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  });

  test('what was looked at, with why single replicas are normal', () => {
    expect(details).toEqual([
      'Deployment argocd-applicationset-controller: 1 replica (normal: Kubernetes starts it again elsewhere) on w1',
      'Deployment argocd-dex-server: 1 replica (normal: it keeps its state in memory; only logins by single sign-on wait for it) on w1',
      'Deployment argocd-notifications-controller: 1 replica (normal: Kubernetes starts it again elsewhere) on w1',
      'Deployment argocd-redis-ha-haproxy: 3 replicas on w1, w2, w3',
      'Deployment argocd-repo-server: 2 replicas on w1, w2',
      'Deployment argocd-server: 2 replicas on w1, w2',
      'StatefulSet argocd-application-controller: 1 replica (normal: one shard; Kubernetes starts it again elsewhere) on w1',
      'StatefulSet argocd-redis-ha-server: 3 replicas on w1, w2, w3',
      'no PodDisruptionBudgets: Argo CD ships none, so a drain may take all pods of a component at once',
      'controller.status.processors: 20 (default)',
      'controller.operation.processors: 10 (default)',
      'controller.sharding.algorithm: legacy (default)',
      'reposerver.parallelism.limit: 0 (default)',
    ]);
  });
});

describe('problems', () => {
  test.each([
    ['argocd-server', 1, /argocd-server has 1 replica; high availability needs 2/],
    ['argocd-repo-server', 1, /argocd-repo-server has 1 replica; high availability needs 2/],
    ['argocd-redis-ha-server', 2, /argocd-redis-ha-server has 2 replicas; high availability needs 3/],
  ])('%s with %d replicas', (name, replicas, problem) => {
    const { problems } = analyseHa(installation({ workloads: withReplicas(name, replicas) }));
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  test('two pods on one node against their own anti-affinity', () => {
    const workloads = runningWorkloads();
    const pods = moved(workloads, 'argocd-redis-ha-haproxy', ['w1', 'w2']);
    expect(analyseHa(installation({ workloads, pods })).problems).toEqual([
      'Deployment argocd-redis-ha-haproxy has 2 pods on node w1 against its own anti-affinity',
    ]);
  });

  test('without anti-affinity: a warning as long as they are spread, a problem where one node has them all', () => {
    const workloads = withoutAffinity('argocd-server');
    const spread = analyseHa(installation({ workloads }));
    expect(spread.problems).toEqual([]);
    expect(spread.warnings).toEqual([
      expect.stringMatching(/argocd-server has 2 replicas and no required anti-affinity/),
    ]);
    const pods = moved(workloads, 'argocd-server', ['w2']);
    expect(analyseHa(installation({ workloads, pods })).problems).toEqual([
      'Deployment argocd-server does not survive the loss of node w2: 2 of its 2 pods are there',
    ]);
  });

  test("redis' sentinels need a majority: two of three on one node are too many", () => {
    const workloads = withoutAffinity('argocd-redis-ha-server');
    const pods = moved(workloads, 'argocd-redis-ha-server', ['w1', 'w2']);
    expect(analyseHa(installation({ workloads, pods })).problems).toEqual([
      'StatefulSet argocd-redis-ha-server does not survive the loss of node w1: 2 of its 3 pods are there',
    ]);
  });

  test('a missing component, and a single redis', () => {
    const redis = { ...runningWorkloads()[0]!, metadata: { name: 'argocd-redis', labels: {} } };
    const workloads = [
      ...runningWorkloads().filter(({ metadata }) => !/redis|repo-server/.test(metadata.name)),
      redis,
    ];
    expect(analyseHa(installation({ workloads })).problems).toEqual([
      'there is no repo-server',
      'redis is a single pod without a replica: use the HA manifests',
    ]);
  });

  test.each([
    [['fd00:10:244::/64'], 1],
    [['fd00:10:244::/64', '10.244.0.0/24'], 0],
    [['10.244.0.0/24'], 0],
  ])('pod networks %j: %d problems', (podCIDRs, number) => {
    const { problems } = analyseHa(installation({ nodes: [node('w1', { spec: { podCIDRs } })] }));
    expect(problems).toHaveLength(number);
  });
});

describe('disruption budgets', () => {
  const budget = (disruptionsAllowed: number): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'server', namespace: 'argocd' },
    spec: { minAvailable: 2 },
    status: { disruptionsAllowed },
  });

  test('are reported; one that allows nothing is warned of', () => {
    const fine = analyseHa(installation({ budgets: [budget(1)] }));
    expect(fine.details).toContain('PodDisruptionBudget server: minAvailable 2');
    expect(fine.warnings).toEqual([]);
    expect(analyseHa(installation({ budgets: [budget(0)] })).warnings).toEqual([
      expect.stringMatching(/PodDisruptionBudget argocd\/server allows no pod to be evicted/),
    ]);
  });
});

describe('tuning', () => {
  test("the source's values are reported: ConfigMap, environment, command line, the later winning", () => {
    const workloads = changed('argocd-application-controller', (spec) => {
      const [container] = spec.template.spec.containers;
      const args = [...container!.args!, '--operation-processors', '33'];
      const env = [
        { name: 'ARGOCD_CONTROLLER_SHARDING_ALGORITHM', value: 'round-robin' },
        ...container!.env!,
      ];
      const podSpec = { ...spec.template.spec, containers: [{ ...container!, args, env }] };
      return { ...spec, template: { ...spec.template, spec: podSpec } };
    });
    const parameters = {
      'controller.status.processors': '50',
      'controller.operation.processors': '25',
      'reposerver.parallelism.limit': '10',
    };
    expect(analyseHa(installation({ workloads, parameters })).details.slice(-4)).toEqual([
      'controller.status.processors: 50',
      'controller.operation.processors: 33',
      'controller.sharding.algorithm: round-robin',
      'reposerver.parallelism.limit: 10',
    ]);
  });

  test.each([
    ['argocd-application-controller', 3, /ARGOCD_CONTROLLER_REPLICAS is 1 and its replicas are 3/],
    ['argocd-server', 4, /ARGOCD_API_SERVER_REPLICAS is 2 and its replicas are 4/],
  ])('%s scaled to %d without its variable', (name, replicas, warning) => {
    const workloads = withReplicas(name, replicas);
    const nodes = ['w1', 'w2', 'w3', 'w4'];
    const { warnings } = analyseHa(installation({ workloads, pods: spreadPods(workloads, nodes) }));
    expect(warnings).toContainEqual(expect.stringMatching(warning));
  });

  test('several servers without the variable', () => {
    const workloads = changed('argocd-server', (spec) => {
      const [container] = spec.template.spec.containers;
      const podSpec = { ...spec.template.spec, containers: [{ ...container!, env: [] }] };
      return { ...spec, template: { ...spec.template, spec: podSpec } };
    });
    expect(analyseHa(installation({ workloads })).warnings).toEqual([
      expect.stringMatching(/argocd-server has 2 replicas and ARGOCD_API_SERVER_REPLICAS is not set/),
    ]);
  });
});
