import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import { withSpec } from '../../src/argocd/workloads/workload.js';
import { analyseManifests } from '../../src/argocd/workloads/written.js';
import { DrError, EXIT, infraError } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import type { Annotation } from '../../src/github/annotations.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { annotateFindings, annotatingErrors } from '../../src/modes/annotate.js';
import { noRunner, type Runner } from '../../src/runner.js';
import type { Tools } from '../../src/tools/tools.js';
import { haManifest } from '../argocd/workloads/installed.js';
import { tempDir } from '../tools/bench.js';

let root: string;
let told: Annotation[];
let runner: Runner;
beforeEach(() => {
  root = tempDir();
  told = [];
  runner = { ...noRunner, annotate: (annotations) => void told.push(...annotations) };
});

const inActions = () => ({ runner, env: { GITHUB_WORKSPACE: root } });
/** The absolute path of something in the repository. */
const at = (path: string) => join(root, path);

/** Writes files of the repository. */
function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}

/** The line, from 1, of a text in the manifest of a Deployment. */
function lineOf(path: string, name: string, text: string): number {
  const lines = readFileSync(at(path), 'utf8').split('\n');
  const isDeployment = (index: number) => lines.slice(index - 4, index).includes('kind: Deployment');
  const start = lines.findIndex((line, index) => line === `  name: ${name}` && isDeployment(index));
  return lines.findIndex((line, index) => index >= start && line.includes(text)) + 1;
}

