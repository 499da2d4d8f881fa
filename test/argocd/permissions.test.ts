import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { listPermissions, neededPermissions, type Permission } from '../../src/argocd/permissions.js';
import { CONFIG_MAP, NAMESPACE, SECRET } from '../../src/kube/objects.js';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  roleRef?: object;
  subjects?: object[];
}

const read = (name: string) =>
  loadAll(readFileSync(new URL(`../../docs/rbac/${name}`, import.meta.url), 'utf8')) as Manifest[];
const minimal = read('backup-role.yaml');
const anyNamespace = read('backup-role-any-namespace.yaml');

/** What the roles among objects grant, a line for each verb, resource and name. */
function granted(objects: Manifest[]): string[] {
  return objects.flatMap(({ metadata: { namespace }, rules = [] }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames ?? [undefined]).flatMap((name) =>
            verbs.map((verb) => line({ verb, group, resource, namespace, name })),
          ),
        ),
      ),
    ),
  );
}

function line(
  grant: Record<'verb' | 'group' | 'resource' | 'namespace' | 'name', string | undefined>,
): string {
  // A Namespace is in itself: a Role there grants that one, a ClusterRole those it names.
  const { verb, group, resource, namespace, name } =
    grant.resource === 'namespaces'
      ? { ...grant, namespace: grant.namespace ?? grant.name, name: '' }
      : grant;
  return `${verb} ${group}/${resource} ${name ?? ''} in ${namespace ?? 'the cluster'}`;
}

function needed(applicationNamespaces: string[], applicationsetNamespaces: string[]): string[] {
  const scope = { namespace: 'argocd', applicationNamespaces, applicationsetNamespaces };
  return neededPermissions(scope).map(({ resource, verb, namespace, name }: Permission) => {
    const [group, version] = resource.apiVersion.split('/');
    return line({ verb, group: version ? group : '', resource: resource.plural, namespace, name });
  });
}

describe('the manifests in docs/rbac grant what a backup asks for, and nothing else', () => {
  test('where all Applications are in its own namespace', () => {
    expect(granted(minimal).sort()).toEqual(needed([], []).sort());
  });

  test('where Applications and ApplicationSets may be in any namespace', () => {
    const already = granted(minimal);
    const further = needed(['team-*'], ['team-a']).filter((each) => !already.includes(each));
    expect(granted(anyNamespace).sort()).toEqual(further.sort());
  });

  test.each([
    ['Applications', needed(['team-*'], [])],
    ['ApplicationSets', needed([], ['team-*'])],
  ])('where only %s may be', (_what, asked) => {
    const both = [...granted(minimal), ...granted(anyNamespace)];
    expect(asked.filter((each) => !both.includes(each))).toEqual([]);
    expect(asked.filter((each) => each.endsWith('in the cluster')).sort()).toHaveLength(3);
  });

  test('each role is bound to the one account, and there is nothing beside them', () => {
    const kinds = (objects: Manifest[]) => objects.map(({ kind }) => kind);
    const bound = ['ClusterRole', 'ClusterRoleBinding'];
    expect(kinds(minimal)).toEqual(['ServiceAccount', 'Role', 'RoleBinding', ...bound]);
    expect(kinds(anyNamespace)).toEqual(bound);
    const all = [...minimal, ...anyNamespace];
    const roles = all.filter(({ rules }) => rules);
    const bindings = all.filter(({ roleRef }) => roleRef);
    const apiGroup = 'rbac.authorization.k8s.io';
    expect(bindings.map(({ roleRef }) => roleRef)).toEqual(
      roles.map(({ kind, metadata: { name } }) => ({ apiGroup, kind, name })),
    );
    const account = { kind: 'ServiceAccount', ...minimal[0]!.metadata };
    expect(bindings.map(({ subjects }) => subjects)).toEqual(bindings.map(() => [account]));
  });
});

describe('listPermissions', () => {
  test('says it in the words of a Role, by resource', () => {
    const namespace = 'argocd';
    expect(
      listPermissions([
        { verb: 'get', resource: CONFIG_MAP, namespace },
        { verb: 'get', resource: SECRET, namespace },
        { verb: 'list', resource: SECRET, namespace },
        { verb: 'get', resource: NAMESPACE, namespace, name: namespace },
        { verb: 'get', resource: NAMESPACE },
      ]),
    ).toBe(
      'get on configmaps (apiGroup "") in namespace argocd; get, list on secrets (apiGroup "") in namespace argocd; ' +
        'get on namespaces/argocd (apiGroup "") in namespace argocd; get on namespaces (apiGroup "") in the whole cluster',
    );
  });
});
