import { BlockList, isIPv4 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import type { KindCluster } from '../cluster/cluster.js';
import { infraError } from '../errors.js';
import type { Kube } from '../kube/api.js';
import { CONFIG_MAP, type KubeObject, NODE, POD } from '../kube/objects.js';

const ASSIGN_LIMIT_MS = 60_000;
const ASSIGN_PAUSE_MS = 500;

/**
 * The IPv4 networks that the cluster's pods live in: those that Kubernetes gave to the nodes; and the whole of the
 * cluster's where a pod has an address outside them, as with a CNI that assigns addresses by itself. Not the whole
 * from the start: an address that no node holds is routed to the outside, where it may be somebody's.
 * @throws DrError (infrastructure) for a node without a network, or a pod outside all of them
 */
export async function podNetworks(cluster: KindCluster, signal: AbortSignal): Promise<string[]> {
  const ofNodes = await nodeNetworks(cluster, signal);
  if (!(await podOutside(cluster.kube, ofNodes))) return ofNodes;
  const all = [...ofNodes, ...(await clusterNetworks(cluster.kube))];
  const lost = await podOutside(cluster.kube, all);
  if (!lost) return all;
  throw infraError(
    `the quarantine does not know the network of pod ${lost.metadata.namespace}/${lost.metadata.name} (${podAddress(lost)}); the cluster's are ${all.join(', ')}: set networking.podSubnet in kind-config to what the CNI assigns`,
  );
}

async function nodeNetworks({ kube, nodes }: KindCluster, signal: AbortSignal): Promise<string[]> {
  const containers = nodes.map(({ name }) => name);
  for (let waited = 0; ; waited += ASSIGN_PAUSE_MS) {
    const found = new Map<string, string[]>();
    for await (const node of kube.list(NODE)) found.set(node.metadata.name, networksOf(node));
    assertKnown([...found.keys()], containers);
    const without = containers.find((name) => !found.get(name)?.length);
    if (!without) return [...found.values()].flat();
    if (waited >= ASSIGN_LIMIT_MS)
      throw infraError(
        `node ${without} has no IPv4 pod network: the quarantine needs all nodes joined, and IPv4 pods (networking.ipFamily in kind-config)`,
      );
    await sleep(ASSIGN_PAUSE_MS, undefined, { signal });
  }
}

function assertKnown(registered: readonly string[], containers: readonly string[]): void {
  const foreign = registered.find((name) => !containers.includes(name));
  if (foreign)
    throw infraError(
      `node ${foreign} is none of the cluster's containers, so the quarantine cannot reach it: remove it, or start the drill again`,
    );
}

const networksOf = ({ spec }: KubeObject) =>
  ((spec as { podCIDRs?: string[] }).podCIDRs ?? []).filter(isIPv4Network);

const isIPv4Network = (network: string) => isIPv4(network.split('/', 1)[0]!);

/** The networks that kubeadm was given, from its record in the cluster. */
async function clusterNetworks(kube: Kube): Promise<string[]> {
  const { data } = await kube.get(CONFIG_MAP, 'kube-system', 'kubeadm-config');
  const config = load((data as Record<string, string>).ClusterConfiguration ?? '') as
    | ClusterConfiguration
    | undefined;
  return (config?.networking?.podSubnet ?? '').split(',').filter(isIPv4Network);
}

interface ClusterConfiguration {
  networking?: { podSubnet?: string };
}

async function podOutside(kube: Kube, networks: readonly string[]): Promise<KubeObject | undefined> {
  const known = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string];
    known.addSubnet(address, Number(bits));
  }
  for await (const pod of kube.list(POD)) {
    const address = podAddress(pod);
    if (address && isIPv4(address) && !known.check(address)) return pod;
  }
  return undefined;
}

/** The address of a pod that has its own; undefined for one on the network of its node. */
function podAddress({ spec, status }: KubeObject): string | undefined {
  const { hostNetwork } = spec as { hostNetwork?: boolean };
  return hostNetwork ? undefined : (status as { podIP?: string } | undefined)?.podIP;
}
