import { formatBytes, formatCount, formatSeconds, formatTime, plural } from './format.js';
import { type Markup, markup } from './markup.js';
import type { Report } from './report.js';
import { kindCounts, tally, totals, versions } from './view.js';

interface Tile {
  label: string;
  value: string;
  note: string;
}

/** The figures to be seen first. A drill always shows RPO and RTO, measured or not. */
export function renderTiles(report: Report): Markup {
  const tiles = [...objectives(report), ...scope(report), ...surroundings(report)];
  if (tiles.length === 0) return markup``;
  return markup`<section aria-label="Key figures"><dl class="tiles">
${tiles.map(tile)}</dl></section>`;
}

function tile({ label, value, note }: Tile): Markup {
  return markup`<div class="tile"><dt>${label}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>
`;
}

function objectives({ mode, rpoSeconds, rtoSeconds }: Report): Tile[] {
  if (mode === 'install' || mode === 'backup') return [];
  return [
    {
      label: 'RPO achieved',
      value: formatSeconds(rpoSeconds),
      note: rpoSeconds === null ? 'not measured' : 'age of the backup at the start',
    },
    {
      label: 'RTO achieved',
      value: formatSeconds(rtoSeconds),
      note: rtoSeconds === null ? 'not measured' : 'first step to last check',
    },
  ];
}

function scope(report: Report): Tile[] {
  const rows = kindCounts(report);
  const all = totals(rows);
  const tiles: Tile[] = [];
  if (report.level)
    tiles.push({ label: 'Level', value: report.level, note: `checks: ${tally(report.checks)}` });
  if (rows.length === 0) return tiles;
  const [value, note] =
    all.restored === null
      ? [formatCount(all.expected), 'in the backup']
      : [`${formatCount(all.restored)} / ${formatCount(all.expected)}`, 'restored / expected'];
  return [...tiles, { label: 'Objects', value, note }];
}

function surroundings({ backup, drill }: Report): Tile[] {
  const tiles: Tile[] = [];
  if (backup || drill) {
    const note = backup && drill ? 'backup and drill' : backup ? 'of the source' : 'installed';
    const argocd = versions(backup?.argocdVersion, drill?.argocdVersion);
    const kubernetes = versions(backup?.kubernetesVersion, drill?.kubernetesVersion);
    tiles.push({ label: 'Argo CD', value: argocd, note }, { label: 'Kubernetes', value: kubernetes, note });
  }
  if (backup) {
    tiles.push({ label: 'Backup', value: formatBytes(backup.bytes), note: formatTime(backup.createdAt) });
  }
  if (drill) {
    const { clusterName, nodes } = drill;
    const size = nodes === undefined ? '' : plural(nodes, 'node');
    const note = [size, clusterName].filter(Boolean).join(', ') || 'provider of the drill';
    tiles.push({ label: 'Cluster', value: drill.clusterProvider, note });
  }
  return tiles;
}
