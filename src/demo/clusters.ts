import { selfSigned } from './certificates.js';
import { type DemoObject, type Fields, randomFor, type Setting, secret } from './objects.js';
import type { Random } from './random.js';

/** The cluster Argo CD runs in, as it names it itself. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

interface Cluster {
  /** Of the Secret. */
  secretName: string;
  /** In Argo CD. */
  name: string;
  server: string;
  labels: Record<string, string>;
  config: (random: Random) => Fields;
  /** Further keys of the Secret. */
  more?: Record<string, string>;
}

/** The clusters of the demonstration; none of the servers exists (reserved names and addresses). */
export const CLUSTERS: readonly Cluster[] = [
  {
    secretName: 'cluster-kubernetes.default.svc-3396314289',
    name: 'in-cluster',
    server: IN_CLUSTER,
    labels: { environment: 'management', region: 'seoul' },
    config: () => ({ tlsClientConfig: { insecure: false } }),
  },
  {
    secretName: 'cluster-credentials-dev',
    name: 'dev-cluster',
    server: 'https://203.0.113.89:6443',
    labels: { environment: 'dev', region: 'seoul' },
    config: (random) => ({ bearerToken: token(random), tlsClientConfig: { insecure: true } }),
  },
  {
    secretName: 'cluster-prod-seoul',
    name: 'prod-seoul',
    server: 'https://prod-seoul.k8s.example:6443',
    labels: { environment: 'prod', region: 'seoul', agents: 'true' },
    config: (random) => ({
      bearerToken: token(random),
      tlsClientConfig: { insecure: false, caData: base64(pair(random).certificate) },
    }),
    more: { shard: '1' },
  },
  {
    secretName: 'cluster-prod-frankfurt',
    name: 'prod-frankfurt',
    server: 'https://prod-frankfurt.k8s.example:6443',
    labels: { environment: 'prod', region: 'frankfurt', agents: 'true' },
    config: (random) => {
      const client = pair(random);
      const tlsClientConfig = {
        insecure: false,
        serverName: 'kubernetes',
        caData: base64(pair(random).certificate),
        certData: base64(client.certificate),
        keyData: base64(client.key),
      };
      return { tlsClientConfig, disableCompression: true };
    },
    more: { shard: '0', namespaces: 'shop,shop-jobs', clusterResources: 'true' },
  },
  {
    secretName: 'cluster-eks-exec',
    name: 'eks-exec',
    server: 'https://0123456789abcdef.gr7.ap-northeast-2.eks.example',
    labels: { environment: 'staging', region: 'seoul' },
    config: (random) => ({
      execProviderConfig: {
        command: 'argocd-k8s-auth',
        args: ['aws', '--cluster-name', 'staging'],
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        env: { AWS_REGION: 'ap-northeast-2', AWS_SECRET_ACCESS_KEY: random.credential() },
        installHint: 'argocd-k8s-auth is part of the Argo CD image',
      },
      tlsClientConfig: { insecure: false },
    }),
  },
  {
    secretName: 'cluster-eks-role',
    name: 'eks-role',
    server: 'https://fedcba9876543210.gr7.eu-central-1.eks.example',
    labels: { environment: 'staging', region: 'frankfurt' },
    config: () => ({
      awsAuthConfig: { clusterName: 'staging-eu', roleARN: 'arn:aws:iam::123456789012:role/argocd' },
      tlsClientConfig: { insecure: false },
      proxyUrl: 'socks5://proxy.corp.example:1080',
    }),
  },
  {
    secretName: 'cluster-payments',
    name: 'payments-pci',
    server: 'https://payments.k8s.example:6443',
    labels: { environment: 'prod', compliance: 'pci' },
    config: (random) => ({
      username: 'argocd',
      password: random.credential(),
      tlsClientConfig: { insecure: false },
    }),
    more: { project: 'payments' },
  },
];

/** The cluster Secrets. */
export function clusters(setting: Setting): DemoObject[] {
  return CLUSTERS.map(({ secretName, name, server, labels, config, more }) =>
    secret(
      {
        name: secretName,
        namespace: setting.namespace,
        labels: { 'argocd.argoproj.io/secret-type': 'cluster', ...labels },
        annotations: { 'managed-by': 'argocd.argoproj.io' },
      },
      { name, server, config: JSON.stringify(config(randomFor(setting, 'cluster', secretName))), ...more },
    ),
  );
}

const pair = (random: Random) => selfSigned(random.bytes(32), ['kube-apiserver']);
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The shape of a ServiceAccount's token; its signature is random. */
function token(random: Random): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'argocd-dr demonstration', sub: 'system:serviceaccount:kube-system:argocd-manager' };
  return [
    part({ alg: 'RS256', kid: random.text(8) }),
    part(claims),
    random.bytes(256).toString('base64url'),
  ].join('.');
}
