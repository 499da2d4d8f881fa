import fc from 'fast-check';
import type { ObjectKey } from '../../src/argocd/diff.js';
import type { KubeObject } from '../../src/kube/objects.js';

type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

/** Strings with all that is awkward in YAML and JSON, but no lone surrogates, which UTF-8 has no bytes for. */
export const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'yes',
    'null',
    '~',
    '1',
    '0x1',
    '1e400',
    '- a',
    'a: b',
    '# a',
    ' a ',
    'a\nb\n',
    '---',
    '😀',
  ),
);

/** Field names, `__proto__` and the names that every object inherits among them. */
export const fieldName = fc.oneof(
  text,
  fc.constantFrom('a', 'b', 'a.b', '__proto__', 'constructor', 'toString', 'hasOwnProperty'),
);

/** Integers as Kubernetes holds them: 64 bits, read with all their digits. */
export const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));

const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), int64);

export const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(fieldName, tie('json')), { maxLength: 4 }).map((fields) => Object.fromEntries(fields)),
  ),
}));

/** What the API server allows as a name, short so that names meet. */
export const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,3}[a-z0-9])?$/);
export const kind = fc.constantFrom('ConfigMap', 'Secret', 'AppProject', 'Application', 'ApplicationSet');

export const objectKey: fc.Arbitrary<ObjectKey> = fc.record({ kind, namespace: name, name });

export const kubeObject: fc.Arbitrary<KubeObject> = fc
  .record({
    kind,
    metadata: fc.record(
      { name, namespace: name, labels: fc.dictionary(name, text, { maxKeys: 3 }) },
      { requiredKeys: ['name'] },
    ),
    spec: json,
    status: json,
  })
  .map((object) => ({ apiVersion: 'v1', ...object }) as KubeObject);

/** The same value with the fields of every object in another order, which `seed` decides. */
export function reordered<T>(value: T, seed: number): T {
  if (Array.isArray(value)) return value.map((item) => reordered(item, seed)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, item]) => [key, reordered(item, seed)] as const);
  const turn = fields.length === 0 ? 0 : seed % fields.length;
  return Object.fromEntries([...fields.slice(turn), ...fields.slice(0, turn)].reverse()) as T;
}
