import { describe, expect, test } from '@jest/globals';
import type { KindCluster } from '../../src/cluster/cluster.js';
import { podNetworks } from '../../src/quarantine/networks.js';
import { type FakeKubeOptions, fakeKube, node, pod } from './fakes.js';

const never = new AbortController().signal;

function cluster(objects: NonNullable<FakeKubeOptions['objects']>): KindCluster {
  const nodes = ['n1', 'n2'].map((name) => ({ name, role: 'worker', address: '172.18.0.2' }));
  return { nodes, kube: fakeKube({ objects }) } as unknown as KindCluster;
}

const Node = [node('n1', ['10.244.0.0/24', 'fd00::/64']), node('n2', ['10.244.1.0/24'])];
const kubeadm = (podSubnet: string) => [
  { data: { ClusterConfiguration: `networking:\n  podSubnet: ${podSubnet}\n` } },
];

describe('podNetworks', () => {
  test('are the IPv4 networks of the nodes', async () => {
    const Pod = [
      pod('kube-system', 'coredns', '10.244.0.3'),
      pod('kube-system', 'etcd', '172.18.0.2', { hostNetwork: true }),
      pod('kube-system', 'pending'),
    ];
    expect(await podNetworks(cluster({ Node, Pod }), never)).toEqual(['10.244.0.0/24', '10.244.1.0/24']);
  });

  test("and the cluster's where the CNI assigns addresses by itself", async () => {
    const Pod = [pod('kube-system', 'coredns', '192.168.5.3')];
    const ConfigMap = kubeadm('192.168.0.0/16,fd00::/48');
    const networks = ['10.244.0.0/24', '10.244.1.0/24', '192.168.0.0/16'];
    expect(await podNetworks(cluster({ Node, Pod, ConfigMap }), never)).toEqual(networks);
  });

  test('name the pod that is in none of them', async () => {
    const Pod = [pod('kube-system', 'coredns', '100.64.0.3')];
    await expect(
      podNetworks(cluster({ Node, Pod, ConfigMap: kubeadm('10.244.0.0/16') }), never),
    ).rejects.toThrow('pod kube-system/coredns (100.64.0.3)');
  });

  test('refuse a node that is none of the containers', async () => {
    await expect(
      podNetworks(cluster({ Node: [...Node, node('other', ['10.0.0.0/24'])] }), never),
    ).rejects.toThrow('node other is none');
  });
});
