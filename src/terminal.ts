import type { Log } from './log.js';
import { type OutputName, type OutputValues, SECRET_OUTPUTS } from './outputs.js';
import { oneLine, printable } from './report/format.js';

/** Where lines go: the part of a tty.WriteStream that is used. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const PROGRESS_EVERY_MS = 2_000;

/** Says whether a line of progress is due: one in two seconds. */
export function progressGate(now: () => number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() - last < PROGRESS_EVERY_MS) return false;
    last = now();
    return true;
  };
}

/**
 * The log on a terminal: each line behind the seconds since the process started.
 * Progress rewrites its line on a terminal; elsewhere it is a line now and then.
 */
export function terminalLog(
  screen: Screen = process.stdout,
  now: () => number = () => performance.now(),
): Log {
  const due = progressGate(now);
  let rewriting = false;
  const stamp = () => `[${(now() / 1000).toFixed(1).padStart(6)}s]`;
  const clear = () => {
    if (rewriting) screen.write('\r\u001b[2K');
    rewriting = false;
  };
  const print = (line: string) => {
    clear();
    screen.write(`${stamp()} ${printable(line)}\n`);
  };
  return {
    info: print,
    warn: (line) => print(`warning: ${line}`),
    progress: (line) => {
      if (!screen.isTTY) {
        if (due()) print(line);
        return;
      }
      clear();
      screen.write(`${stamp()} ${oneLine(line)}`.slice(0, (screen.columns ?? 80) - 1));
      rewriting = true;
    },
  };
}

/** Prints the outputs as `name: value`, without those that are secret. */
export function printOutputs(outputs: OutputValues, screen: Screen = process.stdout): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (!SECRET_OUTPUTS.has(name as OutputName)) screen.write(`${name}: ${printable(value)}\n`);
  }
}
