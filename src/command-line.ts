import { EXIT, messageOf } from './errors.js';
import { exec } from './exec.js';
import { execute } from './execute.js';
import { type Command, type Given, help, parseCommandLine, parseInputs } from './inputs.js';
import type { Log } from './log.js';
import { foreign } from './output-guard.js';
import type { OutputValues } from './outputs.js';
import { outcomeOf } from './report/recorder.js';
import { noRunner, type Runner } from './runner.js';
import type { Surroundings } from './session.js';
import { tellCluster } from './supervised.js';
import { printOutputs, terminalLog } from './terminal.js';

/** The command line from its words to the exit code. */
export async function commandLine(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const command = parseCommandLine(argv);
  switch (command.kind) {
    case 'version':
      return EXIT.pass; // The greeting has said it.
    case 'help':
      process.stdout.write(`\n${help(command.mode)}`);
      return EXIT.pass;
    case 'usage':
      process.stderr.write(`error: ${command.problem}\nnode dist/index.js --help tells more\n`);
      return EXIT.invalidInput;
    case 'run':
      return runCommand(command, terminal(env, signal));
    default:
      return command satisfies never;
  }
}

function terminal(env: NodeJS.ProcessEnv, signal: AbortSignal): Surroundings {
  const setOutputs = async (outputs: OutputValues) => {
    printOutputs(outputs);
    if (env.GITHUB_OUTPUT) (await import('./actions.js')).setOutputs(outputs, env);
  };
  const color = Boolean(process.stdout.isTTY) && !env.NO_COLOR;
  const log = terminalLog();
  return {
    log,
    env,
    signal,
    runner: terminalRunner(log, env),
    screen: process.stdout,
    color,
    setOutputs,
    fail() {},
  };
}

/** On a terminal nothing is masked: the command that masks would itself print the secrets. */
function terminalRunner(log: Log, env: NodeJS.ProcessEnv): Runner {
  return {
    ...noRunner,
    makes: tellCluster,
    foreign: env.GITHUB_ACTIONS === 'true' ? foreign : noRunner.foreign,
    annotate(annotations) {
      for (const { level, file, line, message } of annotations) {
        const place = [file, line].filter((part) => part !== undefined).join(':');
        const text = place === '' ? message : `${place}: ${message}`;
        if (level === 'warning') log.warn(text);
        else log.info(`error: ${text}`);
      }
    },
  };
}

function runCommand(command: Command & { kind: 'run' }, around: Surroundings): Promise<number> {
  const { mode, values, problems, warnings } = command;
  for (const warning of warnings) around.log.warn(warning);
  return mode === 'teardown'
    ? takeDown({ mode, values, problems }, around)
    : execute({ mode, values, problems }, around);
}

/** Teardown makes no report: there is no verdict to give. */
async function takeDown(given: Given<'teardown'>, { log, env }: Surroundings): Promise<number> {
  try {
    const inputs = await parseInputs(given, env);
    const { teardown } = await import('./modes/teardown.js');
    await teardown(inputs, { log, env, exec });
    return EXIT.pass;
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return outcomeOf(error).exitCode;
  }
}
