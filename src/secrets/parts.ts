/** Shorter texts are no secrets that are hidden (see isHidable), longer ones no part of a name by chance. */
const SHORTEST = 4;
const LONGEST = 16;

/**
 * Which of some texts of 4 to 16 characters are part of any of some names. Each character of the names is the first of
 * a few parts that are looked up, however many texts there are: whoever writes both must not block the process.
 */
export function partsOfNames(texts: Iterable<string>, names: Iterable<string>): Set<string> {
  const wanted = new Set<string>();
  const beginnings = new Set<string>();
  for (const text of texts) {
    if (text.length < SHORTEST || text.length > LONGEST) continue;
    wanted.add(text);
    for (let length = SHORTEST; length <= text.length; length++) beginnings.add(text.slice(0, length));
  }
  const found = new Set<string>();
  for (const name of names)
    for (const part of partsIn(name, beginnings)) if (wanted.has(part)) found.add(part);
  return found;
}

/** From each of its characters on, as far as there is a text that begins so. */
function* partsIn(name: string, beginnings: ReadonlySet<string>): Generator<string> {
  for (let start = 0; start + SHORTEST <= name.length; start++)
    for (let end = start + SHORTEST; end <= name.length; end++) {
      const part = name.slice(start, end);
      if (!beginnings.has(part)) break;
      yield part;
    }
}
