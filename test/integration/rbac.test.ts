import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { loadAll } from 'js-yaml';
import type { Manifest } from '../../src/bundle/manifest.js';
import { openBackup } from '../../src/bundle/open.js';
import type { ControlPlane } from '../../src/cluster/control-plane.js';
import { createDemo } from '../../src/demo/create.js';
import { type DemoObject, demoObjects } from '../../src/demo/demo.js';
import { exec } from '../../src/exec.js';
import { APPLICATION_SET, CONFIG_MAP, type KubeObject } from '../../src/kube/objects.js';
import { argocdWith } from '../bed/argocd-with.js';
import { bed, type Ended, leftovers, runMode, startSource, tempDir, tools } from '../bed/bed.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const RBAC = 'rbac.authorization.k8s.io/v1';
const ACCOUNT = 'argocd-dr-backup';

/** A rule of a role for one verb on one resource. */
interface Rule {
  apiGroups: [string];
  resources: [string];
  resourceNames?: string[];
  verbs: [string];
}

interface Role {
  kind: 'Role' | 'ClusterRole';
  name: string;
  /** The rules as they stand in the file. */
  rules: object[];
}

/** What one verb of a role grants. */
interface Grant {
  title: string;
  role: Role;
  rule: Rule;
}

function rolesOf(path: string): Role[] {
  const objects = loadAll(read(path)) as (KubeObject & { rules?: object[] })[];
  return objects.flatMap(({ kind, metadata: { name }, rules }) =>
    rules ? [{ kind: kind as Role['kind'], name, rules }] : [],
  );
}

/** The same rules, each for one verb on one resource. */
function singleRules(rules: object[]): Rule[] {
  const given = rules as Record<'apiGroups' | 'resources' | 'verbs', string[]>[];
  return given.flatMap(({ apiGroups, resources, verbs, ...names }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb): Rule => ({ ...names, apiGroups: [group], resources: [resource], verbs: [verb] })),
      ),
    ),
  );
}

function grantsOf(role: Role): Grant[] {
  return singleRules(role.rules).map((rule) => {
    const what = [...rule.resources, ...(rule.resourceNames ?? [])].join('/');
    return { title: `${rule.verbs[0]} on ${what} (${role.kind} ${role.name})`, role, rule };
  });
}

/** Two instances in one cluster, each with an account of its own. */
interface Instance {
  title: string;
  namespace: string;
  /** Absent: its own. Else the namespace of the Argo CD whose account is used. */
  account?: string;
  /** The manifest whose verbs are taken away. */
  manifest: string;
  /** The command in its comments that applies what the account needs. */
  command: RegExp;
  /** Objects that change while the export runs. */
  touched: { namespace: string; objects: string[] };
  changed: string[];
}

const INSTANCES: Instance[] = [
  {
    title: 'Applications in its own namespace only',
    namespace: 'cd-system',
    manifest: 'docs/rbac/backup-role.yaml',
    command: /^# {3}(sed .*)$/m,
    touched: {
      namespace: 'cd-system',
      objects: ['application/guestbook', 'applicationset/regional-web', 'appproject/platform'],
    },
    changed: [
      'AppProject cd-system/platform',
      'Application cd-system/guestbook',
      'ApplicationSet cd-system/regional-web',
    ],
  },
  {
    title: 'Applications in any namespace',
    namespace: 'argocd',
    manifest: 'docs/rbac/backup-role-any-namespace.yaml',
    command: /^# {3}(kubectl .*)$/m,
    touched: { namespace: 'team-a', objects: ['application/guestbook', 'applicationset/team-a-services'] },
    changed: ['Application team-a/guestbook', 'ApplicationSet team-a/team-a-services'],
  },
];

let plane: ControlPlane;
let identity: string;
let recipient: string;
/** By namespace of Argo CD: the kubeconfig of the account that backs it up. */
const kubeconfigs = new Map<string, string>();
/** By namespace of Argo CD: an environment in which objects change between the listing and the export. */
const touching = new Map<string, NodeJS.ProcessEnv>();

