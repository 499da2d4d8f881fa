import { isIPv4 } from 'node:net';
import { infraError } from '../errors.js';

/** A TCP port outside the cluster that pods may reach although the quarantine is up. */
export interface Door {
  /** IPv4. */
  address: string;
  port: number;
  /** What it is for, as the report says it. */
  purpose: string;
}

/** All that pods may reach. */
export interface Openings {
  /** IPv4 of the nodes: Service traffic to the API server needs them. */
  nodeAddresses: readonly string[];
  /** IPv4 networks of the pods, as CIDRs. */
  podNetworks: readonly string[];
  doors: readonly Door[];
}

/** A chain of the quarantine, called by the first rule of a chain of the kernel. */
export interface Chain {
  name: string;
  hook: 'FORWARD' | 'INPUT';
  /** The arguments of each rule, in order. */
  rules: readonly (readonly string[])[];
}

/** The programs of the two address families. */
export type Command = 'iptables' | 'ip6tables';

/** A rule as a node holds it. */
export interface Rule {
  /** Its arguments in one fixed form: see canonicalRule. */
  text: string;
  /** How many packets it has met. */
  packets: number;
}

/** What a node's filter table holds, by chain. */
export type Table = ReadonlyMap<string, readonly Rule[]>;

export const CHAIN = 'ARGOCD-DR';
export const RESOLVER_CHAIN = 'ARGOCD-DR-DNS';

/**
 * The quarantine of one node. No rule asks where a packet comes from: a node forwards for nobody but pods, so the
 * rules hold with any CNI that lets the kernel forward. What the node itself sends, image pulls above all, passes
 * OUTPUT and goes on. IPv6 is rejected whole.
 */
export function quarantine(openings: Openings): Record<Command, Chain[]> {
  return {
    iptables: [
      { name: CHAIN, hook: 'FORWARD', rules: forwardRules(openings) },
      { name: RESOLVER_CHAIN, hook: 'INPUT', rules: [RESOLVER_RULE] },
    ],
    ip6tables: [{ name: CHAIN, hook: 'FORWARD', rules: [V6_RULE] }],
  };
}

const V6_RULE = ['-j', 'REJECT', '--reject-with', 'icmp6-port-unreachable'];

/**
 * kind's nodes rewrite a pod's question to the container engine's name server to 127.0.0.11, inside the node, so that
 * CoreDNS can ask it; that way does not pass FORWARD. The node's own questions come in by lo.
 */
const RESOLVER_RULE = [
  '-d',
  '127.0.0.0/8',
  '!',
  '-i',
  'lo',
  '-j',
  'REJECT',
  '--reject-with',
  'icmp-port-unreachable',
];

function forwardRules({ nodeAddresses, podNetworks, doors }: Openings): string[][] {
  return [
    // Answers to who came in by a port mapping. By direction: what a pod began before the rules stood is cut off, too.
    ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '--ctdir', 'REPLY', '-j', 'RETURN'],
    ...nodeAddresses.map((address) => ['-d', `${address}/32`, '-j', 'RETURN']),
    ...podNetworks.map((network) => ['-d', network, '-j', 'RETURN']),
    ...doors.map(doorRule),
    // A reset ends a connection at once; ICMP errors are rate-limited by the kernel.
    ['-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset'],
    ['-j', 'REJECT', '--reject-with', 'icmp-port-unreachable'],
  ];
}

