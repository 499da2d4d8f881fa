import { describe, expect, test } from '@jest/globals';
import { DEFAULT_APPLICATIONS, type DemoObject, demoObjects, kubernetesObject } from '../../src/demo/demo.js';
import { stringifyJson } from '../../src/kube/json.js';

const SEED = 'demo.test';
const objects = demoObjects({ seed: SEED });
const key = ({ kind, metadata }: DemoObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
const ofKind = (kind: string, from = objects) => from.filter((object) => object.kind === kind);

describe('demoObjects', () => {
  test('gives the same bytes for the same seed, without the clock and without chance', () => {
    const { random } = Math;
    const { now } = Date;
    const refuse = (): number => {
      throw new Error('not reproducible');
    };
    Math.random = refuse;
    Date.now = refuse;
    try {
      expect(stringifyJson(demoObjects({ seed: SEED }))).toBe(stringifyJson(objects));
    } finally {
      Math.random = random;
      Date.now = now;
    }
  });

  test('gives the same objects with other secrets for another seed', () => {
    const others = demoObjects({ seed: 'another' });
    expect(others.map(key)).toEqual(objects.map(key));
    const secrets = (of: DemoObject[]) =>
      stringifyJson(of.find(({ metadata }) => metadata.name === 'argocd-secret'));
    expect(secrets(others)).not.toBe(secrets(objects));
  });

  test('keeps an Application as it is when there are more of them', () => {
    const larger = new Map(
      demoObjects({ seed: SEED, applications: 100 }).map((object) => [key(object), object]),
    );
    for (const object of objects) expect(larger.get(key(object))).toEqual(object);
  });

  test.each([0, 1, 17, 61, 1000])('makes %d Applications', (applications) => {
    expect(ofKind('Application', demoObjects({ seed: SEED, applications }))).toHaveLength(applications);
  });

  test(`makes ${DEFAULT_APPLICATIONS} Applications unless told otherwise`, () => {
    expect(ofKind('Application')).toHaveLength(DEFAULT_APPLICATIONS);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d Applications', (applications) => {
    expect(() => demoObjects({ seed: SEED, applications })).toThrow(/applications: .* whole number/);
  });

  test('refuses the namespace of a team for Argo CD', () => {
    expect(() => demoObjects({ seed: SEED, namespace: 'team-b' })).toThrow(/namespace: .* team-b/);
  });

  test('puts Argo CD into another namespace', () => {
    const moved = demoObjects({ seed: SEED, namespace: 'gitops' });
    const namespaces = new Set(moved.map(({ metadata }) => metadata.namespace));
    expect(namespaces).toContain('gitops');
    expect(namespaces).not.toContain('argocd');
    const self = moved.find(({ kind, metadata }) => kind === 'Application' && metadata.name === 'argocd');
    expect(self?.spec?.destination).toMatchObject({ namespace: 'gitops' });
    expect(self?.status?.controllerNamespace).toBe('gitops');
  });
});

describe('each object', () => {
  const many = demoObjects({ seed: SEED, applications: 2000 });
  const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/;
  const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/;

  test('has a key of its own', () => {
    expect(new Set(many.map(key)).size).toBe(many.length);
  });

  test('has a name that Kubernetes accepts', () => {
    for (const { metadata } of many) {
      expect(metadata.name).toMatch(SUBDOMAIN);
      expect(metadata.name.length).toBeLessThanOrEqual(253);
    }
  });

  test('has labels and annotations that Kubernetes accepts', () => {
    for (const { metadata } of many) {
      const { labels = {}, annotations = {} } = metadata;
      for (const name of [...Object.keys(labels), ...Object.keys(annotations)])
        expect(name).toMatch(QUALIFIED);
      for (const value of Object.values(labels)) {
        expect(value).toMatch(LABEL_VALUE);
        expect(value.length).toBeLessThanOrEqual(63);
      }
      expect(Buffer.byteLength(JSON.stringify(annotations))).toBeLessThan(256 * 1024);
    }
  });

  test('comes after its Namespace and after its owner', () => {
    const seen = new Set<string>();
    for (const object of many) {
      const { namespace } = object.metadata;
      if (namespace) expect(seen).toContain(`Namespace /${namespace}`);
      if (object.owner)
        expect(seen).toContain(`ApplicationSet ${object.owner.namespace}/${object.owner.name}`);
      seen.add(key(object));
    }
  });

  test('comes after its AppProject', () => {
    const projects = new Set(ofKind('AppProject').map(({ metadata }) => metadata.name));
    for (const { spec } of ofKind('Application', many)) expect(projects).toContain(spec?.project);
  });

  test('is small enough to be stored, and all of them to be held in memory', () => {
    const sizes = many.map((object) => stringifyJson(object).length);
    expect(Math.max(...sizes)).toBeLessThan(64 * 1024);
    expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toBeLessThan(4 * 1024);
  });

  test('shares no part with another one', () => {
    const seen = new Set<unknown>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(seen.has(value)).toBe(false);
      seen.add(value);
      for (const item of Object.values(value)) visit(item);
    };
    for (const object of objects) visit(kubernetesObject(object));
  });

  test('holds no lone surrogate, and nothing that argocd admin export cannot carry', () => {
    for (const object of objects) {
      const json = stringifyJson(object);
      expect(json.isWellFormed()).toBe(true);
      expect(json).not.toMatch(/[\u007f-\u009f\ufffe\uffff]/);
    }
  });
});

describe('kubernetesObject', () => {
  const child = objects.find(({ owner }) => owner)!;

  test('leaves out what is no field of Kubernetes', () => {
    const plain = kubernetesObject(child);
    expect(plain).not.toHaveProperty('owner');
    expect(plain.metadata).not.toHaveProperty('ownerReferences');
  });

  test('refers to the owner by its UID, and leaves the original alone', () => {
    expect(kubernetesObject(child, 'uid-1').metadata.ownerReferences).toEqual([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        name: child.owner?.name,
        uid: 'uid-1',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(child.metadata).not.toHaveProperty('ownerReferences');
  });

  test('refers to no owner where there is none', () => {
    const orphan = objects.find(({ owner }) => !owner)!;
    expect(kubernetesObject(orphan, 'uid-1')).toEqual(orphan);
  });
});
