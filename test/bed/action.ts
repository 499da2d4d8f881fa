import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './bed.js';

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'index.js');

/** A job of GitHub Actions, as its runner makes it: folders that its steps share. */
export interface Job {
  temp: string;
  workspace: string;
  /** What every step of it sees. */
  env: NodeJS.ProcessEnv;
}

/** One step that uses the action. */
export interface Step {
  child: ChildProcess;
  /** All that it has printed, commands to the runner included. */
  printed(): string;
  ended: Promise<StepEnd>;
  /** Runs the post step, as the runner does at the job's end. */
  post(): Promise<StepEnd>;
}

export interface StepEnd {
  code: number | null;
  /** What was printed, without the commands that mask: the runner does not show them. */
  log: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
}

/** @param server what a job of a run sees of GitHub, see startGitHub() */
export function startJob(server: NodeJS.ProcessEnv = {}): Job {
  const dir = tempDir();
  const [temp, workspace] = [join(dir, 'temp'), join(dir, 'workspace')];
  for (const folder of [temp, workspace]) mkdirSync(folder);
  const { GITHUB_TOKEN: _, ...rest } = server;
  const env = {
    ...process.env,
    GITHUB_ACTIONS: 'true',
    RUNNER_TEMP: temp,
    GITHUB_WORKSPACE: workspace,
    ...rest,
  };
  return { temp, workspace, env };
}

/** Starts the action's bundle as a step of a job. */
export function startStep(job: Job, inputs: Record<string, string>): Step {
  const files = tempDir();
  const path = (name: string) => join(files, name);
  for (const name of ['output', 'state', 'summary']) writeFileSync(path(name), '');
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const env = {
    ...job.env,
    ...Object.fromEntries(given),
    GITHUB_OUTPUT: path('output'),
    GITHUB_STATE: path('state'),
    GITHUB_STEP_SUMMARY: path('summary'),
  };
  const read = () => ({
    outputs: commands(path('output')),
    state: commands(path('state')),
    summary: readFileSync(path('summary'), 'utf8'),
  });
  const run = (more: NodeJS.ProcessEnv) => start(job, { ...env, ...more }, read);
  return {
    ...run({}),
    post() {
      const state = Object.entries(read().state).map(([name, value]) => [`STATE_${name}`, value]);
      return run(Object.fromEntries(state)).ended;
    },
  };
}

function start(job: Job, env: NodeJS.ProcessEnv, read: () => Omit<StepEnd, 'code' | 'log'>) {
  const child = spawn(process.execPath, [BUNDLE], { cwd: job.workspace, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise<StepEnd>((resolve) => {
    child.once('close', (code) => resolve({ code, log: withoutMasks(said), ...read() }));
  });
  return { child, printed: () => said, ended };
}

const withoutMasks = (text: string) => text.replace(/^::add-mask::.*\n/gm, '');

/** The file of a command: `name<<delimiter`, lines, `delimiter`. The last value of a name counts. */
function commands(path: string): Record<string, string> {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const found = text.matchAll(/^([^\n=]+?)<<(\S+)\n([\s\S]*?)\n?^\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name!, value!]));
}
