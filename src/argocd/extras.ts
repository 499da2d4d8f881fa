import { open } from 'node:fs/promises';
import { dump } from 'js-yaml';
import pMap from 'p-map';
import type { OwnerRecord } from '../bundle/manifest.js';
import { isForbidden, type Kube } from '../kube/api.js';
import {
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  type KubeObject,
  label,
  NAMESPACE,
  SECRET,
} from '../kube/objects.js';
import { listWorkloads } from '../kube/workloads.js';
import { canonicalJson } from './canonical.js';
import { keyOf } from './diff.js';
import { jsonDocument, parseDocument } from './documents.js';
import { isToBeFetched, isToBeKept, WELL_KNOWN } from './left-out.js';
import { keyOfObject } from './listing.js';
import type { InstanceScope } from './namespaces.js';
import { oddityOf } from './odd.js';
import { generatorReferences, type Reference, settingsReferences, workloadReferences } from './references.js';
import { selfServiceReferences } from './self-service.js';
import { type Refused, refusalInExport } from './writable.js';

/** What a restore needs beside the export, and what was wanted and is not taken along. */
export interface Extras {
  objects: KubeObject[];
  /** `X points to Secret argocd/y, which is not there`, or may not be read. */
  unresolved: string[];
}

const CONCURRENCY = 16;

/** Whoever may write an ApplicationSet has 1.5 MB for names that a backup then looks for, each by a request. */
const MAX_REFERENCES = 200;
/** An Application has one owner, in all that Argo CD does. */
const MAX_OWNERS = 4;

/** Gathers, while a listing walks over an instance, what its objects point to. */
export class ReferenceCollector {
  readonly references: Reference[] = [];
  /** Of which objects not all references are there. */
  readonly cut: string[] = [];
  readonly namespaces = new Set<string>();
  /** The namespaces that hold Applications. */
  readonly applicationNamespaces = new Set<string>();
  readonly owners: OwnerRecord[] = [];
  /** Objects that were being deleted: an export does not say so, and a restore brings them back. */
  readonly terminating: string[] = [];
  /** By keyOf(): what no restore would write. */
  readonly refused = new Map<string, Refused>();
  /** By label(): what may hold more than YAML carries. */
  readonly odd = new Set<string>();

  constructor(private readonly argocdNamespace: string) {
    this.namespaces.add(argocdNamespace);
  }

  /** Notes an object that no restore would write, of a listing or of an export. @returns whether it is one */
  readonly refuse = (object: KubeObject): boolean => {
    const reason = refusalInExport(object, this.argocdNamespace);
    if (reason === undefined) return false;
    const { namespace = this.argocdNamespace, name } = object.metadata;
    const key = { kind: object.kind, namespace, name };
    this.refused.set(keyOf(key), { ...key, reason });
    return true;
  };

  /** To be called for each object of the instance. */
  readonly visit = (object: KubeObject): void => {
    if (this.refuse(object)) return;
    if (oddityOf(portable(object))) this.odd.add(label(keyOfObject(object)));
    this.namespaces.add(object.metadata.namespace!);
    if (object.kind === APPLICATION.kind) this.applicationNamespaces.add(object.metadata.namespace!);
    if (object.kind === 'ConfigMap' || object.metadata.name === 'argocd-secret')
      this.references.push(...settingsReferences(object, label(keyOfObject(object))));
    if (object.kind === APPLICATION_SET.kind) this.pointFrom(object);
    if (object.metadata.deletionTimestamp) this.terminating.push(label(keyOfObject(object)));
    const owners = ownersOf(object);
    if (owners.length > 0) this.owners.push({ ...keyOfObject(object), owners });
  };

  private pointFrom(applicationSet: KubeObject): void {
    const all = generatorReferences(applicationSet, this.argocdNamespace);
    const distinct = [...new Map(all.map((reference) => [targetKey(reference), reference])).values()];
    this.references.push(...distinct.slice(0, MAX_REFERENCES));
    if (distinct.length > MAX_REFERENCES)
      this.cut.push(
        `${label(keyOfObject(applicationSet))} points to ${distinct.length} Secrets and ConfigMaps, of which the first ${MAX_REFERENCES} are looked for`,
      );
  }
}

