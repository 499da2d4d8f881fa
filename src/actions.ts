import * as core from '@actions/core';
import type { InputSpec } from './inputs.js';
import type { Log } from './log.js';
import { type OutputName, type OutputValues, SECRET_OUTPUTS } from './outputs.js';
import { progressGate } from './terminal.js';

/** The log of a GitHub Actions step; warnings become annotations. */
export function actionsLog(now: () => number = () => performance.now()): Log {
  const due = progressGate(now);
  return {
    info: (line) => core.info(line),
    warn: (line) => core.warning(line),
    progress: (line) => {
      if (due()) core.info(line);
    },
  };
}

/** The text of the inputs that are set; secrets are masked in the log before anything else happens. */
export function readActionInputs(specs: readonly InputSpec[]): Record<string, string> {
  const set = specs
    .map((spec) => ({ spec, value: core.getInput(spec.name) }))
    .filter(({ value }) => value !== '');
  for (const { spec, value } of set) if (spec.secret) mask(value);
  return Object.fromEntries(set.map(({ spec, value }) => [spec.name, value]));
}

/** Masks each line: the runner compares the log with masks line by line. */
export function mask(secret: string): void {
  for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') core.setSecret(line.trim());
}

/** Sets the outputs of the step; secret ones are masked first. */
export function setOutputs(outputs: OutputValues, env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(outputs)) {
    // Outside of Actions the command that masks would itself show the secret.
    if (SECRET_OUTPUTS.has(name as OutputName) && env.GITHUB_ACTIONS === 'true') mask(value);
    core.setOutput(name, value);
  }
}

/** Marks the step as failed, with the message as an annotation. */
export const fail = (message: string): void => core.setFailed(message);

/** Keys of what the main step leaves for the post step. */
const STATE = { isPost: 'isPost', clusterName: 'clusterName' } as const;

/** Tells the post step that it is one. */
export const saveIsPost = (): void => core.saveState(STATE.isPost, 'true');

/** Tells the post step which cluster to take down. */
export const saveCluster = (name: string): void => core.saveState(STATE.clusterName, name);

/** The cluster that the post step takes down; empty where there is none. */
export const savedCluster = (): string => core.getState(STATE.clusterName);
