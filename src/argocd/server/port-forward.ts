import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../children.js';
import { cancelled, infraError, messageOf } from '../../errors.js';
import { tail } from '../../exec.js';
import type { KubeTarget } from '../../kube/config.js';
import type { Scope } from '../../scope.js';

export interface ForwardOptions {
  /** Path of the kubectl program. */
  kubectl: string;
  cluster: KubeTarget;
  namespace: string;
  /** What to reach, such as `svc/argocd-server` or `pod/argocd-application-controller-0`. */
  target: string;
  /** Number or name of the port of the target. */
  port: number | string;
  /** Ends the forward when it is closed. */
  scope: Scope;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
  /** Until the first connection stands; 60 s if absent. */
  timeoutMs?: number;
}

/** A port on 127.0.0.1 that leads into the cluster. */
export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens forwards in one cluster and namespace; what checks need of this module. */
export type OpenForward = (target: string, port: number | string) => Promise<Forward>;

const START_TIMEOUT_MS = 60_000;
const PAUSE_MS = 500;
const STDERR_KEPT = 4096;

/**
 * Forwards a port of 127.0.0.1 into the cluster by `kubectl port-forward`, which goes by way of the API server and
 * the kubelet: NetworkPolicies do not stand in its way. kubectl ends when its pod goes away; it is then started
 * again on the same port, until the forward or its scope is closed.
 * @throws DrError (infrastructure) with kubectl's last words where no connection stands in time
 */
export async function forward(options: ForwardOptions): Promise<Forward> {
  const running = new PortForward(options);
  options.scope.defer(
    () => running.close(),
    () => running.kill(),
  );
  try {
    await running.start();
  } catch (error) {
    await running.close();
    throw error;
  }
  return running;
}

/** The arguments of kubectl; port 0 lets it choose one. */
export function forwardArguments(
  { cluster, namespace, target, port }: Pick<ForwardOptions, 'cluster' | 'namespace' | 'target' | 'port'>,
  localPort: number,
): string[] {
  return [
    'port-forward',
    ...(cluster.kubeconfig ? ['--kubeconfig', cluster.kubeconfig] : []),
    ...(cluster.context ? ['--context', cluster.context] : []),
    '--namespace',
    namespace,
    '--address',
    '127.0.0.1',
    target,
    `${localPort || ''}:${port}`,
  ];
}

class PortForward implements Forward {
  #child: ChildProcess | undefined;
  #port = 0;
  #closed = false;
  #said = '';

  constructor(private readonly options: ForwardOptions) {}

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { signal, target, namespace, timeoutMs = START_TIMEOUT_MS } = this.options;
    const deadline = Date.now() + timeoutMs;
    while (!(await this.#launch())) {
      if (signal.aborted || this.#closed) throw cancelled();
      if (Date.now() > deadline)
        throw infraError(
          `kubectl port-forward to ${target} in namespace ${namespace} did not come up: ${tail(this.#said) || 'it said nothing'}; check that its pods are ready`,
        );
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Starts kubectl once; whether it forwards. A running one that ends later is replaced. */
  async #launch(): Promise<boolean> {
    const { kubectl, env } = this.options;
    const child = startChild(kubectl, forwardArguments(this.options, this.#port), {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-STDERR_KEPT);
    });
    const ended = new Promise<undefined>((resolve) => {
      child.once('error', (error) => {
        this.#said = `${kubectl} cannot be started: ${messageOf(error)}`;
        resolve(undefined);
      });
      child.once('exit', () => resolve(undefined));
    });
    const port = await Promise.race([localPort(child), this.#deadlineOf(ended)]);
    if (port === undefined) {
      child.kill('SIGKILL');
      await ended;
      return false;
    }
    this.#port = port;
    void ended.then(() => this.#replace());
    return true;
  }

  /** kubectl may hang before it forwards; then the attempt ends, as it does when the run is cancelled. */
  async #deadlineOf(ended: Promise<undefined>): Promise<undefined> {
    const timer = new AbortController();
    const { timeoutMs = START_TIMEOUT_MS } = this.options;
    const signal = AbortSignal.any([timer.signal, this.options.signal]);
    const late = sleep(timeoutMs, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([ended, late]);
    timer.abort();
    return undefined;
  }

  async #replace(): Promise<void> {
    while (!this.#closed && !this.options.signal.aborted) {
      if (await this.#launch()) return;
      await sleep(PAUSE_MS, undefined, { ref: false });
    }
  }

  kill(): void {
    this.#closed = true;
    this.#child?.kill('SIGKILL');
  }

  async close(): Promise<void> {
    const child = this.#child;
    const alive = child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
    const gone = alive ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
    this.kill();
    await gone;
  }
}

/** The port of which kubectl says `Forwarding from 127.0.0.1:40123 -> 8080`. */
function localPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = parseForwarding(line);
      if (found !== undefined) resolve(found);
    });
  });
}

/** The local port in a line of kubectl's, if it tells one. */
export function parseForwarding(line: string): number | undefined {
  const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+) -> /.exec(line) ?? [];
  return port === undefined ? undefined : Number(port);
}
