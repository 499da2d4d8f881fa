/** How deep objects may be: far deeper than those of any API, and not too deep to be written out. */
const MAX_DEPTH = 200;

interface Measured {
  /** About the characters of its JSON, with each alias written out. */
  size: number;
  depth: number;
}

/**
 * Why values that YAML was read into must not be handed on; undefined where they may. A few lines with aliases can be
 * more than any memory holds once they are written out, and a value may even hold itself.
 * @param limit of characters, with each alias written out
 */
export function measure(values: readonly unknown[], limit: number): string | undefined {
  const known = new Map<object, Measured | undefined>();
  try {
    const { size } = measured(values, 0, known);
    return size > limit ? `is more than ${limit} characters once each alias is written out` : undefined;
  } catch (error) {
    if (error instanceof Unwritable) return error.message;
    throw error;
  }
}

class Unwritable extends Error {}

function measured(value: unknown, above: number, known: Map<object, Measured | undefined>): Measured {
  if (typeof value === 'string') return { size: value.length + 2, depth: 0 };
  if (typeof value !== 'object' || value === null) return { size: 1, depth: 0 };
  if (above > MAX_DEPTH) throw new Unwritable(`is nested deeper than ${MAX_DEPTH} levels`);
  const before = known.get(value);
  if (before) return before;
  if (known.has(value)) throw new Unwritable('has an alias of what it stands in itself');
  known.set(value, undefined);
  const sum = ofMembers(value, above, known);
  if (sum.depth > MAX_DEPTH) throw new Unwritable(`is nested deeper than ${MAX_DEPTH} levels`);
  known.set(value, sum);
  return sum;
}

function ofMembers(value: object, above: number, known: Map<object, Measured | undefined>): Measured {
  const sum: Measured = { size: 2, depth: 1 };
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new Unwritable('has a key __proto__, which no object of Kubernetes has');
    const { size, depth } = measured((value as Record<string, unknown>)[key], above + 1, known);
    sum.size += size + (Array.isArray(value) ? 1 : key.length + 3);
    sum.depth = Math.max(sum.depth, depth + 1);
  }
  return sum;
}
