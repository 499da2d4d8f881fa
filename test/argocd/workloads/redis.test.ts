import { describe, expect, test } from '@jest/globals';
import {
  judge,
  type ProxyAnswer,
  redisTopology,
  type ServerAnswer,
} from '../../../src/argocd/workloads/redis.js';
import { fakeClock, fakeKube, fakeKubectl, keepingLog } from './fakes.js';
import { podOf, running, runningWorkloads, spreadPods, workloadOf } from './installed.js';

const SENTINEL = { name: 'argocd', status: 'ok', address: '10.96.0.10:6379', slaves: '2', sentinels: '3' };

const server = (
  index: number,
  info: Record<string, string>,
  sentinel: Record<string, string> = SENTINEL,
): ServerAnswer => ({
  pod: `redis-${index}`,
  node: `w${index}`,
  info: { run_id: `id-${index}`, ...info },
  sentinel,
  said: 'exit code 0',
});
const master = (index: number) => server(index, { role: 'master', connected_slaves: '2' });
const replica = (index: number, info: Record<string, string> = {}) =>
  server(index, {
    role: 'slave',
    master_link_status: 'up',
    master_host: '10.96.0.10',
    master_port: '6379',
    ...info,
  });
const proxy = (runId?: string): ProxyAnswer => ({
  pod: 'haproxy-0',
  info: runId ? { run_id: runId } : {},
  said: 'connection refused',
});

describe('judge', () => {
  test('one master, two replicas, sentinels agreed, haproxy on the master', () => {
    expect(judge([replica(0), master(1), replica(2)], [proxy('id-1')])).toEqual({
      layout: 'high-availability',
      master: { pod: 'redis-1', node: 'w1' },
      replicas: ['redis-0', 'redis-2'],
      proxies: ['haproxy-0'],
    });
  });

  const stale = { ...SENTINEL, address: '10.96.0.99:6379' };
  test.each<[string, ServerAnswer[], ProxyAnswer[], RegExp]>([
    ['a server is silent', [master(0), server(1, {})], [], /redis-1 does not answer/],
    ['no master', [replica(0), replica(1)], [], /^0 masters, and there must be one/],
    ['two masters', [master(0), master(1), replica(2)], [], /^2 masters \(redis-0, redis-1\)/],
    [
      'a replica without its master',
      [master(0), replica(1), replica(2, { master_link_status: 'down' })],
      [],
      /redis-2 is not connected/,
    ],
    ['a replica the master does not know', [master(0), replica(1)], [], /has 2 replicas of 1/],
    [
      'a sentinel alone',
      [master(0), replica(1), { ...replica(2), sentinel: { ...SENTINEL, sentinels: '1' } }],
      [],
      /sentinel of redis-2 sees 1 of 3 sentinels/,
    ],
    [
      'a sentinel that lost the master',
      [{ ...master(0), sentinel: { ...SENTINEL, status: 'odown' } }, replica(1), replica(2)],
      [],
      /sentinel of redis-0 says odown/,
    ],
    [
      'a sentinel with another master',
      [master(0), replica(1), { ...replica(2), sentinel: stale }],
      [],
      /redis-2 takes 10\.96\.0\.99:6379 for the master, redis-1 follows 10\.96\.0\.10/,
    ],
    [
      'haproxy on a replica',
      [master(0), replica(1), replica(2)],
      [proxy('id-2')],
      /haproxy-0 leads to another server than redis-0/,
    ],
    [
      'haproxy silent',
      [master(0), replica(1), replica(2)],
      [proxy()],
      /haproxy-0 has no answer \(connection refused\)/,
    ],
  ])('%s', (_what, servers, proxies, problem) => {
    expect(judge(servers, proxies)).toMatch(problem);
  });
});

describe('redisTopology', () => {
  const infoOf = (name: string) =>
    name.endsWith('-0')
      ? 'run_id:id-0\r\nrole:master\r\nconnected_slaves:2\r\n'
      : `run_id:id-${name.at(-1)}\r\nrole:slave\r\nmaster_host:10.96.0.10\r\nmaster_port:6379\r\nmaster_link_status:up\r\n`;
  const sentinel = (seen: number) =>
    `# Asked: sentinel\n# Sentinel\r\nmaster0:name=argocd,status=ok,address=10.96.0.10:6379,slaves=2,sentinels=${seen}\r\n`;
  const ask = async (
    answer: (args: readonly string[]) => string | undefined,
    workloads = runningWorkloads(),
  ) => {
    const clock = fakeClock();
    const kube = fakeKube(() => [...workloads, ...spreadPods(workloads, ['w1', 'w2', 'w3'])]);
    const { log, progress } = keepingLog();
    const { signal } = new AbortController();
    const asking = redisTopology(kube, 'argocd', {
      kubectl: fakeKubectl(answer),
      log,
      signal,
      clock,
      timeoutMs: 10_000,
    });
    return { outcome: await asking.catch((error: unknown) => error), seconds: clock.now() / 1000, progress };
  };

  test('asks each pod in its container, and waits until the sentinels have found each other', async () => {
    let rounds = 0;
    const { outcome, seconds, progress } = await ask((args) => {
      const name = args[3]!;
      if (args[5] === 'haproxy') return '+OK\r\n$40\r\nrun_id:id-0\r\nrole:master\r\n\r\n+OK\r\n';
      if (name.endsWith('-0')) rounds++;
      return infoOf(name) + sentinel(rounds > 2 ? 3 : 1);
    });
    expect(outcome).toMatchObject({
      layout: 'high-availability',
      master: { pod: 'argocd-redis-ha-server-0', node: 'w1' },
      replicas: ['argocd-redis-ha-server-1', 'argocd-redis-ha-server-2'],
      proxies: ['argocd-redis-ha-haproxy-0', 'argocd-redis-ha-haproxy-1', 'argocd-redis-ha-haproxy-2'],
    });
    expect(seconds).toBe(2);
    expect(progress[0]).toMatch(/sees 1 of 3 sentinels/);
  });

  test('what is wrong for too long is an error that says it', async () => {
    const { outcome } = await ask(() => undefined);
    expect((outcome as Error).message).toMatch(
      /not as it has to be after 10 s: argocd-redis-ha-server-0 does not answer/,
    );
  });

  test('no password is ever in the arguments', async () => {
    const seen: string[] = [];
    await ask((args) => {
      seen.push(args.join(' '));
      return undefined;
    });
    expect(seen.length).toBeGreaterThan(0);
    for (const args of seen) expect(args).not.toMatch(/redis-cli[^;]* -a /);
  });

  const single = running({
    ...workloadOf('argocd-redis-ha-haproxy'),
    metadata: { name: 'argocd-redis', labels: { 'app.kubernetes.io/name': 'argocd-redis' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'argocd-redis' } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'argocd-redis' } },
        spec: { containers: [] },
      },
    },
  });

  test('a single redis only has to answer', async () => {
    const { outcome } = await ask(() => 'PONG\n', [single]);
    expect(outcome).toMatchObject({
      layout: 'single',
      master: { pod: podOf(single, 0, 'w1').metadata.name },
    });
  });

  test('a redis outside of the cluster is not asked', async () => {
    const { outcome } = await ask(() => undefined, [running(workloadOf('argocd-server'))]);
    expect(outcome).toEqual({ layout: 'none', replicas: [], proxies: [] });
  });
});
