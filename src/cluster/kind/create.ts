import type { Deps } from '../../deps.js';
import { cancelled } from '../../errors.js';
import type { ExecResult } from '../../exec.js';
import { kindEnvironment } from './docker.js';

export interface CreateOptions {
  /** Path of the program. */
  kind: string;
  name: string;
  image: string;
  /** Text of kind's configuration. */
  config: string;
  /** Where kind writes the kubeconfig. */
  kubeconfig: string;
  /** Ends the creation. */
  signal: AbortSignal;
}

/** A running `kind create cluster`. */
export interface Creating {
  /** kind's end, whatever its exit code; rejects where it was stopped. */
  ended: Promise<ExecResult>;
  /** Whether docker may be making containers for it at this moment. */
  makingContainers(): boolean;
}

/**
 * Starts `kind create cluster`, without waiting for the nodes to be ready. Nodes of a failed creation stay, for
 * their logs. It is not stopped while docker makes containers for it: these would go on to appear after
 * everything had been removed.
 */
export function createCluster(
  { kind, name, image, config, kubeconfig, signal }: CreateOptions,
  { exec, env, log }: Pick<Deps, 'exec' | 'env' | 'log'>,
): Creating {
  const args = ['--name', name, '--image', image, '--config', '-', '--kubeconfig', kubeconfig, '--retain'];
  const stop = new AbortController();
  let making = false;
  const stopIfSafe = () => {
    if (signal.aborted && !making) stop.abort();
  };
  const onLine = (line: string) => {
    const step = stepOf(line);
    if (step === undefined) return;
    making = startsContainers(step, making);
    if (step.begins) log.progress(`kind: ${step.text}`);
    stopIfSafe();
  };
  signal.addEventListener('abort', stopIfSafe, { once: true });
  stopIfSafe();
  const run = exec(kind, ['create', 'cluster', ...args], {
    env: kindEnvironment(env),
    stdin: config,
    signal: stop.signal,
    // Ctrl-C at a terminal goes to every process of the foreground group, and must not reach docker in the middle.
    group: true,
    onLine,
  });
  const ended = run
    .then((result) => {
      if (signal.aborted) throw cancelled();
      return result;
    })
    .finally(() => {
      making = false;
      signal.removeEventListener('abort', stopIfSafe);
    });
  return { ended, makingContainers: () => making };
}

/** A step of kind's work, from the line it prints: ` • Preparing nodes 📦 📦  ...` or ` ✓ Preparing nodes 📦 📦`. */
export interface Step {
  text: string;
  begins: boolean;
}

const STEP = /^ ([•✓✗]) (.+?)[^\w)]*$/u;

export function stepOf(line: string): Step | undefined {
  const [, sign, text] = STEP.exec(line) ?? [];
  return text === undefined ? undefined : { text, begins: sign === '•' };
}

/** From the image's being there until the nodes are; the lines before and behind it are read a little late. */
function startsContainers({ text, begins }: Step, before: boolean): boolean {
  if (text.startsWith('Ensuring node image')) return !begins;
  if (text.startsWith('Preparing nodes')) return begins;
  return before;
}
