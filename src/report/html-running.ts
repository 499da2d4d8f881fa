import { some } from '../log.js';
import { formatCount, formatSeconds, plural } from './format.js';
import { icon } from './icons.js';
import { type Markup, markup } from './markup.js';
import type { Report, Workload } from './report.js';
import {
  type ChangeGroup,
  changeGroups,
  ladder,
  metricValue,
  type Rung,
  shortNode,
  versions,
} from './view.js';

/** Groups of changes shown; report.json lists every change. */
const LISTED_CHANGES = 50;
/** Objects named of one change. */
const LISTED_OBJECTS = 3;

/** The levels in a row, from the file that opens to the user's own command: how far this drill came. */
export function renderLadder(report: Report): Markup | string {
  const rungs = ladder(report);
  if (rungs.length === 0) return '';
  return markup`<section aria-label="Levels"><ol class="ladder">
${rungs.map(rungItem)}</ol></section>`;
}

function rungItem({ level, state, note }: Rung): Markup {
  const sign = state === 'unasked' ? '' : icon(state);
  return markup`<li class="rung ${state}">${sign}<span class="level">${level}</span><span class="note">${note}</span></li>
`;
}

/** Argo CD's workloads, how soon each was ready, and on which nodes its pods stand. */
export function renderRunning({ workloads = [], drill }: Report): Markup | string {
  if (workloads.length === 0) return '';
  const nodes = nodesOf(workloads);
  const longest = Math.max(...workloads.map(({ seconds }) => seconds ?? 0), 0.001);
  const pods = workloads.reduce((sum, { ready }) => sum + ready, 0);
  const heads = nodes.map(
    (node) => markup`<th scope="col" class="node"><span>${shortNode(node, drill?.clusterName)}</span></th>`,
  );
  return markup`<section class="card" aria-labelledby="running"><h2 id="running">Argo CD in the drill <span class="aside">${plural(pods, 'pod')} ready${nodes.length > 0 ? ` on ${plural(nodes.length, 'node')}` : ''}</span></h2>
<table class="workloads"><thead><tr><th scope="col">Workload</th><th scope="col" class="number">Ready</th><th scope="col" class="after">After</th>${heads}</tr></thead>
<tbody>
${workloads.map((workload) => workloadRow(workload, nodes, longest))}</tbody></table></section>`;
}

/** The nodes that pods stand on, those of the control plane first. */
function nodesOf(workloads: Workload[]): string[] {
  const rank = (node: string) => (node.includes('control-plane') ? 0 : 1);
  const byName = new Intl.Collator('en', { numeric: true });
  return [...new Set(workloads.flatMap(({ nodes }) => nodes))].sort(
    (a, b) => rank(a) - rank(b) || byName.compare(a, b),
  );
}

function workloadRow(
  { kind, name, ready, wanted, seconds, nodes }: Workload,
  all: string[],
  longest: number,
): Markup {
  const tone = ready >= wanted ? 'pass' : 'fail';
  const word = tone === 'pass' ? 'all ready' : 'not ready';
  const width = `${Number((((seconds ?? 0) / longest) * 100).toFixed(2))}%`;
  const bar = markup`<svg class="lapse" width="100%" height="6" aria-hidden="true"><rect class="bar" width="${width}" height="6" rx="3"/></svg>`;
  const cells = all.map((node) => nodeCell(nodes.filter((at) => at === node).length));
  return markup`<tr><th scope="row">${name}<span class="kind">${kind}</span></th><td class="number ready ${tone}">${icon(tone)}<span class="unseen">${word}: </span>${ready}/${wanted}</td><td class="after">${formatSeconds(seconds)}${bar}</td>${cells}</tr>
`;
}

const DOT = 12;

/** A dot for each pod; beyond four the number says it better. */
function nodeCell(pods: number): Markup {
  if (pods === 0) return markup`<td class="node"><span class="unseen">no pod</span></td>`;
  if (pods > 4) return markup`<td class="node">${formatCount(pods)}</td>`;
  const dots = Array.from(
    { length: pods },
    (_, index) => markup`<circle cx="${index * DOT + DOT / 2}" cy="6" r="4.5"/>`,
  );
  return markup`<td class="node"><svg class="pods" width="${pods * DOT}" height="12" aria-hidden="true">${dots}</svg><span class="unseen">${plural(pods, 'pod')}</span></td>`;
}

/** Argo CD's own figures. */
export function renderMetrics({ metrics = [] }: Report): Markup | string {
  if (metrics.length === 0) return '';
  const items = metrics.map(
    (metric) =>
      markup`<div><dt>${metric.name}<span class="note">${metric.note}</span></dt><dd>${metricValue(metric)}</dd></div>\n`,
  );
  return markup`<section class="card" aria-labelledby="metrics"><h2 id="metrics">Key metrics <span class="aside">as measured in the drill</span></h2>
<dl class="metrics">
${items}</dl></section>`;
}

/** What a newer Argo CD made of the objects: what is lost first. */
export function renderChanges({ changes = [], backup, drill }: Report): Markup | string {
  const groups = changeGroups(changes);
  if (groups.length === 0) return '';
  const losses = groups.filter((group) => group.class === 'loss').length;
  const aside = losses > 0 ? plural(losses, 'loss', 'losses') : 'migrations only, nothing is lost';
  const rest = groups.length - LISTED_CHANGES;
  const more =
    rest > 0
      ? markup`<tr><td colspan="4" class="more">${formatCount(rest)} more are listed in report.json.</td></tr>`
      : '';
  return markup`<section class="card" aria-labelledby="changes"><h2 id="changes">Upgrade rehearsal: Argo CD ${versions(backup?.argocdVersion, drill?.argocdVersion)} <span class="aside">${aside}</span></h2>
<table class="changes"><thead><tr><th scope="col">Class</th><th scope="col">Field</th><th scope="col">What</th><th scope="col">Objects</th></tr></thead>
<tbody>
${groups.slice(0, LISTED_CHANGES).map(changeRow)}${more}</tbody></table></section>`;
}

function changeRow({ class: sort, kind, path, what, objects }: ChangeGroup): Markup {
  const tone = sort === 'loss' ? 'fail' : 'skipped';
  return markup`<tr><td><span class="pill bare ${tone}">${sort}</span></td><td>${kind}<span class="code path">${path || 'the whole object'}</span></td><td>${what}</td><td><b>${formatCount(objects.length)}</b> <span class="code">${some(objects, LISTED_OBJECTS)}</span></td></tr>
`;
}
