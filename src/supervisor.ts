import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EXIT, type ExitCode } from './errors.js';
import { isPostStep } from './greeting.js';
import { ownerOf } from './owner.js';
import { type FromRun, PING, SUPERVISOR_VARIABLE } from './supervised.js';

/**
 * A run that does not answer for so long after it was to end is ended. After a signal that is soon, as the runner of GitHub
 * Actions kills after 10 s; after a timeout a large report or folder may be at work.
 */
const STALL_MS: Partial<Record<ExitCode, number>> = { [EXIT.cancelled]: 5_000, [EXIT.infra]: 15_000 };
const PING_EVERY_MS = 500;
/**
 * A run that answers and has not ended so long after it was to end is ended as well. To remove kind clusters, end
 * children and hand reports over may take a minute and more each; what goes on for longer goes on without end.
 */
const LONGEST_END_MS = 3 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whether a command line or step does work that has to be ended and cleaned up whatever happens. */
export const isToBeSupervised = ([word, ...rest]: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  !isPostStep(env) &&
  !['--help', '-h'].some((help) => rest.includes(help)) &&
  (word === undefined ? env.GITHUB_ACTIONS === 'true' : /^[a-z]/.test(word) && word !== 'help');

/**
 * The Node.js that `npm ci` installs beside the bundle, for machines whose own is too old: the one among the
 * optionalDependencies of package.json that is for this platform.
 */
export function ownNode(script: string): string | undefined {
  const link = join(dirname(dirname(realpathSync(script))), 'node_modules', '.bin', 'node');
  if (!existsSync(link)) return undefined;
  const path = realpathSync(link);
  return process.execPath === path ? undefined : path;
}

/**
 * Does this very command line in a process of its own, and stays beside it with nothing else to do: signals and the
 * timeout end the run also while it is stuck in a computation, and what a killed run leaves goes at once.
 * @param node the Node.js program
 * @returns the exit code; undefined where that program cannot be started
 */
export async function supervise(
  node: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  // In a process group of its own: a terminal's Ctrl-C reaches it once, through here, and not twice.
  const child = spawn(node, [...process.execArgv, ...argv], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...env, [SUPERVISOR_VARIABLE]: String(process.pid) },
  });
  if (child.pid === undefined) return new Promise((resolve) => child.once('error', () => resolve(undefined)));
  const owner = ownerOf(child.pid);
  const watch = new Watch(
    () => child.connected && child.send(PING, () => {}),
    () => child.kill('SIGKILL'),
  );
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      watch.due(EXIT.cancelled, `cancelled by ${name}`);
      child.kill(name);
    });
  child.on('message', (message: FromRun) => watch.hear(message)).on('error', () => {});
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  watch.close();
  return code ?? killed(signal!, watch, owner, env);
}

/** Whether the run has to end, and still answers. */
export class Watch {
  #code: ExitCode | undefined;
  why = '';
  readonly clusters: string[] = [];
  #answered = 0;
  #pinging: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #last: NodeJS.Timeout | undefined;

  constructor(
    private readonly ping: () => void,
    private readonly kill: () => void,
    private readonly longestEndMs = LONGEST_END_MS,
  ) {}

  get code(): ExitCode | undefined {
    return this.#code;
  }

  hear(message: FromRun): void {
    this.#answered = Date.now();
    if (message === PING) return;
    if ('cluster' in message) {
      this.clusters.push(message.cluster);
      return;
    }
    clearTimeout(this.#deadline);
    const ms = Math.min(message.timeoutMs, LONGEST_TIMER_MS);
    this.#deadline = setTimeout(() => this.due(EXIT.infra, 'timed out'), ms);
  }

  /** The first reason counts, as it does in the run. */
  due(code: ExitCode, why: string): void {
    if (this.#code !== undefined) return;
    this.#code = code;
    this.why = why;
    this.#answered = Date.now();
    this.#last = setTimeout(this.kill, this.longestEndMs);
    this.#pinging = setInterval(() => {
      if (Date.now() - this.#answered > STALL_MS[code]!) this.kill();
      else this.ping();
    }, PING_EVERY_MS);
  }

  close(): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#pinging);
    clearTimeout(this.#last);
  }
}

/** Takes away what a run left that was killed, and tells how it ended, in words and outputs that it could not give. */
async function killed(
  signal: NodeJS.Signals,
  watch: Watch,
  owner: string,
  env: NodeJS.ProcessEnv,
): Promise<ExitCode> {
  const code = watch.code ?? (signal === 'SIGKILL' ? EXIT.infra : EXIT.unexpected);
  const stuck = signal === 'SIGKILL' ? ', while it was stuck' : '';
  const why = watch.why ? `${watch.why}${stuck}` : 'the run was killed';
  process.stderr.write(`error: ${why} (${signal}); there is no report of it\n`);
  try {
    const { sweepOwned } = await import('./sweep.js');
    const { exec } = await import('./exec.js');
    const lines = await sweepOwned(env.RUNNER_TEMP || tmpdir(), (each) => each === owner, exec);
    for (const line of lines) process.stderr.write(`${line}\n`);
    const { removeUnfinished } = await import('./modes/teardown.js');
    for (const name of watch.clusters)
      if (await removeUnfinished(name, { exec, env })) process.stderr.write(`removed cluster ${name}\n`);
  } catch (error) {
    process.stderr.write(`warning: something may be left behind: ${error}\n`);
  }
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `verdict=INFRA_ERROR\nexit-code=${code}\n`);
  return code;
}
