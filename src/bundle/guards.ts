import type { Source } from '../argocd/source.js';
import { failed } from '../errors.js';
import { latestReceipt } from './receipt.js';

export interface Guards {
  minApplications: number;
  /** 0 to 100. */
  maxShrinkPercent: number;
}

/**
 * Refuses a backup that is suspiciously small, before it is written: too few Applications, or many fewer objects
 * than the newest receipt of the same source says.
 * @param folders where there may be receipts of earlier backups
 * @returns the evidence
 * @throws DrError (fail) that names the counts and the input to change
 */
export function checkGuards(
  counts: Record<string, number>,
  source: Source,
  guards: Guards,
  folders: readonly string[],
  warn: (line: string) => void,
): string {
  const applications = counts.Application ?? 0;
  if (applications < guards.minApplications)
    throw failed(
      `the source has ${applications} Applications, fewer than min-applications ${guards.minApplications}: no backup was written; check the source, or lower min-applications`,
    );
  const { receipt, path, notes } = latestReceipt(folders, { sourceUid: source.uid });
  for (const note of notes) warn(note);
  const enough = `${applications} Applications, at least ${guards.minApplications} wanted`;
  if (!receipt) return `${enough}; no earlier receipt of this source to compare with.`;
  for (const [what, before, now] of [
    ['Applications', receipt.counts.Application ?? 0, applications],
    ['objects', total(receipt.counts), total(counts)],
  ] as const) {
    const shrunk = before === 0 ? 0 : (100 * (before - now)) / before;
    if (shrunk > guards.maxShrinkPercent)
      throw failed(
        `the source has ${now} ${what}, ${Math.round(shrunk)} % fewer than the ${before} of ${path}, and max-shrink-percent is ${guards.maxShrinkPercent}: no backup was written; check the source, or raise max-shrink-percent`,
      );
  }
  return `${enough}; ${total(counts)} objects, ${total(receipt.counts)} in the backup before (${receipt.createdAt}).`;
}

const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