function doorRule({ address, port, purpose }: Door): string[] {
  if (!isIPv4(address) || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw infraError(
      `the quarantine cannot open ${address}:${port} (${purpose}): give an IPv4 address and a TCP port`,
    );
  return ['-d', `${address}/32`, '-p', 'tcp', '-m', 'tcp', '--dport', String(port), '-j', 'RETURN'];
}

/** The arguments that add a door behind those that are open, without a moment in which a rule is missing. */
export function openDoor(openings: Openings, door: Door): string[] {
  const { nodeAddresses, podNetworks, doors } = openings;
  const position = 1 + nodeAddresses.length + podNetworks.length + doors.length + 1;
  return ['-I', CHAIN, String(position), ...doorRule(door)];
}

/** The arguments that take a door away again. */
export const closeDoor = (door: Door): string[] => ['-D', CHAIN, ...doorRule(door)];

/** The input of iptables-restore --noflush that fills the chains and puts their jumps first: all of it or nothing. */
export function restoreInput(chains: readonly Chain[]): string {
  const declared = chains.map(({ name }) => `:${name} - [0:0]`);
  const rules = chains.flatMap(({ name, hook, rules }) => [
    ...rules.map((rule) => `-A ${name} ${rule.join(' ')}`),
    `-I ${hook} 1 -j ${name}`,
  ]);
  return ['*filter', ...declared, ...rules, 'COMMIT', ''].join('\n');
}

const jumps = (table: Table, hook: string, name: string) =>
  (table.get(hook) ?? []).filter(({ text }) => text === `-j ${name}`);

/** Reads what `iptables -v -S` prints: the policy or name of each chain, then its rules with their counters. */
export function parseTable(text: string): Table {
  const table = new Map<string, Rule[]>();
  for (const line of text.split('\n')) {
    const [action, chain, ...args] = line.trim().split(/\s+/);
    if (!chain) continue;
    if (action === '-P' || action === '-N') table.set(chain, []);
    if (action === '-A') table.get(chain)?.push({ text: canonicalRule(args), packets: packetsOf(args) });
  }
  return table;
}

function packetsOf(args: readonly string[]): number {
  const at = args.indexOf('-c');
  return at < 0 ? 0 : Number(args[at + 1]);
}

/**
 * A rule in one fixed form, whatever order a version of iptables prints it in: options sorted, states sorted, without
 * counters and without the modules that the options imply.
 */
export function canonicalRule(args: readonly string[]): string {
  const options: string[][] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg.startsWith('-')) options.push(args[index - 1] === '!' ? ['!', arg] : [arg]);
    else if (arg !== '!') options.at(-1)?.push(sortedList(arg));
  }
  return options
    .filter(([name]) => name !== '-m' && name !== '-c')
    .map((option) => option.join(' '))
    .sort()
    .join(' ');
}

const sortedList = (value: string) => value.split(',').sort().join(',');

/** What is wrong with a node's table: the first chain, jump or rule that is not as it must be; undefined where all is. */
export function violation(chains: readonly Chain[], table: Table): string | undefined {
  for (const chain of chains) {
    const problem = chainProblem(chain, table) ?? jumpProblem(chain, table);
    if (problem) return problem;
  }
  return undefined;
}

function chainProblem({ name, rules }: Chain, table: Table): string | undefined {
  const found = table.get(name)?.map(({ text }) => text);
  if (!found) return `chain ${name} is gone`;
  const wanted = rules.map(canonicalRule);
  const missing = wanted.find((rule) => !found.includes(rule));
  if (missing) return `rule "${missing}" is gone from chain ${name}`;
  const foreign = found.find((rule) => !wanted.includes(rule));
  if (foreign) return `rule "${foreign}" was added to chain ${name}`;
  if (found.length !== wanted.length)
    return `chain ${name} has ${found.length} rules instead of ${wanted.length}`;
  return found.join('\n') === wanted.join('\n')
    ? undefined
    : `the rules of chain ${name} are in another order`;
}

function jumpProblem({ name, hook }: Chain, table: Table): string | undefined {
  if (table.get(hook)?.[0]?.text === `-j ${name}`) return undefined;
  return jumps(table, hook, name).length > 0
    ? `the jump to ${name} is no longer the first rule of ${hook}`
    : `the jump from ${hook} to ${name} is gone`;
}

/** How many packets the rules of a chain rejected. */
export function rejected(table: Table, chain: string): number {
  const rules = (table.get(chain) ?? []).filter(({ text }) => text.includes('-j REJECT'));
  return rules.reduce((sum, { packets }) => sum + packets, 0);
}
