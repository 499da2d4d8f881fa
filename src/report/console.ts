import { styleText } from 'node:util';
import { some } from '../log.js';
import { formatBytes, formatCount, formatMs, formatSeconds, formatTime, oneLine, plural } from './format.js';
import { harmlessText } from './harmless.js';
import type { Check, Difference, Phase, Report } from './report.js';
import {
  changeGroups,
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
  versions,
} from './view.js';
import { clip, displayWidth, padTo, wrap } from './wrap.js';

export interface ConsoleOptions {
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}

type Style = Parameters<typeof styleText>[0];

/** What the sections draw with: the terminal's width, and a painter that does nothing where colour is off. */
interface Canvas {
  width: number;
  paint(style: Style, text: string): string;
}

const LISTED_DIFFERENCES = 20;
const MIN_WIDTH = 50;
/** Longer names of kinds and phases are cut. */
const MAX_NAME = 36;
/** The indentation and the widest figures that stand behind a name. */
const FIGURES_WIDTH = 35;

const SIGNS: Record<Tone, string> = {
  pass: '✓',
  fail: '✗',
  partial: '◐',
  error: '!',
  'timed-out': '◷',
  skipped: '–',
};
const STYLES: Record<Tone, Style> = {
  pass: 'green',
  fail: 'red',
  partial: 'yellow',
  error: 'magenta',
  'timed-out': 'blue',
  skipped: 'gray',
};

const RUNG_SIGNS: Record<Rung['state'], string> = { ...SIGNS, unasked: '·' };

