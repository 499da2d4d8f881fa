import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exec } from '../../src/exec.js';
import { quarantine } from '../../src/quarantine/rules.js';
import { installScript, parseState, STATE_SCRIPT, watchScript } from '../../src/quarantine/scripts.js';

// The scripts run in a real bash; iptables and sleep are stand-ins that a folder on the PATH holds.
let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'scripts-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function program(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}

function bash(script: string) {
  const env = { PATH: `${bin}:${process.env.PATH}` };
  return exec('bash', ['-s'], { env: {}, set: env, stdin: script });
}

const TABLE = '-P FORWARD ACCEPT\n-N ARGOCD-DR\n-N KUBE-X\n-A FORWARD -j ARGOCD-DR\n-A KUBE-X -j DROP\n';

describe('STATE_SCRIPT', () => {
  test("prints the quarantine's part of both tables", async () => {
    program('iptables', `printf '%s' '${TABLE}'`);
    program('ip6tables', `echo '-P FORWARD DROP'`);
    const { code, stdout } = await bash(STATE_SCRIPT);
    expect(code).toBe(0);
    expect(stdout).toBe(
      '-P FORWARD ACCEPT\n-N ARGOCD-DR\n-A FORWARD -j ARGOCD-DR\n# ip6tables\n-P FORWARD DROP\n',
    );
  });

  test('fails where iptables fails', async () => {
    program('iptables', `echo '-P FORWARD ACCEPT'; exit 4`);
    expect((await bash(STATE_SCRIPT)).code).not.toBe(0);
  });

  test('tells that ip6tables does not work', async () => {
    program('iptables', `printf '%s' '${TABLE}'`);
    program('ip6tables', 'exit 3');
    const { code, stdout } = await bash(STATE_SCRIPT);
    expect(code).toBe(0);
    expect(parseState(stdout).ip6tables).toBeUndefined();
  });
});

describe('parseState', () => {
  test.each([
    ['both families', `${TABLE}# ip6tables\n-P FORWARD DROP\n`, true, false],
    ['no IPv6', `${TABLE}# ip6tables\n# no ip6tables\n`, false, false],
    ['IPv6 without ip6tables', `${TABLE}# ip6tables\n# no ip6tables\n# address fe80 02\n`, false, true],
    ['cut short', TABLE, false, false],
  ])('%s', (_, text, works, hasIPv6) => {
    const state = parseState(text);
    expect(state.iptables.get('FORWARD')).toEqual([{ text: '-j ARGOCD-DR', packets: 0 }]);
    expect(state.ip6tables !== undefined).toBe(works);
    expect(state.hasIPv6).toBe(hasIPv6);
  });
});

describe('watchScript', () => {
  beforeEach(() => {
    program('ip6tables', 'exit 3');
    program('sleep', 'echo slept');
  });

  test('goes on while all is as it was', async () => {
    program('iptables', `printf '%s' '${TABLE}'`);
    const { stdout } = await bash(STATE_SCRIPT);
    expect(await bash(watchScript(stdout))).toMatchObject({ code: 0, stdout: 'slept\n'.repeat(5) });
  });

  test.each([
    ['a rule is gone', `echo '-P FORWARD ACCEPT'`],
    ['iptables fails', 'exit 4'],
  ])('ends at once when %s', async (_, body) => {
    program('iptables', `printf '%s' '${TABLE}'`);
    const { stdout } = await bash(STATE_SCRIPT);
    program('iptables', body);
    expect(await bash(watchScript(stdout))).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('installScript', () => {
  const chains = quarantine({ nodeAddresses: ['10.0.0.1'], podNetworks: [], doors: [] });
  const log = (name: string) => `echo "${name} $*"`;
  beforeEach(() => {
    program('iptables', `${log('iptables')}; exit 1`);
    program('iptables-restore', `${log('iptables-restore')}; cat`);
    program('ip6tables-restore', `${log('ip6tables-restore')}; cat`);
  });

  test('takes old jumps away, then restores both families', async () => {
    program('ip6tables', `${log('ip6tables')}; [ "$3" = -S ]`);
    const { code, stdout } = await bash(installScript(chains));
    expect(code).toBe(0);
    const ran = stdout.split('\n').filter((line) => line.startsWith('ip'));
    expect(ran).toEqual([
      'iptables -w 5 -D FORWARD -j ARGOCD-DR',
      'iptables -w 5 -D INPUT -j ARGOCD-DR-DNS',
      'iptables-restore --noflush -w 5',
      'ip6tables -w 5 -D FORWARD -j ARGOCD-DR',
      'ip6tables-restore --noflush -w 5',
    ]);
    expect(stdout).toContain('-A ARGOCD-DR -d 10.0.0.1/32 -j RETURN\n');
    expect(stdout.match(/^COMMIT$/gm)).toHaveLength(2);
  });

  test('leaves IPv6 where ip6tables does not work', async () => {
    program('ip6tables', 'exit 3');
    const { code, stdout } = await bash(installScript(chains));
    expect(code).toBe(0);
    expect(stdout).not.toContain('ip6tables-restore');
  });

  test('fails where the rules are refused', async () => {
    program('ip6tables', 'exit 3');
    program('iptables-restore', 'exit 2');
    expect((await bash(installScript(chains))).code).not.toBe(0);
  });
});
