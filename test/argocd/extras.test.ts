import { describe, expect, test } from '@jest/globals';
import { collectExtras, ReferenceCollector } from '../../src/argocd/extras.js';
import { ApiError, type Kube, type ListOptions } from '../../src/kube/api.js';
import { type KubeObject, label, type Resource } from '../../src/kube/objects.js';

const PART_OF = { 'app.kubernetes.io/part-of': 'argocd' };
const SCM_CREDS = { 'argocd.argoproj.io/secret-type': 'scm-creds' };

type Fields = Partial<KubeObject> & { labels?: Record<string, string> };

/** An object by its place: `argocd/oidc`, or the name of a Namespace. */
function object(kind: string, place: string, { labels, ...fields }: Fields = {}): KubeObject {
  const [name, namespace] = place.split('/').reverse() as [string, string?];
  const metadata = { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}) };
  const apiVersion = kind.startsWith('Application') ? 'argoproj.io/v1alpha1' : 'v1';
  return { apiVersion, kind, metadata, ...fields };
}
const secret = (place: string, fields?: Fields) => object('Secret', place, fields);
const configMap = (place: string, data: Record<string, string> = {}) =>
  object('ConfigMap', place, { data, labels: PART_OF });
const application = (place: string) => object('Application', place);
const applicationSet = (place: string, ...generators: object[]) =>
  object('ApplicationSet', place, { spec: { generators } });
const deployment = (place: string, pod: object) =>
  object('Deployment', place, { labels: PART_OF, spec: { template: { spec: { containers: [], ...pod } } } });
const volumes = (...volumes: object[]) => ({ volumes });
const labelOf = ({ kind, metadata }: KubeObject) => label({ kind, ...metadata });

/** A cluster that holds some objects, and forbids to read those of some namespaces. It notes what is asked for. */
function clusterOf(objects: KubeObject[], forbidden: string[], asked: string[] = []): Kube {
  const find = async ({ kind }: Resource, namespace: string | undefined, name: string) => {
    asked.push(label({ kind, namespace, name }));
    if (forbidden.includes(namespace ?? ''))
      throw new ApiError(403, `${kind} ${namespace}/${name} is forbidden`);
    return objects.find((each) => labelOf(each) === label({ kind, namespace, name }));
  };
  return {
    find,
    get: async (resource: Resource, namespace: string | undefined, name: string) =>
      resource.kind === 'Namespace' ? object('Namespace', name) : find(resource, namespace, name),
    async *list({ kind }: Resource, { namespace }: ListOptions) {
      yield* objects.filter((each) => each.kind === kind && each.metadata.namespace === namespace);
    },
  } as unknown as Kube;
}

/** What a backup of an Argo CD in namespace argocd takes along beside the export, without the Namespaces. */
async function extrasOf(objects: KubeObject[], forbidden: string[] = [], asked: string[] = []) {
  const scope = { namespace: 'argocd', applicationNamespaces: ['*'], applicationsetNamespaces: ['*'] };
  const collected = new ReferenceCollector(scope.namespace);
  const listed = ['argocd-cm', 'argocd-secret'];
  for (const each of objects)
    if (each.kind.startsWith('Application') || listed.includes(each.metadata.name)) collected.visit(each);
  const extras = await collectExtras(clusterOf(objects, forbidden, asked), scope, collected);
  const kept = extras.objects.filter(({ kind }) => kind !== 'Namespace').map(labelOf);
  return { kept, unresolved: extras.unresolved };
}

/** An ApplicationSet whose generator reads a token and a certificate of its own namespace. */
const scmSet = (namespace: string, secretName: string, configMapName: string) =>
  applicationSet(`${namespace}/scm`, {
    scmProvider: { gitlab: { tokenRef: { secretName, key: 't' }, caRef: { configMapName, key: 'ca' } } },
  });

