import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { defaultCacheDir } from '../../src/tools/store.js';
import { bed } from '../bed/bed.js';
import type { GitHubBed } from '../bed/github/server.js';
import { processesOf } from '../bed/processes.js';
import { jobsOf, linesOf, summariesOf } from './act-log.js';
import { actProgram } from './act-program.js';
import { type References, referencesOf } from './repository.js';

/*
 * Runs workflows with act in host mode: steps are processes of this machine, no containers. What is relied upon was
 * read in act v0.2.89 (pkg/runner) and tried:
 *
 * - `-P label=-self-hosted` is host mode. A job for another label is passed over, and act ends with 0: see `checked`.
 * - Whatever `node` is first on act's PATH runs actions, whatever `runs.using` says.
 * - A job sees act's own environment, under that of the workflow, under what comes by `--env`. Therefore act gets an
 *   environment made for it; and secrets by file: `-s NAME` would take them from the environment, which jobs see.
 *   Files for `--secret-file` and `--env-file` that end in .yaml are YAML, so JSON will do.
 * - Secrets and masks are hidden by plain replacement, in act's own words too: a token `x`, or a mask `s` by the
 *   signature in a URL of the artifact server, takes every such letter out of the log, and then `jobs` lacks jobs. With
 *   `--json` most messages are masked, but not their fields; only there the text of job summaries stands whole.
 * - RUNNER_TEMP and RUNNER_TOOL_CACHE are always act's own, below `--action-cache-path`, and removed with the job: what
 *   lies there must be looked at by the workflow itself (look/). etcd listens on a socket in RUNNER_TEMP, and the path
 *   of a socket has 107 characters: the folder of a run must have a short name.
 * - `--local-repository owner/name@ref=folder` serves steps and reusable workflows alike; the ref is compared as text.
 *   act keeps what it found in a map without a lock: jobs of one matrix that run at once may end it.
 * - actions/checkout of the repository itself is skipped, its files are copied; without it the workspace is empty.
 * - `./.github/workflows/x.yml` in a called workflow is taken from the caller's repository, on GitHub from the called.
 * - A called workflow has only the secrets that it is given, not even GITHUB_TOKEN; `github.token` it has. Once it has
 *   failed, jobs of the caller that need it are not started, `if: always()` or not.
 * - Inputs of workflow_dispatch are texts in the event; `true` that is no text is false.
 * - The artifact service is looked for at ACTIONS_RESULTS_URL, as long as `--artifact-server-path` is not given.
 * - The cache service is act's own, version 1 of the protocol, at an ACTIONS_CACHE_URL that act sets;
 *   ACTIONS_CACHE_SERVICE_V2 in the environment makes @actions/cache use ACTIONS_RESULTS_URL instead.
 * - SIGINT: the main step under way is killed at once (SIGKILL, its children are not); post steps and steps with
 *   `always()` run. What the killed step had written to GITHUB_STATE reaches its post step. Exit code 1.
 * - A command whose data has `::` in it, such as the mask of a role's ARN, is read at the last of them, and shown.
 * - Not done: permissions, concurrency, environments, `choice`, required inputs, `paths`, GITHUB_ACTION_PATH.
 */

/** The folder of the Node.js that runs actions; the one that `npm ci` installs is the version that runners have. */
const NODE = dirname(realpathSync(join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'node')));

/** Labels of runners that stand for this machine. */
const RUNNERS = ['ubuntu-latest', 'ubuntu-24.04', 'self-hosted'];

/** What of the machine's environment a job sees besides what act makes. */
const PASSED_ON = ['LANG', 'SSL_CERT_FILE', 'GOPROXY', 'GOFLAGS', 'GOSUMDB', 'GOTOOLCHAIN'];

/** A runner without Docker, though this machine may have it. */
const NO_DOCKER = 'unix:///nowhere/docker.sock';

