import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { passedOn } from '../environment.js';
import { cancelled, infraError } from '../errors.js';
import type { Exec, ExecOptions, ExecResult } from '../exec.js';
import { formatDuration } from '../inputs.js';
import type { Log } from '../log.js';
import { createRedactor, type Redactor } from '../redact.js';
import { formatMs, oneLine, printable } from '../report/format.js';
import { type Finding, fail, pass } from './check.js';

/** What the drill tells the command; argocd and kubectl read these themselves. */
export interface CustomEnv {
  KUBECONFIG: string;
  ARGOCD_SERVER: string;
  ARGOCD_AUTH_TOKEN: string;
  ARGOCD_OPTS: string;
}

export interface CustomOptions {
  /** The user's text, for a shell. */
  command: string;
  env: CustomEnv;
  /** The environment of this run; the command gets only what is harmless in it. */
  inherited: NodeJS.ProcessEnv;
  timeoutMs: number;
  exec: Exec;
  log: Log;
  /** Values that must not show in the log or in the report; the token is one without being named. */
  secrets: Iterable<string>;
  signal: AbortSignal;
}

/** Lines of the command's output that the report keeps. */
const KEPT_LINES = 40;
const MAX_LINE = 1000;

/**
 * Runs the user's own command against the drill: exit code 0 is a pass, any other a fail; running out of time is
 * neither, as it says nothing about the backup. The command's children end with it.
 * @throws DrError (cancelled) when the run is; (infrastructure) where there is no shell
 */
export async function runCustom(options: CustomOptions): Promise<Finding> {
  const { timeoutMs, signal } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const output = new Output(options);
  const start = performance.now();
  try {
    const both = AbortSignal.any([signal, timeout.signal]);
    const { code } = await inShell(options, { signal: both, output });
    return verdictOf(code, formatMs(performance.now() - start), output);
  } catch (error) {
    if (signal.aborted || !timeout.signal.aborted) throw error;
    const evidence = `TIMED_OUT after ${formatDuration(timeoutMs)}${output.last('; its last line: ')}.`;
    return { status: 'timed-out', evidence, details: output.kept };
  } finally {
    clearTimeout(timer);
  }
}

function verdictOf(code: number, took: string, output: Output): Finding {
  if (code === 0) return pass(`exit code 0 after ${took}${output.last('; its last line: ')}.`, output.kept);
  return fail(`exit code ${code} after ${took}${output.last('; its last line: ')}.`, [], output.kept);
}

/** The output as it comes: redacted before it goes anywhere. */
class Output {
  readonly kept: string[] = [];
  readonly #redact: Redactor;
  readonly #log: Log;

  constructor({ secrets, env, log }: CustomOptions) {
    this.#redact = createRedactor([...secrets, env.ARGOCD_AUTH_TOKEN]);
    this.#log = log;
  }

  /** The bar keeps a line that begins with `::` from being a command to the runner. */
  readonly take = (line: string): void => {
    const shown = printable(this.#redact(line)).slice(0, MAX_LINE).toWellFormed();
    this.#log.info(`| ${shown}`);
    this.kept.push(shown);
    if (this.kept.length > KEPT_LINES) this.kept.shift();
  };

  last(label: string): string {
    const line = this.kept.findLast((kept) => kept.trim() !== '');
    return line === undefined ? '' : `${label}${oneLine(line).replace(/\.$/, '')}`;
  }
}

/** As GitHub runs a step: bash that stops at the first failure, also within a pipe, else sh that does so outside of pipes. */
const SHELLS: [program: string, args: string[]][] = [
  ['bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c']],
  ['sh', ['-e', '-c']],
];

interface Running {
  signal: AbortSignal;
  output: Output;
}

async function inShell(options: CustomOptions, running: Running): Promise<ExecResult> {
  for (const [program, args] of SHELLS) {
    try {
      return await execute(options, program, [...args, options.command], running);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw infraError('verify-command needs a shell: neither bash nor sh is on the PATH; install one of them');
}

async function execute(
  { exec, env, inherited }: CustomOptions,
  program: string,
  args: string[],
  { signal, output }: Running,
): Promise<ExecResult> {
  if (signal.aborted) throw cancelled();
  // Standard output goes through line by line: a command may write more than fits into memory.
  const stdout = new PassThrough();
  const lines = createInterface({ input: stdout }).on('line', output.take);
  const read = once(lines, 'close');
  const childEnv = { ...harmless(inherited), ...env };
  const given: ExecOptions = { env: {}, set: childEnv, stdout, onLine: output.take, signal, group: true };
  try {
    return await exec(program, args, given);
  } finally {
    stdout.end();
    await read;
  }
}

/** Variables that hold no secret of this run and that programs count on. Never INPUT_* or ARGOCD_DR_*. */
const HARMLESS = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'TZ', 'TMPDIR', 'CI'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'DOCKER_HOST'],
  ...['GITHUB_ACTIONS', 'GITHUB_ACTOR', 'GITHUB_API_URL', 'GITHUB_EVENT_NAME', 'GITHUB_JOB', 'GITHUB_REF'],
  ...['GITHUB_REF_NAME', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ATTEMPT', 'GITHUB_RUN_ID', 'GITHUB_RUN_NUMBER'],
  ...['GITHUB_SERVER_URL', 'GITHUB_SHA', 'GITHUB_WORKFLOW', 'GITHUB_WORKSPACE'],
  ...['RUNNER_ARCH', 'RUNNER_NAME', 'RUNNER_OS', 'RUNNER_TEMP', 'RUNNER_TOOL_CACHE'],
]);

/** What of an environment a command of the user may see, and what the user names besides. */
export function harmless(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const more = passedOn(env);
  const isSeen = (name: string) => HARMLESS.has(name) || name.startsWith('LC_') || more.includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isSeen(name)));
}
