import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../src/argocd/canonical.js';
import type { IndexedObject } from '../../src/argocd/index.js';
import { type Change, classifyChanges, describeChanges, rehearse } from '../../src/argocd/rehearsal.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { json, kubeObject } from './arbitrary.js';

const object = (kind: string, more: object): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind,
  metadata: { name: 'shop', namespace: 'argocd' },
  ...more,
});
const told = (changes: Change[]) => changes.map(({ path, what }) => `${path} ${what}`);
const classify = (kind: string, before: object, after: object) => {
  const { migrations, losses } = classifyChanges(object(kind, before), object(kind, after));
  return { migrations: told(migrations), losses: told(losses) };
};
const migration = (...paths: string[]) => ({ migrations: paths, losses: [] });
const loss = (...paths: string[]) => ({ migrations: [], losses: paths });
const annotations = (fields: object) => ({
  metadata: { name: 'shop', namespace: 'argocd', annotations: fields },
});

describe('classifyChanges', () => {
  test('equal objects have no changes', () => {
    expect(classify('Application', { spec: { a: [1, { b: 2 }] } }, { spec: { a: [1, { b: 2 }] } })).toEqual(
      migration(),
    );
  });

  test.each<[string, string, object, object, string]>([
    ['a default', 'AppProject', { spec: {} }, { spec: { x: false } }, 'spec.x added'],
    [
      'a default within a list',
      'Application',
      { spec: { a: [{}] } },
      { spec: { a: [{ x: 1 }] } },
      'spec.a[0].x added',
    ],
    ['a whole field of its own', 'Application', {}, { status: {} }, 'status added'],
    ['a null', 'Application', { spec: {} }, { spec: { x: null } }, 'spec.x added'],
    [
      'what is worked out again',
      'Application',
      { status: { sync: 'a' } },
      { status: { sync: 'b' } },
      'status.sync changed',
    ],
    [
      'and no longer there',
      'Application',
      { status: { summary: {} } },
      { status: {} },
      'status.summary removed',
    ],
    [
      'a condition more',
      'Application',
      { status: { conditions: [1] } },
      { status: { conditions: [1, 2] } },
      'status.conditions[1] added',
    ],
    [
      'a request that was met',
      'Application',
      annotations({ 'argocd.argoproj.io/refresh': 'hard', other: '' }),
      annotations({ other: '' }),
      'metadata.annotations["argocd.argoproj.io/refresh"] removed',
    ],
    [
      'a key of a settings object',
      'Secret',
      { data: {} },
      { data: { 'tls.crt': 'AA==' } },
      'data["tls.crt"] added',
    ],
  ])('migration: %s', (_what, kind, before, after, path) => {
    expect(classify(kind, before, after)).toEqual(migration(path));
  });

  test.each<[string, string, object, object, string]>([
    ['a field that is pruned', 'Application', { spec: { x: 1 } }, { spec: {} }, 'spec.x removed'],
    [
      'a field that says much by being empty',
      'Application',
      { spec: { automated: {} } },
      { spec: {} },
      'spec.automated removed',
    ],
    ['false', 'Application', { spec: { enabled: false } }, { spec: {} }, 'spec.enabled removed'],
    ['null', 'Application', { spec: { x: null } }, { spec: {} }, 'spec.x removed'],
    ['a value', 'AppProject', { spec: { x: 1 } }, { spec: { x: 2 } }, 'spec.x changed'],
    ['a type', 'AppProject', { spec: { x: 1 } }, { spec: { x: '1' } }, 'spec.x changed'],
    ['a list for an object', 'AppProject', { spec: { x: {} } }, { spec: { x: [] } }, 'spec.x changed'],
    ['a shorter list', 'AppProject', { spec: { x: [1, 2] } }, { spec: { x: [2] } }, 'spec.x changed'],
    ['another order', 'AppProject', { spec: { x: [1, 2] } }, { spec: { x: [2, 1, 3] } }, 'spec.x changed'],
    [
      'one destination more',
      'AppProject',
      { spec: { x: [1] } },
      { spec: { x: ['*', 1] } },
      'spec.x[0] added',
    ],
    [
      'history',
      'Application',
      { status: { history: [1] } },
      { status: { history: [] } },
      'status.history changed',
    ],
    [
      'the status of another kind',
      'AppProject',
      { status: { sync: 'a' } },
      { status: {} },
      'status.sync removed',
    ],
    ['spec named like status', 'Application', { spec: { sync: 'a' } }, { spec: {} }, 'spec.sync removed'],
    [
      'a request changed',
      'Application',
      annotations({ 'argocd.argoproj.io/refresh': 'hard' }),
      annotations({ 'argocd.argoproj.io/refresh': 'normal' }),
      'metadata.annotations["argocd.argoproj.io/refresh"] changed',
    ],
    ['an operation', 'Application', { operation: { sync: {} } }, {}, 'operation removed'],
  ])('loss: %s', (_what, kind, before, after, path) => {
    expect(classify(kind, before, after)).toEqual(loss(path));
  });

  test('a renamed field is a loss, beside the migration', () => {
    expect(classify('Application', { spec: { old: 1 } }, { spec: { new: 1 } })).toEqual({
      migrations: ['spec.new added'],
      losses: ['spec.old removed'],
    });
  });

  test('whole objects: missing is a loss; unexpected too, but for the project default', () => {
    const project = object('AppProject', { spec: {} });
    const own = { ...project, metadata: { name: 'default', namespace: 'argocd' } };
    const key = { kind: 'AppProject', namespace: 'argocd', path: '' };
    expect(classifyChanges(project, undefined)).toEqual({
      migrations: [],
      losses: [{ ...key, name: 'shop', what: 'removed' }],
    });
    expect(classifyChanges(undefined, project).losses).toEqual([{ ...key, name: 'shop', what: 'added' }]);
    expect(classifyChanges(undefined, own)).toEqual({
      migrations: [{ ...key, name: 'default', what: 'added' }],
      losses: [],
    });
    expect(classifyChanges(undefined, undefined)).toEqual({ migrations: [], losses: [] });
  });

  const withSpec = (spec: unknown) => object('AppProject', { spec: spec ?? null });

  test('property: no change is told of exactly where the canonical forms are equal', () => {
    fc.assert(
      fc.property(kubeObject, json, json, (base, left, right) => {
        const [expected, actual] = [left, right].map((spec) => ({ ...base, spec: spec ?? null }));
        const { migrations, losses } = classifyChanges(expected, actual);
        expect(migrations.length + losses.length === 0).toBe(
          canonicalJson(expected) === canonicalJson(actual),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('property: without a loss everything of the backup is there still', () => {
    fc.assert(
      fc.property(json, json, fc.boolean(), (left, right, related) => {
        const after = related && isRecord(left) && isRecord(right) ? { ...right, ...left } : right;
        if (classifyChanges(withSpec(left), withSpec(after)).losses.length === 0)
          expect(contains(after, left)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('property: a field taken out anywhere is a loss, and put in it is a migration', () => {
    fc.assert(
      fc.property(json, fc.nat(), json, (spec, seed, value) => {
        const whole = withSpec({ spec, last: { field: 1 } });
        const holders = records(whole.spec);
        const less = structuredClone(whole);
        const holder = records(less.spec)[seed % holders.length]!;
        const name = Object.keys(holder)[seed % Object.keys(holder).length]!;
        delete holder[name];
        expect(classifyChanges(whole, less)).toMatchObject({ migrations: [], losses: [{ what: 'removed' }] });
        expect(classifyChanges(less, whole)).toMatchObject({ migrations: [{ what: 'added' }], losses: [] });
        holder[name] = value ?? null;
        const { migrations, losses } = classifyChanges(less, whole);
        expect(migrations.length + losses.length > 0).toBe(canonicalJson(less) !== canonicalJson(whole));
      }),
    );
  });
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object that has fields within a value. */
function records(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(records);
  return isRecord(value) && Object.keys(value).length > 0 ? [value, ...below] : below;
}

/** An independent reading of "nothing lost": fields may be more, all else is the same. */
function contains(after: unknown, before: unknown): boolean {
  if (Array.isArray(before))
    return (
      Array.isArray(after) &&
      after.length === before.length &&
      before.every((item, index) => contains(after[index], item))
    );
  if (!isRecord(before)) return canonicalJson(before ?? null) === canonicalJson(after ?? null);
  return (
    isRecord(after) &&
    Object.keys(before).every((name) => Object.hasOwn(after, name) && contains(after[name], before[name]))
  );
}

describe('rehearse', () => {
  const place = (name: string, sha256: string): IndexedObject => ({
    kind: 'AppProject',
    namespace: 'argocd',
    name,
    sha256,
    offset: 0,
    length: 1,
  });
  const project = (name: string, spec: object): KubeObject => ({
    ...object('AppProject', { spec }),
    metadata: { name, namespace: 'argocd' },
  });

  test('settles what differs by migrations only, and reads nothing else', async () => {
    const held = ['same', 'more', 'less', 'gone', 'vanished'].map((name) => place(name, `${name} before`));
    const found = [
      place('same', 'same before'),
      ...['more', 'less', 'vanished', 'extra'].map((name) => place(name, `${name} after`)),
    ];
    const read: string[] = [];
    const { objects, migrations, losses } = await rehearse(held, found, async ({ name }) => {
      read.push(name);
      if (name === 'vanished') return [project(name, {}), undefined];
      return name === 'more'
        ? [project(name, {}), project(name, { x: 1 })]
        : [project(name, { x: 1 }), project(name, { y: 1 })];
    });
    expect(read.sort()).toEqual(['less', 'more', 'vanished']);
    expect(objects.map(({ sha256 }) => sha256)).toEqual([
      'same before',
      'more before',
      'less after',
      'vanished after',
      'extra after',
    ]);
    expect(told(migrations)).toEqual(['spec.x added', 'spec.y added']);
    expect(told(losses)).toEqual(['spec.x removed', ' removed']);
  });

  test('an object whose difference cannot be found again stays different', async () => {
    const both = async (): Promise<[KubeObject, KubeObject]> => [project('a', {}), project('a', {})];
    const { objects } = await rehearse([place('a', 'before')], [place('a', 'after')], both);
    expect(objects[0]!.sha256).toBe('after');
  });
});

test('describeChanges has a line for each field, with how many objects and some of them', () => {
  const change = (name: string, path: string): Change => ({
    kind: 'Application',
    namespace: 'argocd',
    name,
    path,
    what: 'added',
  });
  const changes = ['a', 'b', 'c', 'd'].map((name) => change(name, 'spec.x'));
  changes.push(change('a', 'spec.sources[0].y'), change('a', 'spec.sources[12].y'), change('e', ''));
  expect(describeChanges(changes)).toEqual([
    'Application: spec.x added in 4 (Application argocd/a, Application argocd/b, Application argocd/c and 1 more)',
    'Application: spec.sources[].y added in 1 (Application argocd/a)',
    'Application: added in 1 (Application argocd/e)',
  ]);
});
