import { CLUSTERS, IN_CLUSTER } from './clusters.js';
import { argoObject, type DemoObject, type Fields, randomFor, type Setting } from './objects.js';
import { unixTime } from './random.js';
import { GIT } from './repositories.js';
import { GPG_KEY_ID } from './settings.js';

const ANYWHERE = { server: '*', namespace: '*' };
const EVERY_KIND = { group: '*', kind: '*' };
const PAYMENTS_CLUSTER = CLUSTERS.find(({ name }) => name === 'payments-pci')!.server;

/** The AppProjects. `default` is among them: argocd-server makes it at its first start. */
export function projects(setting: Setting): DemoObject[] {
  return [
    project(setting, 'default', {
      sourceRepos: ['*'],
      destinations: [ANYWHERE],
      clusterResourceWhitelist: [EVERY_KIND],
    }),
    platform(setting),
    payments(setting),
    tenants(setting),
    guardrails(setting),
  ];
}

function project(
  { namespace }: Setting,
  name: string,
  spec: Fields,
  metadata: { labels?: Record<string, string>; finalizers?: string[] } = {},
): DemoObject {
  return argoObject('AppProject', { name, namespace, ...metadata }, spec);
}

function platform(setting: Setting): DemoObject {
  return project(setting, 'platform', {
    description: 'Add-ons of every cluster \u{1f6e0}\ufe0f, \ud50c\ub7ab\ud3fc \ud300',
    sourceRepos: [`${GIT}/*`, '!https://git.corp.example/platform/forbidden.git'],
    destinations: [ANYWHERE, { server: '!https://payments.k8s.example:6443', namespace: '*' }],
    clusterResourceWhitelist: [EVERY_KIND],
    clusterResourceBlacklist: [{ group: '', kind: 'Node' }],
    namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
    orphanedResources: {
      warn: false,
      ignore: [
        { group: '', kind: 'ConfigMap', name: 'kube-root-ca.crt' },
        { kind: 'Secret', name: 'sh.helm.*' },
      ],
    },
    syncWindows: syncWindows(),
  });
}

function syncWindows(): Fields[] {
  return [
    {
      kind: 'deny',
      schedule: '0 22 * * 5',
      duration: '60h',
      applications: ['*-prod'],
      clusters: ['prod-*'],
      manualSync: true,
      timeZone: 'Asia/Seoul',
      description: 'weekend freeze',
    },
    {
      kind: 'allow',
      schedule: '*/30 9-17 * * 1-5',
      duration: '30m',
      namespaces: ['default', 'team-*'],
      andOperator: true,
    },
  ];
}

function payments(setting: Setting): DemoObject {
  const random = randomFor(setting, 'project payments');
  const issued = unixTime(random.below(86_400));
  const tokens = [
    { iat: issued, id: random.uuid() },
    { iat: issued + 60, exp: issued + 31_536_000, id: random.uuid() },
  ];
  const spec = {
    sourceRepos: ['https://git.corp.example/payments/*'],
    destinations: [{ name: 'payments-pci', server: PAYMENTS_CLUSTER, namespace: 'payments-*' }],
    permitOnlyProjectScopedClusters: true,
    clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    namespaceResourceWhitelist: [
      { group: 'apps', kind: 'Deployment' },
      { group: '', kind: 'Service' },
    ],
    signatureKeys: [{ keyID: GPG_KEY_ID }],
    roles: paymentRoles(tokens),
  };
  const metadata = { labels: { compliance: 'pci' }, finalizers: ['resources-finalizer.argocd.argoproj.io'] };
  // Argo CD keeps each role's tokens in the status as well.
  return {
    ...project(setting, 'payments', spec, metadata),
    status: { jwtTokensByRole: { deployer: { items: tokens } } },
  };
}

function paymentRoles(jwtTokens: Fields[]): Fields[] {
  return [
    {
      name: 'deployer',
      description: 'Continuous delivery',
      policies: [
        'p, proj:payments:deployer, applications, sync, payments/*, allow',
        'p, proj:payments:deployer, applications, get, payments/*, allow',
      ],
      jwtTokens,
    },
    {
      name: 'read-only',
      groups: ['corp:payments', 'corp:auditors'],
      policies: ['p, proj:payments:read-only, applications, get, payments/*, allow'],
    },
  ];
}

function tenants(setting: Setting): DemoObject {
  return project(setting, 'tenants', {
    description: 'Applications of the teams, from their own namespaces',
    sourceRepos: ['*'],
    sourceNamespaces: ['team-a', 'team-*'],
    destinations: [
      { server: IN_CLUSTER, namespace: 'team-*' },
      { name: 'prod-*', namespace: '*' },
    ],
    destinationServiceAccounts: [
      { server: IN_CLUSTER, namespace: 'team-*', defaultServiceAccount: 'kube-system:deployer' },
    ],
    orphanedResources: {},
  });
}

/** A global project (argocd-cm, globalProjects): others inherit it by label. */
function guardrails(setting: Setting): DemoObject {
  return project(setting, 'guardrails', {
    clusterResourceBlacklist: [{ group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' }],
    syncWindows: [{ kind: 'deny', schedule: '0 0 24 12 *', duration: '72h', applications: ['*'] }],
  });
}
