import { isIP } from 'node:net';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { invalidInput, messageOf } from '../../errors.js';

/** The parts of kind's configuration (kind.x-k8s.io/v1alpha4) that are read or written here. */
interface KindConfig {
  nodes?: ConfigNode[];
  networking?: { ipFamily?: unknown };
  [field: string]: unknown;
}

interface ConfigNode {
  role?: string;
  extraPortMappings?: PortMapping[];
  extraMounts?: Mount[];
  [field: string]: unknown;
}

interface PortMapping {
  hostPort: number;
  containerPort: number;
  listenAddress?: string;
  protocol?: string;
}

interface Mount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
}

export interface ConfigOptions {
  /** Absent: as many as suit the machine. */
  workers?: number | undefined;
  /** `hostPort:containerPort`, optionally with `address:` before it and `/protocol` behind it. */
  portMappings: readonly string[];
  /** Text of the user's own kind configuration; what it says wins. */
  kindConfig?: string | undefined;
  /** All the memory that Docker has. */
  memoryBytes: number;
  /** All the processors that Docker has. */
  cpus: number;
  /** A path that is mounted into every node, by which the containers are known again. */
  mark: string;
}

export interface RenderedConfig {
  /** What `kind create cluster --config` reads. */
  text: string;
  /** How many nodes it makes, each with a container and a Node object. */
  nodes: number;
  /** Whether kind puts a load balancer before several control planes. */
  loadBalancer: boolean;
  /** Why there are fewer nodes than usual. */
  note?: string;
  /** What was done otherwise than asked, and why. */
  warning?: string;
}

const API_VERSION = 'kind.x-k8s.io/v1alpha4';
/** Below this a control plane and three workers do not hold Argo CD HA. */
export const FOUR_NODES_BYTES = 6 * 2 ** 30;
/** Below this a fourth node costs more than it gives: measured on two, a drill takes about 15 % longer with it. */
const FOUR_NODES_CPUS = 4;
/** Argo CD HA spreads over this many nodes. */
const HA_NODES = 3;

/**
 * Renders kind's configuration: the user's own, if there is one, with our nodes only where it names none.
 * Fewer than three workers are helped by a control plane that takes pods as well.
 * @throws DrError (invalid input) for a port mapping or a configuration that cannot be used
 */
export function renderKindConfig(options: ConfigOptions): RenderedConfig {
  const own = options.kindConfig === undefined ? {} : readKindConfig(options.kindConfig);
  const ports = parsePortMappings(options.portMappings);
  const { workers, ...why } = sizedTo(options);
  const nodes = withPorts(own.nodes ?? ourNodes(workers), ports).map((node) => marked(node, options.mark));
  // JSON is YAML.
  const text = JSON.stringify({ ...own, kind: 'Cluster', apiVersion: API_VERSION, nodes }, null, 2);
  const loadBalancer = nodes.filter(isControlPlane).length > 1;
  return { text, nodes: nodes.length, loadBalancer, ...(own.nodes ? {} : why) };
}

/** Three nodes that take pods by three workers; on a small machine by two and the control plane. */
function sizedTo({ workers, memoryBytes, cpus }: ConfigOptions) {
  const [asked, fewer] = [workers ?? HA_NODES, HA_NODES - 1];
  if (asked >= HA_NODES && memoryBytes < FOUR_NODES_BYTES)
    return {
      workers: fewer,
      warning: `Docker has ${gib(memoryBytes)} GiB of memory, too little for a control plane and ${asked} workers: made two workers, and a control plane that takes pods too.`,
    };
  if (workers === undefined && cpus < FOUR_NODES_CPUS)
    return {
      workers: fewer,
      note: `two workers and a control plane that takes pods too, as Docker has ${cpus} CPUs; give workers: 3 for one more`,
    };
  return { workers: asked };
}

export const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

function ourNodes(workers: number): ConfigNode[] {
  const schedulable = workers < HA_NODES;
  return [
    { role: 'control-plane', ...(schedulable ? { kubeadmConfigPatches: [UNTAINTED] } : {}) },
    ...Array.from({ length: workers }, () => ({ role: 'worker' })),
  ];
}

/** Takes the taint off that keeps pods from the control plane. */
const UNTAINTED = 'kind: InitConfiguration\nnodeRegistration:\n  taints: []\n';

