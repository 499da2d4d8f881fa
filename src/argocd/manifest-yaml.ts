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
import { shown } from '../github/shown.js';
import { integer } from '../kube/json.js';
import { type KubeObject, label } from '../kube/objects.js';
import { some } from '../log.js';
import { reasonOf } from './documents.js';
import { MANIFEST_LIMIT } from './manifest-paths.js';
import { measure } from './manifest-size.js';

/** The text of manifests, and how messages name it: a path, a URL, or the program that wrote it. */
export interface ManifestText {
  from: string;
  text: string;
  /** Its path, where it is a file. */
  file?: string;
}

/** Argo CD's own manifests have 70, and those of everything else in a cluster hundreds. */
const MAX_OBJECTS = 5000;

/**
 * The objects of install manifests, in their order: Lists unpacked, each object once.
 * @param namespace the namespace of objects that name none
 * @throws DrError (invalid input) that names the file and the document that is no Kubernetes object, or the object
 *   that stands there twice; or where they are more than anybody installs, also by what aliases make of them
 */
export function manifestObjects(texts: ManifestText[], namespace: string): KubeObject[] {
  const seen = new Map<string, string>();
  const names = texts.map(({ from }) => from);
  assertSize(
    texts.reduce((sum, { text }) => sum + text.length, 0),
    names,
  );
  const objects = texts.flatMap(objectsOf);
  if (objects.length > MAX_OBJECTS)
    throw invalidInput(
      `manifests ${some(names)} hold ${objects.length} objects, and no more than ${MAX_OBJECTS} are read: give only those of Argo CD`,
    );
  return objects.map(({ object, place }) => {
    const key = identity(object, namespace);
    const before = seen.get(key);
    if (before)
      throw invalidInput(
        `manifests: ${label({ kind: object.kind, ...object.metadata })} stands in ${before} and again in ${place}: keep one of them`,
      );
    seen.set(key, place);
    return withoutNulls(object);
  });
}

function assertSize(size: number, names: readonly string[]): void {
  if (size <= MANIFEST_LIMIT) return;
  throw invalidInput(
    `manifests ${some(names)} have more than ${MANIFEST_LIMIT / 1024 / 1024} MiB: give only what belongs to Argo CD`,
  );
}

/** An empty key, such as `labels:`, is to Kubernetes as if it were not there. */
function withoutNulls(object: KubeObject): KubeObject {
  const entries = Object.entries(object.metadata).filter(([, value]) => value !== null);
  return { ...object, metadata: Object.fromEntries(entries) as KubeObject['metadata'] };
}

interface Placed {
  object: KubeObject;
  place: string;
}

function objectsOf(manifest: ManifestText): Placed[] {
  const { from } = manifest;
  const values = documents(manifest);
  assertWritable(values, manifest);
  return values
    .map((value, index) => ({ value, place: `${from}, document ${index + 1}` }))
    .filter(({ value }) => value !== null && value !== undefined)
    .flatMap(({ value, place }) => unpacked(value, place));
}

function documents({ from, text, file }: ManifestText): unknown[] {
  try {
    return loadAll(text, { schema: KUBERNETES_SCHEMA });
  } catch (error) {
    // Without the lines that the library's message shows: they may hold a Secret.
    const { mark } = error as { mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw new DrError(
      EXIT.invalidInput,
      `manifests ${from} are not YAML (${shown(reasonOf(error) ?? messageOf(error))}${place}): check the file`,
      file === undefined ? {} : { place: { file, ...(mark ? { line: mark.line + 1 } : {}) } },
    );
  }
}

/** How much aliases may save. */
const GROWTH = 10;

/** What is handed on is written out, where each alias stands for all of its anchor. */
function assertWritable(values: readonly unknown[], { from, text, file }: ManifestText): void {
  const problem = measure(values, Math.min(MANIFEST_LIMIT, GROWTH * text.length + 4096));
  if (problem)
    throw new DrError(
      EXIT.invalidInput,
      `manifests ${from} ${problem}: write it in another way`,
      file === undefined ? {} : { place: { file } },
    );
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
const API_VERSION = /^([a-z0-9][-a-z0-9.]{0,252}\/)?[a-z0-9]{1,63}$/;
const KIND = /^[A-Za-z0-9]{1,63}$/;

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
export const KUBERNETES_SCHEMA = FAILSAFE_SCHEMA.withTags(
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
  // No number of 64 bits has more; the time to read one grows faster than its length.
  if (digits === undefined || digits.length > 66) return NOT_RESOLVED;
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  return integer(String(sign === '-' ? -value : value));
}
