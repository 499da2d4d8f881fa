import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { loadManifests, type ManifestChoice } from '../../src/argocd/manifest-source.js';
import { argocdImageOf, argocdVersionOf } from '../../src/argocd/manifests.js';
import { selfSigned } from '../../src/demo/certificates.js';
import { exec } from '../../src/exec.js';
import { DEFAULT_VERSIONS } from '../../src/tools/versions.js';
import { ARGOCD, bed, leftovers, tempDir, tools } from '../bed/bed.js';

afterAll(() => bed.close());

const choice: ManifestChoice = { ha: true, argocdVersion: ARGOCD, namespace: 'cd' };
const official = () => loadManifests({ ...choice, namespace: 'argocd' }, tools);

/** A chart in miniature, built as argo/argo-cd is: CRDs, settings by values, and hooks. */
const CHART: Record<string, string> = {
  'Chart.yaml':
    'apiVersion: v2\nname: argo-cd\nversion: 9.0.5\nappVersion: v3.1.9\nkubeVersion: ">=1.25.0-0"\n',
  'values.yaml':
    'redis-ha: {enabled: false}\ncontroller: {replicas: 9}\nserver: {replicas: 1}\nrepoServer: {replicas: 1}\napplicationSet: {replicas: 1}\n',
  'crds/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.io}\n',
  'templates/server.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-server
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.server.replicas }}
  template: {spec: {containers: [{name: server, image: "quay.io/argoproj/argocd:{{ .Chart.AppVersion }}"}]}}
`,
  'templates/replicas.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: replicas}
data:
  all: "{{ index .Values "redis-ha" "enabled" }} {{ .Values.controller.replicas }} {{ .Values.server.replicas }} {{ .Values.repoServer.replicas }} {{ .Values.applicationSet.replicas }}"
  kubernetes: "{{ .Capabilities.KubeVersion.Version }}"
`,
  'templates/hooks.yaml': ['pre-install,pre-upgrade', 'test', 'pre-delete']
    .map(
      (events, index) =>
        `apiVersion: batch/v1\nkind: Job\nmetadata: {name: hook-${index}, annotations: {helm.sh/hook: "${events}"}}\n`,
    )
    .join('---\n'),
};

const EVIL = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: evil}\n';

async function archive(): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(CHART)) tar.entry({ name: `argo-cd/${name}` }, text);
  tar.finalize();
  return buffer(tar.pipe(createGzip()));
}

describe('the Helm chart, rendered by helm itself from a repository of the test’s own', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const tgz = await archive();
    const index =
      'apiVersion: v1\nentries:\n  argo-cd:\n  - {name: argo-cd, version: 9.0.5, urls: [argo-cd-9.0.5.tgz]}\n';
    server = createServer(({ url }, response) => {
      const found = { '/index.yaml': index, '/argo-cd-9.0.5.tgz': tgz }[url ?? ''];
      response.writeHead(found ? 200 : 404).end(found);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      ...process.env,
      ARGOCD_DR_CHART_REPO: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
  });
  afterAll(() => void server.close());

  const load = (more: Partial<ManifestChoice>) =>
    loadManifests({ ...choice, chartVersion: '9.0.5', ...more }, { tools, exec, env });
  const replicas = async (more: Partial<ManifestChoice>) => {
    const { objects } = await load(more);
    return objects.find(({ kind }) => kind === 'ConfigMap')!.data as Record<string, string>;
  };

  test('in the namespace of the drill, with CRDs and the hooks of an installation', async () => {
    const manifests = await load({});
    expect(manifests.crds.map(({ metadata }) => metadata.name)).toEqual(['things.example.io']);
    expect(manifests.objects.map(({ metadata }) => metadata.name).sort()).toEqual([
      'argocd-server',
      'hook-0',
      'replicas',
    ]);
    expect(manifests.objects.find(({ kind }) => kind === 'Deployment')!.metadata.namespace).toBe('cd');
    expect([argocdVersionOf(manifests), argocdImageOf(manifests)]).toEqual([
      '3.1.9',
      'quay.io/argoproj/argocd:v3.1.9',
    ]);
    expect(leftovers()).toEqual([]);
  });

  test('highly available, not so, and with values of the user', async () => {
    expect((await replicas({})).all).toBe('true 1 2 2 2');
    expect((await replicas({ ha: false })).all).toBe('false 9 1 1 1');
    const values = join(tempDir(), 'values.yaml');
    writeFileSync(values, 'server: {replicas: 5}\n');
    expect((await replicas({ values })).all).toBe('false 9 5 1 1');
  });

  test('and no folder of that name beside it, nor what the user has set up for helm', async () => {
    const workspace = tempDir();
    for (const [name, text] of Object.entries({ ...CHART, 'templates/evil.yaml': EVIL })) {
      mkdirSync(dirname(join(workspace, 'argo-cd', name)), { recursive: true });
      writeFileSync(join(workspace, 'argo-cd', name), text);
    }
    const before = process.cwd();
    process.chdir(workspace);
    try {
      const own = { ...env, HELM_NAMESPACE: 'evil', HOME: workspace };
      const { objects } = await loadManifests(
        { ...choice, chartVersion: '9.0.5' },
        { tools, exec, env: own },
      );
      expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual([
        'argocd-server',
        'hook-0',
        'replicas',
      ]);
    } finally {
      process.chdir(before);
    }
  });

  test('for the Kubernetes version of the drill', async () => {
    expect((await replicas({ kubernetesVersion: '1.33.1' })).kubernetes).toBe('v1.33.1');
    await expect(load({ kubernetesVersion: '1.24.0' })).rejects.toThrow(
      /incompatible with Kubernetes v1.24.0/,
    );
  });

  test('a version that is not there, and a repository that does not answer', async () => {
    await expect(load({ chartVersion: '1.2.3' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/1\.2\.3.* not found .*check chart-version/),
    });
    const gone = { ...env, ARGOCD_DR_CHART_REPO: 'http://127.0.0.1:1' };
    await expect(
      loadManifests({ ...choice, chartVersion: '9.0.5' }, { tools, exec, env: gone }),
    ).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/cannot be fetched .*connection refused/),
    });
    expect(leftovers()).toEqual([]);
  });
});