/**
 * The owners that a restore gives back (restoreOwners()): ApplicationSets of an Application. A tenant writes any others,
 * as many as an object holds, and the API server refuses none; the controller is but one.
 */
function ownersOf({ kind, metadata: { ownerReferences } }: KubeObject): OwnerRecord['owners'] {
  if (kind !== APPLICATION.kind) return [];
  const sets = (ownerReferences ?? []).filter(
    (owner) =>
      owner.kind === APPLICATION_SET.kind &&
      owner.apiVersion === APPLICATION_SET.apiVersion &&
      NAME.test(owner.name),
  );
  const controllers = sets.filter(({ controller }) => controller);
  // A Map has the place of the first of a name, and the value of the last.
  const distinct = new Map([...controllers, ...sets, ...controllers].map((owner) => [owner.name, owner]));
  return [...distinct.values()]
    .slice(0, MAX_OWNERS)
    .map(({ apiVersion, kind, name, controller = false, blockOwnerDeletion = false }) => ({
      apiVersion,
      kind,
      name,
      controller,
      blockOwnerDeletion,
    }));
}

/**
 * Reads what `argocd admin export` leaves out of an instance: the well-known objects, what the settings, the
 * generators and the workloads point to, Secrets that settings may point to, the notifications of teams, and the
 * Namespaces.
 */
export async function collectExtras(
  kube: Kube,
  scope: InstanceScope,
  collected: ReferenceCollector,
): Promise<Extras> {
  const { namespace } = scope;
  const wanted = WELL_KNOWN.map(([resource, name]) => ({ resource, namespace, name }));
  const workloads = await listOwnWorkloads(kube, namespace);
  const there = await listReferable(kube, namespace);
  const first = [
    ...wanted,
    ...there.partOf,
    ...workloads.flatMap(workloadReferences),
    ...collected.references,
  ];
  const found = await fetchReferences(kube, there, first);
  // One step further: notifications and plugin settings point to Secrets themselves. Argo CD reads `$secret:key` as its
  // own namespace's (SettingsManager, getToken in applicationset/generators/plugin.go); elsewhere it is mere text.
  const own = found.objects.filter(({ metadata }) => metadata.namespace === namespace);
  const further = await fetchReferences(kube, there, [
    ...selfServiceReferences(own, workloads, collected.applicationNamespaces),
    ...own.flatMap((object) => settingsReferences(object, label(keyOfObject(object)))),
  ]);
  const objects = unique([...found.objects, ...further.objects]);
  const namespaces = await fetchNamespaces(kube, collected.namespaces);
  return {
    objects: [...namespaces, ...objects.map(portable)],
    unresolved: [...new Set([...found.unresolved, ...further.unresolved, ...collected.cut])].sort(),
  };
}

async function listOwnWorkloads(kube: Kube, namespace: string): Promise<KubeObject[]> {
  const workloads = await listWorkloads(kube, namespace);
  return workloads.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] === 'argocd');
}

/** The Secrets and ConfigMaps of Argo CD's own namespace. */
interface Referable {
  namespace: string;
  /** By targetKey(): all of them. What is not among them need not be asked for. */
  names: ReadonlySet<string>;
  /**
   * What carries Argo CD's label is part of its settings: it resolves `$secret:key` only in such Secrets, and plugins
   * and add-ons keep their ConfigMaps so.
   */
  partOf: Reference[];
}

async function listReferable(kube: Kube, namespace: string): Promise<Referable> {
  const names = new Set<string>();
  const partOf: Reference[] = [];
  for (const resource of [SECRET, CONFIG_MAP])
    for await (const { metadata } of kube.list(resource, { namespace })) {
      const reference = { resource, namespace, name: metadata.name };
      names.add(targetKey(reference));
      if (metadata.labels?.['app.kubernetes.io/part-of'] === 'argocd') partOf.push(reference);
    }
  return { namespace, names, partOf };
}