/** Host ports lead to the first control plane, whose NodePorts reach every pod. */
function withPorts(nodes: ConfigNode[], ports: PortMapping[]): ConfigNode[] {
  const first = nodes.findIndex(isControlPlane);
  return nodes.map((node, index) =>
    index === first && ports.length > 0
      ? { ...node, extraPortMappings: [...(node.extraPortMappings ?? []), ...ports] }
      : node,
  );
}

// kind takes a node without a role for a control plane.
const isControlPlane = ({ role }: ConfigNode) => role === undefined || role === 'control-plane';

function marked(node: ConfigNode, mark: string): ConfigNode {
  const mount = { hostPath: '/dev/null', containerPath: mark, readOnly: true };
  return { ...node, extraMounts: [...(node.extraMounts ?? []), mount] };
}

/** Takes a user's configuration apart as far as it is merged; kind itself checks the rest. */
function readKindConfig(text: string): KindConfig {
  const config = parse(text);
  if (!isObject(config)) throw refuse('is not a YAML mapping');
  if (config.kind !== 'Cluster' || config.apiVersion !== API_VERSION)
    throw refuse(`is not of kind Cluster and apiVersion ${API_VERSION}`);
  const { nodes, networking } = config;
  if (nodes !== undefined && nodes !== null && !(Array.isArray(nodes) && nodes.every(isObject)))
    throw refuse('has nodes that are not a list of mappings');
  const named = (nodes ?? []) as ConfigNode[];
  if (named.length > 0 && !named.some(isControlPlane)) throw refuse('names no control-plane node');
  if (isObject(networking) && networking.ipFamily === 'ipv6')
    throw refuse('asks for ipFamily ipv6, which Argo CD HA does not support; use ipv4 or dual');
  const { nodes: _, ...rest } = config as KindConfig;
  return named.length > 0 ? { ...rest, nodes: named } : rest;
}

function parse(text: string): unknown {
  try {
    // kind's own parser knows merge keys (<<).
    return load(text, { schema: CORE_SCHEMA.withTags(mergeTag) });
  } catch (error) {
    throw refuse(`is not YAML (${messageOf(error).split('\n', 1)[0]})`);
  }
}

const refuse = (problem: string) =>
  invalidInput(
    `kind-config ${problem}: give a kind configuration file (https://kind.sigs.k8s.io/docs/user/configuration/)`,
  );

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MAPPING = /^(?:(\[[^\]]+\]|[^:[\]]+):)?(\d+):(\d+)(?:\/(tcp|udp|sctp))?$/i;

function parsePortMappings(entries: readonly string[]): PortMapping[] {
  const parsed = entries.map((entry) => ({ entry, mapping: parsePortMapping(entry) }));
  const bad = parsed.filter(({ mapping }) => !mapping).map(({ entry }) => `"${entry}"`);
  if (bad.length > 0)
    throw invalidInput(
      `port-mappings: ${bad.join(', ')} cannot be used; write hostPort:containerPort with ports from 1 to 65535, such as 31000:31000, 127.0.0.1:31000:31000 or 31000:31000/udp`,
    );
  const mappings = parsed.map(({ mapping }) => mapping!);
  assertDistinct(mappings);
  return mappings;
}

function parsePortMapping(entry: string): PortMapping | undefined {
  const [, address, host, container, protocol] = MAPPING.exec(entry.trim()) ?? [];
  const [hostPort, containerPort] = [Number(host), Number(container)];
  const listenAddress = address?.replace(/^\[|\]$/g, '');
  if (!isPort(hostPort) || !isPort(containerPort)) return undefined;
  if (listenAddress !== undefined && isIP(listenAddress) === 0) return undefined;
  return {
    hostPort,
    containerPort,
    ...(listenAddress === undefined ? {} : { listenAddress }),
    ...(protocol === undefined ? {} : { protocol: protocol.toUpperCase() }),
  };
}

const isPort = (port: number) => port >= 1 && port <= 65_535;

function assertDistinct(mappings: readonly PortMapping[]): void {
  const seen = new Set<string>();
  for (const { listenAddress = '', hostPort, protocol = 'TCP' } of mappings) {
    const key = `${listenAddress}:${hostPort}/${protocol}`;
    if (seen.has(key))
      throw invalidInput(`port-mappings: host port ${hostPort} is given twice; give it once`);
    seen.add(key);
  }
}