describe('a kustomization, built by kubectl itself', () => {
  const kustomize = (text: string) => {
    const dir = tempDir();
    writeFileSync(join(dir, 'kustomization.yaml'), text);
    return dir;
  };
  const load = (dir: string) => loadManifests({ ...choice, namespace: 'argocd', manifests: dir }, tools);

  test('over Argo CD’s own manifests: the same objects, with what the overlay changes', async () => {
    const dir = kustomize(
      'resources: [base]\nimages: [{name: quay.io/argoproj/argocd, newName: mirror.example/argocd}]\n',
    );
    mkdirSync(join(dir, 'base'));
    cpSync(await tools.manifests(ARGOCD, { ha: true }), join(dir, 'base', 'install.yaml'));
    writeFileSync(join(dir, 'base', 'kustomization.yaml'), 'resources: [install.yaml]\n');
    const [built, plain] = await Promise.all([load(dir), official()]);
    expect(built.crds).toEqual(expect.arrayContaining(plain.crds));
    expect([built.crds.length, built.objects.length]).toEqual([plain.crds.length, plain.objects.length]);
    expect(argocdVersionOf(built)).toBe(ARGOCD);
    expect([argocdImageOf(plain), argocdImageOf(built)]).toEqual([
      `quay.io/argoproj/argocd:v${ARGOCD}`,
      `mirror.example/argocd:v${ARGOCD}`,
    ]);
  });

  test.each([
    ['a file that is not there', 'resources: [missing.yaml]\n', 2, /missing.yaml/],
    ['a field that it does not know', 'bogus: 1\n', 2, /unknown field "bogus"/],
    [
      'a base that does not answer',
      'resources: ["https://nobody.invalid/install.yaml"]\n',
      4,
      /remote base .*https:\/\/nobody\.invalid\/install\.yaml; it cannot be reached/,
    ],
  ])('%s', async (_what, text, exitCode, message) => {
    await expect(load(kustomize(text))).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    });
  });
});

