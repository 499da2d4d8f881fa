import { Markup, markup } from './markup.js';
import type { Tone } from './view.js';

/** Strokes on a field of 24 by 24; drawn so that the statuses differ without colour. */
const PATHS: Record<Tone, string> = {
  pass: 'M6.5 12.5l3.8 3.8 7.2-8.1',
  fail: 'M7.5 7.5l9 9m0-9l-9 9',
  partial: 'M12 6.2v7.3m0 3.6v.6',
  error: 'M12 6.2v7.3m0 3.6v.6',
  skipped: 'M7 12h10',
  'timed-out': 'M12 6.6V12l3.7 2.5',
};

/** The outline says more than colour: a disc for settled statuses, a square for errors, a diamond for partial ones, a hexagon for out of time. */
const OUTLINES: Record<Tone, string> = {
  pass: '<circle cx="12" cy="12" r="11"/>',
  fail: '<circle cx="12" cy="12" r="11"/>',
  partial: '<path d="M12 .6L23.4 12 12 23.4.6 12z"/>',
  error: '<rect x="1.5" y="1.5" width="21" height="21" rx="5"/>',
  skipped: '<circle cx="12" cy="12" r="11"/>',
  'timed-out': '<path d="M6.3 1.6h11.4L23.4 12l-5.7 10.4H6.3L.6 12z"/>',
};

/** The sign of a status; decoration, as the word always stands beside it. */
export function icon(tone: Tone): Markup {
  const outline = new Markup(OUTLINES[tone]);
  return markup`<svg class="icon ${tone}" viewBox="0 0 24 24" aria-hidden="true"><g class="disc">${outline}</g><path class="sign" d="${PATHS[tone]}"/></svg>`;
}
