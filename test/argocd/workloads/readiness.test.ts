import { describe, expect, test } from '@jest/globals';
import type { ContainerStatus, Pod } from '../../../src/argocd/workloads/pods.js';
import { isUp, waitReady } from '../../../src/argocd/workloads/readiness.js';
import { DrError, EXIT } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { fakeClock, fakeKube, fakeKubectl, keepingLog } from './fakes.js';
import { node, podOf, running, runningWorkloads, spreadPods, starting, workloadOf } from './installed.js';

const NODES = [node('w1'), node('w2'), node('w3')];
const server = workloadOf('argocd-server');

interface World {
  /** What the API server serves at a moment of the clock. */
  at: (nowMs: number) => KubeObject[];
  log?: string;
  timeoutMs?: number;
  maxRestarts?: number;
  workloads?: KubeObject[];
}

async function wait({ at, log: logText, workloads = [server], ...options }: World) {
  let now = 0;
  const clock = fakeClock((ms) => {
    now = ms;
  });
  const kube = fakeKube(() => [...NODES, ...at(now)]);
  const kept = keepingLog();
  const asked: string[] = [];
  const kubectl = fakeKubectl((args) => {
    asked.push(args.join(' '));
    return logText;
  });
  const { signal } = new AbortController();
  const outcome = await waitReady(kube, 'argocd', workloads, {
    ...options,
    log: kept.log,
    signal,
    kubectl,
    clock,
  }).catch((error: unknown) => error);
  return { outcome, seconds: now / 1000, asked, ...kept };
}

const message = ({ outcome }: { outcome: unknown }) => {
  expect(outcome).toBeInstanceOf(DrError);
  expect((outcome as DrError).exitCode).toBe(EXIT.infra);
  return (outcome as DrError).message;
};

const waitingFor = (reason: string, text: string, restartCount = 0): ContainerStatus => ({
  name: 'argocd-server',
  ready: false,
  restartCount,
  state: { waiting: { reason, message: text } },
});

const stuck = (status: Pod['status']) => [
  starting(server),
  podOf(server, 0, 'w1', { phase: 'Pending', ...status }),
];

