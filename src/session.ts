import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps, ModeResult } from './deps.js';
import { EXIT, type ExitCode, infraError, messageOf } from './errors.js';
import type { Exec } from './exec.js';
import { formatDuration, type Inputs } from './inputs.js';
import type { Log } from './log.js';
import type { OutputValues } from './outputs.js';
import { printable } from './report/format.js';
import { outcomeOf, Recorder } from './report/recorder.js';
import type { Mode, Report } from './report/report.js';
import type { ReportFiles } from './report/write.js';
import type { Runner } from './runner.js';
import { Scope } from './scope.js';
import type { Screen } from './terminal.js';
import type { Tools } from './tools/tools.js';

/** Where a run takes place: a terminal or a step of GitHub Actions. */
export interface Surroundings {
  log: Log;
  env: NodeJS.ProcessEnv;
  /** Aborted when the run is stopped from outside; its reason is the error to end with. */
  signal: AbortSignal;
  runner: Runner;
  screen: Screen;
  color: boolean;
  setOutputs(outputs: OutputValues): Promise<void> | void;
  /** Told once, where the exit code is not 0. */
  fail(message: string): void;
}

/** What a session puts together; tests hand in their own. */
export interface Parts {
  run(inputs: Inputs, deps: Deps): Promise<ModeResult>;
  exec: Exec;
  /** Hands the finished report on, to GitHub; never rejects. */
  evidence?: Evidence;
  tools(inputs: Inputs, deps: Omit<Deps, 'tools' | 'recorder'>): Promise<Tools> | Tools;
  /** What is waited for after an abort until the mode is given up, in milliseconds. */
  graceMs?: number;
}

/** Where a finished report goes besides; the outputs that come of it. */
export type Evidence = (
  inputs: Inputs,
  saved: { report: Report; files: ReportFiles; outputs: OutputValues },
  around: Surroundings,
) => Promise<OutputValues>;

const GRACE_MS = 5_000;
/** Timers take no longer delay than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One run from typed inputs to its exit code: applies the timeout, turns whatever is thrown into a report, writes
 * the report, takes everything back, prints the report and sets the outputs. Never rejects.
 */
export async function session(inputs: Inputs, around: Surroundings, parts: Parts): Promise<ExitCode> {
  const startedAt = new Date();
  const scope = new Scope(around.runner.tempDir);
  const deadline = new AbortController();
  const signal = AbortSignal.any([around.signal, deadline.signal]);
  let tools: Tools | undefined;
  // `auto` is settled by the mode, once it knows where the restore goes.
  const level = 'level' in inputs && inputs.level !== 'auto' ? inputs.level : null;
  const recorder = new Recorder({ mode: inputs.mode, startedAt, level, tools: () => tools?.used() ?? [] });
  const timer = setTimeout(
    () => deadline.abort(timedOut(inputs.timeout, recorder)),
    Math.min(inputs.timeout, LONGEST_TIMER_MS),
  );
  const work = async () => {
    const { log, env, runner } = around;
    const deps = { log, exec: parts.exec, runner, scope, signal, env, startedAt };
    tools = await parts.tools(inputs, deps);
    return parts.run(inputs, { ...deps, tools, recorder });
  };
  const result = await attempt(work(), recorder, signal, parts.graceMs ?? GRACE_MS);
  clearTimeout(timer);
  const evidence: Handover = async (saved) => (await parts.evidence?.(inputs, saved, around)) ?? {};
  return conclude(result, inputs.reportDir, scope, around, { shown: forConsole, evidence });
}

/** Ends a run whose inputs are not valid: nothing is started, the report is written all the same. */
export function refuse(
  mode: Mode,
  reportDir: string,
  error: unknown,
  around: Surroundings,
): Promise<ExitCode> {
  const recorder = new Recorder({ mode, startedAt: new Date() });
  const result = { report: recorder.failed(error), outputs: {} };
  const shown = ({ message }: Report) => `error: ${printable(message)}`;
  return conclude(result, reportDir, new Scope(), around, { shown, evidence: async () => ({}) });
}

function timedOut(timeout: number, recorder: Recorder): Error {
  const phase = recorder.currentPhase();
  const where = phase === undefined ? '' : ` in phase "${phase}"`;
  return infraError(
    `timed out after ${formatDuration(timeout)}${where}; raise timeout if this is expected to take longer`,
  );
}

