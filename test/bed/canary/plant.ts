import pMap from 'p-map';
import { createOrApply } from '../../../src/argocd/manifests.js';
import { argoObject, PART_OF_ARGOCD, secret } from '../../../src/demo/objects.js';
import type { Kube } from '../../../src/kube/api.js';
import { APPLICATION_SET, CONFIG_MAP, type KubeObject, SECRET } from '../../../src/kube/objects.js';
import { Cores, LONG_SHAPES, SHAPES, type Shape } from './shapes.js';

/** Where a secret value ends up: in the export, beside it, only in an annotation, or in no backup at all. */
type Place = 'export' | 'extras' | 'annotation' | 'nowhere';

/** A secret value that was planted. */
export interface Canary {
  /** `argocd/name key (shape)`. */
  what: string;
  place: Place;
  shape: string;
  value: Buffer;
  /** The texts in it that stand nowhere else. */
  cores: string[];
  /** Parts of it that are secret on their own, such as the token in a cluster's JSON or the password in a URL. */
  parts: string[];
}

const NAMESPACE = 'argocd';
const TYPE = 'argocd.argoproj.io/secret-type';
const BESIDE: Shape = (c) => c.text();

type Values = Record<string, Shape>;

/** The Secrets to plant, and what is secret in them. */
class Planter {
  readonly canaries: Canary[] = [];
  readonly objects: KubeObject[] = [];
  /** Data to add to Secrets that Argo CD's own installation has. */
  readonly patches = new Map<string, Record<string, string>>();
  readonly cores = new Cores();

  /** @param settings what is no secret */
  secret(
    place: Place,
    metadata: {
      name: string;
      namespace?: string;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    },
    secrets: Values,
    settings: Record<string, string> = {},
    type?: string,
  ): void {
    const values = this.#values(place, metadata.name, secrets);
    this.objects.push(secret({ namespace: NAMESPACE, ...metadata }, { ...settings, ...values }, type));
  }

  patch(place: Place, name: string, secrets: Values): void {
    const values = Object.entries(this.#values(place, name, secrets));
    const data = values.map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    this.patches.set(name, Object.fromEntries(data));
  }

  #values(place: Place, name: string, secrets: Values): Record<string, string | Buffer> {
    const shaped = Object.entries(secrets).map(([key, shape]) => [
      key,
      this.value(place, `${name} ${key}`, shape),
    ]);
    return Object.fromEntries(shaped);
  }

  value(place: Place, what: string, shape: Shape): string | Buffer {
    this.cores.take();
    const value = shape(this.cores);
    const known = Object.entries(SHAPES).find(([, each]) => each === shape)?.[0] ?? '';
    this.canaries.push({
      what: known === '' ? what : `${what} (${known})`,
      place,
      shape: known,
      value: Buffer.from(value),
      cores: this.cores.take(),
      parts: typeof value === 'string' ? partsOf(value) : [],
    });
    return value;
  }
}

