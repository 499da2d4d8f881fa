/**
 * JSON as Kubernetes writes it. Integers of 64 bits beyond 2^53 (int64 fields, free-form Helm values) become
 * BigInt, so that no digit is lost; everything else is as in JSON.parse.
 */
export function parseJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, keepInteger) : JSON.parse(text);
}

/** The counterpart of parseJson: BigInt is written as a number. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === 'bigint' ? (JSON as unknown as RawJson).rawJSON(item.toString()) : item,
  );
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
