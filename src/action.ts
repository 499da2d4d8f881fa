import {
  actionsLog,
  fail,
  readActionInputs,
  saveCluster,
  savedCluster,
  saveIsPost,
  setOutputs,
} from './actions.js';
import { EXIT, messageOf } from './errors.js';
import { exec } from './exec.js';
import { execute } from './execute.js';
import { ACTION_MODES, allInputs, foreignInputs, type Inputs, parseInputs, wrongMode } from './inputs.js';
import type { OutputValues } from './outputs.js';
import type { Surroundings } from './session.js';

/** The action's main step, from its inputs to the exit code. */
export async function actionMain(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  saveIsPost();
  let inputs: Inputs | undefined;
  const around = step(env, signal, (outputs) => {
    const cluster = inputs && temporaryCluster(inputs, outputs);
    if (cluster) saveCluster(cluster);
  });
  const values = readActionInputs(allInputs(ACTION_MODES));
  const word = env.INPUT_MODE?.trim() ?? '';
  const mode = ACTION_MODES.find((known) => known === word);
  if (!mode) {
    around.setOutputs({ verdict: 'INFRA_ERROR', 'exit-code': String(EXIT.invalidInput) });
    around.fail(`mode: ${wrongMode(word, ACTION_MODES)}`);
    return EXIT.invalidInput;
  }
  for (const name of foreignInputs(mode, values)) around.log.warn(`input ${name} has no use in mode ${mode}`);
  return execute({ mode, values }, around, (parsed) => {
    inputs = parsed;
  });
}

function step(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  onOutputs: (outputs: OutputValues) => void,
): Surroundings {
  return {
    log: actionsLog(),
    env,
    signal,
    screen: process.stdout,
    color: true,
    setOutputs(outputs) {
      setOutputs(outputs, env);
      onOutputs(outputs);
    },
    fail,
  };
}

/** The cluster that the post step has to take down: one that this install made, and that is not to be kept. */
export function temporaryCluster(inputs: Inputs, outputs: OutputValues): string | undefined {
  const temporary = inputs.mode === 'install' && !inputs.keepCluster && inputs.cluster !== 'existing';
  return temporary ? outputs['cluster-name'] : undefined;
}

/** The action's post step: takes down what an install left up. What fails here fails no job, it is a warning. */
export async function actionPost(env: NodeJS.ProcessEnv): Promise<number> {
  const log = actionsLog();
  const name = savedCluster();
  if (name === '') return EXIT.pass;
  try {
    const inputs = await parseInputs({ mode: 'teardown', values: { 'cluster-name': name } }, env);
    const { teardown } = await import('./modes/teardown.js');
    await teardown(inputs, { log, env, exec });
  } catch (error) {
    log.warn(`cluster ${name} may be left behind: ${messageOf(error)}`);
  }
  return EXIT.pass;
}
