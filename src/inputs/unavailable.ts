import type { Problem } from './cross-checks.js';
import type { Draft } from './shape.js';

/** What this version takes as an input and cannot do yet: refused, because left out silently it would pass for done. */
const UNAVAILABLE: readonly [keyof Draft, (value: unknown) => boolean, string][] = [
  ['upload', (value) => value === true, 'auto or false, and upload with actions/upload-artifact'],
  ['artifactName', isSet, 'nothing, and upload with actions/upload-artifact'],
  ['retentionDays', isSet, 'nothing, and upload with actions/upload-artifact'],
];

function isSet(value: unknown): boolean {
  return value !== undefined && (!Array.isArray(value) || value.length > 0);
}

/** The inputs that ask for what this version cannot do. */
export function unavailable(draft: Draft, nameOf: (key: string) => string): Problem[] {
  // An unsealed backup must never be uploaded, in any version: that says more than this does.
  const told = draft.encryption === 'none' ? 'upload' : undefined;
  return UNAVAILABLE.filter(([key, asked]) => key !== told && key in draft && asked(draft[key])).map(
    ([key, , instead]) => ({
      input: nameOf(key),
      text: `is not available in this version; give ${instead}`,
    }),
  );
}