/** The report for a terminal; the last line is the verdict. Says the same without colour. */
export function renderConsole(report: Report, { color, width }: ConsoleOptions): string {
  const canvas: Canvas = {
    width: Math.max(width, MIN_WIDTH),
    paint: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
  const sections = [
    section(canvas, modeTitle(report), facts(report, canvas)),
    section(canvas, `Checks: ${tally(report.checks)}`, checkLines(report.checks, canvas)),
    section(canvas, 'Argo CD in the drill', workloadLines(report, canvas)),
    section(canvas, 'Key metrics', metricLines(report, canvas)),
    section(canvas, 'Changes by the newer Argo CD', changeLines(report, canvas)),
    section(canvas, 'Objects', countLines(report, canvas)),
    section(canvas, 'Phases', phaseLines(report.phases, canvas)),
    section(
      canvas,
      plural(report.differences.length, 'difference'),
      differenceLines(report.differences, canvas),
    ),
    section(
      canvas,
      'Warnings',
      report.warnings.flatMap((warning) => hang('! ', oneLine(warning), canvas.width - 2)),
    ),
  ];
  return harmlessText(
    [...sections.filter((lines) => lines !== ''), verdictLine(report, canvas), ''].join('\n'),
  );
}

function section({ paint }: Canvas, title: string, lines: string[]): string {
  if (lines.length === 0) return '';
  return `${paint('bold', title)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function facts(report: Report, { width }: Canvas): string[] {
  const { backup, drill, level, rpoSeconds, rtoSeconds } = report;
  const rungs = ladder(report).map((rung) => `${RUNG_SIGNS[rung.state]} ${rung.level}`);
  const rows = [
    level && ['Level', level],
    rungs.length > 0 && ['Levels', rungs.join(' › ')],
    backup && ['Backup', `${formatTime(backup.createdAt)}, ${formatBytes(backup.bytes)}`],
    (backup || drill) && ['Argo CD', versions(backup?.argocdVersion, drill?.argocdVersion)],
    (backup || drill) && ['Kubernetes', versions(backup?.kubernetesVersion, drill?.kubernetesVersion)],
    drill && ['Cluster', clusterText(drill)],
    rpoSeconds !== null && ['RPO achieved', formatSeconds(rpoSeconds)],
    rtoSeconds !== null && ['RTO achieved', formatSeconds(rtoSeconds)],
  ].filter((row) => Array.isArray(row));
  return rows.flatMap(([label, value]) => hang(padTo(label!, 14), oneLine(value!), width - 2));
}

/** Each workload with its replicas and the time it took, and where its pods stand. */
function workloadLines({ workloads = [], drill }: Report, canvas: Canvas): string[] {
  const { width, cell } = nameColumn(
    workloads.map(({ name }) => name),
    canvas,
  );
  return workloads.flatMap(({ name, ready, wanted, seconds, nodes }) => {
    const tone = ready >= wanted ? 'pass' : 'fail';
    const figures = `${`${ready}/${wanted}`.padStart(6)}${formatSeconds(seconds).padStart(14)}  `;
    const where = nodes.map((node) => shortNode(node, drill?.clusterName)).join(', ');
    const room = canvas.width - 4 - width - figures.length;
    const line = cell(name) + figures + clip(oneLine(where), Math.max(room, 1));
    return `${canvas.paint(STYLES[tone], SIGNS[tone])} ${line.trimEnd()}`;
  });
}

function metricLines({ metrics = [] }: Report, canvas: Canvas): string[] {
  const { cell } = nameColumn(
    metrics.map(({ name }) => name),
    canvas,
  );
  return metrics.flatMap((metric) => {
    const value = padTo(oneLine(metricValue(metric)), 14);
    return hang(cell(metric.name), `${value} ${oneLine(metric.note)}`.trimEnd(), canvas.width - 2);
  });
}

function changeLines({ changes = [] }: Report, canvas: Canvas): string[] {
  const groups = changeGroups(changes);
  const lines = groups.slice(0, LISTED_DIFFERENCES).flatMap((group) => {
    const field = group.path ? ` at ${group.path}` : '';
    const text = `${group.kind}${field} ${group.what} in ${plural(group.objects.length, 'object')}: ${some(group.objects, 3)}`;
    const [first = '', ...rest] = hang(padTo(group.class, 12), oneLine(text), canvas.width - 2);
    const style = group.class === 'loss' ? 'red' : 'dim';
    return [canvas.paint(style, first.slice(0, 12)) + first.slice(12), ...rest];
  });
  const more = groups.length - LISTED_DIFFERENCES;
  return more > 0 ? [...lines, `and ${formatCount(more)} more: report.json lists all of them`] : lines;
}

const STATUS_WIDTH = 13;
const MIN_EVIDENCE = 30;

/** Three columns where they fit; on a narrow terminal the evidence goes below its check. */
function checkLines(checks: Check[], canvas: Canvas): string[] {
  const idWidth = Math.max(...checks.map((check) => displayWidth(oneLine(check.id)))) + 2;
  const room = canvas.width - 2 - STATUS_WIDTH - idWidth;
  return checks.flatMap((check) => {
    const status = padTo(`${SIGNS[check.status]} ${check.status}`, STATUS_WIDTH);
    const painted = canvas.paint(STYLES[check.status], status);
    const id = oneLine(check.id);
    const evidence = oneLine(check.evidence) + pointer(check);
    if (room < MIN_EVIDENCE) {
      const heading = painted + clip(id, canvas.width - 2 - STATUS_WIDTH);
      return [heading, ...hang('    ', evidence, canvas.width - 2)];
    }
    const [first = '', ...rest] = wrap(evidence, room);
    return [
      painted + padTo(id, idWidth) + first,
      ...rest.map((line) => ' '.repeat(STATUS_WIDTH + idWidth) + line),
    ];
  });
}

/** Details are not for a terminal; it says where they are. */
function pointer({ details = [] }: Check): string {
  return details.length === 0 ? '' : ` (${plural(details.length, 'more line')} in report.html)`;
}

/** A first column is as wide as its longest name, and leaves room for the figures beside it. */
function nameColumn(names: string[], canvas: Canvas): { width: number; cell(name: string): string } {
  const limit = Math.min(MAX_NAME, canvas.width - FIGURES_WIDTH);
  const width = Math.min(limit, Math.max(...names.map((name) => displayWidth(oneLine(name))))) + 2;
  return { width, cell: (name) => padTo(clip(oneLine(name), width - 2), width) };
}

function countLines(report: Report, canvas: Canvas): string[] {
  const rows = kindCounts(report);
  if (rows.length === 0) return [];
  const { cell } = nameColumn(['Kind', ...rows.map(({ kind }) => kind)], canvas);
  const restores = rows.some((row) => row.restored !== null);
  const columns = restores ? `${'expected'.padStart(9)}${'restored'.padStart(10)}` : 'in backup'.padStart(11);
  const lines = rows.map((row) => {
    const kind = cell(row.kind);
    if (!restores) return kind + formatCount(row.expected).padStart(11);
    const mark = isComplete(row) ? '' : canvas.paint('red', '  ✗ differs');
    return `${kind}${formatCount(row.expected).padStart(9)}${formatCount(row.restored ?? 0).padStart(10)}${mark}`;
  });
  return [canvas.paint('dim', cell('Kind') + columns), ...lines];
}

const BAR_WIDTH = 30;

/** Each phase with its duration and, where there is room, a bar at its place in the run. */
function phaseLines(phases: Phase[], canvas: Canvas): string[] {
  const total = Math.max(...phases.map(({ endMs }) => endMs));
  const rows = nestedPhases(phases).map((phase) => ({
    ...phase,
    name: `${'› '.repeat(phase.depth)}${phase.name}`,
  }));
  const { width, cell } = nameColumn(
    rows.map(({ name }) => name),
    canvas,
  );
  const drawsBars = canvas.width >= width + BAR_WIDTH + 18;
  return rows.map((phase) => {
    const duration = formatMs(phase.endMs - phase.startMs).padStart(12);
    const bar = drawsBars ? `  ${canvas.paint('cyan', textBar(phase, total))}` : '';
    return `${cell(phase.name)}${duration}${bar}`;
  });
}

function textBar({ startMs, endMs }: Phase, totalMs: number): string {
  const column = (ms: number) => (totalMs > 0 ? Math.round((ms / totalMs) * BAR_WIDTH) : 0);
  const start = Math.min(column(startMs), BAR_WIDTH - 1);
  return ' '.repeat(start) + '━'.repeat(Math.max(1, column(endMs) - start));
}

function differenceLines(differences: Difference[], canvas: Canvas): string[] {
  const all = differenceGroups(differences).flatMap((group) => group.differences);
  const lines = all.slice(0, LISTED_DIFFERENCES).flatMap((difference) => {
    const { problem, kind, path } = difference;
    const text = oneLine(`${kind} ${objectName(difference)}${path ? ` at ${path}` : ''}`);
    const [first = '', ...rest] = hang(padTo(problem, 12), text, canvas.width - 2);
    return [canvas.paint('red', first.slice(0, 12)) + first.slice(12), ...rest];
  });
  const more = all.length - LISTED_DIFFERENCES;
  return more > 0 ? [...lines, `and ${formatCount(more)} more: report.json lists all of them`] : lines;
}

/** Text wrapped behind a label, its further lines indented as far. */
function hang(label: string, text: string, width: number): string[] {
  const indent = ' '.repeat(displayWidth(label));
  return wrap(text, width - indent.length).map((line, index) => (index === 0 ? label : indent) + line);
}

/** Never wrapped: one line that scripts and people can find at the end. */
function verdictLine(report: Report, { paint }: Canvas): string {
  const tone = toneOf(report);
  const verdict = paint(['bold', STYLES[tone]].flat() as Style, `${SIGNS[tone]} ${report.verdict}`);
  const exit = report.exitCode === 0 ? '' : ` [exit code ${report.exitCode}: ${exitMeaning(report)}]`;
  return `${verdict}  ${oneLine(report.message)}${exit}`;
}
