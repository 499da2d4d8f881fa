import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  actionsLog,
  annotate,
  fail,
  maskAll,
  readActionInputs,
  saveClusters,
  savedLeftovers,
  saveState,
  setOutputs,
} from './actions.js';
import { EXIT, messageOf } from './errors.js';
import { exec } from './exec.js';
import { execute } from './execute.js';
import { ACTION_MODES, allInputs, foreignInputs, wrongMode } from './inputs.js';
import type { Log } from './log.js';
import { foreign } from './output-guard.js';
import { folderPrefix } from './owner.js';
import type { Runner } from './runner.js';
import type { Surroundings } from './session.js';
import { sweep } from './sweep.js';

/** The action's main step, from its inputs to the exit code. */
export async function actionMain(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
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
  return execute({ mode, values }, around);
}

function step(env: NodeJS.ProcessEnv, signal: AbortSignal): Surroundings {
  return {
    log: actionsLog(),
    env,
    signal,
    runner: actionRunner(env),
    screen: process.stdout,
    color: true,
    setOutputs: (outputs) => setOutputs(outputs, env),
    fail,
  };
}

/** The post step is told of folders and clusters before they are made: a cancelled step may be killed at any time. */
function actionRunner(env: NodeJS.ProcessEnv): Runner {
  const tempDir = mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), folderPrefix('step')));
  const clusters: string[] = [];
  saveState(tempDir);
  return {
    tempDir,
    annotate,
    mask: async (values) => maskAll(await values(), env),
    foreign,
    makes(cluster) {
      clusters.push(cluster);
      saveClusters(clusters);
    },
  };
}

/** The action's post step: takes away what the main step left. What fails here fails no job, it is a warning. */
export async function actionPost(env: NodeJS.ProcessEnv): Promise<number> {
  const log = actionsLog();
  const { clusters, tempDir } = savedLeftovers();
  // Processes first: one of them may be making a cluster.
  const killed = await warned(log, `what was in ${tempDir}`, async () => {
    const lines = tempDir === '' ? [] : await sweep(tempDir, exec);
    for (const line of lines) log.info(line);
    return lines.length > 0;
  });
  for (const name of clusters) {
    await warned(log, `cluster ${name}`, async () => {
      const { removeCluster, removeUnfinished } = await import('./modes/teardown.js');
      const remove = killed === false ? removeCluster : removeUnfinished;
      if (await remove(name, { exec, env })) log.info(`removed cluster ${name}`);
    });
  }
  return EXIT.pass;
}

async function warned<T>(log: Log, what: string, remove: () => Promise<T>): Promise<T | undefined> {
  try {
    return await remove();
  } catch (error) {
    log.warn(`${what} may be left behind: ${messageOf(error)}`);
    return undefined;
  }
}
