import { setTimeout as sleep } from 'node:timers/promises';
import type { KindCluster } from '../cluster/cluster.js';
import { infraError } from '../errors.js';
import { tail } from '../exec.js';
import {
  CHAIN,
  closeDoor,
  type Door,
  type Openings,
  openDoor,
  quarantine,
  RESOLVER_CHAIN,
  rejected,
  violation,
} from './rules.js';
import {
  COUNTERS_SCRIPT,
  installScript,
  LOCK_SECONDS,
  type NodeState,
  parseState,
  STATE_SCRIPT,
  watchScript,
} from './scripts.js';

const LOOKS = 3;
const LOOK_PAUSE_MS = 100;

/** Packets that the quarantine turned away on one node. */
export interface Rejections {
  node: string;
  /** To addresses outside the cluster. */
  outside: number;
  /** To the name server of the nodes. */
  nameServer: number;
}

/** The quarantine's rules on every node of a cluster. */
export class Firewall {
  #openings: Openings = { nodeAddresses: [], podNetworks: [], doors: [] };
  /** The last change under way, or made: what is read during one is half of each. */
  #change: Promise<void> = Promise.resolve();

  constructor(private readonly cluster: KindCluster) {}

  get openings(): Openings {
    return this.#openings;
  }

  /** Puts the rules in place on all nodes at once, first in their chains; what was there is replaced. */
  install(openings: Openings): Promise<void> {
    return this.#changing(async () => {
      this.#openings = openings;
      const script = installScript(quarantine(openings));
      await this.#onEveryNode((node) => this.#run(node, ['bash', '-s'], script));
    });
  }

  /** Adds a door on every node; one that is open stays as it is. */
  open(door: Door): Promise<void> {
    return this.#changing(async () => {
      const { doors } = this.#openings;
      if (doors.some((open) => isSame(open, door))) return;
      const args = openDoor(this.#openings, door);
      await this.#onEveryNode((node) => this.#run(node, ['iptables', '-w', LOCK_SECONDS, ...args]));
      this.#openings = { ...this.#openings, doors: [...doors, door] };
    });
  }

  /** Takes a door away on every node. */
  close(door: Door): Promise<void> {
    return this.#changing(async () => {
      const args = closeDoor(door);
      await this.#onEveryNode((node) => this.#run(node, ['iptables', '-w', LOCK_SECONDS, ...args]));
      const doors = this.#openings.doors.filter((open) => !isSame(open, door));
      this.#openings = { ...this.#openings, doors };
    });
  }

  /** The first thing wrong on any node; undefined where every rule stands. */
  async problem(): Promise<string | undefined> {
    const states = await this.#onEveryNode((node) => this.#look(node));
    return states.find(({ problem }) => problem)?.problem;
  }

  /** Looks at every node again and again until something is wrong with one, or the signal is aborted. */
  async nextProblem(signal: AbortSignal): Promise<string | undefined> {
    return Promise.race(this.cluster.nodes.map(({ name }) => this.#watch(name, signal)));
  }

  /** What the rules turned away since they were installed. */
  rejections(): Promise<Rejections[]> {
    return this.#onEveryNode(async (node) => {
      const { iptables, ip6tables } = parseState(await this.#run(node, ['bash', '-s'], COUNTERS_SCRIPT));
      const v6 = ip6tables ? rejected(ip6tables, CHAIN) : 0;
      return {
        node,
        outside: rejected(iptables, CHAIN) + v6,
        nameServer: rejected(iptables, RESOLVER_CHAIN),
      };
    });
  }

  async #watch(node: string, signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const { text, problem } = await this.#look(node);
      if (problem) return problem;
      await this.#run(node, ['bash', '-s'], watchScript(text));
    }
    return undefined;
  }

  /**
   * A node's state as text, and what is wrong with it. Looked at anew where a door was moved meanwhile; and where
   * something is wrong, as iptables may print a rule twice while kube-proxy or the CNI changes theirs.
   */
  async #look(node: string): Promise<{ text: string; problem: string | undefined }> {
    for (let looks = 1; ; looks++) {
      const change = this.#change;
      await change;
      const text = await this.#run(node, ['bash', '-s'], STATE_SCRIPT);
      if (change !== this.#change) continue;
      const problem = stateProblem(parseState(text), this.#openings);
      if (!problem || looks >= LOOKS) return { text, problem: problem && `node ${node}: ${problem}` };
      await sleep(LOOK_PAUSE_MS);
    }
  }

  /** One change after the other. */
  #changing(work: () => Promise<void>): Promise<void> {
    const mine = this.#change.then(work);
    this.#change = mine.catch(() => {});
    return mine;
  }

  async #run(node: string, command: readonly string[], stdin?: string): Promise<string> {
    const { code, stdout, stderr } = await this.cluster.inNode(node, command, stdin);
    if (code === 0) return stdout;
    throw infraError(
      `the quarantine's rules cannot be set or read on node ${node}: ${command[0]} ended with ${code}: ${tail(stderr)}`,
    );
  }

  #onEveryNode<T>(work: (node: string) => Promise<T>): Promise<T[]> {
    return Promise.all(this.cluster.nodes.map(({ name }) => work(name)));
  }
}

const isSame = (one: Door, other: Door) => one.address === other.address && one.port === other.port;

function stateProblem({ iptables, ip6tables, hasIPv6 }: NodeState, openings: Openings): string | undefined {
  const chains = quarantine(openings);
  const v4 = violation(chains.iptables, iptables);
  if (v4) return `iptables: ${v4}`;
  if (!ip6tables) return hasIPv6 ? 'it has IPv6 addresses, but ip6tables does not work there' : undefined;
  const v6 = violation(chains.ip6tables, ip6tables);
  return v6 && `ip6tables: ${v6}`;
}
