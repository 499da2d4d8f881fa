import { describe, expect, test } from '@jest/globals';
import { manifestObjects } from '../../src/argocd/manifest-yaml.js';
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
});
