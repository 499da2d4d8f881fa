import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench', 'results.json');
export const BUNDLE = join(ROOT, 'dist', 'index.js');

/** What running a program took. */
export interface Run {
  seconds: number;
  peakMb: number;
  firstLineSeconds: number;
}

/** One result, with the aim it is held against; empty where there is none. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  aim: string;
  detail: string;
}

export const round = (value: number, digits = 2) => Number(value.toFixed(digits));

/** Runs a program to its end: wall seconds, peak resident memory, seconds to its first output. */
export async function measure(
  command: string,
  args: string[],
  files: { stdin?: string; stdout?: string } = {},
): Promise<Run> {
  const input = files.stdin ? openSync(files.stdin, 'r') : 'ignore';
  const output = files.stdout ? openSync(files.stdout, 'w', 0o600) : 'pipe';
  const start = performance.now();
  const child = spawn(command, args, { stdio: [input, output, 'pipe'] });
  let firstLineSeconds = 0;
  let said = '';
  child.stdout?.on('data', (chunk) => {
    firstLineSeconds ||= (performance.now() - start) / 1000;
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => void (said += chunk));
  let peakMb = 0;
  const poll = setInterval(() => void (peakMb = Math.max(peakMb, peakOf(child.pid!))), 20);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(poll);
  for (const file of [input, output]) if (typeof file === 'number') closeSync(file);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said.slice(-2000)}`);
  return { seconds: (performance.now() - start) / 1000, peakMb, firstLineSeconds };
}

/** Peak resident memory of a process so far, in MB; Linux only. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Runs the bundle as users do. */
export const bundle = (...args: string[]) => measure(process.execPath, [BUNDLE, ...args]);
export const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export async function timed<T>(what: string, run: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const start = performance.now();
  const value = await run();
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what}: ${seconds.toFixed(2)} s`);
  return { seconds, value };
}

/** Puts the figures of one group of benches into results.json, beside those of the others. */
export function save(group: string, figures: Figure[]): void {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Record<string, unknown>;
  results[group] = { date: new Date().toISOString(), machine, figures };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  for (const { name, value, unit, aim, detail } of figures)
    console.log(`${name}: ${value} ${unit}${aim ? ` (aim ${aim})` : ''}  [${detail}]`);
}