beforeAll(async () => {
  [{ plane }, identity] = await Promise.all([startSource(), generateIdentity()]);
  recipient = await identityToRecipient(identity);
  await createDemo(plane.kube, ownNamespaceOnly('cd-system'), () => {});
  for (const instance of INSTANCES) await prepare(instance);
}, 300_000);
afterAll(() => bed.close());

/** The demonstration without namespaces of teams, and without leave to look there. */
function ownNamespaceOnly(namespace: string): DemoObject[] {
  const objects = demoObjects({ applications: 5, seed: 'test', namespace });
  const own = objects.filter(
    ({ metadata }) => metadata.namespace === namespace || metadata.name === namespace,
  );
  const { data } = own.find(({ metadata }) => metadata.name === 'argocd-cmd-params-cm')!;
  delete data!['application.namespaces'];
  delete data!['applicationsetcontroller.namespaces'];
  return own;
}

/** Makes the account and its kubeconfig with the commands that the documentation gives, and nothing else. */
async function prepare({ namespace, manifest, command, touched }: Instance): Promise<void> {
  await asAdministrator(command.exec(read(manifest))![1]!, ROOT);
  const [, script = ''] = /```sh\n(namespace=argocd\n[\s\S]*?)```/.exec(read('docs/permissions.md')) ?? [];
  const dir = tempDir();
  await asAdministrator(script.replace('namespace=argocd', `namespace=${namespace}`), dir);
  const kubeconfig = join(dir, 'backup.kubeconfig');
  expect(statSync(kubeconfig).mode & 0o077).toBe(0);
  kubeconfigs.set(namespace, kubeconfig);
  for (const role of rolesOf(manifest)) await untilGranted(namespace, grantsOf(role), []);
  const { path } = await tools.get('kubectl', await plane.kube.version());
  const admin = `--kubeconfig ${plane.target.kubeconfig} --cache-dir ${tempDir()}`;
  // After the listing, which takes no second, and before the export.
  const touch = `${path} ${admin} -n ${touched.namespace} annotate --overwrite ${touched.objects.join(' ')} touched=$RANDOM`;
  touching.set(namespace, await argocdWith(`if [ "$2" = export ]; then sleep 1; ${touch} >&2; fi`));
}

async function asAdministrator(script: string, cwd: string): Promise<void> {
  const kubectl = await tools.get('kubectl', await plane.kube.version());
  const env = {
    PATH: `${dirname(kubectl.path)}:${process.env.PATH}`,
    HOME: tempDir(),
    KUBECONFIG: plane.target.kubeconfig,
  };
  const { code, stderr } = await exec('bash', ['-ec', script], { cwd, env: {}, set: env });
  expect(`${code} ${stderr}`).toBe('0 ');
}

/** Backs an instance up by its account. */
async function backUp(
  { namespace, account = namespace }: Instance,
  env?: NodeJS.ProcessEnv,
): Promise<Ended & { output: string }> {
  const output = `${tempDir()}/`;
  const values = {
    kubeconfig: kubeconfigs.get(account)!,
    namespace,
    recipients: recipient,
    output,
    'min-applications': '5',
  };
  return { ...(await runMode('backup', values, env ? { env } : {})), output };
}

async function open(ended: Ended): Promise<Manifest> {
  const path = ended.outputs['backup-path']!;
  return (await openBackup({ path, identities: [identity], intoDir: tempDir() })).manifest;
}

/** The end of a backup that was forbidden to read something: exit code 4, one sentence, nothing written. */
function expectForbidden({ code, report, outputs, text, output }: Ended & { output: string }): void {
  expect(`${code}: ${report.message}`).toMatch(/^4: /);
  expect(report.verdict).toBe('INFRA_ERROR');
  expect(report.message).not.toContain('\n');
  expect(report.message).toContain('docs/rbac/backup-role.yaml');
  expect(text).not.toContain('starting over');
  expect(outputs['backup-path']).toBeUndefined();
  expect(readdirSync(output)).toEqual([]);
  expect(leftovers()).toEqual([]);
}

