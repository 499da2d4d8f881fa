import { invalidInput } from '../errors.js';
import type { Kube } from '../kube/api.js';
import type { KubeObject } from '../kube/objects.js';
import { listWorkloads } from '../kube/workloads.js';

const VERSION = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)/;
/** The workloads that run Argo CD's own image, the surest first. */
const COMPONENTS = ['server', 'application-controller', 'repo-server'];

/**
 * The version of the Argo CD that runs in a namespace, without a leading `v`: from the image tag of its workloads,
 * else from their label app.kubernetes.io/version.
 * @returns undefined where no workload of Argo CD is there at all
 * @throws DrError (invalid input) where the workloads do not tell, as with images pinned by digest only
 */
export async function detectArgoCdVersion(kube: Kube, namespace: string): Promise<string | undefined> {
  const own = ownWorkloads(await listWorkloads(kube, namespace));
  if (own.length === 0) return undefined;
  const version = toldVersion(own);
  if (version) return version;
  throw invalidInput(
    `the version of Argo CD in namespace ${namespace} cannot be told from its workloads: give it with argocd-version`,
  );
}

/** The workloads among objects that run Argo CD's own image, the surest first. */
export function ownWorkloads(objects: KubeObject[]): KubeObject[] {
  const workloads = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return COMPONENTS.flatMap((component) => workloads.filter((workload) => isComponent(workload, component)));
}

/** The version that workloads of Argo CD's own tell by image tag, else by label. */
export function toldVersion(own: KubeObject[]): string | undefined {
  return own.map(imageVersion).find(Boolean) ?? own.map(labelVersion).find(Boolean);
}

function isComponent({ metadata }: KubeObject, component: string): boolean {
  return (
    metadata.labels?.['app.kubernetes.io/component'] === component ||
    metadata.labels?.['app.kubernetes.io/name'] === `argocd-${component}` ||
    metadata.name === `argocd-${component}`
  );
}

interface PodTemplateOwner {
  template?: { spec?: { containers?: { image?: string }[] } };
}

function imageVersion({ spec }: KubeObject): string | undefined {
  const containers = (spec as PodTemplateOwner | undefined)?.template?.spec?.containers ?? [];
  return containers.map(({ image = '' }) => versionOfImage(image)).find(Boolean);
}

/** The version that the tag of an image of Argo CD's own tells. */
export function versionOfImage(image: string): string | undefined {
  const tag = /\/?argocd:([^@]+)/.exec(image)?.[1];
  return tag && VERSION.exec(tag)?.[1];
}

function labelVersion({ metadata }: KubeObject): string | undefined {
  return VERSION.exec(metadata.labels?.['app.kubernetes.io/version'] ?? '')?.[1];
}

/** Negative, zero or positive as `a` is older than, as old as, or newer than `b`; pre-releases count as their release. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => version.split(/[-+]/)[0]!.split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
