import * as core from '@actions/core';
import { type Annotation, emitAnnotations, shownAnnotations } from './github/annotations.js';
import type { InputSpec } from './inputs.js';
import type { Log } from './log.js';
import { command } from './output-guard.js';
import { type OutputName, type OutputValues, SECRET_OUTPUTS } from './outputs.js';
import { isHidable, linesOf } from './redact.js';
import { printable } from './report/format.js';
import { harmlessText } from './report/harmless.js';
import { VERDICTS } from './report/report.js';
import { progressGate } from './terminal.js';

/** The log of a GitHub Actions step; warnings become annotations. No line of text is a command to the runner. */
export function actionsLog(now: () => number = () => performance.now()): Log {
  const due = progressGate(now);
  const info = (line: string) => core.info(harmlessText(printable(line)));
  return {
    info,
    warn: (line) => command(() => core.warning(printable(line))),
    progress: (line) => {
      if (due()) info(line);
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
  for (const line of linesOf(secret)) if (line !== '') hide(line);
}

/**
 * Masks every secret value of a source, as a whole and line by line. The runner finds the base64, JSON and URL forms
 * of a mask by itself. What is too short to hide, or a word that is everywhere, is left; so is what the outputs show
 * anyway: the runner drops a job's output in which it finds a masked value.
 */
export function maskAll(values: Iterable<string>, env: NodeJS.ProcessEnv): void {
  const shown = shownAnyway(env);
  const lines = new Set<string>();
  for (const value of values) for (const line of [value.trim(), ...linesOf(value)]) lines.add(line);
  for (const line of lines) if (isHidable(line) && !shown.some((text) => text.includes(line))) hide(line);
}

const hide = (line: string): void => command(() => core.setSecret(line));

/** Texts that outputs are made of, and everybody knows who sees the run. */
function shownAnyway({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: NodeJS.ProcessEnv): string[] {
  const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  return [`${run}/artifacts/`, ...VERDICTS];
}

/** Annotations of this step, as many as GitHub shows. */
export const annotate = (annotations: readonly Annotation[]): void =>
  command(() => emitAnnotations(shownAnnotations(annotations), core));

/** Sets the outputs of the step; secret ones are masked first. */
export function setOutputs(outputs: OutputValues, env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(outputs)) {
    // Outside of Actions the command that masks would itself show the secret.
    if (SECRET_OUTPUTS.has(name as OutputName) && env.GITHUB_ACTIONS === 'true') mask(value);
    command(() => core.setOutput(name, value));
  }
}

/** Marks the step as failed, with the message as an annotation. */
export const fail = (message: string): void => command(() => core.setFailed(printable(message)));

/** Keys of what the main step leaves for the post step. */
const STATE = { isPost: 'isPost', tempDir: 'tempDir', clusters: 'clusters' } as const;

/** What the post step has to take away. */
export interface Leftovers {
  /** The folder of all private folders of the main step; empty where it had none. */
  tempDir: string;
  /** Names of clusters. */
  clusters: string[];
}

/** Tells the post step that it is one, and where the main step's folders are. */
export function saveState(tempDir: string): void {
  command(() => {
    core.saveState(STATE.isPost, 'true');
    core.saveState(STATE.tempDir, tempDir);
  });
}

/** Tells the post step which clusters to take down; the last call counts. */
export const saveClusters = (names: readonly string[]): void =>
  command(() => core.saveState(STATE.clusters, names));

/** What the main step has told. */
export function savedLeftovers(): Leftovers {
  const clusters = core.getState(STATE.clusters);
  return {
    tempDir: core.getState(STATE.tempDir),
    clusters: clusters === '' ? [] : (JSON.parse(clusters) as string[]),
  };
}