describe('what the export holds is not taken along again, and it holds nothing of other namespaces', () => {
  const managed = { 'managed-by': 'argocd.argoproj.io' };
  const held: [string, (namespace: string) => KubeObject][] = [
    ['a Secret with a type', (namespace) => secret(`${namespace}/token`, { labels: SCM_CREDS })],
    ['a Secret named argocd-secret', (namespace) => secret(`${namespace}/argocd-secret`)],
    [
      'a Secret that Argo CD manages',
      (namespace) => ({
        ...secret(`${namespace}/managed`),
        metadata: { name: 'managed', namespace, annotations: managed },
      }),
    ],
    ['the certificates of Git servers', (namespace) => configMap(`${namespace}/argocd-tls-certs-cm`)],
    ['a ConfigMap named argocd-cm', (namespace) => configMap(`${namespace}/argocd-cm`)],
  ];

  test.each(held)('%s', async (_what, of) => {
    for (const [namespace, taken] of [
      ['argocd', false],
      ['team-a', true],
    ] as const) {
      const target = of(namespace);
      const {
        kind,
        metadata: { name },
      } = target;
      const set = kind === 'Secret' ? scmSet(namespace, name, 'ca') : scmSet(namespace, 'token', name);
      const { kept, unresolved } = await extrasOf([set, target]);
      expect(kept).toEqual(taken ? [labelOf(target)] : []);
      expect(unresolved.join()).not.toContain(name);
    }
  });

  test.each(['argocd-redis', 'argocd-redis-token', 'argocd-initial-admin-secret'])(
    'a team may name its Secret %s',
    async (name) => {
      const { kept } = await extrasOf([scmSet('team-a', name, ''), secret(`team-a/${name}`)]);
      expect(kept).toEqual([`Secret team-a/${name}`]);
    },
  );

  test("but in Argo CD's own namespace a ConfigMap is not a Secret", async () => {
    const odd = object('ConfigMap', 'argocd/odd', { labels: { ...PART_OF, ...SCM_CREDS } });
    expect((await extrasOf([odd])).kept).toEqual(['ConfigMap argocd/odd']);
  });
});

describe('what generators read in the namespace of Argo CD', () => {
  test.each([
    ['a duck type', { clusterDecisionResource: { configMapRef: 'x' } }, 'ConfigMap argocd/x'],
    ['a plugin', { plugin: { configMapRef: { name: 'x' } } }, 'ConfigMap argocd/x'],
    ['a GitHub App', { scmProvider: { github: { appSecretName: 'x' } } }, 'Secret argocd/x'],
    ['a GitHub App', { pullRequest: { github: { appSecretName: 'x' } } }, 'Secret argocd/x'],
  ])('%s: %j', async (_what, generator, wanted) => {
    const set = applicationSet('team-a/set', generator);
    const there = [object('ConfigMap', 'argocd/x'), secret('argocd/x')];
    expect(await extrasOf([set, ...there], ['team-a'])).toEqual({ kept: [wanted], unresolved: [] });
    const { unresolved } = await extrasOf([set]);
    expect(unresolved).toEqual([`ApplicationSet set points to ${wanted}, which is not there`]);
  });

  test('a GitHub App whose Secret is a repository credential is in the export', async () => {
    const set = applicationSet('team-a/set', { pullRequest: { github: { appSecretName: 'x' } } });
    expect(await extrasOf([set, secret('argocd/x', { labels: SCM_CREDS })])).toEqual({
      kept: [],
      unresolved: [],
    });
  });
});

describe('self-service notifications', () => {
  const KEY = 'notificationscontroller.selfservice.enabled';
  const controller = (container: object) =>
    deployment('argocd/argocd-notifications-controller', { containers: [container] });
  const env = (value: string) => [
    { name: 'ARGOCD_NOTIFICATION_CONTROLLER_SELF_SERVICE_NOTIFICATION_ENABLED', value },
  ];
  const flag = '--self-service-notification-enabled';
  const team = [
    application('team-a/shop'),
    configMap('team-a/argocd-notifications-cm', { 'service.webhook.x': 'url: https://$host:8443' }),
    secret('team-a/argocd-notifications-secret'),
  ];
  const taken = ['ConfigMap team-a/argocd-notifications-cm', 'Secret team-a/argocd-notifications-secret'];
  const params = (data: Record<string, string>) => configMap('argocd/argocd-cmd-params-cm', data);
  const ofTeams = async (objects: KubeObject[]) =>
    (await extrasOf(objects)).kept.filter((name) => !name.includes(' argocd/'));

  test.each<[string, KubeObject, boolean]>([
    ['argocd-cmd-params-cm', params({ [KEY]: 'true' }), true],
    ['argocd-cmd-params-cm, in other letters', params({ [KEY]: 'True' }), true],
    ['a variable', controller({ env: env('true') }), true],
    ['an option', controller({ command: ['argocd-notifications', flag] }), true],
    ['an option with a value', controller({ args: [`${flag}=t`] }), true],
    ['argocd-cmd-params-cm, off', params({ [KEY]: 'false' }), false],
    ['a variable, off', controller({ env: env('false') }), false],
    ['an option, off, and a variable', controller({ args: [`${flag}=false`], env: env('true') }), false],
    ['nothing at all', params({}), false],
    ['the ConfigMap of a team', configMap('team-a/argocd-cmd-params-cm', { [KEY]: 'true' }), false],
  ])('as %s says', async (_what, setting, on) => {
    expect(await ofTeams([setting, ...team])).toEqual(on ? taken : []);
  });

  test('are optional in each namespace, and looked for only where Applications are', async () => {
    const on = params({ [KEY]: 'true' });
    const elsewhere = [applicationSet('team-b/set'), configMap('team-b/argocd-notifications-cm')];
    const { kept, unresolved } = await extrasOf([on, ...team.slice(0, 2), ...elsewhere], ['team-b']);
    expect(kept).toEqual(['ConfigMap argocd/argocd-cmd-params-cm', taken[0]]);
    expect(unresolved).toEqual([]);
  });

  test('may not be read: so the backup fails', async () => {
    const on = params({ [KEY]: 'true' });
    await expect(extrasOf([on, ...team], ['team-a'])).rejects.toThrow(
      /team-a\/argocd-notifications.* forbidden/,
    );
  });
});

