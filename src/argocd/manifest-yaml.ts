import {
  boolYaml11Tag,
  defineScalarTag,
  FAILSAFE_SCHEMA,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
} from 'js-yaml';
import { DrError, EXIT, invalidInput, messageOf } from '../errors.js';
import { integer } from '../kube/json.js';
import { type KubeObject, label } from '../kube/objects.js';

/** The text of manifests, and how messages name it: a path, a URL, or the program that wrote it. */
export interface ManifestText {
  from: string;
  text: string;
  /** Its path, where it is a file. */
  file?: string;
}

/**
 * The objects of install manifests, in their order: Lists unpacked, each object once.
 * @param namespace the namespace of objects that name none
 * @throws DrError (invalid input) that names the file and the document that is no Kubernetes object, or the object
 *   that stands there twice
 */
export function manifestObjects(texts: ManifestText[], namespace: string): KubeObject[] {
  const seen = new Map<string, string>();
  const objects = texts.flatMap(objectsOf);
  return objects.map(({ object, place }) => {
    const key = identity(object, namespace);
    const before = seen.get(key);
    if (before)
      throw invalidInput(
        `manifests: ${label({ kind: object.kind, ...object.metadata })} stands in ${before} and again in ${place}: keep one of them`,
      );
    seen.set(key, place);
    return object;
  });
}

interface Placed {
  object: KubeObject;
  place: string;
}

function objectsOf(manifest: ManifestText): Placed[] {
  const { from } = manifest;
  return documents(manifest)
    .map((value, index) => ({ value, place: `${from}, document ${index + 1}` }))
    .filter(({ value }) => value !== null && value !== undefined)
    .flatMap(({ value, place }) => unpacked(value, place));
}

function documents({ from, text, file }: ManifestText): unknown[] {
  try {
    return loadAll(text, { schema: KUBERNETES_SCHEMA });
  } catch (error) {
    // Without the lines that the library's message shows: they may hold a Secret.
    const { reason, mark } = error as { reason?: string; mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw new DrError(
      EXIT.invalidInput,
      `manifests ${from} are not YAML (${reason ?? messageOf(error)}${place}): check the file`,
      file === undefined ? {} : { place: { file, ...(mark ? { line: mark.line + 1 } : {}) } },
    );
  }
}

/** An object, or those of a List (kubectl writes them) that may itself hold Lists. */
function unpacked(value: unknown, place: string): Placed[] {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => unpacked(item, `${place}, item ${index + 1}`));
  if (isObject(value)) return [{ object: value, place }];
  throw invalidInput(
    `manifests ${place} is not a Kubernetes object with apiVersion, kind and a valid metadata.name: remove it, or give other manifests`,
  );
}

/** Names become parts of URLs. Those of RBAC may have colons and capital letters. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/;
const API_VERSION = /^([a-z0-9][-a-z0-9.]*\/)?[a-z0-9]+$/;
const KIND = /^[A-Za-z0-9]+$/;

function isObject(value: unknown): value is KubeObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  const has = (pattern: RegExp, text: unknown) => typeof text === 'string' && pattern.test(text);
  return (
    has(API_VERSION, apiVersion) &&
    has(KIND, kind) &&
    has(NAME, metadata?.name) &&
    (metadata?.namespace === undefined || has(NAME, metadata.namespace))
  );
}

/** What makes two manifests the same object: all but the version of its API. */
function identity({ apiVersion, kind, metadata }: KubeObject, namespace: string): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/', 1)[0] : '';
  return [group, kind, metadata.namespace ?? namespace, metadata.name].join(' ');
}

const scalar = (tag: string, resolve: (source: string) => unknown) =>
  defineScalarTag(tag, { implicit: true, resolve, identify: () => false });

/**
 * Plain scalars as kubectl reads them (resolve.go in sigs.k8s.io/yaml/goyaml.v2): YAML 1.1 without dates and base 60.
 * In manifests written by hand it matters: `defaultMode: 0400` is octal.
 */
const KUBERNETES_SCHEMA = FAILSAFE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  scalar('tag:yaml.org,2002:int', goInteger),
  scalar('tag:yaml.org,2002:float', (source) => (FLOAT.test(source) ? Number(source) : NOT_RESOLVED)),
  mergeTag,
);

const INTEGER = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

function goInteger(source: string): unknown {
  const [, sign, digits] = INTEGER.exec(source.replaceAll('_', '')) ?? [];
  if (digits === undefined) return NOT_RESOLVED;
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  return integer(String(sign === '-' ? -value : value));
}