/** Long enough not to be part of anything else in a log. */
const TOKEN = 'ghs_ofTheTestsThatRunWorkflows00000000';

const POLL_MS = 50;

/** The lines that say no more than that something is masked: hundreds. */
const MASKING = /^.*⚙ {2}\*\*\*\n/gmu;

/** Without a server nobody answers, least of all GitHub. */
const NO_SERVER: Record<string, string> = {
  GITHUB_REPOSITORY: 'octo-org/octo-repo',
  GITHUB_API_URL: 'http://127.0.0.1:9',
};

export interface ActOptions {
  /** Folder of the repository, see `repository`. */
  repo: string;
  /** Path of the workflow in the repository. */
  workflow: string;
  event: string;
  /** `github.event`; branch main is the default branch unless this says otherwise. */
  eventFile?: Record<string, unknown>;
  /** Inputs of workflow_dispatch. */
  inputs?: Record<string, string>;
  /** GITHUB_TOKEN is one in any case. A short value is masked out of the middle of words. */
  secrets?: Record<string, string>;
  /** Variables of the repository: `vars`. */
  vars?: Record<string, string>;
  /** Stronger than `env:` of the workflow. */
  env?: Record<string, string>;
  /** Answers REST, and keeps artifacts and, if it can, caches. */
  server?: Pick<GitHubBed, 'env'>;
  /** DOCKER_HOST of the jobs; without it they have no Docker. */
  docker?: string;
  /** Whether each job of this repository's reusable workflows has look/ as its first step, which sees what is left. */
  watched?: boolean;
  /** What stands in for actions and reusable workflows of others, by `owner/name@ref`. */
  references?: References;
  /** Cancels the run, as a user would on GitHub, as soon as this is so; asked many times a second. */
  cancelWhen?: (now: Moment) => boolean;
  /** Lets act log in JSON, unmasked; then there are summaries. */
  json?: boolean;
}

/** A run under way. */
export interface Moment {
  log: string;
  /** The processes of its jobs that name a file of theirs in their arguments, such as etcd. */
  processes: () => string[];
}

export interface ActRun {
  /** 0, or 1 where a job failed; null where act was killed. */
  code: number | null;
  /** All that act and the jobs printed, masked as users would see it, without colours. */
  log: string;
  /** By `workflow/job`, as it stands in front of the lines of the log; a called job by `job/workflow/job`. */
  jobs: Record<string, 'succeeded' | 'failed'>;
  /** Texts of job summaries as they were written, one for each step that wrote one; with `json` only. */
  summaries: string[];
  /** Processes of the jobs that still run, and files in the temporary folder (TMPDIR, not RUNNER_TEMP). */
  left: string[];
}

/**
 * Runs one workflow.
 * @throws where the workflow uses what is not here, asks for a runner that is not here, or ends before it is cancelled
 */
