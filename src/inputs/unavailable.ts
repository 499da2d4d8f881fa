import type { Problem } from './cross-checks.js';
import type { Draft } from './shape.js';

const AVAILABLE_LEVELS = ['integrity', 'restore'];

/** What this version takes as an input and cannot do yet: refused, because left out silently it would pass for done. */
const UNAVAILABLE: readonly [keyof Draft, (value: unknown) => boolean, string][] = [
  ['cluster', (value) => value === 'kind', 'control-plane, or existing with a kubeconfig'],
  ['level', (value) => !AVAILABLE_LEVELS.includes(value as string), AVAILABLE_LEVELS.join(' or ')],
  ['render', (value) => value === true, 'false'],
  ['verifyCommand', isSet, 'nothing'],
  ['adminPassword', isSet, 'nothing'],
  ['chartVersion', isSet, 'the rendered chart (helm template) with manifests'],
  ['values', isSet, 'the rendered chart (helm template) with manifests'],
  ['nodeImage', isSet, 'nothing: it is for cluster kind'],
  ['kindConfig', isSet, 'nothing: it is for cluster kind'],
  ['portMappings', isSet, 'nothing: it is for cluster kind'],
  ['registryMirrors', isSet, 'nothing: it is for cluster kind'],
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
