import { describe, expect, test } from '@jest/globals';
import { type DemoObject, demoObjects } from '../../src/demo/demo.js';
import { BLOCK_TEXTS, UNICODE_TEXTS, YAML_TRAPS } from '../../src/demo/text.js';
import { stringifyJson } from '../../src/kube/json.js';

const objects = demoObjects({ seed: 'features.test' });
const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
const find = (kind: string, name: string, namespace = 'argocd'): DemoObject => {
  const found = ofKind(kind).find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  if (!found) throw new Error(`no ${kind} ${namespace}/${name}`);
  return found;
};
const text = (secret: string, key: string) =>
  Buffer.from(find('Secret', secret).data?.[key] ?? '', 'base64').toString('utf8');
const json = (value: unknown) => stringifyJson(value) ?? '';
const annotations = (value: Readonly<Record<string, string>>, prefix: string) =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [`${prefix}.corp.example/${key}`, item]));

/** Fields that some Application's spec, status or operation must have, as a regular expression over its JSON. */
const APPLICATION_FIELDS: [string, RegExp][] = [
  ['several sources with a reference', /"sources":\[.*"\$values\/.*"ref":"values"/],
  ['named sources', /"name":"overlay"/],
  ['Helm values as text', /"values":"replicas: 2\\nimage:/],
  ['Helm values without a last newline', /"values":"[^"\\]*(\\.[^"\\]*)*[^n]"/],
  ['Helm values with trailing blanks and newlines', / {3}\\n\\n\\n"/],
  ['Helm values with CRLF', /"values":"replicas: 2\\r\\n/],
  ['a number beyond double precision', /"aboveDouble":9007199254740993,/],
  ['the largest int64', /:9223372036854775807,/],
  ['the smallest int64', /:-9223372036854775808,/],
  ['a float', /"tenth":0\.1,/],
  ['a float with exponent', /"tiny":2\.5e-7,/],
  ['null within Helm values', /"nothing":null/],
  [
    'Helm parameters',
    /"parameters":\[\{"name":"controller\.replicaCount","value":"012","forceString":true\}/,
  ],
  ['Helm file parameters', /"fileParameters":\[/],
  ['an OCI chart', /"chart":"cache"/],
  ['Kustomize images', /"kustomize":\{"images":\["nginx:1\.27"/],
  ['Kustomize patches', /"patches":\[\{"target":/],
  ['Kustomize components', /"components":\["/],
  ['Kustomize replicas as number and as text', /"count":3\}.*"count":"5"/],
  ['a recursive directory', /"directory":\{"recurse":true,"include":/],
  ['Jsonnet', /"jsonnet":\{"extVars":/],
  ['a plugin with parameters', /"plugin":\{"name":"cue-v1\.0","env":.*"map":\{"image\.tag":"1\.10"\}/],
  ['a source hydrator', /"sourceHydrator":\{"drySource":/],
  ['automated sync with prune and self-heal', /"automated":\{"enabled":true,"prune":true,"selfHeal":true\}/],
  ['automated sync switched off', /"automated":\{"enabled":false/],
  ['CreateNamespace', /"CreateNamespace=true"/],
  ['managedNamespaceMetadata', /"managedNamespaceMetadata":\{"labels":/],
  ['retry', /"retry":\{"limit":5,"backoff":\{"duration":"5s","factor":2,"maxDuration":"3m"\}\}/],
  ['ignoreDifferences by jq', /"jqPathExpressions":\[".data\[\\"tls\.crt\\"\]"/],
  ['a destination by name', /"destination":\{"name":"payments-pci"/],
  ['revisionHistoryLimit of zero', /"revisionHistoryLimit":0/],
  ['history', /"history":\[\{"id":\d+/],
  ['operationState', /"operationState":\{"phase":"Succeeded"/],
  ['a failed operation', /"phase":"Failed".*"conditions":\[\{"type":"SyncError"/],
  ['resources', /"resources":\[\{"version":"v1","kind":"ConfigMap"/],
  ['a resource to be pruned', /"requiresPruning":true/],
  ['summary', /"summary":\{"externalURLs":\["https/],
  ['reconciledAt', /"reconciledAt":"2025-11-\d\dT\d\d:\d\d:\d\dZ"/],
];

describe('Applications', () => {
  const written = ofKind('Application').map((application) => json(application));

  test.each(APPLICATION_FIELDS)('show %s', (_what, pattern) => {
    expect(written.some((application) => pattern.test(application))).toBe(true);
  });

  test('have one operation in flight', () => {
    const running = ofKind('Application').filter(({ operation }) => operation);
    expect(running.map(({ metadata }) => metadata.name)).toEqual(['checkout-migration']);
    expect(running[0]?.status?.operationState).toMatchObject({ phase: 'Running' });
  });

  test.each(['Synced', 'OutOfSync'])('are stored as %s', (status) => {
    expect(ofKind('Application').some((application) => json(application.status?.sync).includes(status))).toBe(
      true,
    );
  });

  test.each(['Healthy', 'Progressing', 'Degraded', 'Missing'])('are stored as %s', (status) => {
    expect(
      ofKind('Application').some((application) => json(application.status?.health).includes(status)),
    ).toBe(true);
  });

  test('have a status mostly, but not all', () => {
    const all = ofKind('Application');
    const without = all.filter(({ status }) => status === undefined);
    expect(without.length).toBeGreaterThan(0);
    expect(without.length).toBeLessThan(all.length / 4);
  });

  test('include a self-managed Argo CD and the guestbook', () => {
    expect(find('Application', 'argocd').spec).toMatchObject({
      destination: { server: 'https://kubernetes.default.svc', namespace: 'argocd' },
      syncPolicy: { automated: {} },
    });
    expect(find('Application', 'guestbook').spec).toMatchObject({
      source: { repoURL: 'https://github.com/argoproj/argocd-example-apps', path: 'guestbook' },
      syncPolicy: {
        automated: { enabled: true, prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true'],
      },
    });
  });

  test('carry every trap of YAML in annotations', () => {
    expect(find('Application', 'annotation-traps').metadata.annotations).toEqual(
      annotations(YAML_TRAPS, 'trap'),
    );
    expect(find('Application', 'annotation-blocks').metadata.annotations).toEqual(
      annotations(BLOCK_TEXTS, 'block'),
    );
    expect(Object.values(YAML_TRAPS)).toEqual(
      expect.arrayContaining(['yes', '0x10', '1e3', '~', 'null', '2001-01-01', '012', '=', '<<', '---']),
    );
    expect(Object.values(BLOCK_TEXTS).join('')).toMatch(/\n---\n.*\r\n.*\t/s);
  });

  test('carry those traps that a label may be in labels', () => {
    const labels = Object.values(find('Application', 'annotation-traps').metadata.labels ?? {});
    expect(labels).toEqual(
      expect.arrayContaining(['yes', '0x10', '1e3', 'null', '2001-01-01', '012', '1.10', '']),
    );
  });

  test('carry text beyond ASCII in annotations and in info', () => {
    const { metadata, spec } = find('Application', 'annotation-unicode');
    expect(metadata.annotations).toEqual(annotations(UNICODE_TEXTS, 'unicode'));
    const info = (spec!.info as { value: string }[]).map(({ value }) => value);
    expect(info).toEqual(Object.values(UNICODE_TEXTS));
    expect(info.join('')).toMatch(/\p{Script=Hangul}/u);
    expect(info.join('')).toMatch(/\p{Emoji_Presentation}/u);
    expect(info.join('')).toMatch(/[\u0590-\u06ff]/);
    expect(info.join('')).toMatch(/\p{Mn}/u);
    expect(info.join('')).toMatch(/\u2028.*\u2029|\u200b/);
  });

  test.each([
    'resources-finalizer.argocd.argoproj.io',
    'resources-finalizer.argocd.argoproj.io/background',
    'corp.example/dns-records',
  ])('carry the finalizer %s', (finalizer) => {
    expect(ofKind('Application').some(({ metadata }) => metadata.finalizers?.includes(finalizer))).toBe(true);
  });

  test.each([
    'argocd.argoproj.io/refresh',
    'argocd.argoproj.io/skip-reconcile',
    'kubectl.kubernetes.io/last-applied-configuration',
    'notified.notifications.argoproj.io',
  ])('carry the annotation %s', (annotation) => {
    expect(ofKind('Application').some(({ metadata }) => metadata.annotations?.[annotation])).toBe(true);
  });

  test('have names at the limit, with dots, and such as YAML reads as something else', () => {
    const names = ofKind('Application').map(({ metadata }) => metadata.name);
    expect(Math.max(...names.map((name) => name.length))).toBe(253);
    expect(names).toEqual(
      expect.arrayContaining(['dotted.name.v1.2', 'x', 'null', '1e3', 'true', '2001-01-01']),
    );
  });

  test('live in the namespaces of teams too, with names that repeat', () => {
    const namespaces = new Set(ofKind('Application').map(({ metadata }) => metadata.namespace));
    expect([...namespaces].sort()).toEqual([
      'argocd',
      'team-a',
      'team-b',
      'team-c-growth',
      'team-c-payments',
    ]);
    expect(ofKind('Application').filter(({ metadata }) => metadata.name === 'guestbook')).toHaveLength(3);
  });
});

describe('ApplicationSets', () => {
  const GENERATORS = ['list', 'git', 'matrix', 'merge', 'clusters', 'pullRequest', 'plugin', 'scmProvider'];
  test.each(GENERATORS)('use the %s generator', (generator) => {
    const generators = ofKind('ApplicationSet').flatMap(({ spec }) => spec?.generators as object[]);
    expect(generators.some((item) => Object.hasOwn(item, generator))).toBe(true);
  });

  test.each([
    ['Go templates', /"goTemplate":true/],
    ['rolling syncs', /"strategy":\{"type":"RollingSync"/],
    ['ignored differences', /"ignoreApplicationDifferences":\[/],
    ['template patches', /"templatePatch":"spec:\\n/],
    ['large numbers', /"quota":9007199254740993/],
    ['a status', /"applicationStatus":\[/],
  ])('use %s', (_what, pattern) => {
    expect(ofKind('ApplicationSet').some((set) => pattern.test(json(set)))).toBe(true);
  });

  test('live in the namespaces of teams too, with names that repeat', () => {
    const named = ofKind('ApplicationSet').filter(({ metadata }) => metadata.name === 'regional-web');
    expect(named.map(({ metadata }) => metadata.namespace).sort()).toEqual(['argocd', 'team-b']);
  });

  test('have generated Applications in their own namespace', () => {
    const children = ofKind('Application').filter(({ owner }) => owner);
    expect(children.length).toBeGreaterThan(10);
    for (const { metadata, owner } of children) {
      expect(owner?.namespace).toBe(metadata.namespace);
      expect(find('ApplicationSet', owner!.name, owner!.namespace)).toBeDefined();
    }
  });

  test('generate more Applications in a larger demonstration', () => {
    const children = demoObjects({ seed: 's', applications: 1000 }).filter(({ owner }) => owner);
    expect(children.length).toBeGreaterThan(100);
  });
});

describe('AppProjects', () => {
  test.each([
    ['tokens', 'payments', /"jwtTokens":\[\{"iat":\d+,"id":"[-0-9a-f]{36}"\},\{"iat":\d+,"exp":\d+/],
    ['tokens in the status', 'payments', /"jwtTokensByRole":\{"deployer":\{"items":\[/],
    ['groups', 'payments', /"groups":\["corp:payments"/],
    ['policies', 'payments', /"policies":\["p, proj:payments:deployer, /],
    ['signature keys', 'payments', /"signatureKeys":\[\{"keyID":"[0-9A-F]{16}"/],
    ['allowed namespaced kinds', 'payments', /"namespaceResourceWhitelist":\[/],
    ['sync windows', 'platform', /"syncWindows":\[\{"kind":"deny"/],
    ['orphaned resources', 'platform', /"orphanedResources":\{"warn":false,"ignore":\[/],
    ['denied cluster kinds', 'platform', /"clusterResourceBlacklist":\[/],
    ['source namespaces', 'tenants', /"sourceNamespaces":\["team-a","team-\*"\]/],
    ['every destination', 'default', /"destinations":\[\{"server":"\*","namespace":"\*"\}\]/],
  ])('have %s', (_what, name, pattern) => {
    expect(json(find('AppProject', name))).toMatch(pattern);
  });
});

describe('ConfigMaps', () => {
  test.each([
    ['argocd-cm', 'oidc.config', 'clientSecret: $oidc-credentials:clientSecret\n'],
    ['argocd-cm', 'dex.config', 'clientSecret: $dex.github.clientSecret\n'],
    ['argocd-cm', 'accounts.ci', 'apiKey'],
    ['argocd-cm', 'resource.customizations.health.cert-manager.io_Certificate', '\n\nhs.status = '],
    ['argocd-cm', 'kustomize.buildOptions', '--enable-helm'],
    ['argocd-rbac-cm', 'policy.csv', '\n\np, role:ci, '],
    ['argocd-rbac-cm', 'policy.default', 'role:readonly'],
    ['argocd-rbac-cm', 'scopes', '[groups, email]'],
    ['argocd-ssh-known-hosts-cm', 'ssh_known_hosts', 'git.corp.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'],
    ['argocd-tls-certs-cm', 'git.corp.example', '-----BEGIN CERTIFICATE-----\n'],
    ['argocd-cmd-params-cm', 'application.namespaces', 'team-*'],
    ['argocd-cmd-params-cm', 'applicationsetcontroller.namespaces', 'team-a,team-b'],
    ['argocd-notifications-cm', 'service.slack', 'token: $slack-token\n'],
    ['argocd-notifications-cm', 'template.app-sync-failed', 'message: |\n'],
    ['argocd-notifications-cm', 'trigger.on-sync-failed', 'oncePer: '],
    ['argocd-gpg-keys-cm', '0A9DA879DD2918A7', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n'],
    ['argocd-cmp-cue', 'plugin.yaml', 'kind: ConfigManagementPlugin\n'],
    ['tenant-generator', 'token', '$tenant-generator-token:token'],
  ])('%s has %s', (name, key, part) => {
    expect(find('ConfigMap', name).data?.[key]).toContain(part);
  });

  test('of Argo CD carry the label without which it does not read them', () => {
    for (const { metadata } of ofKind('ConfigMap').filter(({ metadata: { name } }) =>
      name.startsWith('argocd-'),
    ))
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'argocd' });
  });

  test("include one with binary data and one that is not Argo CD's", () => {
    expect(find('ConfigMap', 'argocd-cmp-cue').binaryData).toBeDefined();
    expect(find('ConfigMap', 'corp-root-ca.crt').metadata.labels).toBeUndefined();
  });
});

describe('Secrets', () => {
  const TYPES = ['repository', 'repo-creds', 'repository-write', 'repo-write-creds', 'scm-creds', 'cluster'];
  test.each(TYPES)('include some of type %s', (type) => {
    const label = 'argocd.argoproj.io/secret-type';
    expect(ofKind('Secret').some(({ metadata }) => metadata.labels?.[label] === type)).toBe(true);
  });

  test.each([
    ['repo-credentials-https', 'password', /^demo-\w{32}$/],
    ['repo-credentials-ssh', 'sshPrivateKey', /^-----BEGIN OPENSSH PRIVATE KEY-----\n.*\n$/s],
    ['repo-ssh-without-newline', 'sshPrivateKey', /-----END OPENSSH PRIVATE KEY-----$/],
    ['repo-payments', 'project', /^payments$/],
    ['repo-oci-charts', 'enableOCI', /^true$/],
    ['creds-github-app', 'githubAppPrivateKey', /^-----BEGIN RSA PRIVATE KEY-----\n/],
    [
      'cluster-prod-seoul',
      'config',
      /^\{"bearerToken":"ey[-\w.]+","tlsClientConfig":\{"insecure":false,"caData":/,
    ],
    ['cluster-prod-seoul', 'shard', /^1$/],
    ['cluster-prod-frankfurt', 'config', /"certData":"LS0t.*"keyData":"LS0t/],
    ['cluster-eks-exec', 'config', /"execProviderConfig":\{"command":"argocd-k8s-auth"/],
    ['cluster-eks-role', 'config', /"awsAuthConfig":\{"clusterName":/],
    ['cluster-payments', 'project', /^payments$/],
    ['argocd-secret', 'admin.password', /^\$2a\$10\$[A-Za-z0-9]{53}$/],
    ['argocd-secret', 'admin.passwordMtime', /^2025-11-01T00:01:00Z$/],
    ['argocd-secret', 'server.secretkey', /^[A-Za-z0-9+/]{43}=$/],
    ['argocd-secret', 'webhook.github.secret', /^demo-/],
    ['argocd-secret', 'webhook.gitlab.secret', /\n$/],
    ['argocd-secret', 'webhook.bitbucketserver.secret', /^$/],
    ['argocd-secret', 'accounts.ci.tokens', /^\[\{"id":"[-0-9a-f]{36}","iat":\d+,"exp":0\}/],
    ['argocd-secret', 'dex.github.clientSecret', /^demo-/],
    ['oidc-credentials', 'clientSecret', /^demo-/],
    ['argocd-initial-admin-secret', 'password', /^demo-/],
    ['argocd-notifications-secret', 'slack-token', /^xoxb-demo-/],
  ])('%s has %s', (name, key, pattern) => {
    expect(find('Secret', name).data).toHaveProperty([key]);
    expect(text(name, key)).toMatch(pattern);
  });

  test('include one that only its annotation marks, with bytes that are no text', () => {
    const { metadata, data } = find('Secret', 'credentials-of-2019');
    expect(metadata.labels).toBeUndefined();
    expect(metadata.annotations).toEqual({ 'managed-by': 'argocd.argoproj.io' });
    expect(Buffer.from(data!.binary!, 'base64').toString('utf8')).toContain('\ufffd');
  });

  test('include one whose annotation repeats its password', () => {
    const applied = find('Secret', 'repo-applied').metadata.annotations;
    expect(applied?.['kubectl.kubernetes.io/last-applied-configuration']).toContain(
      text('repo-applied', 'password'),
    );
  });

  test.each(['oidc-credentials', 'tenant-generator-token'])('%s can be referred to', (name) => {
    expect(find('Secret', name).metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'argocd' });
  });

  test("include one that is not Argo CD's", () => {
    expect(find('Secret', 'backup-bucket').metadata.labels).toEqual({ app: 'velero' });
  });
});

test('Namespaces have labels', () => {
  const labels = ofKind('Namespace').map(({ metadata }) => Object.keys(metadata.labels ?? {}).length);
  expect(Math.max(...labels)).toBeGreaterThan(2);
});
