import { isSecretName } from './names.js';

/** What may have to do with secrets at all: a text without it is passed over. */
const HINT =
  /pass|pw|psk|otp|token|secret|key|cred|auth|bearer|cookie|jwt|hmac|dsn|connection|docker|PRIVATE KEY/i;

/**
 * The values in a text of settings, such as YAML, an environment file or arguments, whose names say that they are
 * secret, and private keys. It is read line by line and not parsed: it may be broken, of several languages, or made to
 * hurt a parser. Each character is looked at a bounded number of times.
 */
export function* namedValues(text: string): Generator<string> {
  if (!HINT.test(text)) return;
  const lines = text.split('\n');
  /** Whether the last `name:` in a list of names and values was a secret's. */
  let named = false;
  for (let at = 0; at < lines.length; at++) {
    if (lines[at]!.includes('PRIVATE KEY')) yield* keyLines(lines, at);
    for (const { name, value, indent } of pairsIn(lines[at]!)) {
      const secret = isSecretName(name) || (named && OF_PAIRS.has(name));
      if (NAMING.has(name)) named = isSecretName(unquoted(value));
      if (!secret) continue;
      named = false;
      if (/^[|>][-+0-9]*$/.test(value)) yield* blockBelow(lines, at, indent);
      else if (value === '') yield* listBelow(lines, at);
      else yield* spellings(value);
    }
  }
}

const NAMING = new Set(['name', 'key', 'header']);
const OF_PAIRS = new Set(['value', 'string']);

interface Pair {
  name: string;
  /** The rest of the line, as it stands. */
  value: string;
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
    const value = line.slice(start, start + LONGEST_VALUE).trim();
    yield { name: match[1]!, value, indent };
  }
}

/** Of a value in a line of others; longer ones are hidden as far as this. */
const LONGEST_VALUE = 8192;

/** Spaces, and the dashes of lists, before a line's text. */
const indentOf = (line: string): number => line.length - line.replace(/^[ -]*/, '').length;

/** What a value may be: in quotes, up to a comment, or up to the end of brackets that it stands in. */
function* spellings(value: string): Generator<string> {
  const quoted = unquoted(value);
  if (quoted !== value) return yield quoted;
  const plain = value.replace(/\s#.*$/, '').trim();
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

/** Lines below are looked at for one name only so far: a text of nothing else takes no longer for it. */
const LINES_BELOW = 200;

function* blockBelow(lines: string[], at: number, indent: number): Generator<string> {
  const block: string[] = [];
  for (const line of lines.slice(at + 1, at + 1 + LINES_BELOW)) {
    if (line.trim() !== '' && line.length - line.trimStart().length <= indent) break;
    block.push(line.trim());
  }
  yield block.join('\n').trim();
}

function* listBelow(lines: string[], at: number): Generator<string> {
  for (const line of lines.slice(at + 1, at + 1 + LINES_BELOW)) {
    const item = /^ *- (.*)/.exec(line)?.[1]?.trim();
    if (item === undefined || /^[\w"'./-]+:( |$)/.test(item)) return;
    yield* spellings(item);
  }
}

/** The lines of a private key, each of which would tell a part of it. */
function* keyLines(lines: string[], at: number): Generator<string> {
  if (!lines[at]!.includes('-----BEGIN')) return;
  for (const line of lines.slice(at + 1, at + 1 + LINES_BELOW)) {
    if (line.includes('-----END')) return;
    const text = line.trim();
    if (/^[A-Za-z0-9+/=]{16,}$/.test(text)) yield text;
  }
}
