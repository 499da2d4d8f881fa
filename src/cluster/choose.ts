import { randomBytes } from 'node:crypto';
import type { Deps } from '../deps.js';
import { infraError } from '../errors.js';
import type { ClusterProviderName } from './cluster.js';
import { dockerAnswers } from './kind/docker.js';

/** The input `cluster`. */
export type WantedCluster = 'auto' | ClusterProviderName;

/** The inputs that only a kind cluster has a use for. */
export interface KindWishes {
  nodeImage?: string | undefined;
  kindConfig?: string | undefined;
  portMappings: readonly string[];
  registryMirrors: readonly string[];
}

/** Whether one of the inputs for kind is set: then `auto` can mean nothing else. */
export const asksForKind = ({ nodeImage, kindConfig, portMappings, registryMirrors }: KindWishes) =>
  [nodeImage, kindConfig].some((value) => value !== undefined) ||
  portMappings.length + registryMirrors.length > 0;

/**
 * The cluster provider that an input means: `auto` is kind where Docker answers, else the embedded control plane.
 * @param podsFor what needs pods that run, such as `level engine`; undefined: nothing does
 * @throws DrError (infrastructure) where pods are needed and Docker does not answer
 */
export async function chooseProvider(
  wanted: WantedCluster,
  podsFor: string | undefined,
  { exec, env }: Pick<Deps, 'exec' | 'env'>,
): Promise<ClusterProviderName> {
  if (wanted !== 'auto') return wanted;
  if (await dockerAnswers(exec, env)) return 'kind';
  if (podsFor === undefined) return 'control-plane';
  throw infraError(
    `${podsFor} needs a cluster that runs pods, and Docker does not answer: install or start Docker, check DOCKER_HOST, or take cluster: control-plane, where levels end at restore`,
  );
}

/** A name that no other run takes. */
export const uniqueName = () => `argocd-dr-${randomBytes(4).toString('hex')}`;