describe('a kustomization of a stranger', () => {
  let plain: Server;
  let proxy: Server;
  let site: SecureServer;
  let asked: string[] = [];
  const certificates = join(tempDir(), 'ca.pem');
  const OBJECT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: argocd-server}\n';
  const portOf = (server: Server | SecureServer) => (server.address() as AddressInfo).port;

  /** Names are for the proxy to look up: each leads to the same site. */
  beforeAll(async () => {
    const { certificate, key } = selfSigned(Buffer.alloc(32, 9), ['base.example', 'other.example']);
    writeFileSync(certificates, certificate);
    site = createSecureServer({ cert: certificate, key }, (request, response) => {
      const { host } = request.headers;
      asked.push(`https://${host}${request.url}`);
      if (request.url === '/install.yaml') response.end(OBJECT);
      else if (request.url?.startsWith('/html')) response.end('<html>hunter2: ##[error]</html>');
      else if (request.url === '/http')
        response.writeHead(302, { location: 'http://plain.example/install.yaml' }).end();
      else if (request.url === '/other')
        response.writeHead(302, { location: 'https://other.example/install.yaml' }).end();
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('hunter2');
    });
    plain = createServer((request, response) => {
      asked.push(request.url!);
      response.end(OBJECT);
    });
    proxy = createServer(plain.listeners('request')[0] as RequestListener);
    proxy.on('connect', (_request, client) => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.on('error', () => {});
      client.pipe(connect(portOf(site), '127.0.0.1').on('error', () => {})).pipe(client);
    });
    for (const server of [site, plain, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
    process.env.https_proxy = `http://127.0.0.1:${portOf(proxy)}`;
  });
  afterAll(() => {
    delete process.env.https_proxy;
    for (const server of [site, plain, proxy]) server.close().closeAllConnections();
  });

  /** Built with the variables of a user that has credentials, in a repository. */
  async function build(text: string, files: Record<string, string> = {}, env: NodeJS.ProcessEnv = {}) {
    asked = [];
    const dir = tempDir();
    mkdirSync(join(dir, '.git'));
    for (const [name, content] of Object.entries({ ...files, 'argocd/kustomization.yaml': text })) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), content, { mode: 0o700 });
    }
    const host = { tools, exec, env: { ...process.env, SSL_CERT_FILE: certificates, ...env } };
    const loading = loadManifests({ ...choice, manifests: join(dir, 'argocd') }, host);
    return loading.then(
      ({ objects }) => ({ names: objects.map(({ metadata }) => metadata.name), exitCode: 0, message: '' }),
      ({ exitCode, message }) => ({ names: [], exitCode, message: message.replaceAll(dir, '') }),
    );
  }

  test('what it names over https is fetched', async () => {
    expect(await build('resources: ["https://base.example/install.yaml"]')).toMatchObject({
      names: ['argocd-server'],
    });
    expect(asked).toEqual(['https://base.example/install.yaml']);
  });

  test.each([
    ['to http', '/http', 'plain.example over http'],
    ['to a host that it does not name', '/other', 'other.example?443'],
  ])('a redirect %s leads nowhere', async (_to, path, where) => {
    const { exitCode, message } = await build(`resources: ["https://base.example${path}"]`);
    expect([exitCode, message]).toEqual([2, expect.stringContaining(`leads to ${where}`)]);
    expect(asked).toEqual([`https://base.example${path}`]);
  });

  test('what a server answered is not quoted', async () => {
    const { exitCode, message } = await build('resources: ["https://base.example/html?token=hunter2"]');
    expect([exitCode, message]).toEqual([2, expect.stringContaining('(https://base.example/html)')]);
    expect(message).not.toMatch(/hunter2|##|<html/);
  });

  test('no credentials of the user are used for a private repository', async () => {
    const home = tempDir();
    const used = join(home, 'used');
    const helper = `[credential]\n  helper = "!f() { touch ${used}; echo username=me; echo password=hunter2; }; f"\n`;
    writeFileSync(join(home, '.gitconfig'), helper);
    writeFileSync(join(home, '.netrc'), 'machine base.example login me password hunter2\n');
    const env = { HOME: home, GIT_SSL_CAINFO: certificates, GIT_CONFIG_GLOBAL: join(home, '.gitconfig') };
    const { exitCode, message } = await build(
      'resources: ["https://base.example/team/private.git"]',
      {},
      { ...env, GIT_ASKPASS: helper, SSH_ASKPASS: helper },
    );
    expect([exitCode, message]).toEqual([4, expect.stringContaining('it asks for credentials')]);
    expect(asked.length).toBeGreaterThan(1);
    expect(existsSync(used)).toBe(false);
  });

  test('nothing is run', async () => {
    const script = (name: string) => ({ [`argocd/${name}`]: '#!/bin/sh\ntouch ran\n' });
    const plugin = `apiVersion: example.io/v1
kind: Evil
metadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ./run.sh}"}}
`;
    const files = { ...script('run.sh'), 'argocd/plugin.yaml': plugin, 'argocd/a.yaml': OBJECT };
    for (const field of ['generators', 'transformers', 'validators']) {
      const { exitCode, message } = await build(`resources: [a.yaml]\n${field}: [plugin.yaml]`, files);
      expect([exitCode, message]).toEqual([2, expect.stringMatching(/plugin/)]);
    }
    const chart = 'helmCharts: [{name: a, repo: "https://base.example", version: 1.0.0}]';
    expect(await build(chart)).toMatchObject({ exitCode: 2, message: expect.stringMatching(/not inflated/) });
    expect(asked).toEqual([]);
  });

  test('nothing outside of it is read', async () => {
    const outside = { 'secret.txt': 'hunter2', 'argocd/a.yaml': OBJECT };
    for (const path of ['../secret.txt', '/etc/passwd', '../../../../../etc/passwd']) {
      const text = `resources: [a.yaml]\nconfigMapGenerator: [{name: b, files: ["${path}"]}]`;
      expect(await build(text, outside)).toMatchObject({ exitCode: 2 });
    }
  });

  const generator = (file: string, more = '') =>
    `apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: leak, annotations: {a: ${more}b}}\nfiles: ["${file}"]\n`;
  const list = (text: string) =>
    `apiVersion: v1\nkind: List\nitems:\n- ${text.trim().replaceAll('\n', '\n  ')}\n`;
  const patched = {
    'gen/a.yaml': generator('x').replace('builtin', 'v1'),
    'gen/kustomization.yaml': `resources: [a.yaml]
patches:
- target: {kind: ConfigMapGenerator}
  patch: |
    - {op: replace, path: /apiVersion, value: builtin}
    - {op: replace, path: /files/0, value: .git/config}
`,
  };
  const padding = `#${'#'.repeat(1000)}\n`.repeat(1100);

  // That kustomize takes each of them is why none may be passed over.
  test.each<[string, string, Record<string, string>]>([
    ['an unknown tag', 'generators: [gen.yaml]', { 'gen.yaml': generator('.git/config', '!foo ') }],
    [
      'a binary',
      'generators: [gen.yaml]',
      { 'gen.yaml': generator('.git/config', '!!binary ').replace('b}}', 'Yg==}}') },
    ],
    ['comments without end', 'generators: [gen.yaml]', { 'gen.yaml': generator('.git/config') + padding }],
    ['a List', 'generators: [gen.yaml]', { 'gen.yaml': list(generator('.git/config')) }],
    [
      'an unknown tag in the list itself',
      `generators: [${JSON.stringify(generator('.git/config', '!foo '))}]`,
      {},
    ],
    ['a name that is YAML', 'generators: ["a: b"]', { 'a: b': generator('.git/config') }],
    ['a folder whose patches make it', 'generators: [gen]', patched],
    ['a merge key', 'configMapGenerator: [{name: a, files: [a], <<: {files: [.git/config]}}]', { a: '' }],
    ['a character that becomes a space', 'configMapGenerator: [{name: a, files: ["k=a\\Nb"]}]', {}],
  ])('Git’s data do not come in by %s', async (_what, text, files) => {
    const dir = tempDir();
    const all = { ...files, '.git/config': 'hunter2', 'kustomization.yaml': text };
    for (const [name, content] of Object.entries(all)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), content);
    }
    symlinkSync('.git/config', join(dir, 'a b'));
    const kubectl = await tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
    expect((await exec(kubectl.path, ['kustomize', dir])).stdout).toContain('hunter2');
    const loading = loadManifests({ ...choice, manifests: dir }, { tools, exec, env: process.env });
    await expect(loading).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^kustomization kustomization\.yaml/),
    });
  });

  test('nor is this machine asked', async () => {
    const url = `http://127.0.0.1:${portOf(plain)}/a`;
    const patch = `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a, annotations: {a: !foo b}}\npath: ${url}\n`;
    const texts = [
      'resources: [a.yaml]\ntransformers: [t.yaml]',
      `resources: ["${url}?a: b"]`,
      `generators: ["${url}?a: b"]`,
      `configMapGenerator: [{name: a, files: ["a\\nb=${url}"]}]`,
    ];
    for (const text of texts)
      expect(await build(text, { 'argocd/a.yaml': OBJECT, 'argocd/t.yaml': patch })).toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(/not YAML|only what is named over https/),
      });
    expect(asked).toEqual([]);
  });

  // Why kustomizationSources() reads it so as well.
  test.each(['Re\u017fources: [a.yaml]', '# comment\u2028resources: [a.yaml]'])(
    'kustomize itself takes %j for resources',
    async (text) => {
      const dir = tempDir();
      writeFileSync(join(dir, 'kustomization.yaml'), text);
      writeFileSync(join(dir, 'a.yaml'), OBJECT);
      const kubectl = await tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
      const { stdout } = await exec(kubectl.path, ['kustomize', dir]);
      expect(stdout).toContain('name: argocd-server');
    },
  );
});

test('a folder: every file of manifests, and the file that is none is named', async () => {
  const dir = tempDir();
  cpSync(await tools.manifests(ARGOCD, { ha: true }), join(dir, 'a.yaml'));
  const load = () => loadManifests({ ...choice, namespace: 'argocd', manifests: dir }, tools);
  expect(await load()).toEqual(await official());
  writeFileSync(join(dir, 'values.yaml'), 'server: {replicas: 2}\n');
  await expect(load()).rejects.toThrow(/values.yaml, document 1 is not a Kubernetes object/);
});
