import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecResult } from '../../src/exec.js';
import { exec } from '../../src/exec.js';

const RULE = /^-([ADI]) (\S+) (?:(\d+) )?(.*)$/;

/** A node whose filter table is kept in memory; it understands what the quarantine's scripts ask of it. */
export class FakeNode {
  readonly chains = new Map<string, string[]>([
    ['FORWARD', ['-j KUBE-FORWARD']],
    ['INPUT', []],
  ]);
  /** Packets that every rejecting rule says it has met. */
  rejected = 1;
  /** How often it still prints its rules twice, as iptables may while others change theirs. */
  stutters = 0;
  /** Set: programs in the node end with this. */
  broken: number | undefined;

  async run(command: readonly string[], stdin = ''): Promise<ExecResult> {
    if (this.broken !== undefined) return { code: this.broken, stdout: '', stderr: 'the node is gone' };
    if (command[0] === 'iptables') return this.#change(command.slice(3).join(' '));
    if (command[1] === '-c') return this.#control(command);
    if (stdin.includes('-restore')) return this.#install(stdin);
    if (stdin.includes('expected=')) return this.#untilChanged();
    return result(this.#print(stdin.includes('ours -v')));
  }

  #change(line: string): ExecResult {
    const [, action, chain, position, rule] = RULE.exec(line)!;
    const rules = this.chains.get(chain!)!;
    if (action === 'A') rules.push(rule!);
    if (action === 'I') rules.splice(Number(position) - 1, 0, rule!);
    if (action === 'D') rules.splice(rules.indexOf(rule!), 1);
    return result('');
  }

  /** The control's own script, with a name server that knows every name. */
  #control(command: readonly string[]): Promise<ExecResult> {
    const script = command[2]!.replace('getent -s dns hosts', 'echo');
    return exec('bash', ['-c', script, ...command.slice(3)]);
  }

  #install(script: string): ExecResult {
    for (const [chain, rules] of this.chains) this.chains.set(chain, rules.filter(isForeign));
    const [input] = /(?<=<<'RULES'\n)[\s\S]*?(?=RULES)/.exec(script)!;
    for (const line of input.split('\n'))
      if (line.startsWith(':')) this.chains.set(line.slice(1).split(' ')[0]!, []);
      else if (line.startsWith('-')) this.#change(line);
    return result('');
  }

  async #untilChanged(): Promise<ExecResult> {
    const state = this.#print(false);
    for (let check = 0; check < 50 && this.#print(false) === state; check++) await sleep(10);
    return result('');
  }

  #print(counters: boolean): string {
    const lines: string[] = [];
    for (const name of this.chains.keys())
      lines.push(/^ARGOCD/.test(name) ? `-N ${name}` : `-P ${name} ACCEPT`);
    for (const [name, rules] of this.chains)
      for (const rule of rules) {
        const packets = counters && rule.includes('REJECT') ? ` -c ${this.rejected} 60` : '';
        lines.push(`-A ${name} ${rule.replace(/(^| )-j/, `${packets} -j`).trim()}`);
      }
    if (this.stutters-- > 0) lines.push(...lines.filter((line) => line.startsWith('-A ARGOCD-DR ')));
    return `${lines.join('\n')}\n# ip6tables\n# no ip6tables\n`;
  }
}

const isForeign = (rule: string) => !rule.includes('ARGOCD-DR');
const result = (stdout: string): ExecResult => ({ code: 0, stdout, stderr: '' });
