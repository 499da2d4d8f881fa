import { formatMs } from './format.js';
import { type Markup, markup } from './markup.js';
import type { Phase } from './report.js';
import { type NestedPhase, nestedPhases } from './view.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MAX_STEPS = 6;
/** Deeper ones are not set in further. */
const MAX_DEPTH = 3;

/** Steps of the axis that read well, in milliseconds. */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 6, 12].map((hours) => hours * HOUR),
];

/** The places of the axis' marks in milliseconds, from 0 up to the end; at most seven. */
export function ticks(totalMs: number): number[] {
  const step =
    STEPS.find((candidate) => totalMs / candidate <= MAX_STEPS) ?? Math.ceil(totalMs / MAX_STEPS / DAY) * DAY;
  return Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => index * step);
}

/** A mark's label, in the unit that suits it: `0`, `500 ms`, `1.5 s`, `2 min`, `6 h`. */
export function tickLabel(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${ms} ms`;
  if (ms < MINUTE) return `${ms / 1000} s`;
  if (ms < HOUR) return `${ms / MINUTE} min`;
  return `${ms / HOUR} h`;
}

/** With more rows than this they are set closer. */
const MANY_ROWS = 16;

/**
 * The phases to scale on one axis, a row each, so that phases that ran side by side stand one under the other;
 * parts of a phase follow it, set in. A name has a column of its own: no label can cover another.
 * Lengths are percentages of the drawing: it fits any width without a script, and text keeps its size.
 */
export function renderTimeline(phases: Phase[]): Markup {
  if (phases.length === 0) return markup`<p class="none">The run ended before its first phase.</p>`;
  const totalMs = Math.max(...phases.map(({ endMs }) => endMs), 1);
  const density = phases.length > MANY_ROWS ? ' dense' : '';
  return markup`<ol class="timeline${density}">
${nestedPhases(phases).map((phase) => phaseRow(phase, totalMs))}</ol>
${axis(totalMs)}`;
}

function phaseRow(phase: NestedPhase, totalMs: number): Markup {
  const { name, startMs, endMs, depth } = phase;
  return markup`<li class="depth${Math.min(depth, MAX_DEPTH)}"><span class="phase">${name}</span>${track(phase, totalMs)}<span class="took"><span class="unseen">starts at ${formatMs(startMs)}, takes </span>${formatMs(endMs - startMs)}</span></li>
`;
}

/** The line at the start keeps a phase visible that is too short for its bar. */
function track({ startMs, endMs, encloses }: NestedPhase, totalMs: number): Markup {
  const start = percent(startMs, totalMs);
  const width = percent(Math.max(0, endMs - startMs), totalMs);
  const lines = ticks(totalMs).map((ms) => {
    const x = percent(ms, totalMs);
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
  return markup`<svg class="track" width="100%" height="26" aria-hidden="true">${lines}<line class="start" x1="${start}" x2="${start}" y1="6" y2="20"/><rect class="bar${encloses ? ' outer' : ''}" x="${start}" y="6" width="${width}" height="14" rx="3"/></svg>`;
}

function axis(totalMs: number): Markup {
  const labels = ticks(totalMs).map((ms) => {
    const share = ms / totalMs;
    const anchor = share > 0.9 ? 'end' : share < 0.05 ? 'start' : 'middle';
    return markup`<text x="${percent(ms, totalMs)}" y="14" text-anchor="${anchor}">${tickLabel(ms)}</text>`;
  });
  return markup`<div class="axis" aria-hidden="true"><svg width="100%" height="20">${labels}</svg></div>`;
}

function percent(ms: number, totalMs: number): string {
  return `${Number(((ms / totalMs) * 100).toFixed(4))}%`;
}
