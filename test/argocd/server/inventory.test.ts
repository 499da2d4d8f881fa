import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  accountItem,
  applicationItem,
  clusterItem,
  compareItems,
  countedApplications,
  credentialItem,
  expectedInventory,
  type Inventory,
  type Item,
  isListed,
  projectItem,
  repositoryItem,
} from '../../../src/argocd/server/inventory.js';
import type { KubeObject, Metadata } from '../../../src/kube/objects.js';

const object = (kind: string, metadata: Metadata, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { namespace: 'argocd', ...metadata },
  ...more,
});
const base64 = (data: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
const secret = (type: string, data: Record<string, string>, name = type) =>
  object('Secret', { name, labels: { 'argocd.argoproj.io/secret-type': type } }, { data: base64(data) });
const configMap = (data: Record<string, string>) => object('ConfigMap', { name: 'argocd-cm' }, { data });
const inventory = (...objects: KubeObject[]) => expectedInventory(objects, 'argocd');

test.each<[string, string, boolean]>([
  ['Application', 'a', true],
  ['AppProject', 'a', true],
  ['Secret', 'a', true],
  ['ConfigMap', 'argocd-cm', true],
  ['ConfigMap', 'argocd-rbac-cm', false],
  ['ApplicationSet', 'a', false],
])('%s %s is listed: %s', (kind, name, expected) => expect(isListed({ kind, name })).toBe(expected));

describe('what must be listed', () => {
  test('Applications and projects by their key fields', () => {
    const { lists, unservable } = inventory(
      object(
        'Application',
        { name: 'shop', namespace: 'team-a' },
        { spec: { project: 'p', source: { path: 'x' } } },
      ),
      object('Application', { name: 'own' }, { spec: {} }),
      object('AppProject', { name: 'p' }, { spec: { sourceRepos: ['*'] } }),
      object('ApplicationSet', { name: 's' }),
    );
    expect(lists.applications).toMatchObject([
      { kind: 'Application', namespace: 'team-a', name: 'shop', rbacObject: 'p/team-a/shop' },
      { kind: 'Application', namespace: 'argocd', name: 'own', rbacObject: 'default/own' },
    ]);
    expect(lists.projects).toMatchObject([{ kind: 'AppProject', name: 'p', fields: { sourceRepos: ['*'] } }]);
    expect(unservable).toEqual({});
  });

  test('Secrets by their type, and no others', () => {
    const { lists } = inventory(
      secret('repository', { url: 'https://a', project: 'p', type: 'helm', name: 'charts', password: 'x' }),
      secret('repository-write', { url: 'https://b' }),
      secret('repo-creds', { url: 'https://c' }),
      secret('cluster', { server: 'https://d/', name: 'd', config: '{}' }),
      secret('scm-creds', { url: 'https://e' }),
      object('Secret', { name: 'argocd-secret' }, { data: base64({ url: 'https://f' }) }),
      object('Secret', { name: 'empty', labels: { 'argocd.argoproj.io/secret-type': 'repository' } }),
    );
    expect(lists.repositories).toMatchObject([
      {
        name: 'https://a',
        rbacObject: 'p/https://a',
        fields: { type: 'helm', name: 'charts', project: 'p' },
      },
      { name: '', fields: { type: 'git' } },
    ]);
    expect(lists['write repositories']).toMatchObject([{ kind: 'Write repository', name: 'https://b' }]);
    expect(lists['credential templates']).toMatchObject([{ name: 'https://c' }]);
    expect(lists.clusters.map(({ name }) => name)).toEqual(['https://d', 'https://kubernetes.default.svc']);
    expect(JSON.stringify(lists)).not.toMatch(/password/);
  });

  test('accounts, with admin as the drill has it', () => {
    const settings = configMap({ 'admin.enabled': 'false', 'accounts.ci': 'apiKey' });
    const accounts = (adminEnabled: boolean) =>
      expectedInventory([settings], 'argocd', { adminEnabled }).lists.accounts.map(
        ({ name, fields: { enabled } }) => `${name} ${enabled}`,
      );
    expect(accounts(false)).toEqual(['admin false', 'ci true']);
    expect(accounts(true)).toEqual(['admin true', 'ci true']);
  });
});

describe('the cluster that Argo CD runs in', () => {
  const OWN = 'https://kubernetes.default.svc';
  const named = (name: string, config = '{}') => secret('cluster', { server: OWN, name, config });
  const off = configMap({ 'cluster.inClusterEnabled': 'false' });
  test.each<[string, KubeObject[], string[]]>([
    ['is listed without a Secret', [], ['in-cluster']],
    ['is listed by the name in its Secret', [named('mine')], ['mine']],
    [
      'is listed by its own name where its Secret cannot be read',
      [named('mine', '{')],
      ['mine?', 'in-cluster?'],
    ],
    ['is not listed where it is switched off', [off], []],
    ['nor with a Secret', [off, named('mine')], []],
    ['is listed with any other word', [configMap({ 'cluster.inClusterEnabled': 'False' })], ['in-cluster']],
  ])('%s', (_what, objects, expected) => {
    const listed = inventory(...objects).lists.clusters;
    expect(listed.map(({ fields, optional }) => `${fields.name}${optional ? '?' : ''}`)).toEqual(expected);
    expect(listed.every(({ name }) => name === OWN)).toBe(true);
  });
});

describe('a cluster whose config Argo CD may not be able to read may be missing', () => {
  const optional = (config: string) =>
    inventory(secret('cluster', { server: 'https://x', config })).lists.clusters[0]!.optional === true;
  test.each([
    '',
    '{}',
    '{"bearerToken":"t","tlsClientConfig":{"insecure":true,"caData":"QUJD","certData":""}}',
    '{"execProviderConfig":{"command":"aws","args":["eks"],"env":{"A":"b"}},"awsAuthConfig":{"clusterName":"c"}}',
    '{"tlsClientConfig":null,"username":null,"unknown":[1]}',
    String.raw`{"tlsClientConfig":{"caData":"QUJD\nRUZH\r\n"}}`,
  ])('not with %s', (config) => expect(optional(config)).toBe(false));
  test.each([
    '{',
    '[]',
    '"x"',
    '{"bearerToken":1}',
    '{"tlsClientConfig":{"insecure":"true"}}',
    '{"tlsClientConfig":{"caData":"%%"}}',
    '{"execProviderConfig":{"env":[]}}',
  ])('with %s', (config) => expect(optional(config)).toBe(true));
});

describe('lists that cannot be served', () => {
  const WHY = 'the credential template for https://***@x holds a value that Argo CD cannot read';
  test.each<[string, Record<string, string>, boolean]>([
    ['a boolean that is none', { enableOCI: 'yes' }, true],
    ['a boolean that is empty', { forceHttpBasicAuth: '' }, true],
    ['a number that is none', { githubAppID: '12a' }, true],
    [
      'readable values',
      { enableOCI: 'TRUE', insecureOCIForceHttp: '0', githubAppInstallationID: '-12' },
      false,
    ],
    ['values that templates do not have', { insecure: 'yes' }, false],
  ])('a credential template with %s', (_what, data, spoilt) => {
    const template = secret('repo-creds', { url: 'https://u:p@x', ...data });
    expect(inventory(template).unservable).toEqual(
      spoilt ? { repositories: WHY, 'credential templates': WHY } : {},
    );
  });

  test('accounts with a value that cannot be read, besides templates', () => {
    const settings = configMap({ 'accounts.ci.enabled': 'yes' });
    const accounts = 'argocd-cm accounts.ci.enabled cannot be read by Argo CD';
    expect(inventory(settings).unservable).toEqual({ accounts });
    const template = secret('repo-creds', { url: 'https://x', enableOCI: 'yes' });
    expect(Object.keys(inventory(settings, template).unservable).sort()).toEqual([
      'accounts',
      'credential templates',
      'repositories',
    ]);
  });

  test('a Secret argocd-secret that cannot be read', () => {
    const bad = object('Secret', { name: 'argocd-secret' }, { data: base64({ 'admin.tokens': '{' }) });
    expect(inventory(bad).unservable.accounts).toMatch(/argocd-secret admin\.tokens/);
  });
});

describe('key fields', () => {
  const metadata = { name: 'a', namespace: 'argocd' };
  const fields = (spec: Record<string, unknown>) => applicationItem({ metadata, spec }, 'argocd').fields;

  test('of an Application: project, destination, sources, and no others', () => {
    expect(
      fields({
        project: 'p',
        destination: { server: 's', namespace: 'n', extra: 1 },
        sources: [{ repoURL: 'r', targetRevision: 5, helm: { values: 'secret' } }, { ref: 'v' }],
        sourceHydrator: { drySource: { path: 'd' } },
        syncPolicy: {},
      }),
    ).toEqual({
      project: 'p',
      destination: { server: 's', name: '', namespace: 'n' },
      source: { repoURL: '', path: '', targetRevision: '', chart: '', ref: '' },
      sources: [
        { repoURL: 'r', path: '', targetRevision: '5', chart: '', ref: '' },
        { repoURL: '', path: '', targetRevision: '', chart: '', ref: 'v' },
      ],
      drySource: { repoURL: '', path: 'd', targetRevision: '', chart: '', ref: '' },
    });
  });

  test('what is empty and what is absent are the same', () => {
    expect(fields({ source: { path: '', chart: null }, sources: null, destination: 'x' })).toEqual(
      fields({}),
    );
    expect(projectItem({ metadata, spec: { sourceRepos: null } }, 'argocd').fields).toEqual(
      projectItem({ metadata }, 'argocd').fields,
    );
    expect(repositoryItem({ repo: 'r', type: '', name: null, project: '' }, 'argocd')).toEqual(
      repositoryItem({ repo: 'r', type: 'git', name: '', project: null }, 'argocd'),
    );
    expect(clusterItem({ server: 's', name: null, project: '' }, 'argocd')).toEqual(
      clusterItem({ server: 's', name: '', project: null }, 'argocd'),
    );
    expect(accountItem({ name: 'a', capabilities: null }, 'argocd').fields).toEqual({
      enabled: false,
      capabilities: [],
    });
  });

  test('capabilities in any order and number', () => {
    const item = accountItem(
      { name: 'a', enabled: true, capabilities: ['login', 'apiKey', 'login'] },
      'argocd',
    );
    expect(item.fields).toEqual({ enabled: true, capabilities: ['apiKey', 'login'] });
  });

  test.each([
    ['https://git.corp.example/x', false],
    ['git@git.corp.example:team', false],
    ['ssh://git@git.corp.example:22/x', false],
    ['git.corp.example', true],
    ['', true],
    ['https://a b', true],
    ['https://%zz', true],
  ])('credential template %j may be left out: %s', (url, optional) => {
    expect(credentialItem({ url }, 'argocd').optional === true).toBe(optional);
  });

  test('objects in a project have it in their object of RBAC', () => {
    expect(clusterItem({ server: 's', name: 'n', project: 'p' }, 'argocd').rbacObject).toBe('p/s');
    expect(clusterItem({ server: 's', name: 'n', project: '' }, 'argocd').rbacObject).toBe('s');
    expect(repositoryItem({ repo: 'r', type: '', name: '', project: 'p' }, 'argocd').rbacObject).toBe('p/r');
  });
});

describe('compareItems', () => {
  const item = (name: string, field: unknown = 'x', more: Partial<Item> = {}): Item => ({
    kind: 'Repository',
    namespace: 'argocd',
    name,
    rbacObject: name,
    fields: { field, other: { deep: 1 } },
    ...more,
  });
  const told = (expected: Item[], actual: Item[]) =>
    compareItems(expected, actual).map(({ problem, name, path }) => `${problem} ${name} ${path}`.trim());

  test.each<[string, Item[], Item[], string[]]>([
    ['missing', [item('a'), item('b')], [item('b')], ['missing a']],
    ['unexpected', [], [item('a')], ['unexpected a']],
    ['different, by the first path', [item('a', 'x')], [item('a', 'y')], ['different a field']],
    ['another kind', [item('a')], [item('a', 'x', { kind: 'Cluster' })], ['missing a', 'unexpected a']],
    ['another namespace', [item('a')], [item('a', 'x', { namespace: 'b' })], ['missing a', 'unexpected a']],
    ['two of one name, in another order', [item('a', 1), item('a', 2)], [item('a', 2), item('a', 1)], []],
    ['two of one name, one of which is lost', [item('a', 1), item('a', 2)], [item('a', 2)], ['missing a']],
    [
      'two of one name, one changed',
      [item('a', 1), item('a', 2)],
      [item('a', 3), item('a', 1)],
      ['different a field'],
    ],
    ['an optional one that is missing', [item('a', 1, { optional: true })], [], []],
    [
      'an optional one that differs',
      [item('a', 1, { optional: true })],
      [item('a', 2)],
      ['different a field'],
    ],
    ["argocd-server's own project", [], [item('default', 1, { kind: 'AppProject' })], []],
    [
      'that project changed',
      [item('default', 1, { kind: 'AppProject' })],
      [item('default', 2, { kind: 'AppProject' })],
      ['different default field'],
    ],
    ['another thing of that name', [], [item('default')], ['unexpected default']],
  ])('%s', (_what, expected, actual, differences) => expect(told(expected, actual)).toEqual(differences));

  test("a URL's password is not shown", () => {
    const url = 'https://user:hunter2@git.corp.example/x@y';
    const [difference] = compareItems([item(url)], []);
    expect(difference).toMatchObject({ name: 'https://***@git.corp.example/x@y', item: { rbacObject: url } });
  });

  const items = fc.array(
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 3 }))
      .map(([name, field]) => item(name, field)),
    { maxLength: 8 },
  );

  test('no difference between a list and itself in another order', () => {
    const shuffled = items.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([list, other]) => expect(compareItems(list, other)).toEqual([])));
  });

  test('each one that is lost, added or changed is one difference', () => {
    fc.assert(
      fc.property(items, fc.nat(), (list, nth) => {
        fc.pre(list.length > 0);
        const at = nth % list.length;
        const name = list[at]!.name;
        const without = list.toSpliced(at, 1);
        expect(told(list, without)).toEqual([`missing ${name}`]);
        expect(told(without, list)).toEqual([`unexpected ${name}`]);
        expect(told(list, list.with(at, item(name, 'new')))).toEqual([`different ${name} field`]);
      }),
    );
  });
});

