import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { infraError } from '../errors.js';
import { isConflict, isNotFound, type Kube } from '../kube/api.js';
import { CRD, type KubeObject, NAMESPACE, type Resource } from '../kube/objects.js';
import { type ManifestText, manifestObjects } from './manifest-yaml.js';
import { ownWorkloads, toldVersion } from './version.js';
import { wellFormed, withoutNulls } from './workloads/form.js';
import { makesPods } from './workloads/workload.js';

/** Argo CD's install manifests, split by what has to come first. */
export interface Manifests {
  crds: KubeObject[];
  /** All else, in Argo CD's namespace. */
  objects: KubeObject[];
}

const CONCURRENCY = 16;
const ESTABLISH_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const OFFICIAL_NAMESPACE = 'argocd';

/**
 * Parses install manifests for a namespace. Objects that name no namespace get it where the API server applies
 * them; the subjects of role bindings, which name `argocd` in the official manifests, are rewritten. What makes pods
 * loses its empty keys.
 * @throws DrError (invalid input), see manifestObjects
 */
export function parseManifests(texts: ManifestText[], namespace: string): Manifests {
  const all = manifestObjects(texts, namespace).map((object) =>
    makesPods(object) ? withoutNulls(object) : object,
  );
  const isCrd = ({ kind }: KubeObject) => kind === CRD.kind;
  return {
    crds: all.filter(isCrd),
    objects: all.filter((object) => !isCrd(object)).map((object) => inNamespace(object, namespace)),
  };
}

/** As written, so perhaps nothing of the kind. */
type Subject = { namespace?: unknown } | null;

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  if (!Array.isArray(object.subjects)) return object;
  const subjects = (object.subjects as Subject[]).map((subject) =>
    subject?.namespace === OFFICIAL_NAMESPACE ? { ...subject, namespace } : subject,
  );
  return { ...object, subjects };
}

/**
 * The version of Argo CD that manifests install, without a leading `v`; undefined where neither the image tag nor
 * the labels of its workloads tell.
 */
export function argocdVersionOf({ objects }: Manifests): string | undefined {
  return toldVersion(ownWorkloads(wellFormed(objects).objects));
}

interface Container {
  name: string;
  image?: string;
}

/**
 * The image of Argo CD itself, as the manifests name it for argocd-server, else for another of its components;
 * undefined where they have none.
 */
export function argocdImageOf({ objects }: Manifests): string | undefined {
  const [server] = ownWorkloads(wellFormed(objects).objects);
  const { template } = (server?.spec ?? {}) as { template?: { spec?: { containers?: Container[] } } };
  const containers = template?.spec?.containers ?? [];
  // Beside it there may be containers of the user's own. The chart calls it `server`, the official manifests as below.
  const own = containers.find(({ name }) => name === 'server' || name === 'argocd-server');
  return (own ?? containers[0])?.image;
}

/** Makes a namespace if it is not there. */
export async function ensureNamespace(kube: Kube, name: string): Promise<void> {
  await kube.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Applies an installation: its namespace, its CRDs, then all else. */
export async function applyManifests(
  kube: Kube,
  { crds, objects }: Manifests,
  namespace: string,
): Promise<void> {
  await ensureNamespace(kube, namespace);
  await applyCrds(kube, crds);
  await applyObjects(kube, objects, namespace);
}

/** Applies CRDs and waits until the API server serves them. */
export async function applyCrds(kube: Kube, crds: KubeObject[]): Promise<void> {
  await pMap(crds, (crd) => createOrApply(kube, CRD, crd), { concurrency: CONCURRENCY });
  const deadline = Date.now() + ESTABLISH_TIMEOUT_MS;
  for (const crd of crds) {
    while (!(await isServed(kube, crd))) {
      if (Date.now() > deadline)
        throw infraError(
          `CustomResourceDefinition ${crd.metadata.name} was not established within ${ESTABLISH_TIMEOUT_MS / 1000} s`,
        );
      await sleep(POLL_MS);
    }
  }
}

/** Server-side apply of a large CRD costs the API server twice what creating it does. */
export async function createOrApply(kube: Kube, resource: Resource, object: KubeObject): Promise<KubeObject> {
  try {
    return await kube.create(resource, object);
  } catch (error) {
    if (!isConflict(error)) throw error;
    return kube.apply(resource, object);
  }
}

/** Applies those CRDs that a cluster lacks; the ones it has stay as they are. */
export async function applyMissingCrds(kube: Kube, crds: KubeObject[]): Promise<void> {
  const there = await Promise.all(crds.map(({ metadata }) => kube.find(CRD, undefined, metadata.name)));
  await applyCrds(
    kube,
    crds.filter((_, index) => there[index] === undefined),
  );
}

interface CrdSpec {
  group: string;
  names: { plural: string; kind: string };
  versions: { name: string; served: boolean }[];
}

/** The API answers for the new kind: only an Established CRD does, and only a moment after it is. */
async function isServed(kube: Kube, crd: KubeObject): Promise<boolean> {
  const { group, names, versions } = crd.spec as CrdSpec;
  const apiVersion = `${group}/${versions.find(({ served }) => served)?.name}`;
  return kube.collectionVersion({ apiVersion, ...names, namespaced: false }).then(
    () => true,
    (error) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
}

/** How long the API server holds back creations after a CRD was established (its crdHandler, for HA's sake). */
const HOLD_BACK_MS = 2_000;

/**
 * Waits until objects of new CRDs are created at once. A creation within two seconds of the establishing is held
 * back by two seconds more, so waiting is quicker than trying.
 */
export async function creatableAtOnce(kube: Kube, names: string[]): Promise<void> {
  const crds = await Promise.all(names.map((name) => kube.get(CRD, undefined, name)));
  const established = crds.flatMap(({ status }) =>
    ((status as CrdStatus | undefined)?.conditions ?? [])
      .filter(({ type }) => type === 'Established')
      .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime)),
  );
  await sleep(Math.max(0, Math.max(0, ...established) + HOLD_BACK_MS - Date.now()));
}

interface CrdStatus {
  conditions?: { type: string; lastTransitionTime: string }[];
}

/**
 * Applies objects side by side, Namespaces before the rest, server-side with force-conflicts; namespaced ones that
 * name no namespace into `namespace`.
 * @param apply applies one of them
 */
export async function applyObjects(
  kube: Kube,
  objects: KubeObject[],
  namespace: string,
  apply = applyObject,
): Promise<void> {
  const isNamespace = ({ kind }: KubeObject) => kind === NAMESPACE.kind;
  for (const some of [objects.filter(isNamespace), objects.filter((object) => !isNamespace(object))])
    await pMap(some, (object) => apply(kube, object, namespace), { concurrency: CONCURRENCY });
}

/** Applies one object, see applyObjects(). */
export async function applyObject(kube: Kube, object: KubeObject, namespace: string): Promise<void> {
  const resource = await kube.resourceFor(object);
  const metadata = resource.namespaced
    ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
    : object.metadata;
  await kube.apply(resource, { ...object, metadata });
}
