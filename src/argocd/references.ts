import { CONFIG_MAP, type KubeObject, type Resource, SECRET } from '../kube/objects.js';

/** A ConfigMap or Secret that some other object points to. */
export interface Reference {
  resource: Resource;
  namespace: string;
  name: string;
  /** The settings or the generator that points there, for messages; absent where nothing is amiss without it. */
  from?: string;
  /** Whoever may write an ApplicationSet chose the name, a tenant perhaps. */
  byGenerator?: true;
}

// `$name:key`, Argo CD's way to point from its settings to a key of another Secret
// (docs/operator-manual/user-management: "SSO and secrets in other secrets").
const SECRET_KEY = /\$([a-z0-9]([a-z0-9.-]*[a-z0-9])?):[A-Za-z0-9._-]+/g;

/** The Secrets that the values of a ConfigMap or Secret point to by `$secret:key`. */
export function settingsReferences(object: KubeObject, from: string): Reference[] {
  const names = new Set<string>();
  for (const text of texts(object)) for (const match of text.matchAll(SECRET_KEY)) names.add(match[1]!);
  const namespace = object.metadata.namespace!;
  return [...names].map((name) => ({ resource: SECRET, namespace, name, from }));
}

function texts(object: KubeObject): string[] {
  const values = Object.values((object.data ?? {}) as Record<string, string>);
  return object.kind === 'Secret'
    ? values.map((value) => Buffer.from(value, 'base64').toString('utf8'))
    : values;
}

/**
 * What the generators of an ApplicationSet read beside Git. Tokens and certificates are in Secrets and ConfigMaps of
 * its own namespace (GetSecretRef, GetConfigMapData in applicationset/utils of Argo CD), all else in Argo CD's
 * namespace: the ConfigMaps of plugins and of duck types (applicationset/generators/plugin.go, duck_type.go), and the
 * Secrets of GitHub Apps, labelled or not (GetAuthSecret in util/github_app, GetSecretByName in util/settings).
 */
export function generatorReferences(applicationSet: KubeObject, argocdNamespace: string): Reference[] {
  const from = `ApplicationSet ${applicationSet.metadata.name}`;
  const own = applicationSet.metadata.namespace!;
  const found: Reference[] = [];
  const point = (resource: Resource, namespace: string, name: unknown) => {
    if (typeof name === 'string' && name !== '')
      found.push({ resource, namespace, name, from, byGenerator: true });
  };
  walk((applicationSet.spec as Record<string, unknown> | undefined)?.generators, (field, value) => {
    if (!isRecord(value)) return;
    if (field.endsWith('Ref')) {
      point(SECRET, own, value.secretName);
      point(CONFIG_MAP, own, value.configMapName);
    }
    if (field === 'github') point(SECRET, argocdNamespace, value.appSecretName);
    if (field === 'clusterDecisionResource') point(CONFIG_MAP, argocdNamespace, value.configMapRef);
    if (field === 'plugin' && isRecord(value.configMapRef))
      point(CONFIG_MAP, argocdNamespace, value.configMapRef.name);
  });
  return found;
}

/** What the pods of a workload mount or read into their environment; some of it is optional. */
export function workloadReferences(workload: KubeObject): Reference[] {
  const namespace = workload.metadata.namespace!;
  const found: Reference[] = [];
  const point = (resource: Resource, name: unknown) => {
    if (typeof name === 'string' && name !== '') found.push({ resource, namespace, name });
  };
  walk((workload.spec as Record<string, unknown> | undefined)?.template, (field, value) => {
    if (!isRecord(value)) return;
    if (field === 'secret') point(SECRET, value.secretName ?? value.name);
    if (field === 'configMap') point(CONFIG_MAP, value.name);
    if (field === 'secretKeyRef' || field === 'secretRef') point(SECRET, value.name);
    if (field === 'configMapKeyRef' || field === 'configMapRef') point(CONFIG_MAP, value.name);
  });
  return found;
}

/** Visits all fields in their order, without recursion: whoever writes an object decides how deep it is. */
function walk(root: unknown, visit: (field: string, value: unknown) => void): void {
  const fields: [string, unknown][] = [['', root]];
  for (let next = fields.pop(); next; next = fields.pop()) {
    const [field, value] = next;
    visit(field, value);
    for (const entry of entriesOf(value).reverse()) fields.push(entry);
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((item) => ['', item]);
  return isRecord(value) ? Object.entries(value) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
