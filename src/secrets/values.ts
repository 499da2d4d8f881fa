import type { KubeObject } from '../kube/objects.js';
import { ownCopy } from '../own-copy.js';
import { isHidable } from '../redact.js';
import { isSecretName } from './names.js';
import { partsOfNames } from './parts.js';
import { namedValues } from './text.js';
import { credentialsOfUrls, hasCredentials } from './urls.js';

const MIB = 1024 * 1024;

/** Of literals, which whoever may write an Application can make as many of as they like. */
export const LITERAL_LIMITS = {
  ofObject: { values: 1000, chars: MIB / 4 },
  ofAll: { values: 100_000, chars: 32 * MIB },
};

/** Of the Secrets of a stored backup: five thousand clusters' worth. Whoever hides them needs ten times as much. */
export const SECRETS_LIMIT = 128 * MIB;

/** The Secrets hold more than is hidden. */
export class TooManySecrets extends Error {
  override readonly name = 'TooManySecrets';
}

export interface CollectorOptions {
  /** Characters of the values of Secrets. */
  secretsLimit?: number;
}

/**
 * Gathers what is secret in the objects of an instance, one object in memory at a time: everything in Secrets, and the
 * literals that people have put elsewhere: passwords, tokens and keys in ConfigMaps, in the parameters, values and
 * variables of Applications and ApplicationSets, and in URLs anywhere.
 */
export class SecretCollector {
  readonly #ofSecrets = new Set<string>();
  readonly #literals = new Set<string>();
  readonly #names = new Set<string>();
  readonly #secretsLimit: number;
  #secretChars = 0;
  #literalChars = 0;
  #full = false;

  constructor({ secretsLimit = Number.POSITIVE_INFINITY }: CollectorOptions = {}) {
    this.#secretsLimit = secretsLimit;
  }

  /**
   * To be called for each object.
   * @throws TooManySecrets
   */
  readonly add = (object: KubeObject): void => {
    const { name, namespace = name } = object.metadata;
    for (const known of [name, namespace]) this.#names.add(ownCopy(known));
    if (object.kind === 'Secret') this.#addSecret(object);
    else this.#addLiterals(object);
  };

  /** Whether there were more literals than are kept. */
  get isFull(): boolean {
    return this.#full;
  }