export async function runAct(options: ActOptions): Promise<ActRun> {
  const program = await actProgram();
  const folder = runFolder();
  const args = argumentsOf(options, folder);
  const child = spawn(program, args, {
    cwd: options.repo,
    env: environmentOf(options, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not to be reached by the terminal's Ctrl-C: the test itself ends act.
    detached: true,
  });
  bed.defer(
    () => void child.kill('SIGKILL'),
    () => void child.kill('SIGKILL'),
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const now = {
    get log() {
      return stripVTControlCharacters(said);
    },
    processes: () => processesOf(folder),
  };
  const cancelled = cancelling(child, () => options.cancelWhen?.(now) ?? false);
  const code = await endOf(child);
  const log = now.log.replace(MASKING, '');
  checked(log, options.cancelWhen === undefined || cancelled());
  const lines = linesOf(log, options.json);
  return { code, log, jobs: jobsOf(lines), summaries: summariesOf(lines), left: leftIn(folder) };
}

/** A folder for all that a run writes. What is left in it, processes included, goes with the test file. */
function runFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'act-'));
  const remove = () => {
    for (const line of processesOf(folder)) kill(Number.parseInt(line, 10));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  bed.defer(remove, remove);
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
  return folder;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function argumentsOf(options: ActOptions, folder: string): string[] {
  const { repo, workflow, event, inputs, secrets, vars = {}, json = false } = options;
  const file = (name: string, content: object): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const happened = { repository: { default_branch: 'main' }, ...options.eventFile };
  const references = Object.entries(referencesOf(repo, workflow, options));
  return [
    event,
    `--workflows=${workflow}`,
    `--eventpath=${file('event.json', inputs ? { ...happened, inputs } : happened)}`,
    `--secret-file=${file('secrets.yaml', { GITHUB_TOKEN: TOKEN, ...secrets })}`,
    `--var-file=${file('vars.yaml', vars)}`,
    `--env-file=${file('env.yaml', { ...ofGitHub(options), ...options.env })}`,
    ...RUNNERS.map((label) => `--platform=${label}=-self-hosted`),
    ...references.map(([reference, at]) => `--local-repository=${reference}=${at}`),
    `--action-cache-path=${join(folder, 'c')}`,
    `--cache-server-path=${join(folder, 'caches')}`,
    '--cache-server-addr=127.0.0.1',
    // Two control planes at once are slow; and see above for the map without a lock.
    '--concurrent-jobs=1',
    '--defaultbranch=main',
    '--actor=octocat',
    '--pull=false',
    '--rm',
    ...(ofServer(options).runner.ACTIONS_CACHE_SERVICE_V2 ? ['--no-cache-server'] : []),
    ...(json ? ['--json'] : []),
  ];
}

/** act's environment, and so the machine that jobs see: no user, nothing of this one's but programs and tools. */
function environmentOf(options: ActOptions, folder: string): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    PATH: [NODE, process.env.PATH].join(delimiter),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    DOCKER_HOST: options.docker ?? NO_DOCKER,
    ARGOCD_DR_CACHE: defaultCacheDir(process.env),
    ...ofServer(options).runner,
  };
}

/** What GitHub tells a job that act does not know; of a called workflow the caller. */
function ofGitHub(options: ActOptions): Record<string, string> {
  const { github } = ofServer(options);
  return {
    ...github,
    GITHUB_WORKFLOW_REF: `${github.GITHUB_REPOSITORY}/${options.workflow}@refs/heads/main`,
  };
}

/** What the server says of itself: GITHUB_* are act's to set, the rest is the runner's. */
function ofServer({ server }: ActOptions) {
  const { GITHUB_TOKEN: _, ...env } = server?.env ?? NO_SERVER;
  const isGitHub = ([name]: [string, string]) => name.startsWith('GITHUB_');
  const entries = Object.entries(env);
  return {
    github: Object.fromEntries(entries.filter(isGitHub)),
    runner: Object.fromEntries(entries.filter((entry) => !isGitHub(entry))),
  };
}

/**
 * Cancels act once, when the time has come.
 * @returns whether it has been
 */
function cancelling(child: ChildProcess, due: () => boolean): () => boolean {
  let cancelled = false;
  const timer = setInterval(() => {
    if (!due()) return;
    clearInterval(timer);
    cancelled = child.kill('SIGINT');
  }, POLL_MS);
  child.once('close', () => clearInterval(timer));
  return () => cancelled;
}

const endOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });

/** What would make a test pass for nothing. */
function checked(log: string, cancelled: boolean): void {
  if (log.includes('Skipping unsupported platform'))
    throw new Error(`a job asks for a runner that is not here; there are ${RUNNERS.join(', ')}:\n${log}`);
  if (!cancelled) throw new Error(`act ended before it was cancelled:\n${log}`);
}

const leftIn = (folder: string): string[] => [
  ...processesOf(folder).map((line) => `process ${line.trim()}`),
  ...readdirSync(join(folder, 'tmp')),
];
