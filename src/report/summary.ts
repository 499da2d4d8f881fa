import { some } from '../log.js';
import { formatBytes, formatCount, formatMs, formatSeconds, formatTime, oneLine, plural } from './format.js';
import type { Check, Difference, Report } from './report.js';
import {
  changeGroups,
  checksByLevel,
  clusterText,
  differenceGroups,
  exitMeaning,
  isComplete,
  kindCounts,
  ladder,
  metricValue,
  modeTitle,
  nestedPhases,
  objectName,
  type Rung,
  shortNode,
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
/** Lines of one check's details. */
const LISTED_DETAILS = 50;
/** Objects named of one change. */
const LISTED_OBJECTS = 3;

const SIGNS: Record<Tone, string> = {
  pass: '✅',
  fail: '❌',
  partial: '🟡',
  error: '⚠️',
  'timed-out': '⏱️',
  skipped: '⏭️',
};

const RUNG_SIGNS: Record<Rung['state'], string> = { ...SIGNS, unasked: '▫️' };

/** The GitHub job summary in Markdown: the verdict and its figures at a glance, the rest to unfold. Under 1 MiB. */
export function renderSummary(report: Report): string {
  const sections = [
    headline(report),
    levels(report),
    figures(report),
    differences(report),
    changes(report),
    warnings(report),
    objects(report),
    running(report),
    checks(report),
    phases(report),
    tools(report),
  ];
  return joinWithin(sections.filter(Boolean), LIMIT_BYTES);
}

/** Where a comment's reader finds more. */
export interface CommentFooter {
  /** The run's page. */
  runUrl?: string | undefined;
  /** What the report is of, a few words each. */
  notes?: readonly string[];
}

/** What a comment on a pull request says: what to look at first, and where all of it is. It calls nobody. */
export function renderComment(report: Report, { runUrl, notes = [] }: CommentFooter = {}): string {
  const link = runUrl === undefined ? [] : [`[Job summary and report](${runUrl})`];
  const footer = [...link, ...notes.map(cell)].join(' · ');
  const sections = [
    headline(report),
    levels(report),
    figures(report),
    differences(report),
    changes(report),
    warnings(report),
    checks({ ...report, checks: report.checks.filter(({ status }) => status !== 'pass') }),
    footer && `${footer}\n`,
  ];
  return withoutMentions(sections.filter(Boolean).join('\n'));
}

/**
 * GitHub looks for people, teams and issues in the text that comes of the Markdown, and tells them: @name and #1 do
 * so even behind a backslash. An empty comment within keeps the look and breaks the name.
 */
const withoutMentions = (markdown: string) => markdown.replace(/(?<!\w)@(?=\w)|\\#(?=\w)/g, '$&<!-- -->');

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
    drill && ['Drill cluster', clusterText(drill)],
  ].filter((row) => Array.isArray(row));
  return rows.length === 0 ? '' : table(['Figure', 'Value'], rows);
}

/** What was proven, in one line. */
function levels(report: Report): string {
  const rungs = ladder(report).map(({ level, state, note }) => `${RUNG_SIGNS[state]} ${level} (${note})`);
  return rungs.length === 0 ? '' : `${rungs.join(' › ')}\n`;
}

function running({ workloads = [], metrics = [], drill }: Report): string {
  const rows = workloads.map(({ kind, name, ready, wanted, seconds, nodes }) => [
    ready >= wanted ? SIGNS.pass : SIGNS.fail,
    `${kind} ${name}`,
    `${ready} of ${wanted}`,
    formatSeconds(seconds),
    nodes.map((node) => shortNode(node, drill?.clusterName)).join(', ') || '–',
  ]);
  const figures = metrics.map((metric) => [metric.name, metricValue(metric), metric.note]);
  const tables = [
    rows.length > 0 ? table(['', 'Workload', 'Ready', 'After', 'Nodes'], rows) : '',
    figures.length > 0 ? table(['Metric', 'Value', ''], figures) : '',
  ].filter(Boolean);
  return tables.length === 0 ? '' : fold('Argo CD in the drill', tables.join('\n'));
}

function changes({ changes = [], backup, drill }: Report): string {
  const groups = changeGroups(changes);
  if (groups.length === 0) return '';
  const losses = groups.filter((group) => group.class === 'loss').length;
  const shown = groups.slice(0, LISTED_DIFFERENCES);
  const rows = shown.map((group) => [
    group.class === 'loss' ? `${SIGNS.fail} loss` : 'migration',
    group.kind,
    group.path || 'the whole object',
    group.what,
    `${formatCount(group.objects.length)}: ${some(group.objects, LISTED_OBJECTS)}`,
  ]);
  const rest = groups.length - shown.length;
  const more = rest > 0 ? `\n${formatCount(rest)} more are in report.json.\n` : '';
  const body = table(['Class', 'Kind', 'Field', 'What', 'Objects'], rows) + more;
  const title = `Changes from Argo CD ${cell(versions(backup?.argocdVersion, drill?.argocdVersion))}`;
  // What is lost must not be folded away.
  return losses > 0 ? `### ${title}: ${plural(losses, 'loss', 'losses')}\n\n${body}` : fold(title, body);
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
  const details = report.checks.map(detailsFold).filter(Boolean);
  return fold(`Checks: ${tally(report.checks)}`, [table(head, rows), ...details].join('\n'));
}

/** The details of one check to unfold, below the table of all. */
function detailsFold({ id, details = [] }: Check): string {
  if (details.length === 0) return '';
  const rest = details.length - LISTED_DETAILS;
  const more = rest > 0 ? `- and ${formatCount(rest)} more: report.json lists all of them\n` : '';
  const lines = details.slice(0, LISTED_DETAILS).map((line) => `- ${cell(line)}\n`);
  return fold(`${cell(id)}: ${plural(details.length, 'line')}`, lines.join('') + more);
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
  const rows = nestedPhases(report.phases).map(({ name, startMs, endMs, depth }) => [
    `${'› '.repeat(depth)}${name}`,
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

/**
 * What GitHub makes a link of where it stands in text: an address with a scheme or `www.`, and a mail address
 * (https://github.github.com/gfm/#autolinks-extension-). It may be a stranger's, who wants it clicked.
 */
const AUTOLINKS = /:(?=\/\/)|(?:mailto|xmpp):|www(?=\.)|@(?=[\w.-])/gi;

/** Text as Markdown that shows it letter by letter: no table separator, HTML, link, emphasis, code, list or rule comes of it. */
function cell(text: string): string {
  const line = oneLine(text);
  const short = line.length > LIMIT_TEXT ? `${line.slice(0, LIMIT_TEXT).toWellFormed()}…` : line;
  return short
    .replace(/[\\`*_[\]{}~#|!]/g, '\\$&')
    .replace(/^[-+=]|(?<=^\d{1,9})[.)](?=\s|$)/, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(AUTOLINKS, '$&<!-- -->');
}
