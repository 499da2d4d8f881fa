import { formatCount, formatMs, oneLine } from './format.js';
import type { Check, Level } from './report.js';
import { verdictOf } from './verdict.js';

export interface EarlyVerdict {
  /** The level that is done. */
  level: Level;
  /** The ids of all its checks. */
  expected: string[];
  /** Milliseconds since the drill's first step. */
  elapsedMs: number;
  /** Objects compared. */
  objects: number;
  /** The level that was asked for; absent where this one is the last. */
  next?: Level;
}

/** One line for the log as soon as a level is done: what is known already while the drill goes on. */
export function renderEarlyVerdict(checks: Check[], facts: EarlyVerdict): string {
  const { level, expected, elapsedMs, objects, next } = facts;
  const { verdict, message } = verdictOf(checks, { level, expected });
  const goingOn = next && next !== level ? `; going on to level ${next}` : '';
  const after = `after ${formatMs(elapsedMs)}`;
  if (verdict !== 'PASS') return `${level} NOT proven ${after}: ${oneLine(message)}`;
  return `${level} proven ${after}: ${formatCount(objects)} objects equal${goingOn}`;
}