const crds = ['applications', 'applicationsets', 'appprojects'].map((name) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${name}.argoproj.io` },
}));

/** Argo CD's own HA manifests as YAML, with changes. */
const yaml = (change: (object: KubeObject) => KubeObject | undefined = (object) => object) =>
  [...crds, ...haManifest()]
    .flatMap((object) => change(object) ?? [])
    .map((object) => dump(object))
    .join('---\n');

const workload = (name: string, change: (workload: KubeObject) => KubeObject) => (object: KubeObject) =>
  object.metadata.name === name && /Deployment|StatefulSet/.test(object.kind) ? change(object) : object;

const oneReplica = (name: string) =>
  workload(name, (each) => withSpec(each, (spec) => ({ ...spec, replicas: 1 })));

/** Loads, judges and annotates, as mode install does; nothing of this needs a program. */
async function judge(manifests: string, deps: Parameters<typeof annotateFindings>[3] = inActions()) {
  const loaded = await loadManifests(
    { manifests, ha: true, argocdVersion: '3.1.9', namespace: 'argocd' },
    { tools: {} as Tools, exec, env: {} },
  );
  annotateFindings(
    analyseManifests(loaded, { ha: true, namespace: 'argocd' }),
    'manifests',
    { manifests },
    deps,
  );
  return told.map(({ level, file, line, message }) => [level, file, line, message.slice(0, 60)]);
}

describe('each kind of problem stands at its place in a file', () => {
  const rename = (kind: string, name: string) => (object: KubeObject) =>
    object.kind === kind && object.metadata.name === name ? undefined : object;

  test('one replica: at replicas', async () => {
    write({ 'argocd/all.yaml': yaml(oneReplica('argocd-repo-server')) });
    expect(await judge(at('argocd/all.yaml'))).toEqual([
      [
        'error',
        'argocd/all.yaml',
        lineOf('argocd/all.yaml', 'argocd-repo-server', 'replicas: 1'),
        'Deployment argocd-repo-server has 1 replica; high availabili',
      ],
    ]);
  });

  test('mixed versions: at the containers', async () => {
    const versions = (object: KubeObject) =>
      JSON.parse(
        JSON.stringify(object).replace(
          /"name":"(argocd-(?:server|repo-server|application-controller))","args"/g,
          (whole, name) => {
            const version = name === 'argocd-server' ? 'v3.0.0' : 'v3.1.9';
            return whole.replace(',', `,"image":"quay.io/argoproj/argocd:${version}",`);
          },
        ),
      ) as KubeObject;
    write({ 'all.yaml': yaml(versions) });
    expect(await judge(at('all.yaml'))).toEqual([
      [
        'error',
        'all.yaml',
        lineOf('all.yaml', 'argocd-server', 'containers:'),
        'Deployment argocd-server is of Argo CD 3.0.0, and others are',
      ],
    ]);
  });

  test.each([
    ['ServiceAccount', { serviceAccountName: 'gone' }],
    ['ConfigMap', { volumes: [{ configMap: { name: 'gone' } }] }],
  ])('a %s that is not there: at the object that needs it', async (kind, pods) => {
    const dangling = workload('argocd-server', (each) =>
      withSpec(each, ({ template, ...spec }) => ({
        ...spec,
        template: { ...template, spec: { ...template.spec, ...pods } },
      })),
    );
    write({ 'all.yaml': yaml(dangling) });
    const [[level, file, line, message], ...others] = (await judge(at('all.yaml'))) as [unknown[]];
    expect(others).toEqual([]);
    expect([level, file, message]).toEqual([
      'error',
      'all.yaml',
      expect.stringContaining(`Deployment argocd-server needs ${kind} gone`),
    ]);
    const above = readFileSync(at('all.yaml'), 'utf8').split('\n').slice(0, Number(line));
    expect([above.at(-1), above.findLast((text) => text.startsWith('kind: '))]).toEqual([
      '  name: argocd-server',
      'kind: Deployment',
    ]);
  });

  test.each([
    ['CustomResourceDefinition', 'applications.argoproj.io', 'error'],
    ['ConfigMap', 'argocd-cm', 'error'],
    ['ConfigMap', 'argocd-rbac-cm', 'warning'],
  ])('no %s %s: at the file as a whole', async (kind, name, level) => {
    write({ 'all.yaml': yaml(rename(kind, name)) });
    expect(await judge(at('all.yaml'))).toEqual([
      [level, 'all.yaml', undefined, expect.stringContaining(`there is no ${kind} ${name}`.slice(0, 60))],
    ]);
  });

  test('a workload that is not as Kubernetes takes it: at the field', async () => {
    const broken = yaml(oneReplica('argocd-server')).replace('replicas: 1\n', 'replicas: one\n');
    write({ 'all.yaml': broken.replaceAll('replicas: 1\n', 'replicas: 2\n') });
    const [[, file, line, message]] = (await judge(at('all.yaml'))) as [unknown[]];
    expect(message).toContain('is not as Kubernetes takes it');
    expect([file, readFileSync(at('all.yaml'), 'utf8').split('\n')[Number(line) - 1]!.trim()]).toEqual([
      'all.yaml',
      'replicas: one',
    ]);
  });

  test('a YAML syntax error: at its line', async () => {
    write({ 'argocd/all.yaml': 'kind: A\nmetadata:\n  name: [x\n' });
    const loading = annotatingErrors('manifests', { manifests: at('argocd/all.yaml') }, inActions(), () =>
      judge(at('argocd/all.yaml')),
    );
    await expect(loading).rejects.toMatchObject({ exitCode: EXIT.invalidInput });
    expect(told).toEqual([
      {
        level: 'error',
        title: 'manifests',
        message: expect.stringMatching(
          /^manifests .*all\.yaml are not YAML \(.* at line 4\): check the file$/,
        ),
        file: 'argocd/all.yaml',
        line: 4,
      },
    ]);
  });

  test('nothing is said of what is right', async () => {
    write({ 'all.yaml': yaml() });
    expect(await judge(at('all.yaml'))).toEqual([]);
  });
});

describe('a folder', () => {
  test('the file that holds the object', async () => {
    const objects = yaml(oneReplica('argocd-repo-server')).split('---\n');
    const isRepoServer = (text: string) =>
      /^kind: Deployment$/m.test(text) && /^ {2}name: argocd-repo-server$/m.test(text);
    write({
      'argocd/a-rest.yaml': objects.filter((text) => !isRepoServer(text)).join('---\n'),
      'argocd/server.yml': objects.filter(isRepoServer).join('---\n'),
      // Not read by an installation, and so not where the problem is.
      'argocd/a-old/server.yaml': objects.filter(isRepoServer).join('---\n'),
    });
    expect(await judge(at('argocd'))).toEqual([
      [
        'error',
        'argocd/server.yml',
        lineOf('argocd/server.yml', 'argocd-repo-server', 'replicas: 1'),
        expect.stringContaining('argocd-repo-server has 1 replica'),
      ],
    ]);
  });

  test('what stands in no file of it is of the run', async () => {
    write({
      'argocd/all.yaml': yaml((object) => (object.kind === 'CustomResourceDefinition' ? undefined : object)),
    });
    expect((await judge(at('argocd'))).map(([, file]) => file)).toEqual([undefined]);
  });
});

describe('a kustomization', () => {
  const replicas = {
    text: 'Deployment argocd-server has 1 replica',
    about: { kind: 'Deployment', name: 'argocd-server', namespace: 'argocd', field: ['spec', 'replicas'] },
  };
  const server = (more: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: argocd-server\n${more}`;
  const base = server(`spec:\n  replicas: 2\n${'  # a long manifest\n'.repeat(100)}`);

  /** Where a remark is shown, of a kustomization as kubectl has built it already. */
  function placed(files: Record<string, string>, manifests: string, remark: object = replicas) {
    write(files);
    const findings = { problems: [remark as typeof replicas], warnings: [], details: [] };
    annotateFindings(findings, 'manifests', { manifests: at(manifests) }, inActions());
    return told.map(({ file, line }) => [file, line]);
  }

  test.each<[string, Record<string, string>, [string, number | undefined]]>([
    [
      'the line of the patch that sets it',
      {
        'argocd/kustomization.yaml':
          'resources:\n  - install.yaml\npatches:\n  - path: patches/server.yaml\n',
        'argocd/install.yaml': base,
        'argocd/patches/server.yaml': `# ours\n${server('spec:\n  replicas: 1\n')}`,
      },
      ['argocd/patches/server.yaml', 7],
    ],
    [
      'the patch of an older form',
      {
        'argocd/kustomization.yml': 'resources: [install.yaml]\npatchesStrategicMerge:\n  - z.yaml\n',
        'argocd/install.yaml': base,
        'argocd/z.yaml': server('spec:\n  replicas: 1\n'),
      },
      ['argocd/z.yaml', 6],
    ],
    [
      'not a patch that sets something else',
      {
        'argocd/kustomization.yaml': 'resources: [install.yaml]\npatches: [{path: a.yaml}]\n',
        'argocd/install.yaml': base,
        'argocd/a.yaml': server('spec:\n  revisionHistoryLimit: 3\n'),
      },
      ['argocd/install.yaml', 6],
    ],
    [
      'the patch that has the last word, of several layers elsewhere in the repository',
      {
        'argocd/kustomization.yaml': 'resources: [../layers/production]\n',
        'layers/production/kustomization.yaml':
          'resources: [../../base]\ncomponents: [../ha]\npatches: [{path: server.yaml}]\n',
        'layers/production/server.yaml': server(`spec:\n  ${'# why\n  '.repeat(20)}replicas: 1\n`),
        'layers/ha/kustomization.yaml': 'kind: Component\npatches: [{path: ha.yaml}]\n',
        'layers/ha/ha.yaml': server('spec:\n  replicas: 3\n'),
        'base/kustomization.yaml': 'resources: [install.yaml]\n',
        'base/install.yaml': base,
      },
      ['layers/production/server.yaml', 26],
    ],
    [
      'a patch that stands in the kustomization',
      {
        'argocd/kustomization.yaml': `resources:
  - install.yaml
patches:
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: argocd-server
      spec:
        replicas: 1
`,
        'argocd/install.yaml': base,
      },
      ['argocd/kustomization.yaml', 10],
    ],
    [
      'an operation of a JSON patch',
      {
        'argocd/kustomization.yaml': `resources:
  - install.yaml
patches:
  - target: {kind: Deployment, name: argocd-repo-server}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 2
  - target:
      kind: Deployment
      name: argocd-server
    patch: |-
      - op: add
        path: /metadata/labels/a
        value: b
      - op: replace
        path: /spec/replicas
        value: 1
`,
        'argocd/install.yaml': base,
      },
      ['argocd/kustomization.yaml', 17],
    ],
    [
      'the field for replicas',
      {
        'argocd/Kustomization': `resources:
  - install.yaml
  - name.yaml
replicas:
  - name: argocd-repo-server
    count: 2
  - count: 1
    name: argocd-server
`,
        'argocd/install.yaml': base,
      },
      ['argocd/Kustomization', 8],
    ],
    [
      'the kustomization as a whole, where what it is made of is at a URL',
      {
        'argocd/kustomization.yaml':
          'resources:\n  - https://github.com/argoproj/argo-cd/manifests/ha/cluster-install?ref=v3.1.9\n',
      },
      ['argocd/kustomization.yaml', undefined],
    ],
    [
      'the kustomization as a whole, where it is of another form than kustomize takes',
      { 'argocd/kustomization.yaml': 'resources: {a: b}\npatches: 3\nreplicas: x\n' },
      ['argocd/kustomization.yaml', undefined],
    ],
  ])('%s', (_, files, place) => {
    expect(placed(files, 'argocd')).toEqual([place]);
  });

  test('of an object as a whole: itself, not a patch of it', () => {
    const files = {
      'argocd/kustomization.yaml': 'resources: [install.yaml]\npatches: [{path: a.yaml}]\n',
      'argocd/install.yaml': base,
      'argocd/a.yaml': server('spec:\n  replicas: 1\n'),
    };
    const { field: _, ...about } = replicas.about;
    expect(placed(files, 'argocd', { ...replicas, about })).toEqual([['argocd/install.yaml', 4]]);
  });

  test('of one that leads to itself', () => {
    const files = {
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a, x.yaml]\n',
      'b/x.yaml': server('spec:\n  replicas: 1\n'),
    };
    expect(placed(files, 'a')).toEqual([['b/x.yaml', 6]]);
  });
});

