import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

/** How the value of an input is written; decides its flag, its help and its type in action-types.yml. */
export type Kind =
  | 'text'
  | 'path'
  | 'boolean'
  | 'integer'
  | 'duration'
  | 'percentage'
  | 'version'
  | 'list'
  | 'enum';

interface KindMeta {
  kind: Kind;
  /** The words an enum takes. */
  values?: readonly string[];
}

/** The kind of each value schema made in this file. */
export const kinds = z.registry<KindMeta>();

/**
 * A value in quotes for an error message: cut to 60 characters, and left out where it looks like a secret key.
 */
export function quote(text: string): string {
  if (/AGE-SECRET-KEY-/i.test(text)) return 'a secret key (not shown)';
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** ` Did you mean …?` where one of the names is near to what was typed; else empty. */
export function didYouMean(typed: string, names: readonly string[], prefix = ''): string {
  if (names.length === 0) return '';
  const nearest = closest(typed, [...names]);
  const near = distance(typed, nearest) <= Math.floor((nearest.length + 1) / 2);
  return near ? ` Did you mean ${prefix}${nearest}?` : '';
}

/** A schema from an input's text to its value; `read` gives undefined for text it does not take. */
export function reading<T>(
  meta: KindMeta,
  expected: string,
  read: (text: string) => T | undefined,
  hint: (text: string) => string = () => '',
) {
  return z
    .string({ error: () => `is missing; expected ${expected}` })
    .transform((text, context) => {
      const value = read(text.trim());
      if (value !== undefined) return value;
      const message = `${quote(text)} is not valid; expected ${expected}.${hint(text)}`;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .register(kinds, meta);
}

/** Any text; `expected` says what it names, such as `the path of a file`. */
export const text = (expected: string) => reading({ kind: 'text' }, expected, (value) => value || undefined);

/** A path; `expected` says of what. Whether it is there is checked later. */
export const path = (expected: string) => reading({ kind: 'path' }, expected, (value) => value || undefined);

/** Text that a pattern must match in whole. */
export const matching = (pattern: RegExp, expected: string) =>
  reading({ kind: 'text' }, expected, (value) => (pattern.test(value) ? value : undefined));

const TRUE = ['true', 'True', 'TRUE', 'yes', 'Yes', 'YES'];
const FALSE = ['false', 'False', 'FALSE', 'no', 'No', 'NO'];

/** The words that flag() takes: those of the toolkit's getBooleanInput (YAML core schema), and yes and no. */
export const BOOLEAN_WORDS: readonly string[] = [...TRUE, ...FALSE];

function readBoolean(value: string): boolean | undefined {
  if (TRUE.includes(value)) return true;
  return FALSE.includes(value) ? false : undefined;
}

/** A boolean: true, false, yes or no. */
export const flag = () => reading({ kind: 'boolean' }, 'true or false', readBoolean);

/** `auto`, or a boolean. */
export const autoFlag = () =>
  reading({ kind: 'enum', values: ['auto', 'true', 'false'] }, 'auto, true or false', (value) =>
    value === 'auto' ? ('auto' as const) : readBoolean(value),
  );

/** A whole number within bounds, both included. */
export const integer = (min: number, max: number) =>
  reading({ kind: 'integer' }, `a whole number from ${min} to ${max}`, (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });

/** A percentage from 0 to 100, with or without the sign; gives the number before the sign. */
export const percentage = () =>
  reading({ kind: 'percentage' }, 'a percentage from 0 to 100 such as 20%', (value) => {
    const number = /^\d+(\.\d+)?\s*%?$/.test(value) ? Number.parseFloat(value) : Number.NaN;
    return number <= 100 ? number : undefined;
  });

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

function readDuration(value: string): number | undefined {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(value);
  if (!match) return undefined;
  const [, d = 0, h = 0, m = 0, s = 0] = match;
  const total = Number(d) * UNITS.d + Number(h) * UNITS.h + Number(m) * UNITS.m + Number(s) * UNITS.s;
  return total > 0 && Number.isSafeInteger(total) ? total : undefined;
}

/** A duration above zero, such as `90s`, `30m`, `1h30m`, `2d`; gives milliseconds. */
export const duration = () =>
  reading({ kind: 'duration' }, 'a duration such as 90s, 30m, 1h30m or 2d', readDuration);

/** Milliseconds as a duration that duration() reads, rounded to seconds: `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds / 1000) * 1000;
  const parts = Object.entries(UNITS).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count}${unit}` : '';
  });
  return parts.join('') || '0s';
}

const VERSION = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;

/** A version x.y.z; a leading `v` is taken off. */
export const version = () =>
  reading({ kind: 'version' }, 'a version such as 3.1.9', (value) => VERSION.exec(value)?.[1]);

/** `auto`, or a version x.y.z. */
export const autoVersion = () =>
  reading({ kind: 'version' }, 'auto or a version such as 3.1.9', (value) =>
    value === 'auto' ? value : VERSION.exec(value)?.[1],
  );

/**
 * A list: entries on lines of their own or behind commas, without repetitions.
 * `#` at the start of a line or behind a space begins a comment.
 */
export const list = (expected: string) => reading({ kind: 'list' }, expected, readList);

/** Namespaces by name or glob, or by a regular expression between slashes, as in argocd-cmd-params-cm. */
export const namespacePatterns = () =>
  reading({ kind: 'list' }, 'namespaces, globs such as team-*, or /regular expressions/', (value) => {
    const patterns = readList(value);
    return patterns.every((pattern) => /^(\/.+\/|[a-z0-9*?[\]{}!\\-]+)$/.test(pattern))
      ? patterns
      : undefined;
  });

function readList(value: string): string[] {
  const entries = value.split(/\r?\n/).flatMap((line) => line.replace(/(^|\s)#.*$/, '').split(','));
  return [...new Set(entries.map((entry) => entry.trim()).filter(Boolean))];
}

/** One of some words. */
export const choice = <const T extends readonly string[]>(words: T) =>
  reading<T[number]>(
    { kind: 'enum', values: words },
    words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    (value) => words.find((word) => word === value),
    (typed) => didYouMean(typed, words),
  );
