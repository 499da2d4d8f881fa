import { createHash } from 'node:crypto';
import { formatBytes, formatTime } from './format.js';
import { renderChanges, renderLadder, renderMetrics, renderRunning } from './html-running.js';
import {
  renderChecks,
  renderDifferences,
  renderObjects,
  renderTools,
  renderWarnings,
} from './html-sections.js';
import { renderTiles } from './html-tiles.js';
import { icon } from './icons.js';
import { Markup, markup } from './markup.js';
import type { Report } from './report.js';
import { STYLE } from './style.js';
import { renderTimeline } from './timeline.js';
import { exitMeaning, modeTitle, toneOf } from './view.js';

/** A timeline of more phases does not stand beside another card. */
const SIDE_BY_SIDE = 18;

/** Nothing may load, run or be sent; the one style sheet is allowed by its digest. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * The report as one HTML file that needs nothing else: no script, no request, drawings inline.
 * Follows the reader's light or dark scheme, fits a phone, and prints.
 */
export function renderHtml(report: Report): string {
  return `${markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${report.verdict} · ${modeTitle(report)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${header(report)}
<main>
${hero(report)}
${renderLadder(report)}
${renderTiles(report)}
${renderDifferences(report)}
${renderWarnings(report)}
${renderChanges(report)}
${timelineAndObjects(report)}
${renderRunning(report)}
${renderChecks(report)}
${provenance(report)}
</main>
${footer(report)}
</body>
</html>
`}`;
}

function header(report: Report): Markup {
  return markup`<header class="top"><span class="brand">argocd-dr</span><span class="what">${modeTitle(report)}</span><time>${formatTime(report.startedAt)}</time></header>`;
}

function hero(report: Report): Markup {
  const tone = toneOf(report);
  const verdict = report.verdict.replace('_', ' ');
  const exit =
    report.exitCode === 0
      ? ''
      : markup`<p class="exit">Exit code ${report.exitCode}: ${exitMeaning(report)}</p>`;
  return markup`<section class="hero ${tone}" aria-labelledby="verdict">
${icon(tone)}
<div><h1 id="verdict">${verdict}</h1><p class="message">${report.message}</p>${exit}</div>
</section>`;
}

/** Side by side where both have about as many rows; a long timeline takes the whole width. */
function timelineAndObjects(report: Report): Markup {
  const timeline = markup`<section class="card" aria-labelledby="phases"><h2 id="phases">Timeline</h2>
${renderTimeline(report.phases)}</section>`;
  if (report.phases.length > SIDE_BY_SIDE)
    return markup`${timeline}
<div class="pair even">
${renderObjects(report)}
${renderMetrics(report)}
</div>`;
  return markup`<div class="pair">
${timeline}
${renderObjects(report)}
</div>
${renderMetrics(report)}`;
}

function provenance(report: Report): Markup {
  return markup`<div class="pair even">
${renderTools(report)}
${backupFacts(report)}
</div>`;
}

function backupFacts({ backup }: Report): Markup | string {
  if (!backup) return '';
  return markup`<section class="card" aria-labelledby="backup"><h2 id="backup">Backup</h2>
<dl class="facts">
<div><dt>Created</dt><dd>${formatTime(backup.createdAt)}</dd></div>
<div><dt>Sealed size</dt><dd>${formatBytes(backup.bytes)}</dd></div>
<div><dt>Argo CD</dt><dd>${backup.argocdVersion}</dd></div>
<div><dt>Kubernetes</dt><dd>${backup.kubernetesVersion}</dd></div>
<div><dt>SHA-256</dt><dd class="code">${backup.sha256}</dd></div>
</dl></section>`;
}

function footer(report: Report): Markup {
  return markup`<footer><p>Started ${formatTime(report.startedAt)}, finished ${formatTime(report.finishedAt)}.</p>
<p>Drawn by argocd-dr from report.json (format ${report.formatVersion}), which holds the same figures in full. Only a check marked pass is proven.</p></footer>`;
}