describe('paths', () => {
  beforeEach(() => write({ 'argocd/all.yaml': yaml(oneReplica('argocd-repo-server')) }));
  const files = async (...given: Parameters<typeof judge>) => (await judge(...given)).map(([, file]) => file);

  test('that are relative are those of the process, and are shown from the repository', async () => {
    const kept = process.cwd();
    try {
      process.chdir(at('argocd'));
      expect(await files('all.yaml')).toEqual(['argocd/all.yaml']);
      told = [];
      process.chdir(root);
      expect(await files('./argocd/all.yaml', inActions())).toEqual([]);
      runner = { ...runner };
      expect(await files('./argocd/all.yaml', inActions())).toEqual(['argocd/all.yaml']);
    } finally {
      process.chdir(kept);
    }
  });

  test('of a runner whose folder is a link', async () => {
    const link = join(tempDir(), 'work');
    symlinkSync(root, link);
    expect(await files(at('argocd/all.yaml'), { runner, env: { GITHUB_WORKSPACE: link } })).toEqual([
      'argocd/all.yaml',
    ]);
    runner = { ...runner };
    told = [];
    expect(await files(join(link, 'argocd/all.yaml'))).toEqual(['argocd/all.yaml']);
  });

  test('outside of the repository are not pointed at', async () => {
    const elsewhere = { runner, env: { GITHUB_WORKSPACE: at('argocd/sub') } };
    expect(await files(at('argocd/all.yaml'), elsewhere)).toEqual([undefined]);
  });

  test('on a terminal are as they were given', async () => {
    expect(await files(at('argocd/all.yaml'), { runner, env: {} })).toEqual([at('argocd/all.yaml')]);
  });
});

