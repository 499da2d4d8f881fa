import { pem, selfSigned } from './certificates.js';
import { type DemoObject, type Fields, lastApplied, randomFor, type Setting, secret } from './objects.js';
import type { Random } from './random.js';

/** Where most Applications of the demonstration come from. */
export const GIT = 'https://git.corp.example/platform';
/** The SSH form of the same host. */
export const GIT_SSH = 'git@git.corp.example:platform';
export const CHARTS = 'https://charts.corp.example';
export const OCI_CHARTS = 'registry.corp.example/charts';
/** The Secret of the pull-request generator's token. */
export const SCM_TOKEN = { secretName: 'github-pull-requests', key: 'token' };

type SecretType = 'repository' | 'repo-creds' | 'repository-write' | 'repo-write-creds' | 'scm-creds';
type Values = Record<string, string | Buffer>;

interface RepositorySecret {
  name: string;
  type: SecretType;
  values: (random: Random) => Values;
  annotations?: Record<string, string>;
}

const managedByArgocd = { 'managed-by': 'argocd.argoproj.io' };
const sshKey = (random: Random) => pem('OPENSSH PRIVATE KEY', random.bytes(280));

const REPOSITORIES: readonly RepositorySecret[] = [
  {
    name: 'repo-credentials-https',
    type: 'repository',
    values: (random) => ({
      type: 'git',
      url: `${GIT}/apps.git`,
      username: 'argocd',
      password: random.credential(),
      project: 'default',
    }),
  },
  {
    name: 'repo-credentials-ssh',
    type: 'repository',
    values: (random) => ({ url: `${GIT_SSH}/private.git`, sshPrivateKey: sshKey(random), insecure: 'false' }),
  },
  {
    name: 'repo-ssh-without-newline',
    type: 'repository',
    values: (random) => ({ url: `${GIT_SSH}/legacy.git`, sshPrivateKey: sshKey(random).trimEnd() }),
  },
  {
    name: 'repo-public',
    type: 'repository',
    values: () => ({ type: 'git', url: 'https://github.com/argoproj/argocd-example-apps' }),
  },
  {
    name: 'repo-payments',
    type: 'repository',
    values: (random) => ({
      type: 'git',
      url: 'https://git.corp.example/payments/deploy.git',
      password: random.credential(),
      username: 'payments-bot',
      project: 'payments',
      forceHttpBasicAuth: 'true',
      proxy: `http://argocd:${random.credential()}@proxy.corp.example:3128`,
      noProxy: '.corp.example,10.0.0.0/8',
    }),
  },
  {
    // As `argocd repo add` writes it.
    name: 'repo-1294480722',
    type: 'repository',
    annotations: managedByArgocd,
    values: (random) => ({
      name: 'charts',
      type: 'helm',
      url: CHARTS,
      username: 'reader',
      password: random.credential(),
      ...clientCertificate(random),
    }),
  },
  {
    name: 'repo-oci-charts',
    type: 'repository',
    values: (random) => ({
      name: 'oci-charts',
      type: 'helm',
      enableOCI: 'true',
      url: OCI_CHARTS,
      username: '_json_key',
      password: JSON.stringify({ type: 'service_account', private_key: sshKey(random) }),
    }),
  },
  {
    name: 'repo-oci',
    type: 'repository',
    values: () => ({
      type: 'oci',
      url: 'oci://registry.corp.example/manifests',
      bearerToken: '',
      password: '',
    }),
  },
  {
    name: 'creds-https',
    type: 'repo-creds',
    values: (random) => ({
      type: 'git',
      url: GIT,
      username: 'argocd',
      password: `p\u00e4ss ${random.credential()} `,
    }),
  },
  {
    name: 'creds-ssh',
    type: 'repo-creds',
    values: (random) => ({ url: GIT_SSH, sshPrivateKey: sshKey(random) }),
  },
  {
    name: 'creds-github-app',
    type: 'repo-creds',
    values: (random) => ({
      url: 'https://github.com/example-org',
      githubAppID: '123456',
      githubAppInstallationID: '9007199254740993',
      githubAppEnterpriseBaseUrl: 'https://ghe.corp.example/api/v3',
      githubAppPrivateKey: pem('RSA PRIVATE KEY', random.bytes(600)),
    }),
  },
  {
    name: 'creds-source-repositories',
    type: 'repo-creds',
    values: (random) => ({
      url: 'https://source.corp.example',
      gcpServiceAccountKey: JSON.stringify({ type: 'service_account', private_key: sshKey(random) }, null, 2),
    }),
  },
  {
    name: 'write-rendered',
    type: 'repository-write',
    values: (random) => ({ url: `${GIT}/rendered.git`, username: 'hydrator', password: random.credential() }),
  },
  {
    name: 'write-creds-rendered',
    type: 'repo-write-creds',
    values: (random) => ({ url: `${GIT}/`, username: 'hydrator', password: random.credential() }),
  },
  {
    name: SCM_TOKEN.secretName,
    type: 'scm-creds',
    values: (random) => ({ [SCM_TOKEN.key]: `ghp_${random.credential()}` }),
  },
];

function clientCertificate(random: Random): Values {
  const { certificate, key } = selfSigned(random.bytes(32), ['argocd-client']);
  return { tlsClientCertData: certificate, tlsClientCertKey: key };
}

/** Repositories, credential templates and other Secrets that `argocd admin export` takes along. */
export function repositories(setting: Setting): DemoObject[] {
  const { namespace } = setting;
  const labelled = REPOSITORIES.map(({ name, type, values, annotations }) =>
    secret(
      {
        name,
        namespace,
        labels: { 'argocd.argoproj.io/secret-type': type },
        ...(annotations ? { annotations } : {}),
      },
      values(randomFor(setting, 'repository', name)),
    ),
  );
  return [...labelled, annotatedOnly(setting), applied(setting)];
}

/** Taken along for its annotation alone. */
function annotatedOnly(setting: Setting): DemoObject {
  const random = randomFor(setting, 'annotated');
  return secret(
    { name: 'credentials-of-2019', namespace: setting.namespace, annotations: managedByArgocd },
    { username: 'argocd', password: random.credential(), empty: '', binary: random.bytes(256) },
  );
}

/** Its annotation repeats the password in clear text, as `kubectl apply` does with `stringData`. */
function applied(setting: Setting): DemoObject {
  const metadata = {
    name: 'repo-applied',
    namespace: setting.namespace,
    labels: { 'argocd.argoproj.io/secret-type': 'repository' },
  };
  const stringData = {
    url: `${GIT}/applied.git`,
    username: 'argocd',
    password: randomFor(setting, 'applied').credential(),
  };
  const manifest: Fields = { stringData, type: 'Opaque' };
  const annotations = lastApplied({ apiVersion: 'v1', kind: 'Secret', metadata, ...manifest });
  return secret({ ...metadata, annotations }, stringData);
}
