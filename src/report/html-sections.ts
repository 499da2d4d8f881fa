import { formatCount, formatMs, plural } from './format.js';
import { icon } from './icons.js';
import { type Markup, markup } from './markup.js';
import type { Check, Difference, Report } from './report.js';
import {
  checksByLevel,
  type DifferenceGroup,
  differenceGroups,
  isComplete,
  type KindCount,
  kindCounts,
  type LevelChecks,
  objectName,
  tally,
  totals,
} from './view.js';

/** Differences shown of each group (problem and kind). */
const LISTED_PER_GROUP = 20;
/** Lines of a check's details. */
const LISTED_DETAILS = 200;
/** Differences shown at all. */
const LISTED = 200;

/** The counts per kind, expected and restored; only one column of figures where nothing was restored. */
export function renderObjects(report: Report): Markup | string {
  const rows = kindCounts(report);
  if (rows.length === 0) return '';
  const restores = rows.some((row) => row.restored !== null);
  const head = restores
    ? markup`<th scope="col" class="number">Expected</th><th scope="col" class="number">Restored</th><th scope="col"><span class="unseen">State</span></th>`
    : markup`<th scope="col" class="number">In the backup</th>`;
  return markup`<section class="card" aria-labelledby="objects"><h2 id="objects">Objects</h2>
<table><thead><tr><th scope="col">Kind</th>${head}</tr></thead>
<tbody>
${rows.map((row) => countRow(row, restores))}</tbody>
<tfoot>${countRow(totals(rows), restores)}</tfoot></table></section>`;
}

function countRow(row: KindCount, restores: boolean): Markup {
  const cells = markup`<th scope="row">${row.kind}</th><td class="number">${formatCount(row.expected)}</td>`;
  if (!restores) return markup`<tr>${cells}</tr>\n`;
  const tone = isComplete(row) ? 'pass' : 'fail';
  const word = isComplete(row) ? 'equal' : 'differs';
  return markup`<tr>${cells}<td class="number">${formatCount(row.restored ?? 0)}</td><td class="mark">${icon(tone)}<span class="unseen">${word}</span></td></tr>
`;
}

/** What did not pass, first; the rest stays in order. */
const troublesFirst = <T>(items: readonly T[], isTrouble: (item: T) => boolean): T[] => [
  ...items.filter(isTrouble),
  ...items.filter((item) => !isTrouble(item)),
];
const isTrouble = ({ status }: Check) => status === 'fail' || status === 'error' || status === 'timed-out';

/** Every check with its evidence and its limits, by level. */
export function renderChecks(report: Report): Markup {
  const groups = troublesFirst(checksByLevel(report), ({ checks }) => checks.some(isTrouble));
  const body =
    groups.length === 0
      ? markup`<p class="none">No check was made: nothing is proven about the backup.</p>`
      : groups.map(levelSection);
  const isUnneeded = groups.length === 0 && (report.mode === 'install' || report.mode === 'backup');
  if (isUnneeded) return markup``;
  return markup`<section class="card" aria-labelledby="checks"><h2 id="checks">Checks <span class="aside">${tally(report.checks)}</span></h2>
${body}</section>`;
}

function levelSection({ level, checks }: LevelChecks): Markup {
  return markup`<h3>Level ${level} <span class="aside">${tally(checks)}</span></h3>
<ul class="checks">
${troublesFirst(checks, isTrouble).map(checkItem)}</ul>
`;
}

function checkItem({ id, status, evidence, details = [], doesNotProve, durationMs }: Check): Markup {
  // What did not pass proves nothing anyway.
  const limits =
    doesNotProve && status === 'pass'
      ? markup`<p class="limits"><span class="label">Does not prove:</span> ${doesNotProve}</p>`
      : '';
  return markup`<li class="check"><div class="head"><span class="pill ${status}">${icon(status)}${status}</span><span class="took">${formatMs(durationMs)}</span></div>
<div class="shown"><h4 class="code">${id}</h4><p class="evidence">${evidence}</p>${unfolded(details)}</div>${limits}</li>
`;
}

/** Lines to unfold, without a script. */
function unfolded(lines: string[]): Markup | string {
  if (lines.length === 0) return '';
  const rest = lines.length - LISTED_DETAILS;
  const items = lines.slice(0, LISTED_DETAILS).map((line) => markup`<li>${line}</li>\n`);
  const more =
    rest > 0 ? markup`<li class="more">${formatCount(rest)} more are listed in report.json.</li>\n` : '';
  return markup`<details class="unfold"><summary>${plural(lines.length, 'line')} of detail</summary><ul class="code">
${items}${more}</ul></details>`;
}

/** The differences in groups of one problem and kind, each with its full count. */
export function renderDifferences(report: Report): Markup | string {
  const { differences } = report;
  if (differences.length === 0) return '';
  let room = LISTED;
  const groups = differenceGroups(differences).map((group) => {
    const listed = group.differences.slice(0, Math.min(LISTED_PER_GROUP, room));
    room -= listed.length;
    return groupRows(group, listed);
  });
  return markup`<section class="card" aria-labelledby="differences"><h2 id="differences">Differences <span class="aside">${formatCount(differences.length)}: objects or fields that did not come back as they were</span></h2>
<table class="objects"><thead><tr><th scope="col">Object</th><th scope="col">Where</th></tr></thead>
${groups}</table></section>`;
}

function groupRows({ problem, kind, differences }: DifferenceGroup, listed: Difference[]): Markup {
  const rest = differences.length - listed.length;
  const rows = listed.map(
    (difference) =>
      markup`<tr><td class="code">${objectName(difference)}</td><td class="code">${difference.path || 'the whole object'}</td></tr>\n`,
  );
  const more =
    rest > 0
      ? markup`<tr><td colspan="2" class="more">${formatCount(rest)} more are listed in report.json.</td></tr>\n`
      : '';
  return markup`<tbody><tr class="group"><th scope="rowgroup" colspan="2">${kind} ${problem} <span class="aside">${formatCount(differences.length)}</span></th></tr>
${rows}${more}</tbody>
`;
}

export function renderWarnings({ warnings }: Report): Markup | string {
  if (warnings.length === 0) return '';
  const items = warnings.map((warning) => markup`<li>${warning}</li>\n`);
  return markup`<section class="card warnings" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
<ul>
${items}</ul></section>`;
}

const SHORT_DIGEST = 12;

/** The programs that took part, and where each came from. */
export function renderTools({ tools }: Report): Markup | string {
  if (tools.length === 0) return '';
  const rows = tools.map(
    ({ name, version, source, sha256 }) =>
      markup`<tr><th scope="row">${name}</th><td>${version}</td><td>${source}</td><td class="code digest">${sha256.slice(0, SHORT_DIGEST) || '–'}</td></tr>\n`,
  );
  return markup`<section class="card" aria-labelledby="tools"><h2 id="tools">Tools</h2>
<table><thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Source</th><th scope="col" class="digest">SHA-256</th></tr></thead>
<tbody>
${rows}</tbody></table></section>`;
}
