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
import type { Surroundings } from './session.js';

/** The action's main step, from its inputs to the exit code. */
export async function actionMain(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  saveIsPost();
  const around = step(env, signal);
  const values = readActionInputs(allInputs(ACTION_MODES));
  const word = env.INPUT_MODE?.trim() ?? '';
  const mode = ACTION_MODES.find((known) => known === word);
  if (!mode) {
    around.setOutputs({ verdict: 'INFRA_ERROR', 'exit-code': String(EXIT.invalidInput) });
    around.fail(`mode: ${wrongMode(word, ACTION_MODES)}`);
    return EXIT.invalidInput;
  }
  for (const name of foreignInputs(mode, values)) around.log.warn(`input ${name} has no use in mode ${mode}`);
  return execute({ mode, values }, around, rememberCluster);
}

function step(env: NodeJS.ProcessEnv, signal: AbortSignal): Surroundings {
  return {
    log: actionsLog(),
    env,
    signal,
    screen: process.stdout,
    color: true,
    setOutputs: (outputs) => setOutputs(outputs, env),
    fail,
  };
}

/** Before the cluster is made, so that the post step finds it however the main step ends. */
function rememberCluster(inputs: Inputs): void {
  if (inputs.mode !== 'install' || inputs.keepCluster || inputs.cluster === 'existing') return;
  saveCluster(inputs.clusterName);
}

/** The action's post step: takes down what an install left up. What fails here fails no job, it is a warning. */
export async function actionPost(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const log = actionsLog();
  const name = savedCluster();
  if (name === '') return EXIT.pass;
  try {
    const inputs = await parseInputs({ mode: 'teardown', values: { 'cluster-name': name } }, env);
    const { teardown } = await import('./modes/teardown.js');
    await teardown(inputs, { log, env });
  } catch (error) {
    log.warn(`cluster ${name} may be left behind: ${messageOf(error)}`);
  }
  return EXIT.pass;
}
