/** Where a run tells what it does. Implementations: the terminal and the GitHub Actions log. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
  /** A line of a running count; implementations drop those that follow too closely. */
  progress(line: string): void;
}

/** A log that keeps quiet, for callers who have nothing to tell. */
export const silentLog: Log = { info() {}, warn() {}, progress() {} };

/** The first few of a list, and how many more there are. */
export function some(names: readonly string[], limit = 5): string {
  const rest = names.length - limit;
  return names.slice(0, limit).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
