import { goQuoted } from './go-text.js';
import { MIN_PATTERN, PatternIndex } from './pattern-index.js';

/** What stands in for a secret value. */
const MASK = '***';

/** Shorter values are not secrets one could hide: they are everywhere. Counted without white space around. */
const MIN_LENGTH = MIN_PATTERN;

/**
 * Words of Argo CD and Kubernetes, such as the user name of many a repository: they are no secrets, and hidden they
 * would make every message unreadable.
 */
const WORDS = new Set([
  'admin',
  'argocd',
  'argo-cd',
  'default',
  'false',
  'helm',
  'kubernetes',
  'none',
  'true',
]);

/** Replaces every secret value in a text. */
export type Redactor = (text: string) => string;

/**
 * Replaces secret values in a text by `***`: each of four characters and more, as a whole, trimmed, line by line,
 * in base64 (padded or not, alone or within a longer text that is encoded), escaped as in JSON (plain, and as Go
 * writes it) and in Go's quotes, and URL-encoded.
 * For several texts make the redactor once with createRedactor().
 */
export function redact(text: string, values: Iterable<string> | Redactor): string {
  return (typeof values === 'function' ? values : createRedactor(values))(text);
}

/** Times that a text is gone over; see createRedactor(). */
const PASSES = 8;

/**
 * Makes a redactor; the time to redact depends on the text's length and hardly on the number of values. Of a long
 * value a part from its beginning on is hidden too.
 */
export function createRedactor(values: Iterable<string>): Redactor {
  const patterns = new Set<string>();
  for (const value of values) for (const form of formsOf(value)) patterns.add(form);
  const index = new PatternIndex(patterns);
  // A mask can only complete a value that holds a star itself; then the text is gone over until it stays.
  const again = [...patterns].some((pattern) => pattern.includes('*'));
  return (text) => {
    let before = index.replaceIn(text, MASK);
    if (!again) return before;
    for (let pass = 1; pass < PASSES; pass++) {
      const after = index.replaceIn(before, MASK);
      if (after === before) return after;
      before = after;
    }
    // Whoever made text and value that fit each other so would have it gone over for each of its characters.
    return MASK;
  };
}

/** Whether a value can be hidden at all: not one too short, nor a word that is everywhere. */
export const isHidable = (value: string): boolean => {
  const trimmed = value.trim();
  return trimmed.length >= MIN_LENGTH && !WORDS.has(trimmed);
};

/** What ends a line for some reader or other: Node.js and YAML 1.1 take more for it than others. */
const LINE_END = /\r\n|[\r\n\u0085\u2028\u2029]/;

/** The lines of a value, without white space around. */
export const linesOf = (value: string): string[] => value.split(LINE_END).map((line) => line.trim());

/** The same error, with the secret values in its message, its causes' and their stacks replaced. */
export function redactError<T>(error: T, redactor: Redactor): T {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    each.message = redactor(each.message);
    if (each.stack !== undefined) each.stack = redactor(each.stack);
  }
  return error;
}

/** The spellings in which a value could show up. Other white space around it shows nothing. */
function* formsOf(value: string): Generator<string> {
  const trimmed = value.trim();
  if (!isHidable(trimmed)) return;
  yield trimmed;
  for (const form of new Set([value, trimmed])) {
    yield Buffer.from(form).toString('base64');
    yield Buffer.from(form).toString('base64').replace(/=+$/, '');
    yield* escapedForms(form);
  }
  yield* base64Within(trimmed);
  // A line that is a word by chance stays, as the word does.
  for (const line of linesOf(trimmed).filter(isHidable)) {
    yield line;
    yield* escapedForms(line);
  }
}

/** Shorter ones would be found by chance. */
const MIN_BASE64_WITHIN = 6;

/** What the value alone decides of the base64 of a longer text, at each of the three places in a group. */
function* base64Within(value: string): Generator<string> {
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const own = bytes
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    if (own.length >= MIN_BASE64_WITHIN) yield own;
  }
}

function* escapedForms(value: string): Generator<string> {
  const json = JSON.stringify(value).slice(1, -1);
  yield json;
  yield json.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  yield goQuoted(value);
  const url = encodeURIComponent(value.toWellFormed());
  yield url;
  yield url.replaceAll('%20', '+');
}