async function fetchReferences(kube: Kube, there: Referable, references: Reference[]): Promise<Extras> {
  const extras: Extras = { objects: [], unresolved: [] };
  const wanted = references.filter((reference) => {
    if (NAME.test(reference.name)) return isToBeFetched(reference, there.namespace);
    const { from, resource } = reference;
    if (from) extras.unresolved.push(`${from} points to a ${resource.kind} by what cannot be a name`);
    return false;
  });
  const targets = new Map(wanted.map((reference) => [targetKey(reference), reference]));
  await pMap(
    targets.values(),
    async (reference) => {
      const object = await fetchReference(kube, there, reference);
      if (typeof object === 'string') {
        const { resource, namespace, name, from } = reference;
        const place = label({ kind: resource.kind, namespace, name });
        if (from !== undefined) extras.unresolved.push(`${from} points to ${place}, which ${object}`);
      } else if (isToBeKept(object, there.namespace)) extras.objects.push({ ...object, apiVersion: 'v1' });
    },
    { concurrency: CONCURRENCY },
  );
  return extras;
}

/**
 * What a reference points to, or why there is nothing.
 * @throws ApiError where it may not be read, unless a tenant's generator names it in a namespace that is not Argo CD's:
 * whoever may write an ApplicationSet would else end every backup
 */
async function fetchReference(
  kube: Kube,
  there: Referable,
  { resource, namespace, name, byGenerator }: Reference,
): Promise<KubeObject | string> {
  const absent = 'is not there';
  const isOwn = namespace === there.namespace;
  if (isOwn && !there.names.has(targetKey({ resource, namespace, name }))) return absent;
  try {
    return (await kube.find(resource, namespace, name)) ?? absent;
  } catch (error) {
    if (isOwn || !byGenerator || !isForbidden(error)) throw error;
    return 'this account may not read (docs/permissions.md)';
  }
}

/** Of ConfigMaps and Secrets (RFC 1123). What a generator has in its place may be a template, or anything at all. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const targetKey = ({ resource, namespace, name }: Reference) =>
  keyOf({ kind: resource.kind, namespace, name });

async function fetchNamespaces(kube: Kube, names: ReadonlySet<string>): Promise<KubeObject[]> {
  const fetch = async (name: string) => portableNamespace(await kube.get(NAMESPACE, undefined, name));
  return pMap([...names].sort(), fetch, { concurrency: CONCURRENCY });
}

/** Only name and labels: the rest of a Namespace belongs to its cluster. */
export function portableNamespace({ metadata: { name, labels } }: KubeObject): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels ? { labels } : {}) } };
}

/** Without what another API server would refuse or replace. */
export function portable({ metadata, ...rest }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations, finalizers } = metadata;
  const kept = Object.entries({ name, namespace, labels, annotations, finalizers });
  return {
    ...rest,
    metadata: Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
  } as KubeObject;
}

function unique(objects: KubeObject[]): KubeObject[] {
  const byKey = new Map(objects.map((object) => [keyOf(keyOfObject(object)), object]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key)!);
}

/**
 * Writes objects to a private file, as `kubectl apply -f` reads it: as YAML, and what that does not carry as JSON.
 * @returns whether any of them is in JSON
 */
export async function writeExtras(path: string, objects: KubeObject[]): Promise<boolean> {
  const file = await open(path, 'w', 0o600);
  let anyJson = false;
  try {
    for (const object of objects) {
      const yaml = carryingYaml(object);
      anyJson ||= yaml === undefined;
      await file.writeFile(`${yaml ?? `${jsonDocument(object)}\n`}---\n`);
    }
  } finally {
    await file.close();
  }
  return anyJson;
}

/** An object as YAML that every reader takes for just this object; undefined where there is none. */
function carryingYaml(object: KubeObject): string | undefined {
  if (oddityOf(object)) return undefined;
  try {
    const yaml = dump(object, { lineWidth: -1, noRefs: true });
    const bytes = Buffer.from(yaml);
    return canonicalJson(parseDocument({ number: 1, offset: 0, bytes })) === canonicalJson(object)
      ? yaml
      : undefined;
  } catch {
    return undefined;
  }
}
