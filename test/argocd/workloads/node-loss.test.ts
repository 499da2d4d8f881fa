import { describe, expect, test } from '@jest/globals';
import { chooseNode, loseNode } from '../../../src/argocd/workloads/node-loss.js';
import type { RedisTopology } from '../../../src/argocd/workloads/redis.js';
import type { KindCluster, KindNode } from '../../../src/cluster/cluster.js';
import type { Exec } from '../../../src/exec.js';
import { ApiError } from '../../../src/kube/api.js';
import { fakeClock, fakeKube, fakeKubectl, keepingLog } from './fakes.js';
import { haManifest, node, runningWorkloads, spreadPods } from './installed.js';

const NODES: KindNode[] = [
  { name: 'cp', role: 'control-plane', address: '172.18.0.2' },
  ...['w1', 'w2', 'w3'].map((name) => ({ name, role: 'worker' as const, address: '172.18.0.3' })),
];
const workloads = runningWorkloads();
const pods = spreadPods(workloads, ['w1', 'w2', 'w3']);
const redis = (master: string): RedisTopology => ({
  layout: 'high-availability',
  master: { pod: 'argocd-redis-ha-server-0', node: master },
  replicas: ['argocd-redis-ha-server-1', 'argocd-redis-ha-server-2'],
  proxies: [],
});

describe('chooseNode', () => {
  test("the worker with redis' master", () => {
    expect(chooseNode(NODES, redis('w3'), pods).name).toBe('w3');
  });

  test('a worker with a replica where the master runs on the control plane', () => {
    expect(chooseNode(NODES, redis('cp'), pods).name).toBe('w2');
  });

  test('no worker runs redis: says what to give', () => {
    expect(() => chooseNode(NODES.slice(0, 1), redis('cp'), pods)).toThrow(/give workers: 3 and ha: true/);
  });
});

/** A cluster in which w1 runs the master, and the second redis takes over `failoverMs` after w1 was killed. */
function world({ failoverMs = 12_000, detectMs = 45_000, silentMs = 4_000, kill = 0 } = {}) {
  const clock = fakeClock();
  let lostAt: number | undefined;
  const sinceLoss = () => (lostAt === undefined ? -1 : clock.now() - lostAt);
  const commands: string[] = [];
  const exec: Exec = async (command, args) => {
    commands.push([command, ...args].join(' '));
    if (args[0] === 'kill' && kill === 0) lostAt = clock.now();
    if (args[0] === 'start') lostAt = undefined;
    return { code: args[0] === 'kill' ? kill : 0, stdout: '', stderr: 'no such container' };
  };
  const w1 = () =>
    sinceLoss() > detectMs ? { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } } : {};
  const services = haManifest().filter(({ kind }) => kind === 'Service');
  const kube = fakeKube(
    () => [...workloads, ...pods, ...services, node('w1', w1()), node('w2'), node('w3')],
    async () => {
      if (lostAt !== undefined && sinceLoss() < silentMs) throw new ApiError(503, 'no answer');
      return { Version: 'v3.1.9' };
    },
  );
  const master = () => (sinceLoss() > failoverMs || commands.some((each) => each.includes('start')) ? 1 : 0);
  const kubectl = fakeKubectl((args) => {
    if (args[5] === 'haproxy') return `run_id:id-${master()}\nrole:master\n`;
    const index = Number(args[3]!.at(-1));
    const info =
      index === master()
        ? `run_id:id-${index}\nrole:master\nconnected_slaves:2\n`
        : `run_id:id-${index}\nrole:slave\nmaster_host:10.96.0.1\nmaster_port:6379\nmaster_link_status:up\n`;
    return `${info}# Asked: sentinel\nmaster0:name=argocd,status=ok,address=10.96.0.1:6379,slaves=2,sentinels=3\n`;
  });
  const cluster = { kube, nodes: NODES } as unknown as KindCluster;
  const { signal } = new AbortController();
  const { log } = keepingLog();
  const options = { cluster, namespace: 'argocd', exec, kubectl, env: {}, log, signal, clock };
  return { options, commands };
}

describe('loseNode', () => {
  test('measures the failover, the silence of the API and the recovery', async () => {
    const { options, commands } = world();
    const loss = await loseNode(options);
    expect(commands).toEqual(['docker kill w1', 'docker start w1']);
    expect(loss.node).toBe('w1');
    expect(loss.pods).toContain('argocd-redis-ha-server-0');
    expect(loss.failover).toMatchObject({ from: 'argocd-redis-ha-server-0', to: 'argocd-redis-ha-server-1' });
    expect(loss.failover!.seconds).toBeGreaterThan(12);
    expect(loss.detected).toBeGreaterThan(45);
    expect(loss.api.answered).toBeLessThan(loss.api.asked);
    expect(loss.api).toMatchObject({ longestSilence: 4, silentFrom: 0 });
    expect(loss.afterDetection.asked).toBeGreaterThanOrEqual(14);
    expect(loss.afterDetection.answered).toBe(loss.afterDetection.asked);
  });

  test('an API that never comes back is silent to the end', async () => {
    const { options } = world({ silentMs: Number.POSITIVE_INFINITY });
    const loss = await loseNode(options);
    expect(loss.api.answered).toBe(0);
    expect(loss.api.longestSilence).toBeGreaterThan(60);
    expect(loss.afterDetection.answered).toBe(0);
  });

  test('a redis that never fails over is an error, and the node is started again', async () => {
    const { options, commands } = world({ failoverMs: Number.POSITIVE_INFINITY });
    await expect(loseNode(options)).rejects.toThrow(/redis has no new master after 180 s/);
    expect(commands).toEqual(['docker kill w1', 'docker start w1']);
  });

  test('a node that cannot be stopped: docker is quoted', async () => {
    const { options } = world({ kill: 1 });
    await expect(loseNode(options)).rejects.toThrow(
      /docker kill w1 failed with exit code 1: no such container/,
    );
  });
});