const event = (name: string, reason: string, text: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${name}.${reason}` },
  involvedObject: { kind: 'Pod', name },
  reason,
  message: text,
  lastTimestamp: '2026-01-01T00:00:00Z',
});

describe('ready', () => {
  test('each workload is told once as it comes up, with the seconds and the nodes of its pods', async () => {
    const repo = workloadOf('argocd-repo-server');
    const { outcome, lines, progress } = await wait({
      workloads: [server, repo],
      at: (now) => [
        now < 3_000 ? starting(server) : running(server),
        now < 6_000 ? starting(repo) : running(repo),
        ...spreadPods([server, repo], ['w1', 'w2']),
      ],
    });
    expect(outcome).toMatchObject({
      seconds: 6,
      workloads: [
        {
          kind: 'Deployment',
          name: 'argocd-server',
          ready: 2,
          wanted: 2,
          seconds: 3,
          pods: [
            { name: 'argocd-server-0', node: 'w1' },
            { name: 'argocd-server-1', node: 'w2' },
          ],
        },
        { name: 'argocd-repo-server', seconds: 6 },
      ],
    });
    expect(lines).toEqual([
      'Deployment argocd-server: 2/2 ready after 3.0 s on w1, w2 (1 of 2 workloads)',
      'Deployment argocd-repo-server: 2/2 ready after 6.0 s on w1, w2 (2 of 2 workloads)',
    ]);
    expect(progress[0]).toBe('pods ready: 0 of 4; waiting for argocd-server 0/2, argocd-repo-server 0/2');
    expect(progress.at(-1)).toBe('pods ready: 2 of 4; waiting for argocd-repo-server 0/2');
  });

  test('a workload that falls back is waited for again', async () => {
    const repo = workloadOf('argocd-repo-server');
    const { outcome } = await wait({
      workloads: [server, repo],
      at: (now) => [
        now === 2_000 ? starting(server) : running(server),
        now < 4_000 ? starting(repo) : running(repo),
      ],
    });
    expect(outcome).toMatchObject({ workloads: [{ seconds: 3 }, { seconds: 4 }] });
  });

  test('only the workloads asked for count, whatever else the namespace has', async () => {
    const { outcome } = await wait({
      at: () => [running(server), starting(workloadOf('argocd-repo-server'))],
    });
    expect(outcome).toMatchObject({ workloads: [{ name: 'argocd-server' }] });
  });

  test('a workload that was never applied is named', async () => {
    expect(message(await wait({ at: () => [] }))).toMatch(
      /namespace argocd lacks Deployment argocd-server: apply/,
    );
  });

  test.each<[string, Record<string, number>, number, boolean]>([
    ['all ready', { observedGeneration: 1, replicas: 2, readyReplicas: 2, updatedReplicas: 2 }, 2, true],
    [
      'one of an older generation left',
      { observedGeneration: 1, replicas: 3, readyReplicas: 2, updatedReplicas: 2 },
      2,
      false,
    ],
    [
      'the newest generation not seen yet',
      { observedGeneration: 0, replicas: 2, readyReplicas: 2, updatedReplicas: 2 },
      2,
      false,
    ],
    [
      'ready, but not updated',
      { observedGeneration: 1, replicas: 2, readyReplicas: 2, updatedReplicas: 1 },
      2,
      false,
    ],
    ['scaled to zero, a pod left', { observedGeneration: 1, replicas: 1, readyReplicas: 1 }, 0, false],
    ['scaled to zero', { observedGeneration: 1 }, 0, true],
  ])('%s', (_what, status, replicas, up) => {
    const workload = { ...running(server), spec: { ...(server.spec as object), replicas }, status };
    expect(isUp(workload)).toBe(up);
  });
});

describe('what cannot come up ends the wait', () => {
  const NOT_FOUND = 'Back-off pulling image "x:1": ErrImagePull: manifest unknown';

  test('an image that does not exist: after its grace, with the last events', async () => {
    const result = await wait({
      at: () => [
        ...stuck({ containerStatuses: [waitingFor('ImagePullBackOff', NOT_FOUND)] }),
        event('argocd-server-0', 'Failed', 'Failed to pull image "x:1"'),
        event('argocd-server-1', 'Failed', 'of another pod'),
      ],
    });
    expect(message(result)).toMatch(
      /^Deployment argocd\/argocd-server does not come up: pod argocd-server-0, container argocd-server: ImagePullBackOff: Back-off pulling image "x:1": ErrImagePull: manifest unknown; check that the image exists.*\nlast events of Pod argocd-server-0:\n {2}Failed: Failed to pull image "x:1"$/,
    );
    expect(result.seconds).toBe(25);
  });

  test('a registry that is busy gets longer, and an image that arrives after all counts', async () => {
    const busy = [waitingFor('ErrImagePull', '429 Too Many Requests: toomanyrequests')];
    const { outcome } = await wait({
      at: (now) => (now < 60_000 ? stuck({ containerStatuses: busy }) : [running(server)]),
    });
    expect(outcome).toMatchObject({ seconds: 60 });
  });

  test('the grace begins anew when the trouble was over', async () => {
    const { outcome } = await wait({
      at: (now) => {
        if (now >= 50_000) return [running(server)];
        const failing = now < 20_000 || now > 30_000;
        return stuck(failing ? { containerStatuses: [waitingFor('ImagePullBackOff', NOT_FOUND)] } : {});
      },
    });
    expect(outcome).toMatchObject({ seconds: 50 });
  });

  const crashing = (restarts: number): ContainerStatus => ({
    ...waitingFor('CrashLoopBackOff', 'back-off 40s restarting failed container', restarts),
    lastState: { terminated: { exitCode: 20, reason: 'Error' } },
  });

  test('a crash loop: with the tail of its previous log, secret values hidden', async () => {
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'argocd-redis' },
      data: { auth: Buffer.from('correct-horse').toString('base64') },
    };
    const result = await wait({
      at: () => [...stuck({ containerStatuses: [crashing(3)] }), secret],
      log: 'starting\nWRONGPASS correct-horse\n',
    });
    expect(message(result)).toMatch(
      /container argocd-server: CrashLoopBackOff: exited 4 times, last with code 20/,
    );
    expect(message(result)).toMatch(/last lines of its log:\n {2}starting\n {2}WRONGPASS \*\*\*$/);
    expect(result.seconds).toBe(0);
    expect(result.asked).toEqual([
      'logs argocd-server-0 --namespace argocd --container argocd-server --tail=10 --previous',
    ]);
  });

  test('two restarts are normal while redis comes up', async () => {
    const { outcome } = await wait({
      at: (now) => (now < 90_000 ? stuck({ containerStatuses: [crashing(2)] }) : [running(server)]),
    });
    expect(outcome).toMatchObject({ seconds: 90 });
  });

  test('after a lost node restarts do not count', async () => {
    const { outcome } = await wait({
      maxRestarts: Number.POSITIVE_INFINITY,
      at: (now) => (now < 90_000 ? stuck({ containerStatuses: [crashing(12)] }) : [running(server)]),
    });
    expect(outcome).toMatchObject({ seconds: 90 });
  });

  test('init containers count as well', async () => {
    const init = { ...crashing(3), name: 'copyutil' };
    const result = await wait({ at: () => stuck({ initContainerStatuses: [init] }) });
    expect(message(result)).toMatch(/container copyutil: CrashLoopBackOff/);
  });

  const unschedulable: Pod['status'] = {
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
      },
    ],
  };

  test('no node left for a pod: says how many there are, and the input', async () => {
    const result = await wait({ at: () => stuck(unschedulable) });
    expect(message(result)).toMatch(
      /Unschedulable: 0\/2 .* anti-affinity rules\.; each of its 2 pods needs a node of its own, and the cluster has 3 that take pods: give workers: 3, or ha: false/,
    );
    expect(result.seconds).toBe(25);
  });

  test('while a node is still starting, a pod without a node is only early', async () => {
    const late = { ...node('w4'), status: { conditions: [{ type: 'Ready', status: 'False' }] } };
    const { outcome } = await wait({
      at: (now) => (now < 90_000 ? [late, ...stuck(unschedulable)] : [running(server)]),
    });
    expect(outcome).toMatchObject({ seconds: 90 });
  });

  const lacksSecret = waitingFor('CreateContainerConfigError', 'secret "argocd-redis" not found');

  test('a Secret that nobody makes', async () => {
    const result = await wait({ at: () => stuck({ containerStatuses: [lacksSecret] }) });
    expect(message(result)).toMatch(/Secret argocd-redis is neither in the cluster nor being made/);
    expect(result.seconds).toBe(25);
  });

  test('a Secret that an init container of another pod may be making', async () => {
    const proxy = workloadOf('argocd-redis-ha-haproxy');
    const making = podOf(proxy, 0, 'w2', {
      phase: 'Pending',
      initContainerStatuses: [{ name: 'secret-init', ready: false, restartCount: 0, state: { running: {} } }],
    });
    const { outcome } = await wait({
      at: (now) =>
        now < 100_000 ? [...stuck({ containerStatuses: [lacksSecret] }), making] : [running(server)],
    });
    expect(outcome).toMatchObject({ seconds: 100 });
  });

  const creating: Pod['status'] = {
    containerStatuses: [
      { ...waitingFor('ContainerCreating', ''), state: { waiting: { reason: 'ContainerCreating' } } },
    ],
  };
  const failedMount = event(
    'argocd-server-0',
    'FailedMount',
    'MountVolume.SetUp failed for volume "tls-certs" : configmap "argocd-tls-certs-cm" not found',
  );

  test('a volume of a ConfigMap that is missing, which only the events tell', async () => {
    const result = await wait({ at: () => [...stuck(creating), failedMount] });
    expect(message(result)).toMatch(/FailedMount: .*; ConfigMap argocd-tls-certs-cm is neither/);
    expect(result.seconds).toBe(10);
  });

  test('an event of a ConfigMap that is there by now means nothing', async () => {
    const there = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-tls-certs-cm' } };
    const { outcome } = await wait({
      at: (now) => (now < 90_000 ? [...stuck(creating), failedMount, there] : [running(server)]),
    });
    expect(outcome).toMatchObject({ seconds: 90 });
  });

  test('a Deployment whose pods are refused', async () => {
    const refused = starting(server);
    refused.status = {
      conditions: [
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
      ],
    };
    const result = await wait({ at: () => [refused] });
    expect(message(result)).toMatch(/does not come up: FailedCreate: exceeded quota/);
  });

  test('the limit of time names what is not ready, and quotes one of its pods', async () => {
    const unready: ContainerStatus = {
      name: 'argocd-server',
      ready: false,
      restartCount: 0,
      state: { running: {} },
    };
    const result = await wait({
      timeoutMs: 60_000,
      at: () => [
        ...stuck({ phase: 'Running', containerStatuses: [unready] }),
        event('argocd-server-0', 'Unhealthy', 'Readiness probe failed: 503'),
      ],
      log: 'waiting for redis',
    });
    expect(message(result)).toMatch(
      /not ready after 1 min: pods ready: 0 of 2; waiting for argocd-server 0\/2.*\n.*\n {2}Unhealthy: Readiness probe failed: 503\nlast lines of its log:\n {2}waiting for redis$/,
    );
    expect(result.seconds).toBe(61);
  });

  test('nothing ends early while all 14 pods come up at their pace', async () => {
    const all = runningWorkloads();
    const { outcome } = await wait({
      workloads: all,
      at: (now) => all.map((each, index) => (now < index * 10_000 ? starting(each) : each)),
    });
    expect(outcome).toMatchObject({ seconds: 70 });
  });
});
