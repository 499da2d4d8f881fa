import type { KindCluster } from '../../cluster/cluster.js';
import { infraError } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { type KubeObject, SECRET, SERVICE } from '../../kube/objects.js';
import { findServer } from './services.js';

const NAME = 'argocd-dr-server';
const NODE_PORTS = { first: 30_000, last: 32_767 };

interface ServicePort {
  name?: string;
  port: number;
  nodePort?: number;
}

interface ServiceSpec {
  type?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
}

/**
 * Makes argocd-server reachable from this machine: by its own Service where that has a NodePort, else by one beside it.
 * @param portMappings as in the input; one that leads to a NodePort makes it reachable as localhost
 * @returns host and port, such as `172.18.0.2:31234`
 */
export async function exposeServer(
  { kube, nodes }: KindCluster,
  namespace: string,
  portMappings: readonly string[],
): Promise<string> {
  const server = await findServer(kube, namespace);
  if (!server)
    throw infraError(`namespace ${namespace} has no Service of argocd-server: check the manifests`);
  const mapped = mappedNodePorts(portMappings);
  const own = await kube.get(SERVICE, namespace, server.target.replace(/^svc\//, ''));
  const nodePort = nodePortOf(own, server.port) ?? (await addNodePort(kube, own, server.port, mapped));
  const hostPort = mapped.get(nodePort);
  return hostPort === undefined ? `${nodes[0]!.address}:${nodePort}` : `localhost:${hostPort}`;
}

/** NodePorts that the mappings lead to, each with its port on this machine. */
export function mappedNodePorts(portMappings: readonly string[]): Map<number, number> {
  const mapped = new Map<number, number>();
  for (const entry of portMappings) {
    const [, host, container] = /(\d+):(\d+)(?:\/tcp)?$/i.exec(entry.trim()) ?? [];
    const nodePort = Number(container);
    if (nodePort >= NODE_PORTS.first && nodePort <= NODE_PORTS.last) mapped.set(nodePort, Number(host));
  }
  return mapped;
}

function nodePortOf({ spec }: KubeObject, port: number | string): number | undefined {
  const { ports = [] } = spec as ServiceSpec;
  return ports.find((each) => each.port === port)?.nodePort;
}

async function addNodePort(
  kube: Kube,
  { metadata: { namespace }, spec }: KubeObject,
  port: number | string,
  mapped: ReadonlyMap<number, number>,
): Promise<number> {
  const { selector, ports = [] } = spec as ServiceSpec;
  const wanted = ports.find((each) => each.port === port)!;
  const taken = await takenNodePorts(kube);
  const nodePort = [...mapped.keys()].find((each) => !taken.has(each));
  const applied = await kube.apply(SERVICE, {
    apiVersion: SERVICE.apiVersion,
    kind: SERVICE.kind,
    metadata: { name: NAME, ...(namespace ? { namespace } : {}) },
    spec: { type: 'NodePort', selector, ports: [{ ...wanted, ...(nodePort ? { nodePort } : {}) }] },
  });
  return nodePortOf(applied, port)!;
}

async function takenNodePorts(kube: Kube): Promise<Set<number>> {
  const taken = new Set<number>();
  for await (const { metadata, spec } of kube.list(SERVICE)) {
    if (metadata.name === NAME) continue;
    for (const { nodePort } of (spec as ServiceSpec).ports ?? []) if (nodePort) taken.add(nodePort);
  }
  return taken;
}

/** The password that argocd-server made for admin at its first start; undefined where there is none (any more). */
export async function initialPassword(kube: Kube, namespace: string): Promise<string | undefined> {
  const secret = await kube.find(SECRET, namespace, 'argocd-initial-admin-secret');
  const { password } = (secret?.data ?? {}) as { password?: string };
  return password === undefined ? undefined : Buffer.from(password, 'base64').toString('utf8');
}