/** Runs something while an account lacks one verb of a role. */
async function without({ namespace }: Instance, gone: Grant, run: () => Promise<void>): Promise<void> {
  const { role } = gone;
  const rest = grantsOf(role).filter(({ title }) => title !== gone.title);
  const rules = rest.map(({ rule }) => rule);
  await setRules(namespace, role, rules);
  try {
    await untilGranted(namespace, rest, [gone]);
    await run();
  } finally {
    await setRules(namespace, role, role.rules);
    await untilGranted(namespace, grantsOf(role), []);
  }
}

async function setRules(namespace: string, { kind, name }: Role, rules: object[]): Promise<void> {
  const resource = await plane.kube.resourceFor({ apiVersion: RBAC, kind });
  await plane.kube.mergePatch(resource, kind === 'Role' ? namespace : undefined, name, { rules });
}

/** Waits until the API server has heard of changed roles. */
async function untilGranted(namespace: string, granted: Grant[], denied: Grant[]): Promise<void> {
  const may = async (grant: Grant, wanted: boolean) => {
    const { verbs, resources, apiGroups } = grant.rule;
    const attributes = { verb: verbs[0], resource: resources[0], group: apiGroups[0] };
    await until(wanted, namespace, { ...attributes, ...placeOf(namespace, grant) });
  };
  await Promise.all([
    ...granted.map((grant) => may(grant, true)),
    ...denied.map((grant) => may(grant, false)),
  ]);
}

/** Where a grant holds. A Namespace is in itself: a Role grants its own, a ClusterRole those it names. */
function placeOf(namespace: string, { role, rule }: Grant): { namespace?: string; name?: string } {
  const [name] = rule.resourceNames ?? [];
  if (role.kind === 'ClusterRole') return name ? { namespace: name, name } : {};
  return rule.resources[0] === 'namespaces' ? { namespace, name: namespace } : { namespace };
}

/** Waits until the account of an instance may do something, or may no longer. */
async function until(wanted: boolean, namespace: string, resourceAttributes: object): Promise<void> {
  const spec = { user: userOf(namespace), groups: ['system:authenticated'], resourceAttributes };
  for (;;) {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const answer = (await plane.kube.call('POST', path, { body: { spec } })) as {
      status: { allowed: boolean };
    };
    if (answer.status.allowed === wanted) return;
    await sleep(50);
  }
}

const userOf = (namespace: string) => `system:serviceaccount:${namespace}:${ACCOUNT}`;
const titled = (grants: Grant[]) => grants.map((grant): [string, Grant] => [grant.title, grant]);

describe.each(INSTANCES)('the account for $title', (instance) => {
  const { namespace, manifest, changed } = instance;

  test('backs it up, while objects change', async () => {
    const ended = await backUp(instance, touching.get(namespace));
    expect(ended.report.message).toMatch(/^Backed up/);
    expect(ended.code).toBe(0);
    const backup = await open(ended);
    expect(backup.namespace).toBe(namespace);
    expect(backup.coverage.changedDuringExport).toEqual(expect.arrayContaining(changed));
  }, 60_000);

  test.each(titled(rolesOf(manifest).flatMap(grantsOf)))(
    'without %s: is told so, before anything is read',
    async (_title, grant) => {
      await without(instance, grant, async () => {
        const ended = await backUp(instance);
        expectForbidden(ended);
        const place = placeOf(namespace, grant);
        const { verbs, resources, apiGroups } = grant.rule;
        const what = `${verbs[0]} on ${resources[0]}${place.name ? `/${place.name}` : ''} (apiGroup "${apiGroups[0]}")`;
        const where = place.namespace ? `namespace ${place.namespace}` : 'the whole cluster';
        expect(ended.report.message).toContain(
          `the account ${userOf(namespace)} lacks permissions in ${plane.kube.server}: ${what} in ${where}; grant`,
        );
        expect(ended.report.message).toContain(manifest);
      });
    },
    60_000,
  );
});

