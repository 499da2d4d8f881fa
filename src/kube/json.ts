import { randomBytes } from 'node:crypto';

/**
 * JSON as Kubernetes writes it. Integers of 64 bits beyond 2^53 (int64 fields, free-form Helm values) become
 * BigInt, so that no digit is lost; everything else is as in JSON.parse.
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return unlessTooDeep(
    () => JSON.parse(text, keepInteger),
    () => parseDeep(text),
  );
}

/** The counterpart of parseJson: BigInt is written as a number. */
export function stringifyJson(value: unknown): string {
  const written = (_key: string, item: unknown) =>
    typeof item === 'bigint' ? (JSON as unknown as RawJson).rawJSON(item.toString()) : item;
  return unlessTooDeep(
    () => JSON.stringify(value, written),
    () => writeDeep(value),
  );
}

/** Kubernetes takes 10,000 levels, which no recursion of JavaScript follows: then it is done without. */
export function unlessTooDeep<T>(run: () => T, runDeep: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) return runDeep();
    throw error;
  }
}

/** Stands before the digits of an integer; random, so that no text of others is taken for one. */
const MARK = `${randomBytes(16).toString('hex')}:`;

/** Without a reviver, which recurses: integers become texts, which are told by their mark and put back. */
function parseDeep(text: string): unknown {
  const marked = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') ? token : `"${MARK}${token}"`,
  );
  const root: unknown[] = [JSON.parse(marked)];
  const holders: unknown[] = [root];
  for (let holder = holders.pop(); holder; holder = holders.pop())
    for (const [key, item] of Object.entries(holder)) {
      if (typeof item === 'object' && item !== null) holders.push(item);
      if (typeof item === 'string' && item.startsWith(MARK))
        Object.defineProperty(holder, key, { value: integer(item.slice(MARK.length)) });
    }
  return root[0];
}

/** What is left to be written: text, or a value. */
type Task = { text: string } | { value: unknown };

/**
 * JSON without recursion.
 * @param keysOf a value's keys, in the order in which they are written
 */
export function writeDeep(value: unknown, keysOf: (value: object) => string[] = Object.keys): string {
  const parts: string[] = [];
  const tasks: Task[] = [{ value }];
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    if ('text' in task) parts.push(task.text);
    else for (const part of partsOf(task.value, keysOf).reverse()) tasks.push(part);
  }
  return parts.join('');
}

/** A value as JSON, in which what it holds is left as it is. */
function partsOf(value: unknown, keysOf: (value: object) => string[]): Task[] {
  if (typeof value === 'bigint') return [{ text: value.toString() }];
  if (typeof value !== 'object' || value === null) return [{ text: JSON.stringify(value) }];
  const comma = (index: number) => (index > 0 ? ',' : '');
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index): Task[] => [{ text: comma(index) }, { value: item ?? null }]);
    return [{ text: '[' }, ...items, { text: ']' }];
  }
  const record = value as Record<string, unknown>;
  const keys = keysOf(record).filter((key) => record[key] !== undefined);
  const fields = keys.flatMap((key, index): Task[] => [
    { text: `${comma(index)}${JSON.stringify(key)}:` },
    { value: record[key] },
  ]);
  return [{ text: '{' }, ...fields, { text: '}' }];
}

// TypeScript's library does not know the source text access of ES2026 yet.
interface RawJson {
  rawJSON(text: string): unknown;
}

/**
 * An integer as Kubernetes reads it: int64 with all digits, beyond that a float.
 * @param text decimal digits, perhaps with a minus sign
 */
export function integer(text: string): number | bigint {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(text);
  return BigInt.asIntN(64, exact) === exact ? exact : value;
}

function keepInteger(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source) return value;
  return /^-?\d+$/.test(context.source) ? integer(context.source) : value;
}
