import { CHAIN, type Chain, type Command, parseTable, restoreInput, type Table } from './rules.js';

// What a node is asked to do is one script each: starting a program in a node costs more than the program.

/** Seconds that iptables waits for another program, such as kube-proxy, that holds its lock. */
export const LOCK_SECONDS = '5';

const CHECK_SECONDS = 2;
/** Checks of one watching script: it outlives a drill that is stopped by no more than these. */
const CHECKS = 5;

const SECTION = '# ip6tables';
const NO_IP6TABLES = '# no ip6tables';
const IPV6_ADDRESS = '# address';

/** The quarantine's part of a node's filter tables. */
export interface NodeState {
  iptables: Table;
  /** Undefined where ip6tables does not work on the node. */
  ip6tables: Table | undefined;
  /** Whether the node has any IPv6 address; looked up only where ip6tables does not work. */
  hasIPv6: boolean;
}

const STATE = `
set -o pipefail
state() {
  iptables -w ${LOCK_SECONDS} "$@" -S || return
  echo '${SECTION}'
  ip6tables -w ${LOCK_SECONDS} "$@" -S && return
  echo '${NO_IP6TABLES}'
  # Missing without IPv6 in the kernel, empty with IPv6 switched off.
  if [ -e /proc/net/if_inet6 ]; then sed 's/^/${IPV6_ADDRESS} /' /proc/net/if_inet6; fi
}
ours() { state "$@" | grep -E '^#|^-[NA] ${CHAIN}|^-[PA] (FORWARD|INPUT) '; }
`;

/** Prints the state of a node, for parseState. */
export const STATE_SCRIPT = `${STATE}\nours\n`;

/** As STATE_SCRIPT, with the counter of each rule. */
export const COUNTERS_SCRIPT = `${STATE}\nours -v\n`;

/** Ends as soon as the state of a node is another than the one given, and after a while in any case. */
export function watchScript(state: string): string {
  return `${STATE}
expected=$(cat <<'STATE'
${state.trimEnd()}
STATE
)
for ((i = 0; i < ${CHECKS}; i++)); do
  [ "$(ours)" = "$expected" ] || exit 0
  sleep ${CHECK_SECONDS}
done
`;
}

/** Puts the chains in place, and their jumps first, where they stood before or not. */
export function installScript(chains: Record<Command, readonly Chain[]>): string {
  return `set -e
${installFamily('iptables', chains.iptables)}
if ip6tables -w ${LOCK_SECONDS} -S FORWARD >/dev/null; then
${installFamily('ip6tables', chains.ip6tables)}
fi
`;
}

function installFamily(command: Command, chains: readonly Chain[]): string {
  const removals = chains.map(
    ({ name, hook }) => `while ${command} -w ${LOCK_SECONDS} -D ${hook} -j ${name} 2>/dev/null; do :; done`,
  );
  return [
    ...removals,
    `${command}-restore --noflush -w ${LOCK_SECONDS} <<'RULES'`,
    `${restoreInput(chains)}RULES`,
  ].join('\n');
}

/** Reads what STATE_SCRIPT and COUNTERS_SCRIPT print. */
export function parseState(text: string): NodeState {
  const [iptables = '', ip6tables = ''] = text.split(`${SECTION}\n`);
  const works = text.includes(`${SECTION}\n`) && !ip6tables.includes(NO_IP6TABLES);
  return {
    iptables: parseTable(iptables),
    ip6tables: works ? parseTable(ip6tables) : undefined,
    hasIPv6: ip6tables.includes(IPV6_ADDRESS),
  };
}