test('the controller counts Applications in its namespaces that are not set aside', () => {
  const SKIP = 'argocd.argoproj.io/skip-reconcile';
  const application = (name: string, namespace?: string, skip?: string): KubeObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(skip === undefined ? {} : { annotations: { [SKIP]: skip } }),
    },
  });
  const all = [
    application('own', 'argocd'),
    application('without-namespace'),
    application('team', 'team-a'),
    application('outside', 'other'),
    application('skipped', 'argocd', 'true'),
    application('skipped-too', 'team-a', '1'),
    application('not-skipped', 'argocd', 'false'),
    application('no-boolean', 'argocd', 'yes'),
  ];
  expect(countedApplications(all, 'argocd', ['team-*'])).toEqual([
    { namespace: 'argocd', name: 'own' },
    { namespace: 'argocd', name: 'without-namespace' },
    { namespace: 'team-a', name: 'team' },
    { namespace: 'argocd', name: 'not-skipped' },
    { namespace: 'argocd', name: 'no-boolean' },
  ]);
});

test('an inventory has a list for each name', () => {
  const { lists }: Inventory = inventory();
  expect(Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length]))).toEqual({
    applications: 0,
    projects: 0,
    repositories: 0,
    'write repositories': 0,
    'credential templates': 0,
    clusters: 1,
    accounts: 1,
  });
});
