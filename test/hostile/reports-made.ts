import fc from 'fast-check';
import type { Report } from '../../src/report/report.js';
import { hostile as template } from '../fixtures/reports.js';
import { text } from './arbitraries.js';

/** A report with a stranger's texts, one after the other, wherever a report may have one. */
export function reportWith(texts: readonly string[]): Report {
  let next = 0;
  const replaced = (value: unknown): unknown => {
    if (value === template.message) return texts[next++ % texts.length];
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [replaced(key), replaced(each)]));
  };
  return replaced(template) as Report;
}

export const report = (): fc.Arbitrary<Report> =>
  fc.array(text(), { minLength: 1, maxLength: 5 }).map(reportWith);
