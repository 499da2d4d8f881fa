import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../src/cluster/control-plane.js';

export interface Access {
  server: string;
  token: string;
  /** Base64 of the API server's certificate; without it the certificate is not checked. */
  ca?: string;
}

/** Writes a kubeconfig for a token. */
export function kubeconfigOf(dir: string, { server, token, ca }: Access): string {
  const path = join(dir, 'kubeconfig');
  const cluster = ca
    ? { server, 'certificate-authority-data': ca }
    : { server, 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'limited', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'limited',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

const READ = ['get', 'list'];

export interface Restriction {
  /** Resources that the account may not read. */
  without: string[];
  /** Only there, but for Namespaces; absent: in all namespaces. */
  namespace?: string;
}

/** A kubeconfig for a new ServiceAccount that may read what a backup needs, and no more. */
export async function restrictedKubeconfig(
  plane: ControlPlane,
  dir: string,
  { without, namespace }: Restriction,
): Promise<string> {
  const { kube } = plane;
  const name = `limited-${Math.random().toString(36).slice(2, 8)}`;
  const allowed = (resources: string[]) => resources.filter((resource) => !without.includes(resource));
  const rules = [
    { apiGroups: [''], resources: allowed(['configmaps', 'secrets']), verbs: READ },
    {
      apiGroups: ['argoproj.io'],
      resources: allowed(['applications', 'applicationsets', 'appprojects']),
      verbs: READ,
    },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: READ },
  ];
  await kube.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name } } });
  const readNamespaces = { apiGroups: [''], resources: ['namespaces'], verbs: READ };
  await bind(plane, name, namespace ? [readNamespaces] : [readNamespaces, ...rules]);
  if (namespace) await bind(plane, name, rules, namespace);
  const answer = (await kube.call('POST', `/api/v1/namespaces/default/serviceaccounts/${name}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } },
  })) as { status: { token: string } };
  return kubeconfigOf(dir, { server: kube.server, token: answer.status.token });
}

/** Grants rules to the ServiceAccount of that name: in one namespace, or in the whole cluster. */
async function bind(
  { kube }: ControlPlane,
  name: string,
  rules: object[],
  namespace?: string,
): Promise<void> {
  const kind = namespace ? 'Role' : 'ClusterRole';
  const api = `/apis/rbac.authorization.k8s.io/v1${namespace ? `/namespaces/${namespace}` : ''}`;
  const [roles, bindings] = namespace ? ['roles', 'rolebindings'] : ['clusterroles', 'clusterrolebindings'];
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
  await kube.call('POST', `${api}/${roles}`, { body: { metadata: { name }, rules } });
  await kube.call('POST', `${api}/${bindings}`, { body: { metadata: { name }, subjects, roleRef } });
}
