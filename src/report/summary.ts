import { formatBytes, formatCount, formatMs, formatSeconds, formatTime, oneLine, plural } from './format.js';
import type { Check, Difference, Report } from './report.js';
import {
  checksByLevel,
  differenceGroups,
  exitMeaning,
  isComplete,
  kindCounts,
  modeTitle,
  objectName,
  type Tone,
  tally,
  toneOf,
  totals,
  versions,
} from './view.js';

/** GitHub drops a step's summary that is larger than this (bytes); the rest is left for other summaries of the step. */
const LIMIT_BYTES = 1000 * 1024;
/** One text of a table; report.json has it in full. */
const LIMIT_TEXT = 2000;
const LISTED_DIFFERENCES = 50;

const SIGNS: Record<Tone, string> = { pass: '✅', fail: '❌', partial: '🟡', error: '⚠️', skipped: '⏭️' };

/** The GitHub job summary in Markdown: the verdict and its figures at a glance, the rest to unfold. Under 1 MiB. */
export function renderSummary(report: Report): string {
  const sections = [
    headline(report),
    figures(report),
    differences(report),
    warnings(report),
    objects(report),
    checks(report),
    phases(report),
    tools(report),
  ];
  return joinWithin(sections.filter(Boolean), LIMIT_BYTES);
}

/** Leaves out whole sections, so that no table or fold is cut open. */
function joinWithin(sections: string[], limit: number): string {
  const note = '_Left out to keep this summary small; see report.json and report.html._\n';
  const kept: string[] = [];
  let room = limit - Buffer.byteLength(note);
  for (const section of sections) {
    room -= Buffer.byteLength(section) + 1;
    if (room < 0) return [...kept, note].join('\n');
    kept.push(section);
  }
  return kept.join('\n');
}

function headline(report: Report): string {
  const exit = report.exitCode === 0 ? '' : ` · exit code ${report.exitCode}: ${exitMeaning(report)}`;
  return `## ${SIGNS[toneOf(report)]} ${report.verdict} · ${modeTitle(report)}${exit}\n\n${cell(report.message)}\n`;
}

function figures(report: Report): string {
  const { backup, drill } = report;
  const all = totals(kindCounts(report));
  const rows = [
    report.rpoSeconds !== null && ['RPO achieved', formatSeconds(report.rpoSeconds)],
    report.rtoSeconds !== null && ['RTO achieved', formatSeconds(report.rtoSeconds)],
    report.level && ['Level', report.level],
    report.checks.length > 0 && ['Checks', tally(report.checks)],
    all.restored !== null && [
      'Objects',
      `${formatCount(all.restored)} restored of ${formatCount(all.expected)}`,
    ],
    backup && ['Backup', `${formatTime(backup.createdAt)}, ${formatBytes(backup.bytes)}`],
    (backup || drill) && ['Argo CD', versions(backup?.argocdVersion, drill?.argocdVersion)],
    (backup || drill) && ['Kubernetes', versions(backup?.kubernetesVersion, drill?.kubernetesVersion)],
    drill && ['Drill cluster', drill.clusterProvider],
  ].filter((row) => Array.isArray(row));
  return rows.length === 0 ? '' : table(['Figure', 'Value'], rows);
}

function objects(report: Report): string {
  const rows = kindCounts(report).map((row) => [
    row.kind,
    formatCount(row.expected),
    row.restored === null ? '–' : formatCount(row.restored),
    { true: '✅ complete', false: '❌ differs', null: 'not counted' }[`${isComplete(row)}`],
  ]);
  if (rows.length === 0) return '';
  return fold('Objects per kind', table(['Kind', 'Expected', 'Restored', 'State'], rows));
}

function checks(report: Report): string {
  const rows = checksByLevel(report).flatMap((group) => group.checks.map(checkRow));
  if (rows.length === 0) return '';
  const head = ['Status', 'Check', 'Evidence', 'Does not prove', 'Took'];
  return fold(`Checks: ${tally(report.checks)}`, table(head, rows));
}

function checkRow(check: Check): string[] {
  const { status, id, evidence, doesNotProve, durationMs } = check;
  return [`${SIGNS[status]} ${status}`, id, evidence, doesNotProve, formatMs(durationMs)];
}

function differences(report: Report): string {
  const all = differenceGroups(report.differences).flatMap((group) => group.differences);
  if (all.length === 0) return '';
  const rest = all.length - LISTED_DIFFERENCES;
  const more = rest > 0 ? `\n${formatCount(rest)} more are in report.json.\n` : '';
  const rows = all.slice(0, LISTED_DIFFERENCES).map(differenceRow);
  return `### ${plural(all.length, 'difference')}\n\n${table(['Problem', 'Kind', 'Object', 'Path'], rows)}${more}`;
}

function differenceRow(difference: Difference): string[] {
  return [difference.problem, difference.kind, objectName(difference), difference.path];
}

function warnings(report: Report): string {
  if (report.warnings.length === 0) return '';
  return `### Warnings\n\n${report.warnings.map((warning) => `- ${cell(warning)}\n`).join('')}`;
}

function phases(report: Report): string {
  const rows = report.phases.map(({ name, startMs, endMs }) => [
    name,
    formatMs(startMs),
    formatMs(endMs - startMs),
  ]);
  return rows.length === 0 ? '' : fold('Phases', table(['Phase', 'Began after', 'Took'], rows));
}

function tools(report: Report): string {
  const rows = report.tools.map(({ name, version, source }) => [name, version, source]);
  return rows.length === 0 ? '' : fold('Tools', table(['Tool', 'Version', 'Source'], rows));
}

function fold(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n</details>\n`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map((cells) => line(cells.map(cell))).join('');
}

/** Text as Markdown that shows it letter by letter: no table separator, HTML, link, emphasis or code comes of it. */
function cell(text: string): string {
  const line = oneLine(text);
  const short = line.length > LIMIT_TEXT ? `${line.slice(0, LIMIT_TEXT).toWellFormed()}…` : line;
  return short
    .replace(/[\\`*_[\]{}~#|!]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
