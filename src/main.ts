import { greeting, isActionStep, isPostStep, nodeProblem } from './greeting.js';
import { guardOutput } from './output-guard.js';
import { isSupervised } from './supervised.js';
import { isToBeSupervised, ownNode, supervise } from './supervisor.js';

const argv = process.argv.slice(2);
const { env } = process;

// A reader that goes away (`| head`) must not end a run in the middle.
process.stdout.on('error', () => {});
// A log is read by a runner, in a `run:` step too, which obeys what looks like a command; nobody obeys a terminal.
if (env.GITHUB_ACTIONS === 'true' || !process.stdout.isTTY) guardOutput();
const problem = nodeProblem(process.versions.node);
process.exitCode = (isSupervised(env) ? undefined : await inOwnProcess()) ?? (await begin());
// Open handles must not keep the process, but what is written must get out.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

/** The exit code of the process that does the work; undefined where this one does it itself. */
function inOwnProcess(): Promise<number | undefined> | undefined {
  const [, script = ''] = process.argv;
  const node = problem ? ownNode(script) : process.execPath;
  if (node === undefined || !(problem || isToBeSupervised(argv, env))) return undefined;
  return supervise(node, process.argv.slice(1), env);
}

function begin(): Promise<number> | number {
  process.stdout.write(`${greeting(argv, env)}\n`);
  if (!problem) return start().catch(fatal);
  process.stderr.write(`error: ${problem}\n`);
  return 2;
}

async function start(): Promise<number> {
  const signal = (await import('./signals.js')).cancelOnSignals();
  if (isPostStep(env)) return (await import('./action.js')).actionPost(env);
  if (isActionStep(argv, env)) return (await import('./action.js')).actionMain(env, signal);
  return (await import('./command-line.js')).commandLine(argv, env, signal);
}

function fatal(error: unknown): number {
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  return 1;
}
