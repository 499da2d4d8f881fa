import { selfSigned } from './certificates.js';
import { type DemoObject, PART_OF_ARGOCD, randomFor, type Setting, secret } from './objects.js';
import { timestamp, unixTime } from './random.js';
import { OIDC_SECRET, PLUGIN_GENERATOR_SECRET } from './settings.js';

/** The Secrets of Argo CD itself, those its settings point to, and one that is not its own. */
export function coreSecrets(setting: Setting): DemoObject[] {
  return [
    argocdSecret(setting),
    initialAdminPassword(setting),
    referenced(setting, OIDC_SECRET),
    referenced(setting, PLUGIN_GENERATOR_SECRET),
    serverCertificate(setting, 'argocd-server-tls', 'argocd-server'),
    serverCertificate(setting, 'argocd-repo-server-tls', 'argocd-repo-server'),
    unrelatedSecret(setting),
  ];
}

function argocdSecret(setting: Setting): DemoObject {
  const { namespace } = setting;
  const labels = { 'app.kubernetes.io/name': 'argocd-secret', ...PART_OF_ARGOCD };
  return secret(
    { name: 'argocd-secret', namespace, labels },
    { ...adminAccess(setting), ...accounts(setting), ...hooks(setting) },
  );
}

function adminAccess(setting: Setting): Record<string, string> {
  const random = randomFor(setting, 'argocd-secret');
  const { certificate, key } = selfSigned(random.bytes(32), ['argocd-server', 'localhost']);
  return {
    'admin.password': bcryptLike(random.text(53)),
    'admin.passwordMtime': timestamp(60),
    // As Argo CD makes it: the base64 text itself is the signing key.
    'server.secretkey': random.bytes(32).toString('base64'),
    'tls.crt': certificate,
    'tls.key': key,
  };
}

/** The shape of a bcrypt hash of cost 10; no password is known for it. */
const bcryptLike = (text: string) => `$2a$10$${text}`;

function accounts(setting: Setting): Record<string, string> {
  const random = randomFor(setting, 'accounts');
  const token = () => ({ id: random.uuid(), iat: unixTime(random.below(86_400)), exp: 0 });
  return {
    'accounts.alice.password': bcryptLike(random.text(53)),
    'accounts.alice.passwordMtime': timestamp(3600),
    'accounts.alice.tokens': 'null',
    'accounts.ci.tokens': JSON.stringify([token(), { ...token(), exp: unixTime(31_536_000) }]),
  };
}

function hooks(setting: Setting): Record<string, string> {
  const random = randomFor(setting, 'hooks');
  return {
    'webhook.github.secret': random.credential(),
    // As `kubectl create secret --from-file` makes it of a file that ends in a newline.
    'webhook.gitlab.secret': `${random.credential()}\n`,
    'webhook.bitbucketserver.secret': '',
    'dex.github.clientSecret': random.credential(),
  };
}

/** Made by argocd-server at its first start; people are told to delete it, and export leaves it out. */
function initialAdminPassword(setting: Setting): DemoObject {
  return secret(
    { name: 'argocd-initial-admin-secret', namespace: setting.namespace },
    { password: randomFor(setting, 'initial password').credential() },
  );
}

function referenced(setting: Setting, { name, key }: { name: string; key: string }): DemoObject {
  const random = randomFor(setting, 'referenced', name);
  return secret(
    { name, namespace: setting.namespace, labels: PART_OF_ARGOCD },
    { [key]: random.credential(), 'rotated-at': timestamp(random.below(86_400)) },
  );
}

function serverCertificate(setting: Setting, name: string, service: string): DemoObject {
  const seed = randomFor(setting, 'server certificate', name).bytes(32);
  const { certificate, key } = selfSigned(seed, [service, `${service}.${setting.namespace}.svc`]);
  const metadata = { name, namespace: setting.namespace };
  return secret(metadata, { 'tls.crt': certificate, 'tls.key': key }, 'kubernetes.io/tls');
}

function unrelatedSecret(setting: Setting): DemoObject {
  const random = randomFor(setting, 'unrelated');
  return secret(
    { name: 'backup-bucket', namespace: setting.namespace, labels: { app: 'velero' } },
    { 'access-key': random.credential(), keystore: random.bytes(64) },
  );
}
