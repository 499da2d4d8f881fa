import { cannotOpen, invalidInput } from '../errors.js';
import type { Kube } from '../kube/api.js';
import type { KubeObject } from '../kube/objects.js';
import { listWorkloads } from '../kube/workloads.js';

const VERSION = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/;
/** A release as Argo CD tags it. Nothing else is one: `3.1.9-0.20240102030405-0123456789ab` is any commit of any fork. */
const RELEASED = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){2}$/;
const CANDIDATE = /-rc[1-9]\d?$/;

/**
 * The oldest Argo CD that is run because a backup or an image tag names it. `argocd admin export` is there since 2.1, and
 * 2.4 is the first minor of which no release lets anybody in as an admin (CVE-2022-29165,
 * https://github.com/argoproj/argo-cd/security/advisories/GHSA-r642-gv9p-2wjj). The input argocd-version may name older
 * ones.
 */
export const OLDEST_ARGOCD = '2.4.0';

/** The workloads that run Argo CD's own image, the surest first. */
const COMPONENTS = ['server', 'application-controller', 'repo-server'];

/**
 * The version of the Argo CD that runs in a namespace, without a leading `v`: from the image tag of its workloads,
 * else from their label app.kubernetes.io/version. A program of that version is run, so only a released one counts.
 * @returns undefined where no workload of Argo CD is there at all
 * @throws DrError (invalid input) where the workloads do not tell, as with images pinned by digest only
 */
export async function detectArgoCdVersion(kube: Kube, namespace: string): Promise<string | undefined> {
  const own = ownWorkloads(await listWorkloads(kube, namespace));
  if (own.length === 0) return undefined;
  const version = told(own, isReleased);
  if (version) return version;
  throw invalidInput(
    `the version of Argo CD in namespace ${namespace} cannot be told from its workloads, which name no release from ${OLDEST_ARGOCD} on: give it with argocd-version`,
  );
}

/** Whether a version, without a leading `v`, is one that Argo CD released, and none of those that are never run. */
export const isReleased = (version: string): boolean =>
  RELEASED.test(version) && compareVersions(version, OLDEST_ARGOCD) >= 0;

/**
 * The version that a backup names. Whoever has the public key can seal a backup that names any, and argocd of that
 * version is fetched, or built, and run.
 * @throws DrError (cannot open) for what is no release, or one older than OLDEST_ARGOCD
 */
export function versionOfBackup(argocdVersion: string): string {
  if (isReleased(argocdVersion)) return argocdVersion;
  throw cannotOpen(
    `the backup says that it is of Argo CD ${argocdVersion.slice(0, 60)}, which is no release from ${OLDEST_ARGOCD} on, so that argocd of this version is not run: if you trust the backup, give the version to restore into with argocd-version`,
  );
}

/** The workloads among objects that run Argo CD's own image, the surest first. */
export function ownWorkloads(objects: KubeObject[]): KubeObject[] {
  const workloads = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return COMPONENTS.flatMap((component) => workloads.filter((workload) => isComponent(workload, component)));
}

/** The version that workloads of Argo CD's own tell in manifests, by image tag, else by label: a release or an `-rc`. */
export function toldVersion(own: KubeObject[]): string | undefined {
  return told(own, (version) => isReleased(version.replace(CANDIDATE, '')));
}

function told(own: KubeObject[], counts: (version: string) => boolean): string | undefined {
  const counted = (version: string | undefined) => version !== undefined && counts(version);
  return own.map(imageVersion).find(counted) ?? own.map(labelVersion).find(counted);
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

/** What the tag of an image of Argo CD's own begins with: to compare, not yet to run anything by. */
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
