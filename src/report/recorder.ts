import { AsyncLocalStorage } from 'node:async_hooks';
import { DrError, EXIT, type ExitCode, messageOf } from '../errors.js';
import type { OutputName, OutputValues } from '../outputs.js';
import { createRedactor, type Redactor } from '../redact.js';
import {
  type Change,
  type Check,
  type Difference,
  type Level,
  type Metric,
  type Mode,
  type Phase,
  REPORT_FORMAT_VERSION,
  type Report,
  type ToolUse,
  type Verdict,
  type Workload,
} from './report.js';
import type { Outcome } from './verdict.js';

export interface RecorderOptions {
  mode: Mode;
  startedAt: Date;
  level?: Level | null;
  /** The tools handed out so far; asked when the report is made. */
  tools?: () => ToolUse[];
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/** What is known of the backup and of the drill; each part may be told as soon as it is known. */
export type Facts = Partial<Pick<Report, 'backup' | 'drill' | 'rpoSeconds' | 'rtoSeconds' | 'level'>>;

/** The verdict that goes with the exit code of an error. */
function verdictFor(exitCode: ExitCode): Verdict {
  switch (exitCode) {
    case EXIT.pass:
      return 'PASS';
    case EXIT.partial:
      return 'PARTIAL';
    case EXIT.fail:
    case EXIT.cannotOpen:
    // Thrown where there is no backup at all: nothing was proven.
    case EXIT.objectiveMissed:
      return 'FAIL';
    default:
      return 'INFRA_ERROR';
  }
}

/** How a run ends that threw: by the exit code of a DrError, else as an unexpected error. */
export function outcomeOf(error: unknown): Outcome {
  const exitCode = error instanceof DrError ? error.exitCode : EXIT.unexpected;
  const message =
    error instanceof DrError
      ? messageOf(error)
      : `Unexpected error, a fault of argocd-dr: ${messageOf(error)}. Please report it with this report.json.`;
  return { verdict: verdictFor(exitCode), exitCode, message };
}

/** Gathers what happens in a run, and makes the report of it at any time: at its end, or when it fails. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #now: () => number;
  readonly #zero: number;
  readonly #phases: Phase[] = [];
  readonly #running = new Map<Phase, string>();
  readonly #enclosing = new AsyncLocalStorage<Phase>();
  readonly #checks: Check[] = [];
  readonly #differences: Difference[] = [];
  readonly #warnings = new Set<string>();
  readonly #outputs: OutputValues = {};
  readonly #metrics = new Map<string, Metric>();
  readonly #changes = new Map<string, Change>();
  #workloads: Workload[] = [];
  readonly #hidden = new Set<string>();
  #redact: Redactor = (text) => text;
  #facts: Facts;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#zero = this.#now();
    this.#facts = { level: options.level ?? null };
  }

  /** Milliseconds since the run started. */
  elapsedMs(): number {
    return this.#now() - this.#zero;
  }

  /** Runs and times one phase. Phases may overlap; one begun within another is a part of it. One that throws is recorded too. */
  async phase<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    const enclosing = this.#enclosing.getStore();
    const parent = enclosing && this.#running.has(enclosing) ? this.#phases.indexOf(enclosing) : -1;
    const phase: Phase = {
      name,
      startMs: this.elapsedMs(),
      endMs: 0,
      ...(parent >= 0 ? { parent } : {}),
    };
    this.#phases.push(phase);
    this.#running.set(phase, name);
    try {
      return await this.#enclosing.run(phase, run);
    } finally {
      this.#running.delete(phase);
      phase.endMs = this.elapsedMs();
    }
  }

  /** The name of the phase that started last among those still running. */
  currentPhase(): string | undefined {
    return [...this.#running.values()].at(-1);
  }

  check(...checks: Check[]): void {
    this.#checks.push(...checks);
  }

  /** Forgets the checks made after the first `count`: those of an attempt that was begun again. */
  forgetChecks(count: number): void {
    this.#checks.length = Math.min(count, this.#checks.length);
  }

  differences(differences: Iterable<Difference>): void {
    for (const difference of differences) this.#differences.push(difference);
  }

  /** Argo CD's workloads as they stand; later ones replace earlier ones. */
  workloads(workloads: Workload[]): void {
    this.#workloads = [...workloads];
  }

  /** Later figures of a name replace earlier ones. */
  metrics(...metrics: Metric[]): void {
    for (const metric of metrics) this.#metrics.set(metric.name, metric);
  }

  /** What a newer Argo CD changed in the restored objects; a change that is told again is kept once. */
  changes(changes: Iterable<Change>): void {
    for (const change of changes) this.#changes.set(JSON.stringify(change), change);
  }

  /** The checks made so far. */
  get checks(): readonly Check[] {
    return this.#checks;
  }

  /** What is known so far of the backup and of the drill. */
  get facts(): Readonly<Facts> {
    return this.#facts;
  }

  /** What a reader should know though it decides nothing; a repeated line is kept once. */
  warn(line: string): void {
    this.#warnings.add(line);
  }

  /** Notes what became known; later values replace earlier ones. */
  note(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  backup(backup: NonNullable<Report['backup']>): void {
    this.note({ backup });
  }

  drill(drill: NonNullable<Report['drill']>): void {
    this.note({ drill });
  }

  /**
   * From now on these values too are hidden in the messages of errors: what went wrong is told in the words of programs
   * and servers, which may quote them.
   */
  hide(secretValues: readonly string[]): void {
    for (const value of secretValues) this.#hidden.add(value);
    let redactor: Redactor | undefined;
    this.#redact = (text) => {
      redactor ??= createRedactor(this.#hidden);
      return redactor(text);
    };
  }

  /** The message of an error, without the values to hide. */
  messageOf(error: unknown): string {
    return this.#redact(messageOf(error));
  }

  /** Tells an output before the end: it is set even if the run fails later. */
  output(name: OutputName, value: string): void {
    this.#outputs[name] = value;
  }

  /** The outputs told so far. */
  outputs(): OutputValues {
    return { ...this.#outputs };
  }

  /** The report as of now. A phase still running ends now. */
  finish(outcome: Outcome): Report {
    const elapsed = this.elapsedMs();
    const endOf = (phase: Phase) => (this.#running.has(phase) ? elapsed : phase.endMs);
    return {
      formatVersion: REPORT_FORMAT_VERSION,
      mode: this.#options.mode,
      verdict: outcome.verdict,
      exitCode: outcome.exitCode,
      message: outcome.message,
      startedAt: this.#options.startedAt.toISOString(),
      finishedAt: new Date(this.#options.startedAt.getTime() + elapsed).toISOString(),
      rpoSeconds: null,
      rtoSeconds: null,
      level: null,
      backup: null,
      drill: null,
      ...this.#facts,
      tools: this.#options.tools?.() ?? [],
      phases: this.#phases.map((phase) => ({ ...phase, endMs: endOf(phase) })),
      checks: [...this.#checks],
      differences: [...this.#differences],
      warnings: [...this.#warnings],
      ...(this.#workloads.length > 0 ? { workloads: [...this.#workloads] } : {}),
      ...(this.#metrics.size > 0 ? { metrics: [...this.#metrics.values()] } : {}),
      ...(this.#changes.size > 0 ? { changes: [...this.#changes.values()] } : {}),
    };
  }

  /** The report of a run that threw, with all that was gathered before. */
  failed(error: unknown): Report {
    const outcome = outcomeOf(error);
    return this.finish({ ...outcome, message: this.#redact(outcome.message) });
  }
}
