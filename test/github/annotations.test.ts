import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { About } from '../../src/errors.js';
import {
  type Annotation,
  annotationsOf,
  emitAnnotations,
  type ManifestProblem,
  shownAnnotations,
} from '../../src/github/annotations.js';
import { placeOf } from '../../src/github/manifest-lines.js';

const ROOT = '/home/runner/work/gitops/gitops';
const problem: ManifestProblem = { level: 'error', title: 'high availability', message: 'one replica' };

const SERVER = `# Argo CD
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
data:
  kind: Deployment
  text: |
    kind: Deployment
    metadata:
      name: argocd-server
--- # the server
apiVersion: apps/v1
kind: "Deployment"
metadata:
  labels:
    name: other
  # the name
  name: argocd-server # here

spec:
    replicas: 1
    template:
        spec:
            containers:
            - name: server
---
kind: Deployment
metadata:
  name: argocd-server
  namespace: other
`;
const files = [
  { file: 'argocd/cm.yaml', text: 'kind: ConfigMap\nmetadata: {name: x}\n' },
  { file: 'argocd/all.yaml', text: SERVER },
];

describe('the place of an object', () => {
  test.each<[string, About, number | undefined]>([
    ['its name', { kind: 'Deployment', name: 'argocd-server' }, 19],
    [
      'in a namespace that it does not name',
      { kind: 'Deployment', name: 'argocd-server', namespace: 'argocd' },
      19,
    ],
    ['in the one that it names', { kind: 'ConfigMap', name: 'argocd-cm', namespace: 'argocd' }, 5],
    ['a field', { kind: 'Deployment', name: 'argocd-server', field: ['spec', 'replicas'] }, 22],
    [
      'a field deep down',
      { kind: 'Deployment', name: 'argocd-server', field: ['spec', 'template', 'spec', 'containers'] },
      25,
    ],
    [
      'as far as the field goes',
      { kind: 'Deployment', name: 'argocd-server', field: ['spec', 'strategy', 'type'] },
      21,
    ],
    ['not at all: its first line', { kind: 'Deployment', name: 'argocd-server', field: ['status'] }, 13],
    ['of another name', { kind: 'Deployment', name: 'other' }, undefined],
    ['of another kind', { kind: 'StatefulSet', name: 'argocd-server' }, undefined],
    ['in flow style', { kind: 'ConfigMap', name: 'x' }, undefined],
  ])('%s', (_, wanted, line) => {
    expect(placeOf(files, wanted)).toEqual(
      line === undefined ? undefined : { file: 'argocd/all.yaml', line },
    );
  });

  test('a field that a patch says too: in the patch, wherever the file comes', () => {
    const patch = 'kind: Deployment\nmetadata:\n  name: argocd-server\nspec:\n  replicas: 1\n';
    const wanted = { kind: 'Deployment', name: 'argocd-server', field: ['spec', 'replicas'] };
    const patched = [...files, { file: 'argocd/patch.yaml', text: patch }];
    for (const order of [patched, patched.toReversed()])
      expect(placeOf(order, wanted)).toEqual({ file: 'argocd/patch.yaml', line: 5 });
    const elsewhere = { ...wanted, field: ['spec', 'template'] };
    expect(placeOf(patched.toReversed(), elsewhere)).toEqual({ file: 'argocd/all.yaml', line: 23 });
  });

  test('another namespace is another object', () => {
    const second = SERVER.replace('name: argocd-server # here', 'name: argocd-server\n  namespace: third');
    const wanted = { kind: 'Deployment', name: 'argocd-server', namespace: 'other' };
    expect(placeOf([{ file: 'a', text: second }], wanted)).toEqual({ file: 'a', line: 31 });
  });

  test('below comments and empty lines, wherever they stand', () => {
    const text = '\n  # x\nkind: A\nmetadata:\n# y\n\n      # z\n  name: b\n';
    expect(placeOf([{ file: 'a', text }], { kind: 'A', name: 'b' })).toEqual({ file: 'a', line: 8 });
  });

  test('with line ends of Windows', () => {
    const text = SERVER.replaceAll('\n', '\r\n');
    expect(placeOf([{ file: 'a', text }], { kind: 'Deployment', name: 'argocd-server' })).toEqual({
      file: 'a',
      line: 19,
    });
  });

  test('any text is looked through; a line that is found has the name, and is one of the text', () => {
    const line = fc.constantFrom(
      'kind: A',
      'metadata:',
      '  name: b',
      "  name: 'b'",
      '  name: c',
      '---',
      '- x',
      '',
      '#',
      'spec:',
      '  metadata:',
      '    name: b',
      'name: b',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const place = placeOf([{ file: 'f', text: lines.join('\n') }], { kind: 'A', name: 'b' });
        if (place) expect(lines[place.line - 1]).toMatch(/^ +name: '?b'?$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('annotations', () => {
  test('stand at the object', () => {
    const object = { kind: 'Deployment', name: 'argocd-server', field: ['spec', 'replicas'] };
    expect(annotationsOf([{ ...problem, object }], files, ROOT)).toEqual([
      {
        level: 'error',
        title: 'high availability',
        message: 'one replica',
        file: 'argocd/all.yaml',
        line: 22,
      },
    ]);
  });

  test.each<[string, ManifestProblem['place'], Partial<Annotation>]>([
    ['a place that is known', { file: 'a/b.yaml', line: 3 }, { file: 'a/b.yaml', line: 3 }],
    ['a file without a line', { file: 'a/b.yaml' }, { file: 'a/b.yaml' }],
    ['a line that is none', { file: 'a/b.yaml', line: 0 }, { file: 'a/b.yaml' }],
    ['an absolute path', { file: `${ROOT}/a/b.yaml`, line: 3 }, { file: 'a/b.yaml', line: 3 }],
    ['a path with ./', { file: './a/b.yaml' }, { file: 'a/b.yaml' }],
    ['a file outside of the repository', { file: '/tmp/x.yaml', line: 3 }, {}],
    ['a file above it', { file: '../x.yaml', line: 3 }, {}],
    ['the repository itself', { file: ROOT }, {}],
  ])('%s', (_, place, shown) => {
    const text = { level: 'error', title: 'high availability', message: 'one replica' };
    expect(annotationsOf([{ ...problem, place }], files, ROOT)).toEqual([{ ...text, ...shown }]);
  });

  test('have a title no longer than GitHub takes', () => {
    const [annotation] = annotationsOf([{ ...problem, title: 'x'.repeat(300) }], files, ROOT);
    expect(annotation!.title).toHaveLength(255);
  });

  test('without a place are those of the run', () => {
    const object = { kind: 'Deployment', name: 'not-there' };
    expect(annotationsOf([problem, { ...problem, object }], files, ROOT)).toEqual([problem, problem]);
  });
});

describe('what GitHub shows', () => {
  const many = (level: Annotation['level'], count: number, line?: number): Annotation[] =>
    Array.from({ length: count }, (_, index) => ({
      level,
      title: 't',
      message: `${index}`,
      ...(line && { file: 'f', line }),
    }));

  test('is all of few, each once, errors first', () => {
    const [warning, error] = [...many('warning', 1), ...many('error', 1)] as [Annotation, Annotation];
    expect(shownAnnotations([warning, error, { ...warning }])).toEqual([error, warning]);
    expect(shownAnnotations(many('error', 9))).toHaveLength(9);
    expect(shownAnnotations(many('warning', 10))).toEqual(many('warning', 10));
  });

  test('of many, those with a line before the others; the last counts the rest', () => {
    const shown = shownAnnotations([...many('error', 8), ...many('error', 5, 3)]);
    expect(shown).toHaveLength(9);
    expect(shown.slice(0, 5)).toEqual(many('error', 5, 3));
    expect(shown.at(-1)).toEqual({
      level: 'error',
      title: '5 more errors',
      message: '5 more errors: the job summary has all of them.',
    });
    expect(shownAnnotations(many('warning', 11)).at(-1)!.title).toBe('2 more warnings');
  });

  test('never more than it shows, and no one is lost without being counted', () => {
    const annotation = fc.record({
      level: fc.constantFrom('error' as const, 'warning' as const),
      title: fc.constant('t'),
      message: fc.integer({ min: 0, max: 60 }).map(String),
    });
    fc.assert(
      fc.property(fc.array(annotation, { maxLength: 80 }), (all) => {
        for (const [level, limit] of [
          ['error', 9],
          ['warning', 10],
        ] as const) {
          const once = new Set(all.filter((one) => one.level === level).map(({ message }) => message));
          const shown = shownAnnotations(all).filter((one) => one.level === level);
          expect(shown.length).toBeLessThanOrEqual(limit);
          const counted = Number(/^(\d+) more/.exec(shown.at(-1)?.title ?? '')?.[1] ?? 0);
          expect(shown.length - (counted ? 1 : 0) + counted).toBe(once.size);
        }
      }),
    );
  });
});

test('are emitted as @actions/core takes them', () => {
  const calls: unknown[] = [];
  const core = {
    error: (...call: unknown[]) => void calls.push(['error', ...call]),
    warning: (...call: unknown[]) => void calls.push(['warning', ...call]),
  };
  emitAnnotations(
    [
      { level: 'error', title: 't', message: 'm', file: 'f', line: 3 },
      { level: 'warning', title: 't', message: 'm', file: 'f' },
      { level: 'warning', title: 't', message: 'm' },
    ],
    core,
  );
  expect(calls).toEqual([
    ['error', 'm', { title: 't', file: 'f', startLine: 3 }],
    ['warning', 'm', { title: 't', file: 'f' }],
    ['warning', 'm', { title: 't' }],
  ]);
});
