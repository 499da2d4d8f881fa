import { invalidInput } from '../../errors.js';
import { some } from '../../log.js';
import { DEFAULT_VERSIONS, parseVersion } from '../../tools/versions.js';

const REPOSITORY = 'kindest/node';

/**
 * The node images that kind 0.30.0 was released with, newest first.
 * https://github.com/kubernetes-sigs/kind/releases/tag/v0.30.0
 */
export const PINNED_IMAGES: ReadonlyMap<string, string> = new Map([
  ['1.34.0', 'sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a'],
  ['1.33.4', 'sha256:25a6018e48dfcaee478f4a59af81157a437f15e6e140bf103f85a2e7cd0cbbf2'],
  ['1.32.8', 'sha256:abd489f042d2b644e2d033f5c2d900bc707798d075e8186cb65e3f1367a9d5a1'],
  ['1.31.12', 'sha256:0f5cc49c5e73c0c2bb6e2df56e7df189240d83cf94edfa30946482eb08ec57d2'],
]);

/**
 * The minors of Kubernetes 1 that Argo CD's minors are tested with, newest Argo CD first.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/tested-kubernetes-versions/
 */
const TESTED: readonly (readonly [argocd: string, first: number, last: number])[] = [
  ['3.5', 33, 36],
  ['3.4', 32, 35],
  ['3.3', 32, 35],
  ['3.2', 31, 34],
  ['3.1', 31, 34],
  ['3.0', 29, 32],
];

/** The minors such as `1.34` that a version of Argo CD is tested with, newest first; none where that is not known. */
export function supportedKubernetes(argocdVersion: string): string[] {
  const { major, minor } = parseVersion(argocdVersion);
  const [, first = 0, last = -1] = TESTED.find(([version]) => version === `${major}.${minor}`) ?? [];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `1.${last - index}`);
}

export interface ImageRequest {
  /** The user's own image; taken as it is. */
  nodeImage?: string | undefined;
  /** `auto`, or a version in full. */
  kubernetesVersion: string;
  /** `auto` where it is not known yet. */
  argocdVersion: string;
  /** Tags of kindest/node that Docker has on this machine. */
  localTags: readonly string[];
}

export interface ChosenImage {
  image: string;
  /** For the log: where the choice comes from. */
  reason: string;
  /** Why this image may be the wrong one. */
  warning?: string;
}

/**
 * Chooses the image of the nodes: the user's; else the wanted Kubernetes version, from this machine if Docker has it,
 * else as pinned by kind's release.
 * @throws DrError (invalid input) for a version that is neither here nor pinned
 */
export function chooseNodeImage(request: ImageRequest): ChosenImage {
  if (request.nodeImage) return { image: request.nodeImage, reason: 'as given by node-image' };
  const chosen = imageOf(wantedVersion(request), request);
  const supported = testedWith(request);
  if (supported.length === 0 || supported.includes(minorOf(chosen.version))) return chosen;
  const warning = `Argo CD ${request.argocdVersion} is not tested with Kubernetes ${chosen.version}, only with ${supported.join(', ')}.`;
  return { ...chosen, warning };
}

const testedWith = ({ argocdVersion }: ImageRequest) =>
  argocdVersion === 'auto' ? [] : supportedKubernetes(argocdVersion);

/** For `auto`: the default, or the newest pinned version that Argo CD is tested with. */
function wantedVersion(request: ImageRequest): string {
  if (request.kubernetesVersion !== 'auto') return request.kubernetesVersion;
  const supported = testedWith(request);
  const fallback = DEFAULT_VERSIONS.kubernetes;
  if (supported.length === 0 || supported.includes(minorOf(fallback))) return fallback;
  return [...PINNED_IMAGES.keys()].find((version) => supported.includes(minorOf(version))) ?? fallback;
}

function imageOf(version: string, request: ImageRequest): ChosenImage & { version: string } {
  const tag = `v${version}`;
  if (request.localTags.includes(tag))
    return { version, image: `${REPOSITORY}:${tag}`, reason: 'which Docker has on this machine' };
  const pinned = request.kubernetesVersion === 'auto' ? pinnedOfMinor(version) : version;
  const digest = PINNED_IMAGES.get(pinned);
  if (digest === undefined) throw noImage(version, request.localTags);
  return {
    version: pinned,
    image: `${REPOSITORY}:v${pinned}@${digest}`,
    reason: `pinned by kind ${DEFAULT_VERSIONS.kind}`,
  };
}

const pinnedOfMinor = (version: string) =>
  [...PINNED_IMAGES.keys()].find((known) => minorOf(known) === minorOf(version)) ?? version;

function minorOf(version: string): string {
  const { major, minor } = parseVersion(version);
  return `${major}.${minor}`;
}

function noImage(version: string, localTags: readonly string[]) {
  const here = localTags.length > 0 ? `; on this machine: ${some(localTags)}` : '';
  return invalidInput(
    `kubernetes-version ${version} has no node image: kind ${DEFAULT_VERSIONS.kind} comes with ${[...PINNED_IMAGES.keys()].join(', ')}${here}. Give one of these, or an image of your own with node-image`,
  );
}
