import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../src/argocd/canonical.js';
import { compareIndexes, keyOf } from '../../src/argocd/diff.js';
import { readDocuments, splitDocuments } from '../../src/argocd/documents.js';
import { countKinds, digestIndex, indexDocuments, readObject } from '../../src/argocd/index.js';
import { parseJson, stringifyJson } from '../../src/kube/json.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { int64, kubeObject, text } from './arbitrary.js';
import { kubernetesYaml } from './kubernetes-yaml.js';

async function* chunk(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}
const indexOf = (content: string) => indexDocuments(splitDocuments(chunk(content)), 'argocd');
const yaml = (kind: string, metadata: string) => `apiVersion: v1\nkind: ${kind}\nmetadata:\n${metadata}`;

/** Objects as an export has them: each place once. */
const objects = fc.uniqueArray(
  fc
    .tuple(kubeObject, fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(text, int64)))
    .map(([object, spec]) => ({ ...object, spec, status: {} }) as KubeObject),
  {
    maxLength: 8,
    selector: ({ kind, metadata }) =>
      keyOf({ kind, namespace: metadata.namespace ?? 'argocd', name: metadata.name }),
  },
);
const asFile = (list: KubeObject[]) => list.map((object) => `${kubernetesYaml(object)}---\n`).join('');

test('every object of a file, in its order, with its place and digest', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'index-'));
  const path = join(dir, 'export.yaml');
  try {
    await fc.assert(
      fc.asyncProperty(objects, async (list) => {
        writeFileSync(path, asFile(list));
        const index = await indexDocuments(readDocuments(path), 'argocd');
        expect(index.objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
          list.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        );
        for (const [position, entry] of index.objects.entries()) {
          const object = parseJson(stringifyJson(list[position])) as KubeObject;
          expect(entry.sha256).toBe(digestOf(object, 'argocd'));
          expect(digestOf(await readObject(path, entry), 'argocd')).toBe(entry.sha256);
        }
        expect(index.counts).toEqual(countKinds(list));
      }),
      { numRuns: 50 },
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('an object that is dropped from a file, edited or renamed in it, is reported', async () => {
  await fc.assert(
    fc.asyncProperty(objects, fc.nat(), async (list, choice) => {
      fc.pre(list.length > 0);
      const position = choice % list.length;
      const object = list[position]!;
      const expected = digestIndex((await indexOf(asFile(list))).objects);
      const against = async (changed: KubeObject[]) =>
        compareIndexes(expected, digestIndex((await indexOf(asFile(changed))).objects)).map(
          ({ problem }) => problem,
        );
      const renamed = { ...object, metadata: { ...object.metadata, name: `${object.metadata.name}0000` } };
      const edited = { ...object, spec: { ...(object.spec as object), edited: 1 } };
      expect(await against(list)).toEqual([]);
      expect(await against([...list].reverse())).toEqual([]);
      expect(await against(list.toSpliced(position, 1))).toEqual(['missing']);
      expect(await against(list.with(position, edited))).toEqual(['different']);
      expect((await against(list.with(position, renamed))).sort()).toEqual(['missing', 'unexpected']);
    }),
    { numRuns: 50 },
  );
});

describe('the place of an object', () => {
  test.each([
    ['ConfigMap', '  name: a\n', 'argocd'],
    ['ConfigMap', '  name: a\n  namespace: team-a\n', 'team-a'],
    ['Namespace', '  name: a\n', ''],
  ])('%s with %j stands in %j', async (kind, metadata, namespace) => {
    const { objects: found } = await indexOf(yaml(kind, metadata));
    expect(found).toMatchObject([{ kind, namespace, name: 'a' }]);
  });
});

test.each([
  ['as it is', '  name: a\n'],
  ['with the namespace written out', '  name: a\n  namespace: argocd\n'],
])('an object that stands twice, %s, is refused by name', async (_how, metadata) => {
  await expect(indexOf(`${yaml('Secret', '  name: a\n')}---\n${yaml('Secret', metadata)}`)).rejects.toThrow(
    'document 2 repeats Secret argocd/a, which stands in the file already',
  );
});

test('the same name in another kind or namespace is another object', async () => {
  const { counts } = await indexOf(
    [
      yaml('Secret', '  name: a\n'),
      yaml('ConfigMap', '  name: a\n'),
      yaml('Secret', '  name: a\n  namespace: b\n'),
    ].join('---\n'),
  );
  expect(counts).toEqual({ ConfigMap: 1, Secret: 2 });
  expect(Object.keys(counts)).toEqual(['ConfigMap', 'Secret']);
});

describe('a signal', () => {
  const one = (number: number) => `${yaml('ConfigMap', `  name: a-${number}\n`)}---\n`;
  const many = Array.from({ length: 3000 }, (_, number) => one(number)).join('');
  const busy = (ms: number) => {
    for (const since = performance.now(); performance.now() - since < ms; );
  };

  test('ends the reading between two documents', async () => {
    const stop = new AbortController();
    let visited = 0;
    const visit = () => {
      if (++visited === 10) stop.abort(new Error('cancelled'));
    };
    const reading = indexDocuments(splitDocuments(chunk(many)), 'argocd', { visit, signal: stop.signal });
    await expect(reading).rejects.toThrow('cancelled');
    expect(visited).toBe(10);
  });

  test('is seen although it comes of a timer, and all is in memory', async () => {
    let visited = 0;
    const visit = () => {
      visited++;
      busy(2);
    };
    const signal = AbortSignal.timeout(100);
    const reading = indexDocuments(splitDocuments(chunk(many)), 'argocd', { visit, signal });
    await expect(reading).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(visited).toBeLessThan(3000);
  });
});
