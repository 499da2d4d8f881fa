import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KindCluster } from '../cluster/cluster.js';
import { cancelled, infraError } from '../errors.js';
import { type Log, some } from '../log.js';
import type { Scope } from '../scope.js';
import { Firewall, type Rejections } from './firewall.js';
import { HostNetwork } from './host-network.js';
import { podNetworks } from './networks.js';
import { type Probe, removeProbes, reportProblem, runProbes } from './probe.js';
import type { Door } from './rules.js';
import { type Contact, describeContact, openSentinel, type Sentinel } from './sentinel.js';

export interface QuarantineOptions {
  /** Of the probe pods: Argo CD's own image, as the manifests name it; the probes warm it up on every node. */
  image: string;
  /** What pods may reach outside the cluster. */
  doors: readonly Door[];
  log: Log;
  scope: Scope;
  signal: AbortSignal;
}

/** What was shown, for the report. */
export interface Shown {
  evidence: string;
  details: string[];
}

/** A quarantine that stands and was proven. */
export interface Quarantine extends Shown {
  /** Lets pods reach one more door, on every node. */
  open(door: Door): Promise<void>;
  /** @throws DrError (infrastructure) naming the node and the rule that is gone, or who reached the sentinel */
  assertHolds(): Promise<void>;
  /** Asserts again and again; rejects as soon as the quarantine does not hold, or the signal is aborted. */
  watch(signal: AbortSignal): Promise<never>;
  /** Shows at the drill's end that the quarantine held all the time. */
  conclude(): Promise<Shown>;
}

const ATTEMPTS = 3;
const WATCH_MS = 2000;
const NO_NAME_SERVER = 10;
const NO_SENTINEL = 11;

const CONTROL_PROBLEMS: Record<number, string> = {
  [NO_NAME_SERVER]:
    "does not resolve its own name, so that it would mean nothing if its pods resolve none; use Docker's own name server for the nodes",
  [NO_SENTINEL]:
    "does not reach the sentinel on this machine, so that its silence would mean nothing; open this machine's firewall to the network of the nodes",
};

/**
 * Cuts a kind cluster's pods off from everything but the cluster, and proves it:
 * 1. no pod but the cluster's own stands on the network of its node, then and for as long as it is watched;
 * 2. every node reaches the sentinel, so that its silence means something later;
 * 3. every node rejects what pods send out of the cluster;
 * 4. on every node a probe pod fails to reach the sentinel and the name server of the nodes, while it reaches an open
 *    door beside the sentinel, and the Kubernetes API.
 * @throws DrError (infrastructure) that names the part that could not be shown
 */
export async function raiseQuarantine(cluster: KindCluster, options: QuarantineOptions): Promise<Quarantine> {
  const { kube, hostAddress } = cluster;
  const { scope, log, signal } = options;
  const hostNetwork = await HostNetwork.of(kube);
  const escaped = await hostNetwork.problem();
  if (escaped) throw infraError(`the quarantine could not be raised: ${escaped}`);
  const sentinel = await openSentinel(hostAddress, scope);
  const controls = await controlFromNodes(cluster, sentinel);
  const firewall = new Firewall(cluster);
  const neighbour = await openSentinel(hostAddress, scope);
  await prove(cluster, firewall, { ...options, sentinel, neighbour });
  await Promise.all([neighbour.close(), removeProbes(kube)]);

  const assertHolds = async () => {
    const problem =
      (await firewall.problem()) ?? contactProblem(sentinel, controls) ?? (await hostNetwork.problem());
    if (problem) throw broken(problem);
  };
  const look = async () => contactProblem(sentinel, controls) ?? (await escapedNow(hostNetwork));
  const shown = raisedEvidence(cluster, sentinel, firewall);
  log.info(shown.evidence);
  return {
    ...shown,
    assertHolds,
    async open(door) {
      await firewall.open(door);
      await assertHolds();
    },
    watch: (watchSignal) => watch(firewall, look, AbortSignal.any([signal, watchSignal])),
    async conclude() {
      await assertHolds();
      return concludedEvidence(cluster, sentinel, firewall);
    },
  };
}

/** What a node itself must reach: the name server that knows its own name, and the sentinel. */
const CONTROL_SCRIPT = `
timeout 3 getent -s dns hosts "$0" || exit ${NO_NAME_SERVER}
timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "%s\\n" "$2" >&3' "$1" "$2" "$3" || exit ${NO_SENTINEL}
`;

/** Every node says a word of its own to the sentinel. */
async function controlFromNodes(cluster: KindCluster, sentinel: Sentinel): Promise<Set<string>> {
  const words = await Promise.all(cluster.nodes.map(({ name }) => controlFrom(cluster, name, sentinel)));
  return new Set(words);
}

async function controlFrom(cluster: KindCluster, node: string, sentinel: Sentinel): Promise<string> {
  const word = `argocd-dr-control ${node} ${randomUUID()}`;
  const target = [sentinel.address, String(sentinel.port), word];
  const { code } = await cluster.inNode(node, ['bash', '-c', CONTROL_SCRIPT, node, ...target]);
  if (code === 0 && (await sentinel.met(word))) return word;
  throw infraError(
    `the quarantine could not be shown: node ${node} ${CONTROL_PROBLEMS[code] ?? CONTROL_PROBLEMS[NO_SENTINEL]}`,
  );
}

interface Proof extends QuarantineOptions {
  sentinel: Sentinel;
  /** Stands beside the sentinel, with an open door. */
  neighbour: Sentinel;
}

/**
 * Installs the rules and lets the probes try them. Again where something moved meanwhile: kube-proxy puts its own
 * rules first when it starts, and a CNI may give the probes addresses that no pod had before.
 */
