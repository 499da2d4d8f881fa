import type { Exec } from './exec.js';
import type { Log } from './log.js';
import type { OutputValues } from './outputs.js';
import type { Recorder } from './report/recorder.js';
import type { Report } from './report/report.js';
import type { Runner } from './runner.js';
import type { Scope } from './scope.js';
import type { Tools } from './tools/tools.js';

/** What a mode works with; tests hand in their own. */
export interface Deps {
  log: Log;
  exec: Exec;
  tools: Tools;
  runner: Runner;
  /** Closed when the run has ended, whatever the way. */
  scope: Scope;
  /** Aborted when the run is cancelled or out of time; its reason is the error to end with. */
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
  startedAt: Date;
  /** Takes phases, checks and facts as they come, so that a failed run reports them too. */
  recorder: Recorder;
}

/** How a mode ends that did not throw. */
export interface ModeResult {
  report: Report;
  outputs: OutputValues;
}
