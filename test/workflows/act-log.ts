/** One message of act's log, with the fields that `--json` adds. */
interface Line {
  /** `workflow/job`; called jobs have the calling job in front. */
  job?: string;
  msg: string;
  command?: string;
  content?: string;
}

/** A log's lines; in plain logs only those of jobs, and of a message with several lines the first. */
export function linesOf(log: string, json = false): Line[] {
  const lines = log.split('\n');
  if (!json)
    return lines
      .map((line) => /^\[(.+?) *\] (.*)$/.exec(line))
      .filter((found) => found !== null)
      .map(([, job, msg]) => ({ job: job!, msg: msg! }));
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
    .map((line) => ({ ...line, job: line.job?.trimEnd() ?? '' }));
}

/** Each job's end. */
export function jobsOf(lines: readonly Line[]): Record<string, 'succeeded' | 'failed'> {
  const ends = lines.flatMap(({ job = '', msg }) => {
    const end = /^🏁 +Job (succeeded|failed)$/u.exec(msg)?.[1];
    return end ? [[job, end]] : [];
  });
  return Object.fromEntries(ends);
}

/** What steps wrote to GITHUB_STEP_SUMMARY, in the order of their ends. */
export const summariesOf = (lines: readonly Line[]): string[] =>
  lines.filter(({ command }) => command === 'summary').map(({ content = '' }) => content);