async function prove(cluster: KindCluster, firewall: Firewall, proof: Proof): Promise<void> {
  const { doors, neighbour, signal, log } = proof;
  const door = { address: neighbour.address, port: neighbour.port, purpose: 'control of the probes' };
  const nodeAddresses = cluster.nodes.map(({ address }) => address);
  let moved: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const networks = await podNetworks(cluster, signal);
    await firewall.install({ nodeAddresses, podNetworks: networks, doors: [...doors, door] });
    await probeNodes(cluster, proof, attempt);
    await Promise.all([firewall.close(door), assertCounted(firewall)]);
    moved = (await firewall.problem()) ?? networkProblem(networks, await podNetworks(cluster, signal));
    if (!moved) return;
    log.info(`the quarantine is raised again: ${moved}`);
  }
  throw infraError(`the quarantine could not be raised: ${moved}, ${ATTEMPTS} times in a row`);
}

/** That a probe got no answer proves little on a busy machine; that each node counted its packets does. */
async function assertCounted(firewall: Firewall): Promise<void> {
  for (const { node, outside, nameServer } of await firewall.rejections())
    if (outside === 0 || nameServer === 0)
      throw infraError(
        `the quarantine could not be shown on node ${node}: its rules rejected ${outside} packets to the sentinel and ${nameServer} to the name server, and must have rejected some of both; start the drill again`,
      );
}

async function probeNodes({ kube, nodes }: KindCluster, proof: Proof, attempt: number): Promise<void> {
  const { image, sentinel, neighbour: door, signal } = proof;
  const probes = nodes.map(
    ({ name: node }): Probe => ({
      node,
      name: `${node}-${attempt}`,
      greeting: `argocd-dr-probe ${node} ${attempt}`,
      image,
      sentinel,
      door,
      outsideName: node,
    }),
  );
  const reports = await runProbes(kube, probes, signal);
  for (const [index, { node, greeting }] of probes.entries()) {
    const problem = reportProblem(reports[index]!) ?? (await metProblem(proof, greeting));
    if (problem) throw infraError(`the quarantine does not hold on node ${node}: a pod there ${problem}`);
  }
}

/** What the two ends of the probes' connections say, whatever the probe itself reported. */
async function metProblem({ sentinel, neighbour }: Proof, greeting: string): Promise<string | undefined> {
  if (!(await neighbour.met(greeting))) return 'was not seen at the open door that it says it reached';
  return sentinel.contacts.some(({ firstLine }) => firstLine === greeting)
    ? 'was seen by the sentinel'
    : undefined;
}

function contactProblem({ contacts }: Sentinel, controls: ReadonlySet<string>): string | undefined {
  const uninvited = contacts.filter(({ firstLine }: Contact) => !controls.has(firstLine));
  return uninvited.length > 0
    ? `the sentinel was reached by ${some(uninvited.map(describeContact))}`
    : undefined;
}

const broken = (problem: string) =>
  infraError(`the quarantine does not hold: ${problem}; the drill is stopped`);

async function watch(
  firewall: Firewall,
  look: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<never> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    const problem = await Promise.race([firewall.nextProblem(either), nextProblem(look, either)]);
    throw problem ? broken(problem) : cancelled();
  } finally {
    ended.abort();
  }
}

async function nextProblem(
  look: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    const problem = await look();
    if (problem) return problem;
    await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** While the API server is away the next look has to do, the one at the drill's end at the latest. */
const escapedNow = (hostNetwork: HostNetwork) => hostNetwork.problem().catch(() => undefined);

function networkProblem(before: readonly string[], now: readonly string[]): string | undefined {
  const added = now.filter((network) => !before.includes(network));
  return added.length > 0 ? `the CNI gives pods addresses in ${added.join(', ')}` : undefined;
}

function raisedEvidence({ nodes }: KindCluster, sentinel: Sentinel, firewall: Firewall): Shown {
  return {
    evidence: `all ${nodes.length} nodes reject what their pods send out of the cluster: a probe pod on each reached the Kubernetes API and an open door, but neither the sentinel beside that door nor the name server of the nodes.`,
    details: [
      `proven on: ${nodes.map(({ name }) => name).join(', ')}`,
      'before the rules stood, each node itself reached the sentinel and the name server',
      "no pod but the cluster's own on the network of its node",
      ...openingsDetails(sentinel, firewall),
    ],
  };
}

function openingsDetails({ address, port }: Sentinel, { openings }: Firewall): string[] {
  const doors = openings.doors.map((door) => `${door.purpose} at ${door.address}:${door.port}`);
  return [
    `sentinel: ${address}:${port}`,
    `within reach of pods: nodes ${openings.nodeAddresses.join(', ')}; pods ${openings.podNetworks.join(', ')}`,
    `open doors: ${doors.join(', ') || 'none'}`,
  ];
}

async function concludedEvidence(
  cluster: KindCluster,
  sentinel: Sentinel,
  firewall: Firewall,
): Promise<Shown> {
  const rejections = await firewall.rejections();
  const packets = rejections.reduce((sum, { outside, nameServer }) => sum + outside + nameServer, 0);
  return {
    evidence: `every rule still stands on all ${cluster.nodes.length} nodes, the sentinel received nothing from pods, and ${packets} packets out of the cluster were rejected, those of the probes among them.`,
    details: [...rejections.map(rejectionsDetail), ...openingsDetails(sentinel, firewall)],
  };
}

const rejectionsDetail = ({ node, outside, nameServer }: Rejections) =>
  `${node} rejected ${outside} packets to the outside and ${nameServer} to the name server`;
