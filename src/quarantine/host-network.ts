import { infraError } from '../errors.js';
import type { Kube } from '../kube/api.js';
import { type KubeObject, POD } from '../kube/objects.js';
import { some } from '../log.js';

/** Where kind's own pods run; those on the host network among them are the cluster's. */
const OF_THE_CLUSTER = ['kube-system', 'local-path-storage'];

/**
 * Asserts that no pod but the cluster's own stands on the network of its node: what such a pod sends is not forwarded,
 * so the quarantine's rules do not see it.
 * @throws DrError (infrastructure) that names the pods
 */
export async function assertNoHostNetwork(kube: Kube): Promise<void> {
  const found: string[] = [];
  for await (const pod of kube.list(POD)) if (escapes(pod)) found.push(nameOf(pod));
  if (found.length > 0)
    throw infraError(
      `the quarantine cannot hold pods on the network of their node: ${some(found)}; remove hostNetwork from what creates them (manifests, values, kind-config)`,
    );
}

function escapes({ metadata, spec }: KubeObject): boolean {
  const { hostNetwork } = spec as { hostNetwork?: boolean };
  return hostNetwork === true && !OF_THE_CLUSTER.includes(metadata.namespace ?? '');
}

const nameOf = ({ metadata }: KubeObject) => `Pod ${metadata.namespace}/${metadata.name}`;