/** What is secret on its own in a value: strings in JSON, and the credentials in URLs. */
function partsOf(value: string): string[] {
  const credentials = credentialsOf(value);
  const found = credentials === undefined ? [] : [credentials, decodeURIComponent(credentials)];
  try {
    if (/^[[{]/.test(value))
      JSON.parse(value, (_, item) => {
        if (typeof item === 'string') found.push(item, ...partsOf(item));
        return item;
      });
  } catch {
    // Broken off on purpose.
  }
  return found;
}

function credentialsOf(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.password || url?.username || undefined;
}

/** Some two hundred secret values of many shapes, wherever Argo CD keeps any. */
export function planted(): Planter {
  const planter = new Planter();
  everyShape(planter);
  repositories(planter);
  clusters(planter);
  ofArgoCd(planter);
  pointedTo(planter);
  annotated(planter);
  ofOthers(planter);
  return planter;
}

/** Each shape as a repository's password, in the export, and as a value that it leaves out. */
function everyShape(planter: Planter): void {
  for (const [index, shape] of Object.values(SHAPES).entries()) {
    const url = `https://git.example/canary/${index}.git`;
    const labels = { [TYPE]: 'repository' };
    planter.secret(
      'export',
      { name: `canary-repo-${index}`, labels },
      { password: shape },
      { type: 'git', url },
    );
    planter.secret('extras', { name: `canary-extra-${index}`, labels: PART_OF_ARGOCD }, { value: shape });
  }
}

function repositories(planter: Planter): void {
  const add = (type: string, name: string, secrets: Values, settings: Record<string, string> = {}) =>
    planter.secret('export', { name: `canary-${name}`, labels: { [TYPE]: type } }, secrets, settings);
  const url = (path: string) => ({ url: `https://git.example/canary/${path}` });
  add(
    'repository',
    'user',
    { username: (c) => c.text(), password: BESIDE, bearerToken: BESIDE },
    url('user.git'),
  );
  add('repository', 'proxy', { proxy: SHAPES['a URL with a password']!, password: BESIDE }, url('proxy.git'));
  add('repository', 'url', { url: (c) => `https://robot:${c.text()}@git.example/url.git` }, { type: 'git' });
  add(
    'repository',
    'url-token',
    { url: (c) => `https://${c.text()}@git.example/token.git` },
    { type: 'git' },
  );
  add('repository', 'url-oci', { url: (c) => `oci://robot:${c.text()}@r.example/chart` }, { type: 'oci' });
  add(
    'repository',
    'ssh',
    { sshPrivateKey: (c) => c.pem('OPENSSH PRIVATE KEY') },
    { url: 'git@git.example:a.git' },
  );
  const certificate: Values = {
    tlsClientCertData: (c) => c.pem('CERTIFICATE'),
    tlsClientCertKey: (c) => c.pem('PRIVATE KEY', '\r\n'),
  };
  add('repository', 'tls', certificate, url('tls.git'));
  const app = { githubAppPrivateKey: (c: Cores) => c.pem('RSA PRIVATE KEY') };
  const appSettings = { githubAppID: '123456', githubAppInstallationID: '9007199254740993' };
  add('repo-creds', 'app', app, { ...url('org'), ...appSettings });
  add('repo-creds', 'google', { gcpServiceAccountKey: SHAPES['JSON of many lines']! }, url('google'));
  add(
    'repo-creds',
    'creds-ssh',
    { sshPrivateKey: (c) => c.pem('RSA PRIVATE KEY', '\r\n') },
    { url: 'git@git.example' },
  );
  add('repository-write', 'write', { username: BESIDE, password: BESIDE }, url('write.git'));
  add('repo-write-creds', 'write-creds', { password: BESIDE }, url('write'));
  add('scm-creds', 'scm', { token: (c) => `ghp_${c.text()}` });
}

function clusters(planter: Planter): void {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const configs: ((c: Cores) => object)[] = [
    (c) => ({ bearerToken: c.text(), tlsClientConfig: { insecure: true } }),
    (c) => ({ username: 'robot', password: `"${c.text()}\\"`, tlsClientConfig: { insecure: false } }),
    (c) => ({
      tlsClientConfig: { keyData: base64(c.pem('EC PRIVATE KEY')), certData: base64(c.pem('CERTIFICATE')) },
    }),
    (c) => ({
      execProviderConfig: {
        command: 'argocd-k8s-auth',
        args: ['aws', '--token', c.text()],
        env: { AWS_SECRET_ACCESS_KEY: `${c.text()}/+=` },
      },
    }),
    (c) => ({
      bearerToken: c.of('гдежзиклмнпрстуфхцчшщэюя', 14),
      proxyUrl: `http://robot:${c.text()}@p.example`,
    }),
  ];
  for (const [index, config] of configs.entries())
    planter.secret(
      'export',
      { name: `canary-cluster-${index}`, labels: { [TYPE]: 'cluster' } },
      { config: (c) => JSON.stringify(config(c), null, index % 2) },
      { name: `canary-${index}`, server: `https://canary-${index}.example` },
    );
}

/** What Argo CD keeps for itself. */
function ofArgoCd(planter: Planter): void {
  const hash: Shape = (c) => `$2a$10$${c.text()}${c.filler(20)}`;
  planter.patch('export', 'argocd-secret', {
    'server.secretkey': (c) => Buffer.from(c.text()).toString('base64'),
    'admin.password': hash,
    'accounts.canary.password': hash,
    'accounts.canary.tokens': (c) =>
      JSON.stringify([
        { id: c.text(), iat: 1 },
        { id: c.text(), iat: 2 },
      ]),
    'tls.crt': (c) => c.pem('CERTIFICATE'),
    'tls.key': (c) => c.pem('RSA PRIVATE KEY'),
    'webhook.github.secret': BESIDE,
    'webhook.gitlab.secret': SHAPES['a line end behind']!,
    'webhook.bitbucket.uuid': BESIDE,
    'webhook.bitbucketserver.secret': SHAPES['quotes and backslashes']!,
    'webhook.gogs.secret': SHAPES['spaces around']!,
    'webhook.azuredevops.password': SHAPES['percent signs']!,
    'dex.github.clientSecret': BESIDE,
    'oidc.canary.clientSecret': BESIDE,
  });
  planter.patch('extras', 'argocd-notifications-secret', {
    'slack-token': (c) => `xoxb-${c.text()}`,
    'email-username': BESIDE,
    'email-password': SHAPES['spaces around']!,
    'webhook-url': (c) => `https://hooks.example/services/${c.text()}`,
    'github-privateKey': (c) => c.pem('RSA PRIVATE KEY'),
    'opsgenie-apiKey': BESIDE,
  });
  const pair: Values = { 'tls.crt': (c) => c.pem('CERTIFICATE'), 'tls.key': (c) => c.pem('PRIVATE KEY') };
  planter.patch('extras', 'argocd-server-tls', pair);
  planter.patch('extras', 'argocd-repo-server-tls', pair);
  planter.secret('extras', { name: 'argocd-dex-server-tls' }, pair, {}, 'kubernetes.io/tls');
}

/** What settings name by `$secret:key`, and generators by name. */
function pointedTo(planter: Planter): void {
  planter.secret(
    'extras',
    { name: 'canary-referenced', labels: PART_OF_ARGOCD },
    { clientSecret: BESIDE, clientID: BESIDE },
  );
  planter.secret('extras', { name: 'canary-bare' }, { key: BESIDE });
  planter.secret('extras', { name: 'canary-pull-requests' }, { token: (c) => `ghp_${c.text()}` });
}

const SETTINGS = { 'canary.one': '$canary-referenced:clientSecret', 'canary.two': 'a: $canary-bare:key' };

const APPLICATION_SET_WITH_TOKEN = argoObject(
  'ApplicationSet',
  { name: 'canary', namespace: NAMESPACE },
  {
    generators: [
      {
        pullRequest: {
          github: { owner: 'o', repo: 'r', tokenRef: { secretName: 'canary-pull-requests', key: 'token' } },
        },
      },
    ],
    template: { metadata: { name: 'canary' }, spec: { project: 'default', destination: {} } },
  },
);

/** Values that stand in the annotation of `kubectl apply` alone: they were changed since. */
function annotated(planter: Planter): void {
  const of = (name: string, what: string) => String(planter.value('annotation', `${name} ${what}`, BESIDE));
  const add = (name: string, applied: object | string) => {
    const text = typeof applied === 'string' ? applied : `${JSON.stringify(applied)}\n`;
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text };
    planter.secret('export', { name, labels: { [TYPE]: 'repository' }, annotations }, { password: BESIDE });
  };
  const metadata = { labels: { [TYPE]: 'repository' } };
  add('canary-applied', {
    kind: 'Secret',
    metadata,
    stringData: { password: of('canary-applied', 'stringData'), url: 'https://git.example/x' },
  });
  const old = Buffer.from(of('canary-applied-data', 'data')).toString('base64');
  add('canary-applied-data', { kind: 'Secret', metadata, data: { password: old } });
  const cutOff: Shape = (c) => `{"stringData":{"password":"${c.text()}`;
  add('canary-applied-broken', String(planter.value('annotation', 'canary-applied-broken cut off', cutOff)));
  planter.secret(
    'export',
    { name: 'canary-managed', annotations: { 'managed-by': 'argocd.argoproj.io' } },
    { password: BESIDE, url: BESIDE, name: BESIDE },
  );
}

/** What is read while the namespace is listed, and belongs to no backup. */
function ofOthers(planter: Planter): void {
  planter.secret(
    'nowhere',
    { name: 'canary-others', labels: { app: 'velero' } },
    { key: BESIDE, more: BESIDE },
  );
  planter.secret('nowhere', { name: 'argocd-initial-admin-secret' }, { password: BESIDE });
}

/** Plants the secrets in a source that has Argo CD's objects. */
export async function plant(kube: Kube): Promise<Canary[]> {
  const { canaries, objects, patches } = planted();
  await pMap(objects, (object) => createOrApply(kube, SECRET, object), { concurrency: 16 });
  for (const [name, data] of patches) await kube.mergePatch(SECRET, NAMESPACE, name, { data });
  await kube.mergePatch(CONFIG_MAP, NAMESPACE, 'argocd-cm', { data: SETTINGS });
  await createOrApply(kube, APPLICATION_SET, APPLICATION_SET_WITH_TOKEN);
  return canaries;
}

/** Those whose values are quoted where several are in one message. */
export const isQuotable = ({ shape, place }: Canary): boolean =>
  place === 'export' && shape !== 'no text' && !(shape in LONG_SHAPES);
