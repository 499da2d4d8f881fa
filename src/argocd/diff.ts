import type { Difference } from '../report/report.js';
import { canonicalJson } from './canonical.js';

/** An object's place: what a backup and a cluster must agree on first. */
export interface ObjectKey {
  kind: string;
  namespace: string;
  name: string;
}

/** A set of objects: key (see keyOf) to SHA-256 of the canonical form. */
export type DigestIndex = ReadonlyMap<string, string>;

const SEPARATOR = '\u0000';

/** One string for a key, usable in a Map; parseKey reads it back. */
export function keyOf({ kind, namespace, name }: ObjectKey): string {
  return [kind, namespace, name].join(SEPARATOR);
}

export function parseKey(key: string): ObjectKey {
  const [kind = '', namespace = '', name = ''] = key.split(SEPARATOR);
  return { kind, namespace, name };
}

/**
 * What is missing, unexpected or different in `actual`; empty only if both sets are equal.
 * Sorted by key, so that the same sets give the same list.
 */
export function compareIndexes(expected: DigestIndex, actual: DigestIndex): Difference[] {
  const differences: Difference[] = [];
  for (const key of [...new Set([...expected.keys(), ...actual.keys()])].sort()) {
    const problem = problemOf(expected.get(key), actual.get(key));
    if (problem) differences.push({ ...parseKey(key), problem, path: '' });
  }
  return differences;
}

function problemOf(
  expected: string | undefined,
  actual: string | undefined,
): Difference['problem'] | undefined {
  if (expected === actual) return undefined;
  if (actual === undefined) return 'missing';
  return expected === undefined ? 'unexpected' : 'different';
}

/**
 * The paths of fields at which two values differ, such as `spec.source.helm.parameters[2].value`.
 * Never their values: they may be secret. At most `limit` paths.
 */
export function differingPaths(expected: unknown, actual: unknown, limit = 5, path = ''): string[] {
  if (!isContainer(expected) || !isContainer(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return canonicalJson(expected) === canonicalJson(actual) ? [] : [path];
  const paths: string[] = [];
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    if (paths.length >= limit) break;
    const below = Array.isArray(expected) ? `${path}[${key}]` : joinPath(path, key);
    paths.push(...differingPaths(fieldOf(expected, key), fieldOf(actual, key), limit - paths.length, below));
  }
  return paths;
}

/** The field itself, not what every object inherits, such as `constructor`. */
export function fieldOf(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The path of a field below another. */
export function joinPath(path: string, key: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(key)) return path ? `${path}.${key}` : key;
  return `${path}[${JSON.stringify(key)}]`;
}
