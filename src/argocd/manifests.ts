import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import pMap from 'p-map';
import { infraError } from '../errors.js';
import { isNotFound, type Kube } from '../kube/api.js';
import { CRD, type KubeObject, NAMESPACE } from '../kube/objects.js';

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
 * them; the subjects of role bindings, which name `argocd` in the official manifests, are rewritten.
 */
export function parseManifests(text: string, namespace: string): Manifests {
  const all = loadAll(text).filter((item) => item !== null && item !== undefined) as KubeObject[];
  const isCrd = ({ kind }: KubeObject) => kind === CRD.kind;
  return {
    crds: all.filter(isCrd),
    objects: all.filter((object) => !isCrd(object)).map((object) => inNamespace(object, namespace)),
  };
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  if (!Array.isArray(object.subjects)) return object;
  const subjects = (object.subjects as Subject[]).map((subject) =>
    subject.namespace === OFFICIAL_NAMESPACE ? { ...subject, namespace } : subject,
  );
  return { ...object, subjects };
}

/** Makes a namespace if it is not there. */
export async function ensureNamespace(kube: Kube, name: string): Promise<void> {
  await kube.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Applies CRDs and waits until the API server serves them. */
export async function applyCrds(kube: Kube, crds: KubeObject[]): Promise<void> {
  await pMap(crds, (crd) => kube.apply(CRD, crd), { concurrency: CONCURRENCY });
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

/** Applies those CRDs that a cluster lacks; the ones it has stay as they are. */
export async function applyMissingCrds(kube: Kube, crds: KubeObject[]): Promise<void> {
  const there = await Promise.all(crds.map(({ metadata }) => kube.find(CRD, undefined, metadata.name)));
  await applyCrds(
    kube,
    crds.filter((_, index) => there[index] === undefined),
  );
}

interface CrdParts {
  spec: {
    group: string;
    names: { plural: string; kind: string };
    versions: { name: string; served: boolean }[];
  };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Established in the CRD's status, and answered by the API: the second follows the first by a moment. */
async function isServed(kube: Kube, { metadata: { name } }: KubeObject): Promise<boolean> {
  const { spec, status } = (await kube.get(CRD, undefined, name)) as unknown as CrdParts;
  const established = status?.conditions?.some(
    ({ type, status: is }) => type === 'Established' && is === 'True',
  );
  if (!established) return false;
  const apiVersion = `${spec.group}/${spec.versions.find(({ served }) => served)?.name}`;
  const { plural, kind } = spec.names;
  return kube.collectionVersion({ apiVersion, plural, kind, namespaced: false }).then(
    () => true,
    (error) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
}

/** Applies objects side by side, server-side with force-conflicts; namespaced ones into `namespace`. */
export async function applyObjects(kube: Kube, objects: KubeObject[], namespace: string): Promise<void> {
  await pMap(objects, (object) => applyObject(kube, object, namespace), { concurrency: CONCURRENCY });
}

async function applyObject(kube: Kube, object: KubeObject, namespace: string): Promise<void> {
  const resource = await kube.resourceFor(object);
  const metadata = resource.namespaced
    ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
    : object.metadata;
  await kube.apply(resource, { ...object, metadata });
}
