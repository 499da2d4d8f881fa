import type { KubeObject } from '../kube/objects.js';
import { DOCUMENT_LIMITS } from './document-limits.js';

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
  const size = new YamlSize();
  let level: unknown[] = [object];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEEPEST) return `more than ${DEEPEST} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      const odd = typeof value === 'string' ? oddCharacter(value) : oddKey(value, next);
      if (odd) return odd;
      size.add(value, 2 * depth);
    }
    level = next;
  }
  return size.oddity();
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

const MIB = 1024 * 1024;
/** Well below what is read, as the size is an estimate: characters may be escaped. */
const LARGEST_YAML = DOCUMENT_LIMITS.bytes / 4;
/** Where the writer of YAML ends a line if it can (best_width in sigs.k8s.io/yaml/goyaml.v2). */
const LINE_WIDTH = 80;
/** What DOCUMENT_LIMITS counts of a value beside its text: `? `, `: `, `{` and the end of its line. */
const COUNTED = 4;

/** What an object takes as YAML, in which each line is indented: a small object may take more than is read. */
class YamlSize {
  #bytes = 0;
  /** At most so many are counted, if each character of a text were. */
  #values = 0;

  add(value: unknown, indent: number): void {
    this.#values += COUNTED;
    this.#bytes += indent + COUNTED;
    if (typeof value !== 'object' || value === null) this.#text(String(value), indent);
    else if (!Array.isArray(value)) for (const key of Object.keys(value)) this.#text(key, indent);
  }

  oddity(): string | undefined {
    if (this.#bytes > LARGEST_YAML) return `about ${Math.ceil(this.#bytes / MIB)} MiB as YAML`;
    return this.#values > DOCUMENT_LIMITS.values ? 'too many values for YAML' : undefined;
  }

  #text(text: string, indent: number): void {
    const breaks = breaksIn(text, indent);
    this.#values += text.length + breaks;
    this.#bytes += text.length + breaks * (indent + 1);
  }
}

/** The most lines that a text is broken into: at its own line ends, and at blanks near the end of a line. */
function breaksIn(text: string, indent: number): number {
  let [lines, blanks] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) lines++;
    else if (code === 0x20) blanks++;
  }
  return lines + Math.min(blanks, Math.floor(text.length / Math.max(1, LINE_WIDTH - indent)));
}