describe('what a cluster or an installation makes for itself', () => {
  const mount = (kind: 'ConfigMap' | 'Secret', name: string) =>
    deployment(
      'argocd/argocd-repo-server',
      volumes(kind === 'Secret' ? { secret: { secretName: name } } : { configMap: { name } }),
    );

  test.each([
    ['ConfigMap', 'kube-root-ca.crt', false],
    ['ConfigMap', 'openshift-service-ca.crt', false],
    ['ConfigMap', 'argocd-redis-ha-configmap', false],
    ['ConfigMap', 'argocd-redis-ha-health-configmap', false],
    ['ConfigMap', 'argocd-redis-health-configmap', false],
    ['Secret', 'argocd-redis', false],
    ['Secret', 'argocd-redis-initial-password', false],
    ['Secret', 'argocd-initial-admin-secret', false],
    ['Secret', 'argocd-redis-tls', true],
    ['Secret', 'kube-root-ca.crt', true],
    ['ConfigMap', 'argocd-redis', true],
    ['ConfigMap', 'argocd-redis-dashboards', true],
  ] as const)('%s %s, mounted: %j', async (kind, name, taken) => {
    const own = object(kind, `argocd/${name}`);
    expect((await extrasOf([mount(kind, name), own])).kept).toEqual(taken ? [labelOf(own)] : []);
  });

  test.each(['kube-root-ca.crt', 'openshift-service-ca.crt'])('%s, in a projected volume', async (name) => {
    const projected = { sources: [{ serviceAccountToken: {} }, { configMap: { name } }] };
    const pod = deployment('argocd/argocd-repo-server', volumes({ projected }));
    expect((await extrasOf([pod, object('ConfigMap', `argocd/${name}`)])).kept).toEqual([]);
  });

  test.each(['kube-root-ca.crt', 'openshift-service-ca.crt'])('%s of a team, as a caRef', async (name) => {
    const set = scmSet('team-a', '', name);
    expect((await extrasOf([set, object('ConfigMap', `team-a/${name}`)])).kept).toEqual([]);
    expect((await extrasOf([set])).unresolved).toEqual([]);
  });

  test.each(['argocd-redis-oidc', 'argocd-redis', 'argocd-initial-admin-secret'])(
    'Secret %s is taken along where settings point to it, or missed',
    async (name) => {
      const settings = configMap('argocd/argocd-cm', { 'dex.config': `clientSecret: $${name}:clientSecret` });
      const server = mount('Secret', name);
      expect((await extrasOf([settings, server, secret(`argocd/${name}`)])).kept).toEqual([
        `Secret argocd/${name}`,
      ]);
      expect((await extrasOf([settings, server])).unresolved).toEqual([
        `ConfigMap argocd/argocd-cm points to Secret argocd/${name}, which is not there`,
      ]);
    },
  );
});

test('what workloads mount may be missing', async () => {
  const pod = deployment(
    'argocd/argocd-server',
    volumes({ secret: { secretName: 'absent', optional: true } }),
  );
  expect(await extrasOf([pod])).toEqual({ kept: [], unresolved: [] });
});

test('settings are followed one step further, in the namespace of Argo CD only', async () => {
  const set = scmSet('team-a', '', 'ca');
  const plugin = configMap('argocd/plug', { token: '$plug-token:key' });
  const ca = configMap('team-a/ca', { note: 'see https://$host:8443' });
  const { kept, unresolved } = await extrasOf([set, plugin, ca, secret('argocd/plug-token')]);
  expect(kept).toEqual(['ConfigMap argocd/plug', 'ConfigMap team-a/ca', 'Secret argocd/plug-token']);
  expect(unresolved).toEqual([]);
});

