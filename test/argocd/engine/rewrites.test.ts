import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  emptied,
  fenceApplication,
  fenceCluster,
  isClusterSecret,
} from '../../../src/argocd/engine/rewrites.js';
import { demoObjects } from '../../../src/demo/demo.js';
import type { KubeObject, Metadata } from '../../../src/kube/objects.js';
import { mergePatched } from './merge-patch.js';

const SKIP = 'argocd.argoproj.io/skip-reconcile';
const demo = demoObjects({ seed: 'rewrites', applications: 80 }) as KubeObject[];
const application = (
  fields: { metadata?: Partial<Metadata>; [field: string]: unknown } = {},
): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  spec: { project: 'default' },
  ...fields,
  metadata: { name: 'a', namespace: 'argocd', ...fields.metadata },
});

describe('fenceApplication', () => {
  test.each<[string, KubeObject, object, string[]]>([
    ['a plain one', application(), { metadata: { annotations: { [SKIP]: 'true' } } }, ['skip-reconcile']],
    [
      'one that says false',
      application({ metadata: { annotations: { [SKIP]: 'false', other: 'x' } } }),
      { metadata: { annotations: { [SKIP]: 'true' } } },
      ['skip-reconcile'],
    ],
    [
      'one with everything',
      application({
        metadata: {
          annotations: {
            [SKIP]: 'true',
            'argocd.argoproj.io/refresh': 'hard',
            'argocd.argoproj.io/hydrate': 'normal',
          },
          finalizers: ['resources-finalizer.argocd.argoproj.io', 'corp.example/dns'],
        },
        spec: { syncPolicy: { automated: {}, syncOptions: ['a=b'] } },
        operation: { sync: {} },
      }),
      {
        metadata: {
          annotations: { 'argocd.argoproj.io/refresh': null, 'argocd.argoproj.io/hydrate': null },
          finalizers: null,
        },
        spec: { syncPolicy: { automated: null } },
        operation: null,
      },
      ['operation', 'automated sync', 'finalizers', 'triggers'],
    ],
  ])('%s', (_what, object, patch, changes) => {
    expect(fenceApplication(object)).toEqual({ patch, changes });
  });

  test('each Application of the demonstration, then needs no more, and keeps all else', () => {
    const applications = demo.filter(({ kind }) => kind === 'Application');
    expect(applications.length).toBe(80);
    for (const before of applications) {
      const fenced = fenceApplication(before);
      const after = mergePatched(before, fenced?.patch ?? {}) as KubeObject;
      expect(fenceApplication(after)).toBeUndefined();
      expect(after.metadata.annotations![SKIP]).toBe('true');
      expect(after.metadata.finalizers ?? []).toEqual([]);
      expect(after).not.toHaveProperty('operation');
      expect(after).not.toHaveProperty('spec.syncPolicy.automated');
      expect(after.status).toEqual(before.status);
      expect(rest(after)).toEqual(rest(before));
    }
  });

  /** An Application without all that a fence may touch. */
  function rest({ metadata, spec, operation: _, ...others }: KubeObject) {
    const { finalizers: _finalizers, annotations = {}, ...kept } = metadata;
    const { syncPolicy = {}, ...specRest } = spec as { syncPolicy?: { automated?: object } };
    const { automated: _automated, ...policy } = syncPolicy;
    const own = Object.entries(annotations).filter(
      ([key]) => !/^argocd\.argoproj\.io\/(skip-reconcile|refresh|hydrate)$/.test(key),
    );
    return { ...others, kept, own, policy, specRest };
  }
});

describe('fenceCluster', () => {
  const clusters = demo.filter(isClusterSecret);
  const decoded = (secret: KubeObject) =>
    Object.fromEntries(
      Object.entries(secret.data as Record<string, string>).map(([key, text]) => [
        key,
        Buffer.from(text, 'base64').toString(),
      ]),
    );

  test('leaves name, project, shard and labels, and nothing to reach the cluster by', () => {
    expect(clusters.length).toBeGreaterThan(5);
    const servers = clusters.map((before) => {
      const after = mergePatched(before, fenceCluster(before)!.patch) as KubeObject;
      const { server, config, ...kept } = decoded(after);
      const { server: _server, config: _config, ...given } = decoded(before);
      expect(kept).toEqual(given);
      expect(after.metadata).toEqual(before.metadata);
      expect(config).toBe('{}');
      expect(fenceCluster(after)).toBeUndefined();
      return server!;
    });
    expect(new Set(servers).size).toBe(servers.length);
    expect(servers.every((server) => server.startsWith('https://192.0.2.1/'))).toBe(true);
  });

  test.each<[string, object]>([
    ['without data', {}],
    [
      'with a server already fenced, but credentials',
      {
        data: {
          server: Buffer.from('https://192.0.2.1/c').toString('base64'),
          config: Buffer.from('{"bearerToken":"x"}').toString('base64'),
        },
      },
    ],
  ])('%s is rewritten', (_what, fields) => {
    expect(
      fenceCluster({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' }, ...fields }),
    ).toBeDefined();
  });

  test('other Secrets are no cluster Secrets', () => {
    const types = ['repository', 'repo-creds', 'Cluster', ''];
    for (const type of types) {
      const labels = { 'argocd.argoproj.io/secret-type': type };
      expect(isClusterSecret({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', labels } })).toBe(
        false,
      );
    }
  });
});

describe('emptied', () => {
  test('takes all keys, whatever they are, and leaves metadata', () => {
    const data = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(
        fc.option(data, { nil: undefined }),
        fc.option(data, { nil: undefined }),
        (text, binary) => {
          const before = {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'x', labels: { a: 'b' } },
            ...(text ? { data: text } : {}),
            ...(binary ? { binaryData: binary } : {}),
          };
          const filled = Object.keys({ ...text, ...binary }).length > 0;
          const rewrite = emptied(before);
          expect(rewrite !== undefined).toBe(filled);
          const after = mergePatched(before, rewrite?.patch ?? {}) as typeof before;
          expect(Object.keys({ ...after.data, ...after.binaryData })).toEqual([]);
          expect(after.metadata).toEqual(before.metadata);
        },
      ),
    );
  });
});
