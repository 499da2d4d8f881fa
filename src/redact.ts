import { goQuoted } from './go-text.js';
import type { KubeObject } from './kube/objects.js';

/** What stands in for a secret value. */
const MASK = '***';

/** Shorter values are not secrets one could hide: they are everywhere. Counted without white space around. */
const MIN_LENGTH = 4;

/**
 * Words of Argo CD and Kubernetes, such as the user name of many a repository: they are no secrets, and hidden they
 * would make every message unreadable.
 */
const WORDS = new Set([
  'admin',
  'argocd',
  'argo-cd',
  'default',
  'false',
  'helm',
  'kubernetes',
  'none',
  'true',
]);

/** Replaces every secret value in a text. */
export type Redactor = (text: string) => string;

/**
 * Replaces secret values in a text by `***`: each of four characters and more, as a whole, trimmed, line by line,
 * in base64 (padded or not, alone or within a longer text that is encoded), escaped as in JSON (plain, and as Go
 * writes it) and in Go's quotes, and URL-encoded.
 * For several texts make the redactor once with createRedactor().
 */
export function redact(text: string, values: Iterable<string> | Redactor): string {
  return (typeof values === 'function' ? values : createRedactor(values))(text);
}

/** Makes a redactor; the time to redact depends on the text's length and hardly on the number of values. */
export function createRedactor(values: Iterable<string>): Redactor {
  const patterns = new Set<string>();
  for (const value of values)
    for (const form of formsOf(value)) if (form.length >= MIN_LENGTH) patterns.add(form);
  const index = indexOf(patterns);
  // A mask can only complete a value that holds a star itself; then the text is gone over until it stays.
  const again = [...patterns].some((pattern) => pattern.includes('*'));
  return (text) => {
    let before = text;
    let after = replaceAll(before, index);
    while (again && after !== before) {
      before = after;
      after = replaceAll(before, index);
    }
    return after;
  };
}

/** Whether a value can be hidden at all: not one too short, nor a word that is everywhere. */
export const isHidable = (value: string): boolean => {
  const trimmed = value.trim();
  return trimmed.length >= MIN_LENGTH && !WORDS.has(trimmed);
};

/** What ends a line for some reader or other: Node.js and YAML 1.1 take more for it than others. */
const LINE_END = /\r\n|[\r\n\u0085\u2028\u2029]/;

/** The lines of a value, without white space around. */
export const linesOf = (value: string): string[] => value.split(LINE_END).map((line) => line.trim());

/** The same error, with the secret values in its message, its causes' and their stacks replaced. */
export function redactError<T>(error: T, redactor: Redactor): T {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    each.message = redactor(each.message);
    if (each.stack !== undefined) each.stack = redactor(each.stack);
  }
  return error;
}

/** The spellings in which a value could show up. Other white space around it shows nothing. */
function* formsOf(value: string): Generator<string> {
  const trimmed = value.trim();
  if (!isHidable(trimmed)) return;
  yield trimmed;
  for (const form of new Set([value, trimmed])) {
    yield Buffer.from(form).toString('base64');
    yield Buffer.from(form).toString('base64').replace(/=+$/, '');
    yield* escapedForms(form);
  }
  yield* base64Within(trimmed);
  // A line that is a word by chance stays, as the word does.
  for (const line of linesOf(trimmed).filter(isHidable)) {
    yield line;
    yield* escapedForms(line);
  }
}

/** Shorter ones would be found by chance. */
const MIN_BASE64_WITHIN = 6;

/** What the value alone decides of the base64 of a longer text, at each of the three places in a group. */
function* base64Within(value: string): Generator<string> {
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const own = bytes
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    if (own.length >= MIN_BASE64_WITHIN) yield own;
  }
}

function* escapedForms(value: string): Generator<string> {
  const json = JSON.stringify(value).slice(1, -1);
  yield json;
  yield json.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  yield goQuoted(value);
  const url = encodeURIComponent(value.toWellFormed());
  yield url;
  yield url.replaceAll('%20', '+');
}

/** Lengths by which patterns are found: a pattern is filed under its first characters, as many as fit. */
const KEY_LENGTHS = [32, 16, 8, MIN_LENGTH] as const;

interface Index {
  /** The first four characters of every pattern: what does not start like this is passed over at once. */
  starts: Set<string>;
  /** For each of KEY_LENGTHS, longest first: patterns by their first characters, longest first. */
  tiers: { length: number; patterns: Map<string, string[]> }[];
}

