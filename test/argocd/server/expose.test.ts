import { describe, expect, test } from '@jest/globals';
import { exposeServer, initialPassword, mappedNodePorts } from '../../../src/argocd/server/expose.js';
import type { KindCluster } from '../../../src/cluster/cluster.js';
import { EXIT } from '../../../src/errors.js';
import type { KubeObject, Resource } from '../../../src/kube/objects.js';
import { fakeKube } from '../workloads/fakes.js';

const GIVEN_BY_CLUSTER = 31_999;

const service = (name: string, spec: object, namespace = 'argocd'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec,
});
const selector = { 'app.kubernetes.io/name': 'argocd-server' };
const https = { name: 'https', port: 443, protocol: 'TCP', targetPort: 8080 };
const server = (port: object = {}) => service('argocd-server', { selector, ports: [{ ...https, ...port }] });

async function expose(objects: KubeObject[], portMappings: string[] = []) {
  const applied: KubeObject[] = [];
  const kube = Object.assign(
    fakeKube(() => objects),
    {
      async apply(_resource: Resource, object: KubeObject) {
        applied.push(object);
        const [port] = (object.spec as { ports: object[] }).ports;
        return { ...object, spec: { ports: [{ nodePort: GIVEN_BY_CLUSTER, ...port }] } };
      },
    },
  );
  const cluster = { kube, nodes: [{ address: '172.18.0.2' }, { address: '172.18.0.3' }] };
  return { at: await exposeServer(cluster as unknown as KindCluster, 'argocd', portMappings), applied };
}

describe('exposeServer', () => {
  test.each<[string, string[], string]>([
    ['at its first node', [], '172.18.0.2:30443'],
    ['on this machine, where a port leads there', ['8080:80', '8443:30443'], 'localhost:8443'],
    ['at its first node, where ports lead elsewhere', ['8443:30444'], '172.18.0.2:30443'],
  ])('by the NodePort of its own Service: %s', async (_what, mappings, expected) => {
    const { at, applied } = await expose([server({ nodePort: 30_443 })], mappings);
    expect([at, applied]).toEqual([expected, []]);
  });

  test.each<[string, KubeObject[], string[], string, object]>([
    ['on a port that the cluster chooses', [], [], `172.18.0.2:${GIVEN_BY_CLUSTER}`, https],
    ['on one that leads to it', [], ['8443:30443'], 'localhost:8443', { ...https, nodePort: 30_443 }],
    [
      'on the first of those that nobody has taken',
      [
        service('other', { ports: [{ port: 80, nodePort: 30_001 }, { port: 81 }] }, 'team-a'),
        service('argocd-dr-server', { ports: [{ port: 443, nodePort: 30_002 }] }),
        service('without-ports', {}),
      ],
      ['8001:30001', '8002:30002', '8003:30003'],
      'localhost:8002',
      { ...https, nodePort: 30_002 },
    ],
  ])('by a Service beside its own: %s', async (_what, others, mappings, expected, port) => {
    const { at, applied } = await expose([server(), ...others], mappings);
    expect(at).toBe(expected);
    expect(applied).toEqual([service('argocd-dr-server', { type: 'NodePort', selector, ports: [port] })]);
  });

  test('without a Service there is nothing to expose', async () => {
    await expect(expose([])).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/^namespace argocd has no Service of argocd-server/),
    });
  });
});

test.each<[string, [number, number][]]>([
  ['8443:30443', [[30_443, 8443]]],
  [' 127.0.0.1:8443:32767/TCP ', [[32_767, 8443]]],
  ['[::1]:8443:30000/tcp', [[30_000, 8443]]],
  ['8443:30443/udp', []],
  ['8443:29999', []],
  ['8443:32768', []],
  ['8443', []],
  ['', []],
])('the mapping %j leads to NodePorts %j', (mapping, expected) => {
  expect([...mappedNodePorts([mapping])]).toEqual(expected);
});

test.each<[string, KubeObject[], string | undefined]>([
  ['is read', [{ ...server(), kind: 'Secret', data: { password: 'aHVudGVyMg==' } }], 'hunter2'],
  ['may be gone from its Secret', [{ ...server(), kind: 'Secret' }], undefined],
  ['may be gone with its Secret', [], undefined],
])('the initial password of admin %s', async (_what, objects, expected) => {
  const secrets = objects.map((each) => ({ ...each, metadata: { name: 'argocd-initial-admin-secret' } }));
  expect(
    await initialPassword(
      fakeKube(() => secrets),
      'argocd',
    ),
  ).toBe(expected);
});