describe('errors', () => {
  const about = { kind: 'Deployment', name: 'argocd-server' };
  const annotating = (where: object, error: Error) =>
    annotatingErrors('does not come up', where, inActions(), () => Promise.reject(error));

  test('about an object stand at it, and are thrown on', async () => {
    write({ 'all.yaml': yaml() });
    const error = new DrError(EXIT.infra, 'it does not start', { about, cause: new Error('no image') });
    await expect(annotating({ manifests: at('all.yaml') }, error)).rejects.toBe(error);
    expect(told).toMatchObject([
      {
        level: 'error',
        title: 'does not come up',
        message: 'it does not start (no image)',
        file: 'all.yaml',
      },
    ]);
    expect(told[0]!.line).toBeGreaterThan(100);
  });

  test.each<[string, object, Error]>([
    ['about nothing', { manifests: 'all.yaml' }, infraError('Docker does not answer')],
    ['of another kind', { manifests: 'all.yaml' }, new TypeError('oops')],
    ['where no manifests were given', {}, new DrError(EXIT.infra, 'x', { about })],
  ])('%s are thrown on alone', async (_, where, error) => {
    await expect(annotating(where, error)).rejects.toBe(error);
    expect(told).toEqual([]);
  });

  test.each(['https://example.com/all.yaml', '/nowhere/all.yaml'])(
    'of %s are of the run',
    async (manifests) => {
      await expect(annotating({ manifests }, new DrError(EXIT.infra, 'x', { about }))).rejects.toThrow('x');
      expect(told.map(({ file, message }) => [file, message])).toEqual([[undefined, 'x']]);
    },
  );

  test('of what the chart makes stand at the values', async () => {
    write({ 'argocd/values.yaml': 'server: {replicas: 1}\n' });
    const where = { values: at('argocd/values.yaml') };
    await expect(annotating(where, new DrError(EXIT.infra, 'x', { about }))).rejects.toThrow('x');
    expect(told).toMatchObject([{ file: 'argocd/values.yaml' }]);
    expect(told[0]).not.toHaveProperty('line');
  });
});

test('what the cluster shows once more is said once, by each run', () => {
  const remark = { text: 'no anti-affinity', about: { kind: 'Deployment', name: 'argocd-server' } };
  write({ 'all.yaml': yaml() });
  const say = (text: string, deps = inActions()) =>
    annotateFindings(
      { problems: [], warnings: [{ ...remark, text }], details: [] },
      text,
      { manifests: at('all.yaml') },
      deps,
    );
  say('one');
  say('one');
  say('two');
  expect(told.map(({ message }) => message)).toEqual(['one', 'two']);
  say('one', { ...inActions(), runner: { ...runner } });
  expect(told).toHaveLength(3);
});

test('of thousands of problems, the first are looked up', () => {
  const objects = Array.from(
    { length: 3000 },
    (_, index) => `kind: Deployment\nmetadata:\n  name: a${index}\n`,
  );
  write({ 'all.yaml': objects.join('---\n') });
  const problems = objects.map((_, index) => ({
    text: `p${index}`,
    about: { kind: 'Deployment', name: `a${index}` },
  }));
  const start = performance.now();
  annotateFindings({ problems, warnings: [], details: [] }, 'x', { manifests: at('all.yaml') }, inActions());
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(told[1]).toMatchObject({ file: 'all.yaml', line: 7 });
});
