import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KindCluster } from '../../src/cluster/cluster.js';
import { EXIT } from '../../src/errors.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { silentLog } from '../../src/log.js';
import { type Quarantine, raiseQuarantine } from '../../src/quarantine/quarantine.js';
import { Scope } from '../../src/scope.js';
import { FakeNode } from './fake-node.js';
import { fakeKube, node, pod } from './fakes.js';

const GOOD = 'api=open door=open sentinel=closed lookup=open resolver=closed';
const git = { address: '172.18.0.1', port: 8080, purpose: 'git' };

let scope: Scope;
let abort: AbortController;
let nodes: Map<string, FakeNode>;
let pods: object[];
/** What a probe pod does besides reporting. */
let onPod: (pod: KubeObject) => Promise<void>;
let report: string;
beforeEach(() => {
  scope = new Scope();
  abort = new AbortController();
  nodes = new Map(['n1', 'n2'].map((name) => [name, new FakeNode()]));
  pods = [pod('kube-system', 'coredns', '10.244.0.3')];
  report = GOOD;
  onPod = (probe) => reach(probe, 'DOOR');
});
afterEach(() => scope.close());

function raise(): Promise<Quarantine> {
  const podStatus = [
    { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0, message: report } } }] },
  ];
  const objects = { Node: [node('n1', ['10.244.0.0/24']), node('n2', ['10.244.1.0/24'])], Pod: pods };
  const cluster = {
    provider: 'kind',
    hostAddress: '127.0.0.1',
    nodes: [...nodes.keys()].map((name, index) => ({
      name,
      role: 'worker',
      address: `172.18.0.${index + 2}`,
    })),
    kube: fakeKube({ objects, podStatus, onPod }),
    inNode: (name: string, command: readonly string[], stdin?: string) =>
      nodes.get(name)!.run(command, stdin),
  } as unknown as KindCluster;
  const options = { image: 'argocd', doors: [git], log: silentLog, scope, signal: abort.signal };
  return raiseQuarantine(cluster, options);
}

async function say(port: number, line: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.end(`${line}\n`);
  await once(socket, 'close');
}

function reach(probe: KubeObject, whom: 'DOOR' | 'SENTINEL'): Promise<void> {
  const { containers } = probe.spec as { containers: { env: { name: string; value: string }[] }[] };
  const value = (name: string) => containers[0]!.env.find((each) => each.name === name)!.value;
  return say(Number(value(`${whom}_PORT`)), value('GREETING'));
}

const sentinelPort = ({ details }: Quarantine) =>
  Number(details.map((line) => /^sentinel: 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]).find(Boolean));

const infra = (...parts: string[]) => ({
  exitCode: EXIT.infra,
  message: expect.stringMatching(new RegExp(parts.join('.*'))),
});

describe('raiseQuarantine', () => {
  test('sets the rules on every node, and closes the door of the probes behind them', async () => {
    const quarantine = await raise();
    for (const { chains } of nodes.values()) {
      expect(chains.get('FORWARD')).toEqual(['-j ARGOCD-DR', '-j KUBE-FORWARD']);
      expect(chains.get('INPUT')).toEqual(['-j ARGOCD-DR-DNS']);
      const doors = chains.get('ARGOCD-DR')!.filter((rule) => rule.includes('--dport'));
      expect(doors).toEqual(['-d 172.18.0.1/32 -p tcp -m tcp --dport 8080 -j RETURN']);
    }
    expect(quarantine.evidence).toContain('all 2 nodes');
    expect(quarantine.details).toContain('open doors: git at 172.18.0.1:8080');
    await quarantine.assertHolds();
  });

  test('puts its rules first again where kube-proxy came later', async () => {
    const { chains } = nodes.get('n2')!;
    let late = true;
    onPod = async (probe) => {
      if (late) chains.get('FORWARD')!.unshift('-j KUBE-SERVICES');
      late = false;
      await reach(probe, 'DOOR');
    };
    await raise();
    expect(chains.get('FORWARD')).toEqual(['-j ARGOCD-DR', '-j KUBE-SERVICES', '-j KUBE-FORWARD']);
  });

  test('gives up where something puts itself before the rules each time', async () => {
    onPod = async (probe) => {
      nodes.get('n2')!.chains.get('FORWARD')!.unshift('-j OTHER');
      await reach(probe, 'DOOR');
    };
    await expect(raise()).rejects.toMatchObject(infra('node n2', 'no longer the first rule of FORWARD'));
  });

  test('names the node whose pods reach the sentinel', async () => {
    report = GOOD.replace('sentinel=closed', 'sentinel=open');
    await expect(raise()).rejects.toMatchObject(infra('node n1', 'reaches the sentinel'));
  });

  test('believes the sentinel more than the probe', async () => {
    onPod = async (probe) => {
      await reach(probe, 'DOOR');
      if (probe.metadata.name.startsWith('n2')) await reach(probe, 'SENTINEL');
    };
    await expect(raise()).rejects.toMatchObject(infra('node n2', 'was seen by the sentinel'));
  });

  test('believes the door more than the probe', async () => {
    onPod = async () => {};
    await expect(raise()).rejects.toMatchObject(infra('node n1', 'was not seen at the open door'));
  });

  test('does not take a timeout for a rejection', async () => {
    nodes.get('n2')!.rejected = 0;
    await expect(raise()).rejects.toMatchObject(infra('node n2', 'rejected 0 packets'));
  });

  test('names a pod on the network of its node', async () => {
    pods.push(pod('argocd', 'agent', '172.18.0.2', { hostNetwork: true }));
    await expect(raise()).rejects.toMatchObject(infra('Pod argocd/agent'));
  });

  test.each([
    [10, 'does not resolve its own name'],
    [11, 'does not reach the sentinel'],
    [137, 'does not reach the sentinel'],
  ])('names the node whose control ends with %d', async (code, problem) => {
    nodes.get('n2')!.broken = code;
    await expect(raise()).rejects.toMatchObject(infra('node n2', problem));
  });
});

