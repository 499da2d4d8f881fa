import type { KubeObject } from '../kube/objects.js';

/**
 * What `argocd admin export` and `import`, by YAML 1.1, do not carry from cluster to cluster: it makes the export of
 * the whole instance fail ("control characters are not allowed"), or comes back as another character.
 */
const NOT_CARRIED = /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/;

/** Its reader finds no key in what is longer than 1,024 characters, as it stands in JSON. */
const LONGEST_KEY = 1000;
/** Six characters stand for one at most. */
const NEVER_TOO_LONG = LONGEST_KEY / 6;

/** The levels that readers of YAML, this project's among them, are sure to follow. */
const DEEPEST = 900;

/**
 * What in an object is not carried by an export; undefined for nothing, as in nearly every one.
 * Never a value, nor a key: they may be secret.
 */
export function oddityOf(object: KubeObject): string | undefined {
  let level: unknown[] = [object];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEEPEST) return `more than ${DEEPEST} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      const odd = typeof value === 'string' ? oddCharacter(value) : oddKey(value, next);
      if (odd) return odd;
    }
    level = next;
  }
  return undefined;
}

function oddCharacter(text: string): string | undefined {
  const [found] = NOT_CARRIED.exec(text) ?? [];
  return found && `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Looks at the keys of a value, and adds what is below to the next level. */
function oddKey(value: unknown, next: unknown[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const item of Object.values(value)) next.push(item);
  if (Array.isArray(value)) return undefined;
  for (const key of Object.keys(value)) {
    if (key === '<<') return 'a key <<';
    if (key.length > NEVER_TOO_LONG && goJsonLength(key) > LONGEST_KEY)
      return 'a key of more than 1,000 characters';
    const odd = oddCharacter(key);
    if (odd) return `${odd} in a key`;
  }
  return undefined;
}

/** The length of a text in JSON as Go writes it, which escapes what could stand in HTML. */
const goJsonLength = (text: string) => JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, '\\u0000').length;
