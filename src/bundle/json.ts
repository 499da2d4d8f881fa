import type { z } from 'zod';
import { oneLine } from '../report/format.js';

/** A document of a newer format than this code reads. */
export class NewerFormatError extends Error {}

/**
 * What is parsed at all: a parser takes dozens of bytes for a value of two. The manifest of 50,000 Applications that
 * ApplicationSets made has a million values and depth 5.
 */
export const JSON_LIMITS = { values: 2 * 1024 * 1024, depth: 16 } as const;

/** Of what is wrong, which may quote a key that somebody chose. */
const QUOTED = 200;

/**
 * Parses a versioned JSON document strictly: UTF-8, not too much in it, no key twice in an object, then the schema.
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
  const where = issue.path.join('.') || 'the document';
  throw new Error(oneLine(`${where.slice(0, QUOTED)}: ${issue.message.slice(0, QUOTED)}`));
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
}

function parseStrict(text: string): unknown {
  const { values, depth } = measureJson(text);
  if (values > JSON_LIMITS.values) throw new Error(`it holds more than ${JSON_LIMITS.values} values`);
  if (depth > JSON_LIMITS.depth) throw new Error(`it is nested deeper than ${JSON_LIMITS.depth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the text around the fault.
    throw new Error('it is not JSON');
  }
  if (repeatsKey(text, value)) throw new Error('it holds a key twice in one object');
  return value;
}

/** Whether a valid JSON text has a key twice in one object, of which `value` kept one. */
export const repeatsKey = (text: string, value: unknown): boolean => measureJson(text).keys !== keysIn(value);

interface Measure {
  keys: number;
  values: number;
  depth: number;
}

/** What parsing a JSON text would make, told by its punctuation; one step for each character at most. */
function measureJson(text: string): Measure {
  const measure = { keys: 0, values: 1, depth: 0 };
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === ':') measure.keys++;
    else if (char === ',') measure.values++;
    else if (char === ']' || char === '}') open--;
    else if (char === '[' || char === '{') {
      measure.values++;
      measure.depth = Math.max(measure.depth, ++open);
    }
  }
  return measure;
}

/** Where the string that begins here ends: at its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
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
