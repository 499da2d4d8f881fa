/** Patterns that are shorter are not looked for. */
export const MIN_PATTERN = 4;

/** Of a longer pattern this much is looked for, and then how far it goes on. */
const HEAD = 64;

/** Lengths by which shorter patterns are found: one is filed under its first characters, as many as fit. */
const KEY_LENGTHS = [32, 16, 8, MIN_PATTERN] as const;

/**
 * Finds the longest of many patterns at a place in a text. What it takes to go through a text is bounded for each
 * character of it, whatever the patterns are: whoever writes both must not be able to block the process.
 */
export class PatternIndex {
  /** The first four characters of every pattern: what does not start like this is passed over at once. */
  readonly #starts = new Set<string>();
  readonly #short = new Set<string>();
  /** The lengths of short patterns by their first characters, longest first: fewer than HEAD for each. */
  readonly #lengths = new Map<string, number[]>();
  /** Long patterns by their head, sorted. */
  readonly #long = new Map<string, string[]>();

  constructor(patterns: Iterable<string>) {
    const lengths = new Map<string, Set<number>>();
    for (const pattern of patterns) {
      if (pattern.length < MIN_PATTERN) continue;
      this.#starts.add(pattern.slice(0, MIN_PATTERN));
      if (pattern.length >= HEAD) {
        const head = pattern.slice(0, HEAD);
        const filed = this.#long.get(head);
        if (filed) filed.push(pattern);
        else this.#long.set(head, [pattern]);
        continue;
      }
      this.#short.add(pattern);
      const key = pattern.slice(
        0,
        KEY_LENGTHS.find((length) => pattern.length >= length),
      );
      lengths.set(key, (lengths.get(key) ?? new Set()).add(pattern.length));
    }
    for (const [key, found] of lengths)
      this.#lengths.set(
        key,
        [...found].sort((a, b) => b - a),
      );
    for (const list of this.#long.values()) list.sort();
  }

  /** Puts a mask in the place of every pattern, the longest first where several begin. */
  replaceIn(text: string, mask: string): string {
    const parts: string[] = [];
    let copied = 0;
    for (let position = 0; position <= text.length - MIN_PATTERN; ) {
      const length = this.#lengthAt(text, position);
      if (length === 0) {
        position++;
        continue;
      }
      parts.push(text.slice(copied, position), mask);
      position += length;
      copied = position;
    }
    return parts.join('') + text.slice(copied);
  }

  /** The length of what is to be hidden at a position; 0 where nothing is. */
  #lengthAt(text: string, position: number): number {
    if (!this.#starts.has(text.slice(position, position + MIN_PATTERN))) return 0;
    const long = this.#long.get(text.slice(position, position + HEAD));
    if (long) return agreement(long, text, position);
    for (const length of KEY_LENGTHS)
      for (const whole of this.#lengths.get(text.slice(position, position + length)) ?? [])
        if (position + whole <= text.length && this.#short.has(text.slice(position, position + whole)))
          return whole;
    return 0;
  }
}

/** How far a text goes along with any of some sorted patterns: a secret that is cut off, or goes on differently, counts. */
function agreement(sorted: readonly string[], text: string, position: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const pattern = sorted[middle]!;
    if (pattern <= text.slice(position, position + pattern.length)) low = middle + 1;
    else high = middle;
  }
  return Math.max(commonLength(sorted[low - 1], text, position), commonLength(sorted[low], text, position));
}

function commonLength(pattern: string | undefined, text: string, position: number): number {
  if (pattern === undefined) return 0;
  const rest = text.slice(position, position + pattern.length);
  let length = 0;
  while (length < rest.length && rest.charCodeAt(length) === pattern.charCodeAt(length)) length++;
  return length;
}