function indexOf(patterns: Iterable<string>): Index {
  const tiers = KEY_LENGTHS.map((length) => ({ length, patterns: new Map<string, string[]>() }));
  const starts = new Set<string>();
  for (const pattern of [...patterns].sort((a, b) => b.length - a.length)) {
    const tier = tiers.find(({ length }) => pattern.length >= length)!;
    const key = pattern.slice(0, tier.length);
    const filed = tier.patterns.get(key);
    if (filed) filed.push(pattern);
    else tier.patterns.set(key, [pattern]);
    starts.add(pattern.slice(0, MIN_LENGTH));
  }
  return { starts, tiers };
}

function replaceAll(text: string, index: Index): string {
  const parts: string[] = [];
  let copied = 0;
  for (let position = 0; position <= text.length - MIN_LENGTH; ) {
    const length = longestAt(text, position, index);
    if (length === 0) {
      position++;
      continue;
    }
    parts.push(text.slice(copied, position), MASK);
    position += length;
    copied = position;
  }
  return parts.join('') + text.slice(copied);
}

/** The length of the longest pattern at a position; 0 where there is none. */
function longestAt(text: string, position: number, { starts, tiers }: Index): number {
  if (!starts.has(text.slice(position, position + MIN_LENGTH))) return 0;
  for (const { length, patterns } of tiers) {
    const filed = patterns.get(text.slice(position, position + length));
    const found = filed?.find((pattern) => text.startsWith(pattern, position));
    if (found) return found.length;
  }
  return 0;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/**
 * What Argo CD's own Secrets (label argocd.argoproj.io/secret-type) hold in clear and its API shows to readers:
 * to hide a project's name or `true` would make every message unreadable.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
 */
const SETTINGS = new Set([
  ...[
    'name',
    'server',
    'url',
    'project',
    'type',
    'shard',
    'namespaces',
    'clusterResources',
    'enableOCI',
    'enableLfs',
  ],
  ...['insecure', 'insecureIgnoreHostKey', 'forceHttpBasicAuth', 'useAzureWorkloadIdentity', 'noProxy'],
]);

/**
 * The secret values of Secrets: `data` as it stands and decoded, `stringData`, and the same out of the
 * last-applied annotation. A value that is JSON, such as a cluster's `config`, also gives its strings.
 * Objects of other kinds give nothing.
 */
export function* secretValues(objects: Iterable<KubeObject>): Generator<string> {
  for (const object of objects) if (object.kind === 'Secret') yield* valuesOf(object);
}

function* valuesOf(secret: Partial<KubeObject>): Generator<string> {
  const settings = secret.metadata?.labels?.[SECRET_TYPE] === undefined ? new Set<string>() : SETTINGS;
  for (const [key, value] of stringsIn(secret.data)) {
    const decoded = decodeUtf8(value);
    if (isSetting(settings, key, decoded ?? '')) continue;
    yield value;
    if (decoded !== undefined) yield* withLeaves(decoded);
  }
  for (const [key, value] of stringsIn(secret.stringData)) {
    if (!isSetting(settings, key, value)) yield* withLeaves(value);
  }
  const applied = secret.metadata?.annotations?.[LAST_APPLIED];
  if (applied) yield* appliedValues(applied);
}

/** A repository's URL is shown to readers as well, unless it carries a password or a token. */
function isSetting(settings: ReadonlySet<string>, key: string, value: string): boolean {
  return settings.has(key) && !/^https?:\/\/[^/]*@|^[a-z][a-z0-9+.-]*:\/\/[^/@]*:[^/]*@/i.test(value);
}

const stringsIn = (record: unknown) =>
  Object.entries((record ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );

function* appliedValues(annotation: string): Generator<string> {
  yield annotation;
  const applied = parseJson(annotation);
  if (typeof applied === 'object' && applied !== null) yield* valuesOf(applied as Partial<KubeObject>);
}

/** A value, the passwords of URLs in it, and where it is a JSON object or list the strings in that. */
function* withLeaves(value: string): Generator<string> {
  yield value;
  yield* passwordsOfUrls(value);
  if (/^\s*[[{]/.test(value)) for (const leaf of leaves(parseJson(value))) yield* withLeaves(leaf);
}

/** `scheme://user:password@host`, and `https://token@host` where the user is as long as a token. */
const CREDENTIALS = [/:\/\/[^\s/:@"']*:([^\s/@"']+)@/g, /(?<=https?):\/\/([^\s/:@"']{20,})@/gi] as const;

function* passwordsOfUrls(value: string): Generator<string> {
  for (const pattern of CREDENTIALS)
    for (const [, password = ''] of value.matchAll(pattern)) yield* new Set([password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without recursion: whoever may write a Secret decides how deep it is. */
function* leaves(value: unknown): Generator<string> {
  const found = [value];
  for (const each of found) {
    if (typeof each === 'string') yield each;
    else if (typeof each === 'object' && each !== null)
      for (const child of Object.values(each)) found.push(child);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text that base64 holds; undefined where it is binary. */
function decodeUtf8(base64: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
