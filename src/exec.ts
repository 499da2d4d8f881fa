import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startChild } from './children.js';
import { cancelled } from './errors.js';

export interface ExecOptions {
  cwd?: string;
  /** What the program's environment is taken from, as childEnvironment() allows; absent: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** Variables besides, as they are; secrets travel here or by `stdin`, never in the arguments. */
  set?: NodeJS.ProcessEnv;
  stdin?: string | Readable;
  /** Takes standard output instead of `ExecResult.stdout`. */
  stdout?: Writable;
  /** Called for each line of standard output and of standard error. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
  /** Gives the program a process group of its own, and ends whatever is left of the group with it. */
  group?: boolean;
}

export interface ExecResult {
  /** The exit code; 128 + the signal's number where a signal ended the process. */
  code: number;
  stdout: string;
  /** The last 64 KiB of standard error. */
  stderr: string;
}

/** Runs a program to its end. Rejects only where it could not be started, or was cancelled. */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

const STDERR_LIMIT = 64 * 1024;
/** What a program of a group left behind may still write for so long. */
const GROUP_GRACE_MS = 2000;

/** By child: how to end it at once. */
const running = new Map<ChildProcess, () => void>();
process.on('exit', () => {
  for (const kill of running.values()) kill();
});

/** The one adapter to `child_process`: arguments are an array, no shell, and a cancelled run leaves no child. */
export const exec: Exec = async (command, args, options = {}) => {
  if (options.signal?.aborted) throw cancelled();
  const child = startChild(command, args, {
    cwd: options.cwd,
    env: options.env,
    set: options.set,
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: options.group === true,
  });
  const kill = options.group ? () => killGroup(child) : () => void child.kill('SIGKILL');
  let grace: NodeJS.Timeout | undefined;
  if (options.group) child.once('exit', () => (grace = setTimeout(kill, GROUP_GRACE_MS)));
  running.set(child, kill);
  options.signal?.addEventListener('abort', kill, { once: true });
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
    });
    const [code, stdout, stderr] = await Promise.all([
      ended,
      options.stdout
        ? pipeline(child.stdout!, options.stdout).then(() => '')
        : collect(child.stdout!, Infinity),
      collect(child.stderr!, STDERR_LIMIT),
      feed(child, options.stdin),
      lines(child.stdout!, options.stdout ? undefined : options.onLine),
      lines(child.stderr!, options.onLine),
    ]);
    if (options.signal?.aborted) throw cancelled();
    return { code, stdout, stderr };
  } catch (error) {
    kill();
    // What breaks when its program is killed is no news.
    throw options.signal?.aborted ? cancelled() : error;
  } finally {
    clearTimeout(grace);
    if (options.group) kill();
    running.delete(child);
    options.signal?.removeEventListener('abort', kill);
  }
};

/** Ends a child and everything it started that stayed in its group. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: all of them have ended; macOS answers EPERM while the last is still to be reaped.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

async function collect(stream: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    while (chunks.length > 1 && size - chunks[0]!.length >= limit) size -= chunks.shift()!.length;
  });
  await new Promise((resolve, reject) => stream.once('close', resolve).once('error', reject));
  return Buffer.concat(chunks).toString('utf8');
}

async function feed(child: ChildProcess, input: string | Readable | undefined): Promise<void> {
  if (!child.stdin || input === undefined) return;
  try {
    await pipeline(typeof input === 'string' ? [input] : input, child.stdin);
  } catch (error) {
    // A program may end without reading all of its input; its exit code tells.
    const { code } = error as NodeJS.ErrnoException;
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (code !== 'EPIPE' && !(ended && code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}

function lines(stream: Readable, onLine: ExecOptions['onLine']): void {
  if (onLine) createInterface({ input: stream }).on('line', onLine);
}

/**
 * The last lines of what a program said, for an error message. A line whose beginning may be cut off is left out: half
 * a secret could not be told from other text.
 */
export function tail(text: string, count = 5): string {
  const lines = text.trimEnd().split('\n');
  if (Buffer.byteLength(text) >= STDERR_LIMIT) lines[0] = '…';
  return lines.slice(-count).join('\n');
}
