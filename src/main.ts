import { greeting, isActionStep, isPostStep, nodeProblem } from './greeting.js';

const argv = process.argv.slice(2);
const { env } = process;

// A reader that goes away (`| head`) must not end a run in the middle.
process.stdout.on('error', () => {});
process.stdout.write(`${greeting(argv, env)}\n`);
const problem = nodeProblem(process.versions.node);
if (problem) process.stderr.write(`error: ${problem}\n`);
process.exitCode = problem ? 2 : await start().catch(fatal);
// Open handles must not keep the process, but what is written must get out.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

async function start(): Promise<number> {
  const signal = (await import('./signals.js')).cancelOnSignals();
  if (isPostStep(env)) return (await import('./action.js')).actionPost(env, signal);
  if (isActionStep(argv, env)) return (await import('./action.js')).actionMain(env, signal);
  return (await import('./command-line.js')).commandLine(argv, env, signal);
}

function fatal(error: unknown): number {
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  return 1;
}
