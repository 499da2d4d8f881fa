import { expect, test } from '@jest/globals';
import { HostNetwork } from '../../src/quarantine/host-network.js';
import { fakeKube, pod } from './fakes.js';

const DaemonSet = [{ metadata: { name: 'kube-proxy' } }];
const on = (namespace: string, name: string, owner?: [string, string]) =>
  pod(namespace, name, '172.18.0.2', { hostNetwork: true, ...(owner ? { owner } : {}) });

test("lets the cluster's own pods be, and those on a network of their own", async () => {
  const Pod = [
    on('kube-system', 'etcd-n1', ['Node', 'n1']),
    on('kube-system', 'kube-proxy-x', ['DaemonSet', 'kube-proxy']),
    pod('argocd', 'argocd-server', '10.244.0.9'),
  ];
  const hostNetwork = await HostNetwork.of(fakeKube({ objects: { DaemonSet, Pod } }));
  expect(await hostNetwork.problem()).toBeUndefined();
});

test.each<[string, ReturnType<typeof on>]>([
  ['argocd/agent', on('argocd', 'agent')],
  ['argocd/agent', on('argocd', 'agent', ['DaemonSet', 'kube-proxy'])],
  ['kube-system/agent', on('kube-system', 'agent')],
  ['kube-system/agent', on('kube-system', 'agent', ['DaemonSet', 'agent'])],
  ['local-path-storage/agent', on('local-path-storage', 'agent')],
])('names any other, wherever it is: %s', async (name, agent) => {
  const objects = { DaemonSet: [...DaemonSet], Pod: [] as object[] };
  const hostNetwork = await HostNetwork.of(fakeKube({ objects }));
  // What comes later is nobody's own.
  objects.DaemonSet.push({ metadata: { name: 'agent' } });
  objects.Pod.push(agent);
  expect(await hostNetwork.problem()).toMatch(new RegExp(`node: Pod ${name}; remove hostNetwork`));
});

test('names a pod for which its node asks another host', async () => {
  const plain = pod('argocd', 'argocd-server', '10.244.0.9');
  const probe = (livenessProbe: object) => ({
    ...plain,
    spec: { containers: [{ name: 'a', livenessProbe }] },
  });
  const objects = { DaemonSet, Pod: [probe({ httpGet: { port: 80 } })] };
  const hostNetwork = await HostNetwork.of(fakeKube({ objects }));
  expect(await hostNetwork.problem()).toBeUndefined();
  objects.Pod.push(probe({ httpGet: { port: 80, host: 'evil.example' } }));
  expect(await hostNetwork.problem()).toMatch(/asks for pods: Pod argocd\/argocd-server; remove host from/);
});
