import { isSecretName } from './names.js';

/** What may have to do with secrets at all: a text without it is passed over. */
const HINT =
  /pass|pw|psk|otp|token|secret|key|cred|auth|bearer|cookie|jwt|hmac|dsn|connection|docker|PRIVATE KEY/i;

/**
 * The values in a text of settings, such as YAML, an environment file or arguments, whose names say that they are
 * secret, and private keys. It is read line by line and not parsed: it may be broken, of several languages, or made to
 * hurt a parser. Each character is looked at a bounded number of times: lists and keys are followed line by line, and
 * values that overlap are looked at no longer than CHARS_MORE allows.
 */
export function* namedValues(text: string): Generator<string> {
  if (!HINT.test(text)) return;
  const lines = text.split('\n');
  const list = new ListLines();
  const key = new KeyLines();
  let left = CHARS_MORE + 4 * text.length;
  /** Whether the last `name:` in a list of names and values was a secret's. */
  let named = false;
  for (const [at, line] of lines.entries()) {
    yield* key.next(line);
    yield* list.next(line);
    for (const { name, rest, indent } of pairsIn(line)) {
      const secret = isSecretName(name) || (named && OF_PAIRS.has(name));
      if (NAMING.has(name)) named = isSecretName(unquoted(rest(LONGEST_NAME)));
      if (!secret || left < 0) continue;
      named = false;
      const value = rest(LONGEST_VALUE);
      left -= value.length;
      if (/^[|>][-+0-9]*$/.test(value)) {
        const block = blockBelow(lines, at, indent, left);
        left -= block.looked;
        yield block.text;
      } else if (value === '') list.begin();
      else yield* spellings(value);
    }
  }
}

/**
 * Characters of overlapping values and of blocks within blocks, beside a few times the text's own: as many as are kept
 * of an object.
 */
const CHARS_MORE = 2 ** 18;

const NAMING = new Set(['name', 'key', 'header']);
const OF_PAIRS = new Set(['value', 'string']);

interface Pair {
  name: string;
  /** So much of the rest of the line, as it stands. */
  rest: (length: number) => string;
  /** Of the line. */
  indent: number;
}

/** `name: value` and `name=value`, wherever they stand in a line; a name has at most 100 characters. */
const PAIR = /(?<![\w./-])(?:--?)?([A-Za-z_][\w./-]{0,99})["']?(?: {0,4}:(?= |$)|(?<=["']):|=(?=\S)) {0,8}/g;

/** A line that holds more is not written by hand or by a program for settings. */
const PAIRS_IN_LINE = 1000;

function* pairsIn(line: string): Generator<Pair> {
  const indent = indentOf(line);
  let left = PAIRS_IN_LINE;
  for (const match of line.matchAll(PAIR)) {
    if (--left < 0) return;
    const start = match.index + match[0].length;
    yield { name: match[1]!, rest: (length) => line.slice(start, start + length).trim(), indent };
  }
}

/** Of a value in a line of others; longer ones are hidden as far as this. */
const LONGEST_VALUE = 8192;
/** Of a value that is itself a name. */
const LONGEST_NAME = 256;

/** Spaces, and the dashes of lists, before a line's text. */
const indentOf = (line: string): number => line.length - line.replace(/^[ -]*/, '').length;

/** What a value may be: in quotes, up to a comment, or up to the end of brackets that it stands in. */
function* spellings(value: string): Generator<string> {
  const quoted = unquoted(value);
  if (quoted !== value) return yield quoted;
  const comment = value.search(/\s#/);
  const plain = comment < 0 ? value : value.slice(0, comment).trim();
  yield plain;
  // What begins so is a placeholder, and needs its brackets to be known as one.
  const [inBrackets = ''] = /^[${<]/.test(plain) ? [plain] : plain.split(/["',}\]]/, 1);
  if (inBrackets !== plain) yield inBrackets.trim();
  const [, credentials] = /^(?:Bearer|Basic|Token) (\S+)$/i.exec(plain) ?? [];
  if (credentials) yield credentials;
}

/** What stands in quotes at the beginning of a text; the text itself where nothing does. */
function unquoted(text: string): string {
  const quote = text[0];
  if (quote === "'") return text.slice(1, endOf(text, "'")).replaceAll("''", "'");
  if (quote !== '"') return text;
  const inner = text.slice(1, endOf(text, '"'));
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return inner;
  }
}

/** The place of the quote that closes; of single quotes, two stand for one. */
function endOf(text: string, quote: string): number {
  for (let at = 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] !== quote) continue;
    else if (quote === "'" && text[at + 1] === quote) at++;
    else return at;
  }
  return text.length;
}

/** A list, block or key below a name goes on for so many lines at most. */
const LINES_BELOW = 200;

/** The block below a name, as far as some characters go, and how many were looked at. */
function blockBelow(
  lines: string[],
  at: number,
  indent: number,
  chars: number,
): { text: string; looked: number } {
  const block: string[] = [];
  let looked = 0;
  for (let below = at + 1; below < lines.length && below <= at + LINES_BELOW && looked <= chars; below++) {
    const line = lines[below]!;
    looked += line.length + 1;
    const text = line.trim();
    if (text !== '' && line.length - line.trimStart().length <= indent) break;
    block.push(text);
  }
  return { text: block.join('\n').trim(), looked };
}

/** The items of a list below a secret's name; a list that begins within another is part of it. */
class ListLines {
  #left = 0;

  /** The list begins below the line that was looked at last. */
  begin(): void {
    this.#left = LINES_BELOW;
  }

  *next(line: string): Generator<string> {
    if (this.#left === 0) return;
    const item = /^ *- (.*)/.exec(line)?.[1]?.trim();
    const goesOn = item !== undefined && !/^[\w"'./-]+:( |$)/.test(item);
    this.#left = goesOn ? this.#left - 1 : 0;
    if (goesOn) yield* spellings(item);
  }
}

/** The lines of a private key, each of which would tell a part of it. */
class KeyLines {
  #left = 0;

  *next(line: string): Generator<string> {
    if (line.includes('-----BEGIN') && line.includes('PRIVATE KEY')) {
      this.#left = LINES_BELOW;
      return;
    }
    if (this.#left === 0) return;
    this.#left = line.includes('-----END') ? 0 : this.#left - 1;
    const text = line.trim();
    if (/^[A-Za-z0-9+/=]{16,}$/.test(text)) yield text;
  }
}