async function attempt(
  work: Promise<ModeResult>,
  recorder: Recorder,
  signal: AbortSignal,
  graceMs: number,
): Promise<ModeResult> {
  const settled = new AbortController();
  try {
    const { report, outputs } = await Promise.race([work, overdue(signal, graceMs, settled.signal)]);
    return { report, outputs: { ...recorder.outputs(), ...outputs } };
  } catch (error) {
    // After an abort everything fails somehow; what counts is why the run was stopped.
    const report = recorder.failed(signal.aborted ? signal.reason : error);
    return { report, outputs: recorder.outputs() };
  } finally {
    settled.abort();
  }
}

/** Rejects when a run goes on for too long after it was stopped; stays silent once it is `settled`. */
async function overdue(signal: AbortSignal, graceMs: number, settled: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: settled });
  });
  await sleep(graceMs, undefined, { signal: settled }).catch(() => {});
  throw signal.reason;
}

/** What is printed of a report at the end. */
type Shown = (report: Report, around: Surroundings) => Promise<string> | string;
type Handover = (saved: Parameters<Evidence>[1]) => Promise<OutputValues>;

const forConsole: Shown = async (report, { screen, color }) => {
  const { renderConsole } = await import('./report/console.js');
  return `\n${renderConsole(report, { color, width: screen.columns ?? 100 })}`;
};

async function conclude(
  { report, outputs }: ModeResult,
  reportDir: string,
  scope: Scope,
  around: Surroundings,
  { shown, evidence }: { shown: Shown; evidence: Handover },
): Promise<ExitCode> {
  const { writeReport } = await import('./report/write.js');
  // A run that was cancelled may be killed before clean-up ends; the report is safe by then.
  await writeReport(report, reportDir).catch(() => undefined);
  const final = withWarning(report, await failureToClose(scope));
  const saved = await save(final, reportDir, around);
  await print(saved.report, shown, around);
  const { files } = saved;
  if (files === undefined) return publish(saved.report, outputs, around);
  const paths = { report: files.json, 'report-html': files.html };
  const kept = await evidence({ report: saved.report, files, outputs });
  return publish(saved.report, { ...outputs, ...kept, ...paths }, around);
}

/** Prints the report. Where that fails, its outputs and files still tell. */
async function print(report: Report, shown: Shown, around: Surroundings): Promise<void> {
  try {
    around.screen.write(`${await shown(report, around)}\n`);
  } catch (error) {
    around.log.warn(`the report is not printed: ${messageOf(error)}`);
  }
}

/** Writes the report for good. A PASS whose report cannot be written is none. */
async function save(report: Report, dir: string, { env, log }: Surroundings) {
  const { writeReport } = await import('./report/write.js');
  try {
    const files = await writeReport(report, dir, { stepSummary: env.GITHUB_STEP_SUMMARY });
    return { report, files };
  } catch (error) {
    log.warn(`the report is not written: ${messageOf(error)}`);
    const outcome = report.exitCode === EXIT.pass ? outcomeOf(error) : {};
    return { report: { ...report, ...outcome }, files: undefined };
  }
}

async function failureToClose(scope: Scope): Promise<string | undefined> {
  try {
    await scope.close();
    return undefined;
  } catch (error) {
    const failures = error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)];
    return `Clean-up failed, something may be left behind: ${failures.join('; ')}`;
  }
}

const withWarning = (report: Report, warning: string | undefined): Report =>
  warning === undefined ? report : { ...report, warnings: [...report.warnings, warning] };

async function publish(report: Report, outputs: OutputValues, around: Surroundings): Promise<ExitCode> {
  await around.setOutputs({ ...outputs, ...outputsOf(report) });
  if (report.exitCode !== EXIT.pass) around.fail(report.message);
  return report.exitCode as ExitCode;
}

function outputsOf({ verdict, exitCode, rpoSeconds, rtoSeconds }: Report): OutputValues {
  return {
    verdict,
    'exit-code': String(exitCode),
    ...(rpoSeconds === null ? {} : { 'rpo-seconds': String(Math.round(rpoSeconds)) }),
    ...(rtoSeconds === null ? {} : { 'rto-seconds': String(Math.round(rtoSeconds)) }),
  };
}
