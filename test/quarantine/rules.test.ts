import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CHAIN,
  canonicalRule,
  closeDoor,
  type Openings,
  openDoor,
  parseTable,
  quarantine,
  RESOLVER_CHAIN,
  rejected,
  restoreInput,
  violation,
} from '../../src/quarantine/rules.js';

const openings: Openings = {
  nodeAddresses: ['172.18.0.8', '172.18.0.7'],
  podNetworks: ['10.244.0.0/24', '10.244.1.0/24'],
  doors: [{ address: '172.18.0.1', port: 8080, purpose: 'git' }],
};
const chains = quarantine(openings).iptables;

/** As `iptables -v -S` of iptables 1.8.9 (nf_tables) printed it on a node. */
const PRINTED = `-P INPUT ACCEPT -c 0 0
-P FORWARD ACCEPT -c 12 3400
-N ARGOCD-DR
-N ARGOCD-DR-DNS
-N KUBE-FORWARD
-A INPUT -c 15 12459 -j ARGOCD-DR-DNS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -c 499 37291 -j KUBE-PROXY-FIREWALL
-A FORWARD -c 9 700 -j ARGOCD-DR
-A FORWARD -m comment --comment "kubernetes forwarding rules" -c 0 0 -j KUBE-FORWARD
-A ARGOCD-DR -m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -c 7 380 -j RETURN
-A ARGOCD-DR -d 172.18.0.8/32 -c 5 269 -j RETURN
-A ARGOCD-DR -d 172.18.0.7/32 -c 0 0 -j RETURN
-A ARGOCD-DR -d 10.244.0.0/24 -c 0 0 -j RETURN
-A ARGOCD-DR -d 10.244.1.0/24 -c 0 0 -j RETURN
-A ARGOCD-DR -d 172.18.0.1/32 -p tcp -m tcp --dport 8080 -c 0 0 -j RETURN
-A ARGOCD-DR -p tcp -c 3 180 -j REJECT --reject-with tcp-reset
-A ARGOCD-DR -c 4 240 -j REJECT --reject-with icmp-port-unreachable
-A ARGOCD-DR-DNS -d 127.0.0.0/8 ! -i lo -c 2 120 -j REJECT --reject-with icmp-port-unreachable
`;
const lines = PRINTED.split('\n');
const without = (text: string) => lines.filter((line) => !line.includes(text)).join('\n');
const ahead = (text: string, added: string) =>
  lines.flatMap((line) => (line.includes(text) ? [added, line] : [line])).join('\n');

describe('quarantine', () => {
  test('returns what stays in the cluster, rejects the rest', () => {
    expect(chains[0]!.rules.map((rule) => rule.join(' '))).toEqual([
      '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j RETURN',
      '-d 172.18.0.8/32 -j RETURN',
      '-d 172.18.0.7/32 -j RETURN',
      '-d 10.244.0.0/24 -j RETURN',
      '-d 10.244.1.0/24 -j RETURN',
      '-d 172.18.0.1/32 -p tcp -m tcp --dport 8080 -j RETURN',
      '-p tcp -j REJECT --reject-with tcp-reset',
      '-j REJECT --reject-with icmp-port-unreachable',
    ]);
    expect(chains[1]!.rules).toEqual([
      '-d 127.0.0.0/8 ! -i lo -j REJECT --reject-with icmp-port-unreachable'.split(' '),
    ]);
  });

  test('rejects IPv6 whole', () => {
    expect(quarantine(openings).ip6tables).toEqual([
      { name: CHAIN, hook: 'FORWARD', rules: [['-j', 'REJECT', '--reject-with', 'icmp6-port-unreachable']] },
    ]);
  });

  test('asks nowhere where a packet comes from, and ends in a rule that matches all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.ipV4()),
        fc.array(fc.ipV4().map((ip) => `${ip}/24`)),
        (nodeAddresses, podNetworks) => {
          const rules = quarantine({ nodeAddresses, podNetworks, doors: [] }).iptables[0]!.rules;
          expect(rules.flat()).not.toContain('-s');
          expect(rules.at(-1)!.slice(0, 2)).toEqual(['-j', 'REJECT']);
        },
      ),
    );
  });

  test.each([
    ['example.com', 80],
    ['fd00::1', 80],
    ['10.0.0.0/8', 80],
    ['10.0.0.1', 0],
    ['10.0.0.1', 65_536],
    ['10.0.0.1', 1.5],
  ])('opens no door to %s:%s', (address, port) => {
    const doors = [{ address, port, purpose: 'git' }];
    expect(() => quarantine({ ...openings, doors })).toThrow(`cannot open ${address}:${port} (git)`);
  });
});

test('restoreInput fills all chains and puts their jumps first, in one commit', () => {
  expect(restoreInput(chains)).toBe(`*filter
:ARGOCD-DR - [0:0]
:ARGOCD-DR-DNS - [0:0]
${chains[0]!.rules.map((rule) => `-A ARGOCD-DR ${rule.join(' ')}`).join('\n')}
-I FORWARD 1 -j ARGOCD-DR
-A ARGOCD-DR-DNS ${chains[1]!.rules[0]!.join(' ')}
-I INPUT 1 -j ARGOCD-DR-DNS
COMMIT
`);
});

