import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { kustomizationSources } from '../../src/argocd/kustomization-sources.js';
import { EXIT } from '../../src/errors.js';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'kustomization-')));
});
afterEach(() => rmSync(dir, { recursive: true }));

const at = (path: string) => join(dir, path);
function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}
const sources = (text: string) => {
  write({ 'repo/kustomization.yaml': text });
  return kustomizationSources(at('repo'), { folder: at('repo') });
};
const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: EXIT.invalidInput });
    return (error as Error).message;
  }
  return 'nothing was refused';
};

describe('what is fetched', () => {
  test('over https, from hosts by name', () => {
    const found = sources(`resources:
- https://user:hunter2@Example.com:8443/a/b?token=hunter2
- github.com/argoproj/argo-cd//manifests?ref=v3.1.9
- git::https://git.example/a.git
- local.yaml
commonAnnotations: {docs: "http://example.com/", path: "ssh://x"}
configMapGenerator: [{name: a, literals: ["url=http://example.com"], files: ["k=https://c.example/x"]}]
`);
    expect(found).toEqual([
      { name: 'https://example.com:8443/a/b', host: 'example.com:8443' },
      { name: 'https://github.com/argoproj/argo-cd//manifests', host: 'github.com:443' },
      { name: 'https://git.example/a.git', host: 'git.example:443' },
      { name: 'https://c.example/x', host: 'c.example:443' },
    ]);
  });

  test.each([
    'http://example.com/install.yaml',
    'HTTP://example.com/install.yaml',
    'http:example.com',
    'git@github.com:a/b.git',
    'deploy@example.com:a/b.git',
    'github.com:a/b',
    'ssh://git@example.com/a/b',
    'git://example.com/a',
    'git::http://example.com/a',
    'GIT::ssh://example.com/a',
    'file:///etc',
    's3::https://s3.example/a',
    'https://127.0.0.1/a',
    'https://localhost:8443/a',
    'https://a.localhost./a',
    'https://2130706433/a',
    'https://0x7f.1/a',
    'https://[::1]/a',
    'https://[::ffff:7f00:1]/a',
    'https://0.0.0.0/a',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]/a',
    'https://metadata.google.internal/computeMetadata/v1/',
    'https://',
  ])('not %s', (entry) => {
    const fields = [
      `resources: ["${entry}"]`,
      `bases: ["${entry}"]`,
      `components: ["${entry}"]`,
      `crds: ["${entry}"]`,
      `configurations: ["${entry}"]`,
      `patches: [{path: "${entry}"}]`,
      `patchesStrategicMerge: ["${entry}"]`,
      `patchesJson6902: [{path: "${entry}", target: {kind: a, name: b}}]`,
      `replacements: [{path: "${entry}"}]`,
      `openapi: {path: "${entry}"}`,
      `configMapGenerator: [{name: a, files: ["key=${entry}"]}]`,
      `secretGenerator: [{name: a, envs: ["${entry}"]}]`,
      `secretGenerator: [{name: a, env: "${entry}"}]`,
      `transformers: ["{apiVersion: builtin, kind: PatchTransformer, path: '${entry}'}"]`,
      `generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  files: ["${entry}"]\n`,
    ];
    for (const field of fields)
      expect(refusal(() => sources(field))).toMatch(/only what is named over https/);
  });

  // As kubectl kustomize reads it, see test/integration/manifests.test.ts.
  test.each([
    ['in capitals', 'ResourceS: ["http://example.com"]', /https/],
    ['with a letter that folds to s', 're\u017fources: ["http://example.com"]', /https/],
    ['behind a line break of YAML 1.1 in a comment', '# a\u2028resources: ["http://example.com"]', /U\+2028/],
    ['behind a document', 'resources: []\n---\nresources: ["http://example.com"]', /https/],
    ['by a merge key', 'x: &x {resources: ["http://example.com"]}\n<<: *x\n', /https/],
    ['by a tag', 'resources: [!!binary aHR0cDovL2V4YW1wbGUuY29t]', /not YAML/],
    ['twice', 'resources: ["http://example.com"]\nresources: []', /not YAML .*duplicate/],
    ['as a ref', 'resources: ["https://example.com/a/b?ref=--upload-pack=x"]', /begins with "-"/],
  ])('%s', (_how, text, message) => {
    expect(refusal(() => sources(text))).toMatch(message);
  });

  test('by a base, a component and a configuration on this disk', () => {
    const http = 'resources: ["http://example.com"]';
    write({ 'repo/base/kustomization.yml': http });
    expect(refusal(() => sources('resources: [base]'))).toMatch(
      /^kustomization base\/kustomization\.yml names http/,
    );
    write({ 'repo/base/kustomization.yml': '', 'repo/base/Kustomization': http });
    expect(refusal(() => sources('components: [./base/]'))).toMatch(/Kustomization names http/);
    write({ 'repo/t.yaml': 'apiVersion: builtin\nkind: PatchTransformer\npath: http://example.com\n' });
    expect(refusal(() => sources('transformers: [t.yaml]'))).toMatch(/t\.yaml names http/);
    write({
      'repo/t.yaml': 'apiVersion: v1\nkind: A\nspec: {path: "/healthz", env: "http://example.com"}\n',
    });
    expect(sources('resources: [t.yaml]')).toEqual([]);
  });

  const LEAK = 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nfiles: [.git/config]\n';
  const PLUGINS = ['generators', 'transformers', 'validators'];

  // As kubectl kustomize takes them, see test/integration/manifests.test.ts.
  test.each([
    ['an unknown tag', `a: !foo b\n${LEAK}`, /not YAML/],
    ['a binary', `a: !!binary "aGVsbG8="\n${LEAK}`, /not YAML/],
    ['a timestamp', `a: !!timestamp 2001-01-01\n${LEAK}`, /not YAML/],
    ['comments without end', LEAK + `#${'#'.repeat(1000)}\n`.repeat(1100), /more than 1 MiB/],
    ['a line break of YAML 1.1', `# a\u2028${LEAK}`, /U\+2028/],
    ['byte order marks', LEAK.replace('files', '\ufefffiles'), /U\+FEFF/],
    ['a second document', `a: b\n---\n${LEAK}`, /Git's own data/],
    [
      'JSON',
      '{"apiVersion": "builtin", "kind": "ConfigMapGenerator", "files": [".git/config"]}',
      /Git's own/,
    ],
    ['an anchor', LEAK.replace('files: [', 'a: &a [').concat('files: *a\n'), /Git's own data/],
    [
      'a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${LEAK.trim().replaceAll('\n', '\n  ')}\n`,
      /Git's own/,
    ],
  ])('by a configuration with %s, in a file and in the list itself', (_what, text, message) => {
    write({ 'repo/.git/config': 'x', 'repo/gen.yaml': text });
    for (const field of PLUGINS) {
      expect(refusal(() => sources(`${field}: [gen.yaml]`))).toMatch(message);
      expect(refusal(() => sources(`${field}: [gen.yaml]`))).toMatch(/gen\.yaml/);
      if (!text.includes('###'))
        expect(refusal(() => sources(`${field}: [${JSON.stringify(text)}]`))).toMatch(message);
    }
  });

  test('by a configuration that nobody can read before', () => {
    write({ 'repo/gen/kustomization.yaml': 'resources: []' });
    for (const field of PLUGINS)
      for (const entry of ['gen', 'missing.yaml', 'https://example.com/gen.yaml', ''])
        expect(refusal(() => sources(`${field}: ["${entry}"]`))).toMatch(/name their files/);
  });

  test('by what is YAML and a path or a URL at once', () => {
    write({ 'repo/a: b': LEAK, 'repo/a: b\n': LEAK });
    for (const entry of ['a: b', 'a: b\\n'])
      expect(refusal(() => sources(`generators: ["${entry}"]`))).toMatch(/the name of a file at once/);
    for (const field of [...PLUGINS, 'resources', 'bases', 'components'])
      expect(refusal(() => sources(`${field}: ["http://example.com/a?a: b"]`))).toMatch(/over https/);
  });

  test('by a name with a line break', () => {
    write({ 'repo/.git/config': 'x' });
    symlinkSync('.git/config', at('repo/a\n'));
    for (const entry of ['a\\n', 'k=a\\n'])
      expect(refusal(() => sources(`configMapGenerator: [{name: a, files: ["${entry}"]}]`))).toMatch(/file/);
    const url = 'configMapGenerator: [{name: a, files: ["a\\nb=http://example.com"]}]';
    expect(refusal(() => sources(url))).toMatch(/over https/);
    const patch = 'apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {b: c=/d}';
    expect(sources(`patchesStrategicMerge: [${JSON.stringify(patch)}]`)).toEqual([]);
  });

  test('by the escape of a character that kustomize makes a space of', () => {
    write({ 'repo/.git/config': 'x' });
    symlinkSync('.git/config', at('repo/a b'));
    expect(refusal(() => sources('configMapGenerator: [{name: a, files: ["k=a\\Nb"]}]'))).toMatch(/U\+0085/);
    expect(refusal(() => sources('generators: ["{files: [\\"a\\\\Nb\\"]}"]'))).toMatch(/U\+0085/);
  });

  test('by a configuration that two kustomizations name, each from its own folder', () => {
    write({ 'repo/.git/config': 'x', 'repo/sub/gen.yaml': LEAK });
    write({ 'repo/sub/kustomization.yaml': 'generators: [gen.yaml]' });
    expect(refusal(() => sources('resources: [sub]\ngenerators: [sub/gen.yaml]'))).toMatch(/Git's own data/);
  });

  test('by a merge key, whichever of two values wins', () => {
    write({ 'repo/.git/config': 'x' });
    for (const files of [
      'files: [a.yaml], <<: {files: [.git/config]}',
      '<<: {files: [.git/config]}, files: [a.yaml]',
      '<<: [{files: [a.yaml]}, {files: [.git/config]}]',
    ])
      expect(refusal(() => sources(`configMapGenerator: [{name: a, ${files}}]`))).toMatch(/Git's own data/);
  });

  test('not by configurations that name nothing else', () => {
    write({ 'repo/a.yaml': 'x', 'repo/t.yaml': LEAK.replace('.git/config', 'a.yaml') });
    expect(sources(`transformers: [t.yaml]\ngenerators: [${JSON.stringify('# a\n{a: b}\n')}]`)).toEqual([]);
  });

  test('messages show no credentials', () => {
    const message = refusal(() => sources('resources: ["http://user:hunter2@example.com/a?token=hunter3"]'));
    expect(message).toContain('example.com/a');
    expect(message).not.toContain('hunter');
  });
});

describe('what is read', () => {
  test('nothing outside of the repository, by a link or by ".."', () => {
    write({ 'other/kustomization.yaml': '', 'other/a.yaml': '' });
    mkdirSync(at('repo'));
    symlinkSync('../other', at('repo/link'));
    for (const entry of ['../other', 'link', 'link/a.yaml', '../other/a.yaml', `../../..${dir}/other`])
      expect(refusal(() => sources(`resources: ["${entry}"]`))).toMatch(/leads out of/);
    for (const entry of ['/etc/passwd', at('repo')])
      expect(refusal(() => sources(`resources: ["${entry}"]`))).toMatch(/absolute path/);
    expect(refusal(() => sources('configMapGenerator: [{name: a, files: ["x=/etc/passwd"]}]'))).toMatch(
      /absolute/,
    );
  });

  test('a base beside it in the repository', () => {
    write({
      'repo/base/kustomization.yaml': 'resources: [https://example.com/a]',
      'repo/over/kustomization.yaml': 'resources: [../base]',
    });
    expect(kustomizationSources(at('repo/over'), { folder: at('repo') }).map(({ host }) => host)).toEqual([
      'example.com:443',
    ]);
    // Round and round, it ends.
    write({ 'repo/base/kustomization.yaml': 'resources: [../over]' });
    expect(kustomizationSources(at('repo/over'), { folder: at('repo') })).toEqual([]);
  });

  test('where there is no repository, a base elsewhere, but not by a link', () => {
    write({ 'base/kustomization.yaml': 'resources: [https://example.com/a]' });
    write({ 'repo/kustomization.yaml': 'resources: [../base]' });
    const open = { folder: at('repo'), open: at('repo') };
    expect(kustomizationSources(at('repo'), open)).toHaveLength(1);
    symlinkSync('../base', at('repo/link'));
    write({ 'repo/kustomization.yaml': 'resources: [link]' });
    expect(refusal(() => kustomizationSources(at('repo'), open))).toMatch(/leads out of/);
  });

  test('no token of Git’s', () => {
    write({ 'repo/.git/config': 'x' });
    expect(refusal(() => sources('configMapGenerator: [{name: a, files: [.git/config]}]'))).toMatch(
      /Git's own data/,
    );
  });

  test('no FIFO, no device, nothing without an end', () => {
    mkdirSync(at('repo'));
    execFileSync('mkfifo', [at('repo/fifo')]);
    for (const field of ['resources: [fifo]', 'configMapGenerator: [{name: a, files: [fifo]}]'])
      expect(refusal(() => sources(field))).toMatch(/neither a file nor a folder/);
    write({ 'repo/huge': '' });
    truncateSync(at('repo/huge'), 2 ** 33);
    expect(refusal(() => sources('patches: [{path: huge}]'))).toMatch(/more than/);
    execFileSync('mkfifo', [at('repo/Kustomization')]);
    expect(refusal(() => sources('resources: []'))).toMatch(/Kustomization is not a regular file/);
  });

  test('aliases without end', () => {
    const bomb = Array.from({ length: 40 }, (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1},*a${i - 1}` : 'x'}]`);
    expect(refusal(() => sources(bomb.join('\n')))).toMatch(/not YAML \(is more than/);
    expect(refusal(() => sources('resources: &a [*a]'))).toMatch(/not YAML \(has an alias of what/);
  });
});