describe('other things that are amiss with an account', () => {
  const [own, any] = INSTANCES as [Instance, Instance];

  test('it is the account of another Argo CD', async () => {
    const ended = await backUp({ ...any, account: own.namespace });
    expectForbidden(ended);
    for (const each of [
      'get, list on configmaps (apiGroup "") in namespace argocd',
      'get, list on secrets (apiGroup "") in namespace argocd',
      'list on statefulsets (apiGroup "apps") in namespace argocd',
      'if Argo CD is not in namespace argocd of this cluster, check namespace, kubeconfig and context',
    ])
      expect(ended.report.message).toContain(each);
  });

  test('its Role was removed, or never was there', async () => {
    const role = await plane.kube.resourceFor({ apiVersion: RBAC, kind: 'Role' });
    const { metadata, ...rest } = await plane.kube.get(role, own.namespace, ACCOUNT);
    await plane.kube.delete(role, own.namespace, ACCOUNT);
    const grants = rolesOf(own.manifest).flatMap(grantsOf);
    const inside = grants.filter((grant) => grant.role.kind === 'Role');
    await untilGranted(own.namespace, [], inside);
    const ended = await backUp(own);
    await plane.kube.create(role, { ...rest, metadata: { name: ACCOUNT, namespace: own.namespace } });
    await untilGranted(own.namespace, inside, []);
    expectForbidden(ended);
    expect(ended.report.message).toMatch(/lacks permissions .*"argocd-dr-backup" not found/);
  });

  test('a Secret that the ApplicationSet of a team reads: a warning, and the end of the manifest grants it', async () => {
    for (const object of scmGenerator('team-a')) await apply(object);
    try {
      // A team could else end every backup: the account for Applications in any namespace reads no Secret there.
      const ended = await backUp(any);
      expect(`${ended.code} ${ended.report.verdict}`).toBe('0 PASS');
      const warning =
        'ApplicationSet scm points to Secret team-a/scm-token, which this account may not read (docs/permissions.md)';
      expect(ended.report.warnings).toContain(warning);
      const { objects, coverage } = await open(ended);
      expect(objects.map(({ name }) => name)).not.toContain('scm-token');
      expect(coverage.unresolvedReferences).toContain(warning);
      const kept = await keptOnceGranted(any);
      expect(kept).toContain('Secret team-a/scm-token');
    } finally {
      await plane.kube.delete(APPLICATION_SET, 'team-a', 'scm');
    }
  }, 60_000);

  test('self-service notifications of a team: the end of the manifest grants them', async () => {
    for (const object of notificationsOf('team-a')) await apply(object);
    try {
      await switchSelfService(any, 'true');
      await withoutSelfService(any);
      const ended = await backUp(any);
      expectForbidden(ended);
      expect(ended.report.message).toMatch(/"argocd-notifications-(cm|secret)" is forbidden: .* cannot get/);
      const kept = await keptOnceGranted(any);
      expect(kept).toContain('ConfigMap team-a/argocd-notifications-cm');
      expect(kept).toContain('Secret team-a/argocd-notifications-secret');
    } finally {
      await switchSelfService(any, null);
    }
  }, 60_000);
});

/** What a backup holds once the end of the manifest is applied too. */
async function keptOnceGranted(instance: Instance): Promise<string[]> {
  await applyCommented(instance);
  const ended = await backUp(instance);
  expect(`${ended.code} ${ended.report.message}`).toMatch(/^0 /);
  return (await open(ended)).objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
}