describe('what a tenant writes into an ApplicationSet', () => {
  const tokens = (namespace: string, names: string[]) =>
    applicationSet(
      `${namespace}/many`,
      ...names.map((secretName) => ({ scmProvider: { gitlab: { tokenRef: { secretName, key: 't' } } } })),
    );
  const apps = (...names: string[]) =>
    applicationSet(
      'team-a/apps',
      ...names.map((appSecretName) => ({ scmProvider: { github: { appSecretName } } })),
    );
  const many = (count: number) => Array.from({ length: count }, (_, number) => `s${number}`);

  test('may name what this account may not read: a warning tells of it, and all else is backed up', async () => {
    const set = scmSet('team-a', 'token', 'ca');
    const { kept, unresolved } = await extrasOf([set, configMap('argocd/plug')], ['team-a']);
    expect(kept).toEqual(['ConfigMap argocd/plug']);
    expect(unresolved).toEqual([
      'ApplicationSet scm points to ConfigMap team-a/ca, which this account may not read (docs/permissions.md)',
      'ApplicationSet scm points to Secret team-a/token, which this account may not read (docs/permissions.md)',
    ]);
  });

  test("but what is in Argo CD's own namespace has to be readable", async () => {
    const backup = extrasOf([apps('app'), secret('argocd/app')], ['argocd']);
    await expect(backup).rejects.toThrow(/Secret argocd\/app is forbidden/);
  });

  test.each([
    ['Secret', 'argocd-redis'],
    ['Secret', 'argocd-initial-admin-secret'],
    ['Secret', 'argocd-redis-initial-password'],
    ['ConfigMap', 'argocd-redis-ha-configmap'],
    ['ConfigMap', 'argocd-redis-ha-health-configmap'],
    ['ConfigMap', 'argocd-redis-health-configmap'],
  ])('has no %s %s taken along', async (kind, name) => {
    const set =
      kind === 'Secret' ? apps(name) : applicationSet('team-a/p', { plugin: { configMapRef: { name } } });
    expect(await extrasOf([set, object(kind, `argocd/${name}`)])).toEqual({ kept: [], unresolved: [] });
  });

  test('is looked for up to a number of names, and one line tells of the rest', async () => {
    const asked: string[] = [];
    const { kept, unresolved } = await extrasOf(
      [tokens('team-a', [...many(20_000), ...many(20_000)]), secret('team-a/s199'), secret('team-a/s200')],
      [],
      asked,
    );
    expect(kept).toEqual(['Secret team-a/s199']);
    expect(asked.length).toBe(200);
    expect(unresolved.length).toBe(200);
    expect(unresolved).toContain(
      'ApplicationSet team-a/many points to 20000 Secrets and ConfigMaps, of which the first 200 are looked for',
    );
  });

  test("is not asked for where the listing of Argo CD's namespace shows that it is not there", async () => {
    const asked: string[] = [];
    const { kept, unresolved } = await extrasOf([apps(...many(9)), secret('argocd/s4')], [], asked);
    expect(asked).toEqual(['Secret argocd/s4']);
    expect(kept).toEqual(asked);
    expect(unresolved.length).toBe(8);
  });
});

describe('of the owners of an object', () => {
  const owner = (fields: object) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    name: 'set',
    uid: 'u',
    ...fields,
  });
  const ownersOf = (kind: string, ownerReferences: ReturnType<typeof owner>[]) => {
    const collected = new ReferenceCollector('argocd');
    const metadata = { name: 'shop', namespace: 'team-a', ownerReferences };
    collected.visit({ apiVersion: 'argoproj.io/v1alpha1', kind, metadata });
    return collected.owners.map(({ owners }) => owners.map(({ name, controller }) => [name, controller]));
  };
  const each = (count: number, fields: (number: number) => object) =>
    Array.from({ length: count }, (_, number) => owner({ uid: `u${number}`, ...fields(number) }));

  test.each([
    ['of a kind that no restore gives back', 'Application', each(22_000, () => ({ kind: 'b' }))],
    ['of a group that only looks so', 'Application', [owner({ apiVersion: 'a.b/v1' })]],
    ['by a name that no ApplicationSet has', 'Application', [owner({ name: 'n'.repeat(300_000) })]],
    ['of what is not an Application', 'ApplicationSet', [owner({})]],
  ])('none is kept %s', (_what, kind, owners) => {
    expect(ownersOf(kind, owners)).toEqual([]);
  });

  test('an ApplicationSet is kept once, and the controller however many stand before it', () => {
    const twice = [owner({}), owner({ controller: true }), owner({ kind: 'ConfigMap', name: 'o' })];
    expect(ownersOf('Application', twice)).toEqual([[['set', true]]]);
    const crowd = each(22_000, (number) => ({ name: `x${number}` }));
    const [kept] = ownersOf('Application', [...crowd, owner({ controller: true })]);
    expect(kept).toEqual([
      ['set', true],
      ['x0', false],
      ['x1', false],
      ['x2', false],
    ]);
  });
});
