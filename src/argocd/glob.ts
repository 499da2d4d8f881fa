import { cannotOpen } from '../errors.js';

/** A part of a glob: one character of some, any text, or one of several globs. */
type Part = Character | typeof ANY_TEXT | { either: Part[][] };
type Character = (char: string) => boolean;

const ANY_TEXT = '*';

// A run of stars, an escape, a range or list of characters, or one character by itself.
const PIECE =
  /(?<stars>\*+)|\\(?<escaped>[\s\S]?)|\[(?<not>!|(?!!))(?:(?<range>[\s\S]-[\s\S])|(?![\s\S]-)(?<list>(?:\\[\s\S]|[^\]\\])+))\]|[\s\S]/g;
/** More braces within braces than anybody writes. */
const DEEPEST = 500;

/**
 * Whether a text matches a glob as Argo CD's util/glob reads it: github.com/gobwas/glob without separators, that is `*`,
 * `?`, `[abc]`, `[a-c]`, `[!a]`, `{a,b}` (a missing last brace is forgiven), and `\` before a literal. An invalid one
 * matches nothing. Takes time by the product of both lengths at most, whatever the glob.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = parse(glob);
  return parts !== undefined && ends(parts, [0], text).includes(text.length);
}

function parse(glob: string): Part[] | undefined {
  const top: Part[] = [];
  /** Of the braces that are open, the alternatives so far. */
  const open: Part[][][] = [];
  let parts = top;
  for (const { 0: piece, groups = {} } of glob.matchAll(PIECE)) {
    // A bracket that begins neither a range nor a list.
    if (piece === '[') return undefined;

    if (piece === '{') {
      if (open.length === DEEPEST)
        throw cannotOpen(`a glob has more than ${DEEPEST} braces within braces: ${glob.slice(0, 100)}…`);
      const either: Part[][] = [[]];
      parts.push({ either });
      open.push(either);
    } else if (piece === '}' && open.length > 0) open.pop();
    else if (piece === ',' && open.length > 0) open.at(-1)!.push([]);
    // A backslash at the end stands for nothing.
    else if (groups.escaped !== '') {
      const part = partOf(piece, groups);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    parts = open.at(-1)?.at(-1) ?? top;
  }
  return top;
}

/** Undefined for a range that runs backwards. */
function partOf(piece: string, groups: Partial<Record<string, string>>): Part | undefined {
  const { stars, escaped, not, range, list } = groups;
  if (stars !== undefined) return ANY_TEXT;
  if (piece === '?') return () => true;
  const negated = Boolean(not);
  if (range !== undefined && range[0]! > range[2]!) return undefined;
  if (range !== undefined) return (char) => (range[0]! <= char && char <= range[2]!) !== negated;
  if (list !== undefined) {
    const chars = list.replace(/\\([\s\S])/g, '$1');
    return (char) => chars.includes(char) !== negated;
  }
  const literal = escaped ?? piece;
  return (char) => char === literal;
}

/** Where in a text a match can end that begins at one of these places; each place is looked at once for each part. */
function ends(parts: readonly Part[], starts: readonly number[], text: string): readonly number[] {
  let places = starts;
  for (const part of parts) {
    if (places.length === 0) return places;
    places = endsOf(part, places, text);
  }
  return places;
}

function endsOf(part: Part, starts: readonly number[], text: string): readonly number[] {
  if (part === ANY_TEXT) return from(starts[0]!, text.length);
  if (typeof part === 'function')
    return starts.filter((at) => at < text.length && part(text[at]!)).map((at) => at + 1);
  const found = new Set(part.either.flatMap((each) => ends(each, starts, text)));
  return [...found].sort((a, b) => a - b);
}

const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
