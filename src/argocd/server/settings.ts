/** What `argocd admin settings validate` says of a group of settings. */
export interface GroupResult {
  group: string;
  valid: boolean;
  /** What is wrong, or a summary. */
  text: string;
}

/**
 * Reads the output of `argocd admin settings validate`, which exits 0 whatever it finds: a line with a tick or a cross
 * for each group, its text below, then perhaps lines of its log.
 */
export function parseValidation(stdout: string): GroupResult[] {
  const groups: GroupResult[] = [];
  for (const line of stdout.split('\n')) {
    const [, mark, group] = /^(✅|❌) (\S+)$/u.exec(line) ?? [];
    if (group !== undefined) groups.push({ group, valid: mark === '✅', text: '' });
    const last = groups.at(-1);
    if (group === undefined && last && isText(line)) last.text += (last.text ? ' ' : '') + line.trim();
  }
  return groups;
}

const isText = (line: string) =>
  line.trim() !== '' && !line.startsWith('{"level"') && !line.startsWith('time=');
