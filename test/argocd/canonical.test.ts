import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, comparable, digestOf } from '../../src/argocd/canonical.js';
import { parseDocument } from '../../src/argocd/documents.js';
import { parseJson, stringifyJson } from '../../src/kube/json.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { int64, json, kubeObject, reordered } from './arbitrary.js';
import { kubernetesYaml } from './kubernetes-yaml.js';

const application: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'argocd' },
  spec: { project: 'default' },
};

const fromYaml = (text: string) => parseDocument({ number: 1, offset: 0, bytes: Buffer.from(text) });
const canonical = (object: KubeObject) => canonicalJson(comparable(object, 'argocd'));

describe('canonicalJson', () => {
  test('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, seed) => {
        expect(canonicalJson(reordered(value, seed))).toBe(canonicalJson(value));
      }),
    );
  });

  test('is JSON of the same value, and the canonical form of itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        const form = canonicalJson(value);
        expect(canonicalJson(parseJson(form))).toBe(form);
        expect(canonicalJson(parseJson(stringifyJson(value)))).toBe(form);
      }),
    );
  });

  test('tells any two values apart that JSON tells apart', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const sorted = (value: unknown) => stringifyJson(sortedFields(value));
        expect(canonicalJson(a) === canonicalJson(b)).toBe(sorted(a) === sorted(b));
      }),
    );
  });

  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [{ Z: 1, a: 1, é: 1, '😀': 1, '\uffff': 1 }, '{"Z":1,"a":1,"é":1,"😀":1,"\uffff":1}'],
    [9007199254740993n, '9007199254740993'],
    [-0, '0'],
    [1e6, '1000000'],
    ['a"\n', '"a\\"\\n"'],
    [Object.fromEntries([['__proto__', { a: 1 }]]), '{"__proto__":{"a":1}}'],
  ])('%#', (value, form) => {
    expect(canonicalJson(value)).toBe(form);
  });
});

describe('YAML and JSON of one object have one canonical form', () => {
  test('as Kubernetes writes them', () => {
    fc.assert(
      fc.property(kubeObject, (object) => {
        const fields = withoutMergeKeys(object) as KubeObject;
        expect(canonical(fromYaml(kubernetesYaml(fields)))).toBe(
          canonical(parseJson(stringifyJson(fields)) as KubeObject),
        );
      }),
    );
  });

  test('with every digit of an integer of 64 bits', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const head = kubernetesYaml(application);
        expect(canonical(fromYaml(`${head}replicas: ${value}\n`))).toContain(`"replicas":${value},`);
        const text = stringifyJson({ ...application, replicas: value });
        expect(canonical(parseJson(text) as KubeObject)).toContain(`"replicas":${value},`);
      }),
    );
  });

  test('with floats as Go writes them', () => {
    const head = kubernetesYaml(application);
    const pairs = [
      ['1e+06', '1000000'],
      ['1e+20', '100000000000000000000'],
      ['1e+21', '1e+21'],
      ['1e-07', '1e-7'],
      ['9.223372036854775807e+18', '9223372036854775808'],
      ['0.1', '0.1'],
      ['5e-324', '5e-324'],
    ];
    for (const [yaml, text] of pairs)
      expect(canonical(fromYaml(`${head}value: ${yaml}\n`))).toBe(
        canonical(parseJson(`${stringifyJson(application).slice(0, -1)},"value":${text}}`) as KubeObject),
      );
  });
});

describe('comparable', () => {
  test('of itself is itself, and leaves its argument alone', () => {
    fc.assert(
      fc.property(kubeObject, (object) => {
        const before = structuredClone(object);
        const once = comparable(object, 'argocd');
        expect(comparable(once, 'argocd')).toEqual(once);
        expect(object).toEqual(before);
      }),
    );
  });

  test('drops what a restore cannot keep, whatever is in it', () => {
    const lost = {
      uid: 'u',
      resourceVersion: '7',
      managedFields: [{ manager: 'x' }],
      creationTimestamp: '2026-11-23T20:51:20Z',
      generation: 3,
      deletionTimestamp: '2026-11-23T20:51:20Z',
      deletionGracePeriodSeconds: 0,
      selfLink: '/x',
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }],
    };
    const full = { ...application, metadata: { ...application.metadata, ...lost } };
    expect(comparable(full, 'argocd')).toEqual(application);
  });

  test('keeps labels, annotations, finalizers and operation', () => {
    const full = {
      ...application,
      metadata: {
        ...application.metadata,
        labels: { a: 'b' },
        annotations: { c: '' },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      operation: { sync: {} },
    };
    expect(comparable(full, 'argocd')).toEqual(full);
  });

  test('takes empty labels, annotations and finalizers for none', () => {
    const metadata = { ...application.metadata, labels: {}, annotations: {}, finalizers: [] };
    expect(comparable({ ...application, metadata }, 'argocd')).toEqual(application);
  });

  test.each([
    ['Application', true],
    ['AppProject', true],
    ['ApplicationSet', false],
  ])('status of an %s is kept: %s', (kind, kept) => {
    const object = comparable({ ...application, kind, status: { a: 1 } }, 'argocd');
    expect('status' in object).toBe(kept);
  });

  test('gives an object without a namespace the one of Argo CD, and a Namespace none', () => {
    expect(comparable({ ...application, metadata: { name: 'a' } }, 'cd').metadata.namespace).toBe('cd');
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
    expect(comparable(namespace, 'cd').metadata).toEqual({ name: 'a' });
  });
});

describe('digestOf', () => {
  test('is the SHA-256 of the canonical form', () => {
    const form = canonicalJson(comparable(application, 'argocd'));
    expect(digestOf(application, 'argocd')).toBe(createHash('sha256').update(form).digest('hex'));
  });

  test('changes with any change of the specification', () => {
    fc.assert(
      fc.property(kubeObject, json, (object, spec) => {
        const same = canonicalJson(object.spec) === canonicalJson(spec);
        expect(digestOf({ ...object, spec }, 'argocd') === digestOf(object, 'argocd')).toBe(same);
      }),
    );
  });
});

/** The writer leaves the field name `<<` without quotes, and nobody can read that back: no such object is backed up. */
function withoutMergeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMergeKeys);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([key]) => key !== '<<');
  return Object.fromEntries(fields.map(([key, item]) => [key, withoutMergeKeys(item)]));
}

function sortedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedFields);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { fields: fields.map(([key, item]) => [key, sortedFields(item)]) };
}

test('what an object was made with says nothing once it has its name: export leaves generateName out', () => {
  const { metadata } = application;
  const made = { ...application, metadata: { ...metadata, generateName: 'preview-' } };
  expect(canonical(made)).toBe(canonical(application));
});
