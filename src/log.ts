/** Where a run tells what it does. Implementations: the terminal and the GitHub Actions log. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
  /** A line of a running count; implementations drop those that follow too closely. */
  progress(line: string): void;
}

/** A log that keeps quiet, for callers who have nothing to tell. */
export const silentLog: Log = { info() {}, warn() {}, progress() {} };