  /** What was gathered; no literal that is part of a known object's name: messages name objects. */
  values(): string[] {
    const literals = [...this.#literals].filter((text) => !this.#ofSecrets.has(text));
    const inNames = partsOfNames(
      literals.filter((text) => MAYBE_NAME.test(text)),
      this.#names,
    );
    return [...this.#ofSecrets, ...literals.filter((text) => !inNames.has(text))];
  }

  #addSecret(secret: KubeObject): void {
    for (const value of valuesOf(secret)) {
      if (this.#ofSecrets.has(value)) continue;
      this.#secretChars += value.length;
      if (this.#secretChars > this.#secretsLimit)
        throw new TooManySecrets(`its Secrets hold more than ${this.#secretsLimit} characters`);
      this.#ofSecrets.add(ownCopy(value));
    }
  }

  #addLiterals(object: KubeObject): void {
    const { values, chars } = LITERAL_LIMITS.ofObject;
    let count = 0;
    let length = 0;
    for (const literal of literalsOf(object)) {
      count++;
      length += literal.length;
      const more = count > values || length > chars;
      if (more || !this.#keep(literal)) this.#full = true;
      if (more) return;
    }
  }

  #keep(literal: string): boolean {
    if (this.#literals.has(literal)) return true;
    const { values, chars } = LITERAL_LIMITS.ofAll;
    if (this.#literals.size >= values || this.#literalChars + literal.length > chars) return false;
    this.#literalChars += literal.length;
    this.#literals.add(ownCopy(literal));
    return true;
  }
}

/** What is secret in some objects, at once; see SecretCollector. */
export function secretValues(objects: Iterable<KubeObject>): string[] {
  const collector = new SecretCollector();
  for (const object of objects) collector.add(object);
  return collector.values();
}

/** Longer texts are no part of a name by chance. */
const MAYBE_NAME = /^[a-z0-9.-]{1,16}$/;

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/**
 * What Argo CD's own Secrets (label argocd.argoproj.io/secret-type) hold in clear and its API shows to readers:
 * to hide a project's name or `true` would make every message unreadable.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
 */
const SETTINGS = new Set([
  ...['name', 'server', 'url', 'project', 'type', 'shard', 'namespaces', 'clusterResources', 'enableOCI'],
  ...['enableLfs', 'insecure', 'insecureIgnoreHostKey', 'forceHttpBasicAuth', 'useAzureWorkloadIdentity'],
  'noProxy',
]);

/**
 * The values of a Secret: `data` as it stands and decoded, `stringData`, and the same out of the last-applied
 * annotation. A value that is JSON, such as a cluster's `config`, also gives its strings.
 */
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
  if (typeof applied === 'string') yield* appliedValues(applied);
}

/** A repository's URL is shown to readers as well, unless it carries a password or a token. */
const isSetting = (settings: ReadonlySet<string>, key: string, value: string): boolean =>
  settings.has(key) && !hasCredentials(value);

const stringsIn = (record: unknown) =>
  Object.entries((record ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );

/** JSON in a string of JSON takes more than twice the room at each level, so that this ends soon. */
function* appliedValues(annotation: string): Generator<string> {
  yield annotation;
  const applied = parseJson(annotation);
  if (typeof applied === 'object' && applied !== null) yield* valuesOf(applied as Partial<KubeObject>);
}

/** A value, the passwords of URLs in it, and where it is a JSON object or list the strings in that. */
function* withLeaves(value: string): Generator<string> {
  yield value;
  yield* credentialsOfUrls(value);
  if (isJsonCollection(value)) for (const { text } of leaves(parseJson(value) ?? {})) yield* withLeaves(text);
}

const isJsonCollection = (text: string) => /^\s*[[{]/.test(text);

interface Leaf {
  text: string;
  /** Whether the name that it stands under, or beside, is a secret's. */
  secret: boolean;
}

/** The strings in a tree, with what their names say. Without recursion: whoever writes an object decides how deep it is. */
function* leaves(tree: unknown): Generator<Leaf> {
  const found: Node[] = [{ value: tree, secret: false }];
  for (let each = found.pop(); each !== undefined; each = found.pop()) {
    const { value, secret } = each;
    if (typeof value === 'string') yield { text: value, secret };
    else for (const child of childrenOf(value as object, secret).reverse()) found.push(child);
  }
}

interface Node {
  value: unknown;
  secret: boolean;
}

/** A list under a secret's name is one of secrets; in a map each has its own name. */
function childrenOf(value: object, secret: boolean): Node[] {
  if (Array.isArray(value)) return value.filter(holdsText).map((item) => ({ value: item, secret }));
  const named = namesSecretBeside(value as Record<string, unknown>);
  return Object.entries(value)
    .filter(([, child]) => holdsText(child))
    .map(([key, child]) => ({ value: child, secret: isSecretName(key) || (named && BESIDE.has(key)) }));
}

const holdsText = (value: unknown) =>
  typeof value === 'string' || (typeof value === 'object' && value !== null);

/** `name` and `value`, as parameters of Helm and of plugins and variables have them. */
const namesSecretBeside = ({ name, key }: Record<string, unknown>) =>
  [name, key].some((word) => typeof word === 'string' && isSecretName(word));
const BESIDE = new Set(['value', 'string', 'array']);

/** The literals in an object that is no Secret. */
function* literalsOf(object: KubeObject): Generator<string> {
  for (const leaf of leaves(object)) yield* literalsIn(leaf, object.kind === 'ConfigMap');
}

function* literalsIn({ text, secret }: Leaf, settings: boolean): Generator<string> {
  if (secret && !isSettings(text) && isLiteral(text, settings)) {
    yield text.trim();
    yield* basicAuthOf(text);
  }
  if (text.includes('://')) yield* only(credentialsOfUrls(text), settings);
  if (isJsonCollection(text)) {
    const parsed = parseJson(text);
    if (parsed !== undefined) {
      for (const leaf of leaves(parsed)) yield* literalsIn(leaf, settings);
      return;
    }
  }
  if (/[:=]/.test(text)) yield* only(namedValues(text), settings);
}

/** `repository.credentials` of argocd-cm and its like: a text of names and values, which are looked at one by one. */
const isSettings = (text: string) => /\n/.test(text) && /: |:$/m.test(text);

function* only(values: Iterable<string>, settings: boolean): Generator<string> {
  for (const value of values) if (isLiteral(value, settings)) yield value.trim();
}

/** `Bearer TOKEN`, and the password of `Basic BASE64`. */
function* basicAuthOf(text: string): Generator<string> {
  const [, scheme = '', credentials] = /^\s*(Bearer|Basic|Token) +(\S+)\s*$/i.exec(text.slice(0, 8192)) ?? [];
  if (!credentials) return;
  yield credentials;
  if (scheme.toLowerCase() !== 'basic') return;
  const clear = decodeUtf8(credentials);
  const colon = clear?.indexOf(':') ?? -1;
  if (clear && colon >= 0) yield clear.slice(colon + 1);
}

/** Settings, and what everybody tries first: hidden they would make messages unreadable and keep nothing back. */
const COMMON =
  /^(passw(or)?d|secret|token|change-?me|changeit|root|guest|test|testing|example|postgres|mysql|redis|minio(admin)?|string|basic|bearer|null|nil|yes|no|on|off|enabled|disabled|required|optional|always|never|auto|random|generate[ds]?|external|internal|file|vault)$/i;

/** A number, or a duration or amount, that stands for itself. */
const AMOUNT = /^(\d{1,5}|\d+(\.\d+)?(ms|[smhd]|[kmgt]i?b?))$/i;

/** What other programs put a secret in the place of. */
const PLACEHOLDER =
  /^(\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$ARGOCD_\w+|\$[\w.-]+:[\w./-]+|<path:[^>]*>|ref\+[a-z0-9]+:\S+|ENC\[\S+)$/;

/** `$key` in Argo CD's own settings is a key of argocd-secret (docs/operator-manual/user-management). */
const REFERENCE = /^\$[\w.:-]+$/;

function isLiteral(value: string, settings: boolean): boolean {
  const text = value.trim();
  if (!isHidable(text) || text.length > LITERAL_LIMITS.ofObject.chars) return false;
  if (COMMON.test(text) || AMOUNT.test(text)) return false;
  return !PLACEHOLDER.test(text) && !(settings && REFERENCE.test(text));
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