test('a door that is opened stands where a whole new chain would have it; closing takes the same rule', () => {
  const door = { address: '172.18.0.1', port: 9090, purpose: 'git' };
  const [, chain, position, ...rule] = openDoor(openings, door);
  const after = quarantine({ ...openings, doors: [...openings.doors, door] }).iptables[0]!;
  expect(chain).toBe(CHAIN);
  expect(after.rules[Number(position) - 1]).toEqual(rule);
  expect(after.rules.toSpliced(Number(position) - 1, 1)).toEqual(chains[0]!.rules);
  expect(closeDoor(door)).toEqual(['-D', CHAIN, ...rule]);
});

describe('canonicalRule', () => {
  test.each([
    ['-d 10.0.0.1/32 -c 1 60 -j RETURN', '-j RETURN -d 10.0.0.1/32'],
    ['-p tcp -m tcp --dport 80', '--dport 80 -p tcp'],
    ['-m conntrack --ctstate RELATED,ESTABLISHED', '--ctstate ESTABLISHED,RELATED'],
    ['! -i lo -d 127.0.0.0/8', '-d 127.0.0.0/8 ! -i lo'],
  ])('%s is the same as %s', (one, other) => {
    expect(canonicalRule(one.split(' '))).toBe(canonicalRule(other.split(' ')));
  });

  test.each([
    ['! -i lo -d 127.0.0.0/8', '-i lo -d 127.0.0.0/8'],
    ['-d 10.0.0.1/32', '-s 10.0.0.1/32'],
    ['-p tcp --dport 80', '-p tcp --dport 81'],
    ['-j REJECT', '-j RETURN'],
  ])('%s is not the same as %s', (one, other) => {
    expect(canonicalRule(one.split(' '))).not.toBe(canonicalRule(other.split(' ')));
  });
});

describe('violation', () => {
  test('none in what a node prints after the rules were set', () => {
    expect(violation(chains, parseTable(PRINTED))).toBeUndefined();
    expect(violation(chains, parseTable(PRINTED.replace(/ -c \d+ \d+/g, '')))).toBeUndefined();
  });

  test.each([
    ['rules flushed', without('-A ARGOCD-DR '), /rule ".*" is gone from chain ARGOCD-DR$/],
    ['one rule gone', without('-j REJECT --reject-with icmp-port'), /icmp-port-unreachable.*is gone/],
    ['an opening gone', without('--dport 8080'), /--dport 8080.*is gone/],
    ['chain gone', without('ARGOCD-DR'), 'chain ARGOCD-DR is gone'],
    ['resolver chain gone', without('ARGOCD-DR-DNS'), 'chain ARGOCD-DR-DNS is gone'],
    ['jump gone', without('-A FORWARD -c 9 700'), 'the jump from FORWARD to ARGOCD-DR is gone'],
    ['resolver jump gone', without('-A INPUT -c 15'), 'the jump from INPUT to ARGOCD-DR-DNS is gone'],
    [
      'a rule put before the jump',
      ahead('-A FORWARD -c 9 700', '-A FORWARD -j ACCEPT'),
      'the jump to ARGOCD-DR is no longer the first rule of FORWARD',
    ],
    [
      'the jump bound to a condition',
      PRINTED.replace('-A FORWARD -c 9 700', '-A FORWARD -s 10.0.0.1/32'),
      'the jump from FORWARD to ARGOCD-DR is gone',
    ],
    [
      'an opening added',
      ahead('--ctdir REPLY', '-A ARGOCD-DR -d 8.8.8.8/32 -j RETURN'),
      'rule "-d 8.8.8.8/32 -j RETURN" was added to chain ARGOCD-DR',
    ],
    [
      'an opening twice',
      ahead('-d 172.18.0.8/32', '-A ARGOCD-DR -d 172.18.0.8/32 -j RETURN'),
      'chain ARGOCD-DR has 9 rules instead of 8',
    ],
    ['nothing read', '', 'chain ARGOCD-DR is gone'],
  ])('%s', (_, printed, problem) => {
    expect(violation(chains, parseTable(printed))).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  test('is found for whichever line of the quarantine is missing', () => {
    const ours = lines.filter((line) => line.startsWith('-A') && line.includes('ARGOCD-DR'));
    fc.assert(
      fc.property(fc.constantFrom(...ours), (gone) => {
        const rest = lines.filter((line) => line !== gone).join('\n');
        expect(violation(chains, parseTable(rest))).toBeDefined();
      }),
    );
  });
});

test('rejected counts the packets of the rejecting rules only', () => {
  const table = parseTable(PRINTED);
  expect(rejected(table, CHAIN)).toBe(7);
  expect(rejected(table, RESOLVER_CHAIN)).toBe(2);
  expect(rejected(table, 'OTHER')).toBe(0);
});