/** Applies the objects at the end of a manifest that stand there as comments. */
async function applyCommented({ namespace, manifest }: Instance): Promise<void> {
  const [, commented = ''] = /^#\n(# ---\n[\s\S]*)/m.exec(read(manifest)) ?? [];
  const objects = loadAll(commented.replace(/^# ?/gm, '')) as (KubeObject | null)[];
  for (const object of objects) if (object) await apply(object);
  for (const name of ['scm-token', 'argocd-notifications-secret'])
    await until(true, namespace, { ...READ_SECRET, name });
}

/** Takes back what another test may have granted. */
async function withoutSelfService({ namespace }: Instance): Promise<void> {
  const binding = await plane.kube.resourceFor({ apiVersion: RBAC, kind: 'ClusterRoleBinding' });
  const name = `${ACCOUNT}-self-service-in-${namespace}`;
  if (await plane.kube.find(binding, undefined, name)) await plane.kube.delete(binding, undefined, name);
  await until(false, namespace, { ...READ_SECRET, name: 'argocd-notifications-secret' });
}

const READ_SECRET = { group: '', verb: 'get', resource: 'secrets', namespace: 'team-a' };

async function apply(object: KubeObject): Promise<void> {
  await plane.kube.apply(await plane.kube.resourceFor(object), object);
}

async function switchSelfService({ namespace }: Instance, value: string | null): Promise<void> {
  const data = { 'notificationscontroller.selfservice.enabled': value };
  await plane.kube.mergePatch(CONFIG_MAP, namespace, 'argocd-cmd-params-cm', { data });
}

/** What a team sets up for notifications of its own. */
function notificationsOf(namespace: string): KubeObject[] {
  const metadata = (name: string) => ({ name: `argocd-notifications-${name}`, namespace });
  const data = { 'service.slack': 'token: $slack-token' };
  const stringData = { 'slack-token': 'made up' };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('cm'), data },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('secret'), stringData },
  ];
}

/** An ApplicationSet that reads a token from a Secret beside it. */
function scmGenerator(namespace: string): KubeObject[] {
  const tokenRef = { secretName: 'scm-token', key: 'token' };
  const template = {
    metadata: { name: '{{repository}}' },
    spec: { project: 'tenants', destination: {}, source: { repoURL: '{{url}}', path: '.' } },
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: tokenRef.secretName, namespace },
      stringData: { [tokenRef.key]: 'made up' },
    },
    {
      apiVersion: APPLICATION_SET.apiVersion,
      kind: APPLICATION_SET.kind,
      metadata: { name: 'scm', namespace },
      spec: { generators: [{ scmProvider: { github: { organization: 'x', tokenRef } } }], template },
    },
  ];
}

// What is asked beforehand might be more than is needed. So, where an account may not ask: the backup itself.
describe('where accounts may not ask what they may do', () => {
  beforeAll(async () => {
    const binding = await plane.kube.resourceFor({ apiVersion: RBAC, kind: 'ClusterRoleBinding' });
    await plane.kube.delete(binding, undefined, 'system:basic-user');
    const ask = { group: 'authorization.k8s.io', verb: 'create', resource: 'selfsubjectaccessreviews' };
    for (const { namespace } of INSTANCES) await until(false, namespace, ask);
  });

  describe.each(INSTANCES)('and there are $title', (instance) => {
    const { namespace, manifest } = instance;

    test('all permissions together are enough', async () => {
      const ended = await backUp(instance, touching.get(namespace));
      expect(`${ended.code} ${ended.report.message}`).toMatch(/^0 Backed up/);
    }, 60_000);

    test.each(titled(rolesOf(manifest).flatMap(grantsOf)))(
      '%s is needed: without it the API server forbids a read',
      async (_title, grant) => {
        await without(instance, grant, async () => {
          const ended = await backUp(instance, touching.get(namespace));
          expectForbidden(ended);
          const { verbs, resources, apiGroups } = grant.rule;
          expect(ended.report.message).toContain(
            `cannot ${verbs[0]} resource "${resources[0]}" in API group "${apiGroups[0]}"`,
          );
          expect(ended.report.message).toContain(`User "${userOf(namespace)}"`);
        });
      },
      60_000,
    );
  });
});
