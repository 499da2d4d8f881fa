import { describe, expect, test } from '@jest/globals';
import { manifestObjects } from '../../src/argocd/manifest-yaml.js';
import { argocdImageOf, argocdVersionOf, parseManifests } from '../../src/argocd/manifests.js';
import { EXIT } from '../../src/errors.js';

const read = (...texts: string[]) =>
  manifestObjects(
    texts.map((text, index) => ({ from: `${index}.yaml`, text })),
    'argocd',
  );
const object = (name: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\n`;
const refused = (...texts: string[]) => {
  try {
    return read(...texts);
  } catch (error) {
    expect(error).toMatchObject({ exitCode: EXIT.invalidInput });
    return (error as Error).message;
  }
};

describe('manifestObjects', () => {
  test('keeps the order of files and documents, and passes over empty documents', () => {
    const objects = read(`---\n# nothing\n---\n${object('a')}---\n${object('b')}---\n`, object('c'));
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
  });

  test('unpacks Lists, and Lists in Lists', () => {
    const list = (kind: string, ...items: string[]) =>
      JSON.stringify({ apiVersion: 'v1', kind, items: items.map((name) => item(name)) });
    const item = (name: string): object =>
      name.startsWith('[')
        ? { apiVersion: 'v1', kind: 'List', items: [item(name.slice(1))] }
        : { apiVersion: 'v1', kind: 'Secret', metadata: { name } };
    expect(
      read(list('List', 'a', '[b'), list('SecretList', 'c')).map(({ metadata }) => metadata.name),
    ).toEqual(['a', 'b', 'c']);
    expect(read(list('List'))).toEqual([]);
    expect(refused(list('List', 'a', ''))).toMatch(/^manifests 0.yaml, document 1, item 2 is not/);
  });

  test.each([
    ['a text', 'hello\n'],
    ['a number', '1\n'],
    ['a web page', '<!DOCTYPE html>\n'],
    ['Helm values', 'server:\n  replicas: 2\n'],
    ['a list', `- ${JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } })}\n`],
    ['no name', 'apiVersion: v1\nkind: Secret\nmetadata: {generateName: a-}\n'],
    ['a name that leads elsewhere', object('../secrets/b')],
    ['a namespace that leads elsewhere', object('a', ', namespace: b/c')],
    ['no version', 'kind: Secret\nmetadata: {name: a}\n'],
  ])('%s is no object, and the message says where it stands', (_what, text) => {
    expect(refused(object('first'), `${object('second')}---\n${text}`)).toMatch(
      /^manifests 1.yaml, document 2 is not a Kubernetes object/,
    );
  });

  test('names of RBAC are names', () => {
    expect(read(object('"system:argocd:Admin"'))).toHaveLength(1);
  });

  test('what is no YAML names file and line, and shows nothing of the text', () => {
    const message = refused(`${object('a')}data:\n  password: hunter2\n  password: hunter3\n`);
    expect(message).toMatch(/^manifests 0.yaml are not YAML \(.*duplicate.* at line 6\)/);
    expect(message).not.toContain('hunter');
  });

  test('the same object twice is refused, within a file and across files', () => {
    expect(refused(object('a'), object('b'), object('a', ', namespace: argocd'))).toBe(
      'manifests: ConfigMap argocd/a stands in 0.yaml, document 1 and again in 2.yaml, document 1: keep one of them',
    );
    const versions = ['v1', 'v1beta1'].map((v) => object('a').replace('v1', `example.io/${v}`));
    expect(refused(versions.join('---\n'))).toMatch(
      /stands in 0.yaml, document 1 and again in 0.yaml, document 2/,
    );
  });

  test('another namespace, kind or group is another object', () => {
    const others = [
      object('a'),
      object('a', ', namespace: other'),
      object('a').replace('ConfigMap', 'Secret'),
      object('a').replace('v1', 'example.io/v1'),
    ];
    expect(read(...others)).toHaveLength(4);
  });

  // What `kubectl create --dry-run=client -o json` makes of the same text.
  test.each([
    ['0400', 256],
    ['0o17', 15],
    ['0x1F', 31],
    ['-0b11', -3],
    ['1_000', 1000],
    ['9007199254740993', 9007199254740993n],
    ['1.5', 1.5],
    ['yes', true],
    ['off', false],
    ['~', null],
    ['"0400"', '0400'],
    ['2020-01-01', '2020-01-01'],
    ['12:30:45', '12:30:45'],
    ['1.2.3', '1.2.3'],
    ['0x', '0x'],
  ])('%s is read as kubectl reads it', (source, value) => {
    const [read1] = read(`${object('a')}value: ${source}\n`);
    expect(read1!.value).toEqual(value);
  });

  test('anchors and merge keys', () => {
    const [merged] = read(`${object('a')}base: &b {a: 1, b: 2}\nmore: {<<: *b, b: 3}\n`);
    expect(merged!.more).toEqual({ a: 1, b: 3 });
  });

  describe('what would never end, or is larger than any memory once it is written out', () => {
    const bomb = (levels: number, open = '[', close = ']') =>
      Array.from({ length: levels }, (_, i) => {
        const before = i ? `*a${i - 1}` : 'lol';
        const members = Array.from({ length: 9 }, (_, j) => (open === '{' ? `k${j}: ${before}` : before));
        return `a${i}: &a${i} ${open}${members.join(', ')}${close}\n`;
      }).join('');
    const nested = (levels: number, name: (i: number) => string) =>
      Array.from(
        { length: levels },
        (_, i) => `${name(i)}: &a${i} ${'['.repeat(90)}${i ? `*a${i - 1}` : 'x'}${']'.repeat(90)}\n`,
      ).join('');

    test.each([
      ['lists in lists by aliases', object('a') + bomb(12), /is more than \d+ characters once each alias/],
      ['mappings by aliases', object('a') + bomb(12, '{', '}'), /is more than \d+ characters/],
      [
        'a long text by aliases',
        `${object('a')}t: &t ${'x'.repeat(1e5)}\nmore: [${'*t, '.repeat(1000)}]\n`,
        /characters/,
      ],
      [
        'a value that holds itself',
        `${object('a')}more: &m [*m]\n`,
        /has an alias of what it stands in itself/,
      ],
      ['deep brackets', `${object('a')}more: ${'['.repeat(1e5)}`, /not YAML \(nesting exceeded/],
      [
        'deep lines',
        `${object('a')}more:\n${Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i + 1)}a:`).join('\n')}`,
        /not YAML \(nesting/,
      ],
      ['deep by aliases', object('a') + nested(9, (i) => `a${i}`), /is nested deeper than/],
      // Keys that are numbers come first, so that what is deepest is met first.
      [
        'deep by aliases, the last first',
        object('a') + nested(2000, (i) => String(99_999 - i)),
        /is nested deeper than/,
      ],
      [
        'merge keys',
        `${object('a')}b: &b {${Array.from({ length: 200 }, (_, i) => `k${i}: 1`)}}\n${Array.from({ length: 200 }, (_, i) => `m${i}: {<<: *b}`).join('\n')}`,
        /merge keys exceeded/,
      ],
      [
        'a key that is a prototype',
        `${object('a')}spec: {__proto__: {hostNetwork: true}}\n`,
        /key __proto__/,
      ],
      [
        'more objects than anybody installs',
        Array.from({ length: 5001 }, (_, i) => object(`a${i}`)).join('---\n'),
        /hold 5001 objects/,
      ],
      ['more text than anybody installs', '#'.repeat(17 * 1024 * 1024), /have more than 16 MiB/],
    ])('%s', (_what, text, message) => {
      const start = performance.now();
      expect(refused(text)).toMatch(message);
      expect(performance.now() - start).toBeLessThan(20_000);
    });

    test('aliases of a sane size are written out', () => {
      expect(read(`${object('a')}${bomb(2)}`)).toHaveLength(1);
    });

    test('a number of a million digits is read in time', () => {
      for (const digits of ['9'.repeat(1e6), `0x${'f'.repeat(1e6)}`]) {
        const start = performance.now();
        expect(read(`${object('a')}value: ${digits}\n`)).toHaveLength(1);
        expect(performance.now() - start).toBeLessThan(2000);
      }
    });
  });

  test.each([
    ['an alias', 'a: *x##[error]::y\n'],
    ['a tag', 'a: !<x##[error]::y> b\n'],
    ['a handle', 'a: !x!::y b\n'],
    ['a kind', object('a').replace('ConfigMap', '"A\\n##[error]"')],
    ['a name', object('"a\\n::error::"')],
    ['an item of a list', 'kind: "List"\nitems: ["\\n##[error]::y"]\n'],
  ])('%s that is a command to a runner is not told as it is', (_what, text) => {
    const message = refused(text);
    expect(message).toMatch(/^manifests 0\.yaml/);
    expect(message).not.toMatch(/[\n\u2028]|##|::/);
  });

  test('labels and annotations that are empty, or no labels', () => {
    for (const labels of ['', ' null', ' text', ' [a]', ' {a: 1}']) {
      const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: argocd-server\n  labels:${labels}\n  annotations:${labels}\nsubjects: [null, 1]\n`;
      const manifests = parseManifests([{ from: 'a.yaml', text }], 'cd');
      expect([argocdVersionOf(manifests), argocdImageOf(manifests)]).toEqual([undefined, undefined]);
    }
  });
});
