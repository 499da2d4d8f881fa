import type { z } from 'zod';

/** A document of a newer format than this code reads. */
export class NewerFormatError extends Error {}

/**
 * Parses a versioned JSON document strictly: UTF-8, no key twice in an object, then the schema.
 * The version is looked at before the schema, which only fits its own.
 * @throws NewerFormatError; Error with the first problem and its path
 */
export function parseJson<T>(bytes: Buffer, schema: z.ZodType<T>, version: number): T {
  const text = decodeUtf8(bytes);
  const value = parseStrict(text);
  const found = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found === 'number' && found > version) throw new NewerFormatError(`format version ${found}`);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Error(`${issue.path.join('.') || 'the document'}: ${issue.message}`);
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
}

function parseStrict(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the text around the fault.
    throw new Error('it is not JSON');
  }
  if (keysInText(text) !== keysIn(value)) throw new Error('it holds a key twice in one object');
  return value;
}

/** In valid JSON, a string before a colon is a key and nothing else is. */
function keysInText(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"([ \t\n\r]*:)?/g)) if (match[1]) count++;
  return count;
}

function keysIn(value: unknown): number {
  let count = 0;
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) count += Object.keys(next).length;
    for (const child of Object.values(next)) pending.push(child);
  }
  return count;
}