describe('a quarantine that stands', () => {
  test('opens one more door on every node, once', async () => {
    const quarantine = await raise();
    const door = { address: '172.18.0.1', port: 9090, purpose: 'more' };
    await quarantine.open(door);
    await quarantine.open(door);
    for (const { chains } of nodes.values())
      expect(chains.get('ARGOCD-DR')!.filter((rule) => rule.includes('--dport 9090'))).toHaveLength(1);
    expect((await quarantine.conclude()).details).toContain(
      'open doors: git at 172.18.0.1:8080, more at 172.18.0.1:9090',
    );
  });

  test('opening a door is no violation for who watches', async () => {
    const quarantine = await raise();
    const stop = new AbortController();
    const watched = quarantine.watch(stop.signal);
    for (const port of [9090, 9091, 9092]) await quarantine.open({ ...git, port });
    stop.abort();
    await expect(watched).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });

  test.each([
    ['a rule is removed', (node: FakeNode) => node.chains.get('ARGOCD-DR')!.pop(), 'is gone from chain'],
    [
      'an opening is added',
      (node: FakeNode) => node.chains.get('ARGOCD-DR')!.unshift('-j RETURN'),
      'was added',
    ],
    [
      'the jump is removed',
      (node: FakeNode) => node.chains.get('FORWARD')!.shift(),
      'jump from FORWARD .* gone',
    ],
    ['the jump is moved', (node: FakeNode) => node.chains.get('FORWARD')!.reverse(), 'no longer the first'],
    ['its tables cannot be read', (node: FakeNode) => (node.broken = 1), ''],
  ])('is found broken by every look when on one node %s', async (_, damage, problem) => {
    const quarantine = await raise();
    const watched = quarantine.watch(new AbortController().signal);
    damage(nodes.get('n2')!);
    for (const look of [watched, quarantine.assertHolds(), quarantine.conclude()])
      await expect(look).rejects.toMatchObject(infra('node n2', problem));
  });

  test('a node that prints its rules twice for a moment is looked at again', async () => {
    const quarantine = await raise();
    nodes.get('n2')!.stutters = 2;
    await quarantine.assertHolds();
    nodes.get('n2')!.stutters = 3;
    await expect(quarantine.assertHolds()).rejects.toMatchObject(infra('node n2', 'rules instead of'));
  });

  test('is found broken by every look when the sentinel was reached', async () => {
    const quarantine = await raise();
    await say(sentinelPort(quarantine), 'GET /api/v1?token=secret HTTP/1.1');
    const stop = new AbortController();
    for (const look of [quarantine.watch(stop.signal), quarantine.assertHolds(), quarantine.conclude()])
      await expect(look).rejects.toMatchObject({
        exitCode: EXIT.infra,
        message: expect.stringMatching(
          /sentinel was reached by 127\.0\.0\.1 \(GET \/api\/v1\); the drill is stopped$/,
        ),
      });
    stop.abort();
  });

  test("ends its watch when the drill's own signal is aborted", async () => {
    const quarantine = await raise();
    const watched = quarantine.watch(new AbortController().signal);
    abort.abort();
    await expect(watched).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });

  test('concludes with what it rejected', async () => {
    const quarantine = await raise();
    nodes.get('n1')!.rejected = 7;
    const { evidence, details } = await quarantine.conclude();
    // Two rejecting rules of ARGOCD-DR and one of ARGOCD-DR-DNS a node: 7 + 7 + 7 and 1 + 1 + 1.
    expect(evidence).toContain('24 packets');
    expect(details).toContain('n1 rejected 14 packets to the outside and 7 to the name server');
  });

  test('is found broken by every look when a pod comes up on the network of its node', async () => {
    const quarantine = await raise();
    const watched = quarantine.watch(new AbortController().signal);
    pods.push(pod('argocd', 'agent', '172.18.0.2', { hostNetwork: true }));
    for (const look of [watched, quarantine.assertHolds(), quarantine.conclude()])
      await expect(look).rejects.toMatchObject(infra('Pod argocd/agent', 'the drill is stopped'));
  });
});
