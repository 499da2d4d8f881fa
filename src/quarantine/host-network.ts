import type { Kube } from '../kube/api.js';
import { DAEMON_SET, type KubeObject, label, POD } from '../kube/objects.js';
import { some } from '../log.js';
import { makesNodeAsk } from './escapes.js';

const SYSTEM = 'kube-system';

/**
 * Watches for pods on the network of their node: what such a pod sends is not forwarded, so the quarantine's rules do
 * not see it. Nor do they see what the node itself asks for a pod, by its probes and hooks. Those of the cluster itself
 * are let be: static pods, and what kube-proxy and the CNI make.
 */
export class HostNetwork {
  private constructor(
    private readonly kube: Kube,
    private readonly daemonSets: ReadonlySet<string>,
  ) {}

  /** To be called before anything is applied: what is in kube-system now is the cluster's own. */
  static async of(kube: Kube): Promise<HostNetwork> {
    const names = new Set<string>();
    for await (const { metadata } of kube.list(DAEMON_SET, { namespace: SYSTEM })) names.add(metadata.name);
    return new HostNetwork(kube, names);
  }

  /** What is wrong, with the names of the pods; undefined: nothing. */
  async problem(): Promise<string | undefined> {
    const found: string[] = [];
    const asking: string[] = [];
    for await (const pod of this.kube.list(POD)) {
      if (this.isOfTheCluster(pod)) continue;
      const name = label({ kind: 'Pod', ...pod.metadata });
      if (isOnHostNetwork(pod)) found.push(name);
      else if (makesNodeAsk(pod)) asking.push(name);
    }
    if (found.length > 0)
      return `it cannot hold pods on the network of their node: ${some(found)}; remove hostNetwork from what creates them (manifests, values, kind-config)`;
    return asking.length > 0
      ? `it cannot hold what a node asks for pods: ${some(asking)}; remove host from their probes and hooks (manifests, values)`
      : undefined;
  }

  private isOfTheCluster({ metadata: { namespace, ownerReferences = [] } }: KubeObject): boolean {
    const owner = ownerReferences.find(({ controller }) => controller);
    if (namespace !== SYSTEM || !owner) return false;
    return owner.kind === 'Node' || (owner.kind === 'DaemonSet' && this.daemonSets.has(owner.name));
  }
}

const isOnHostNetwork = ({ spec }: KubeObject) => (spec as { hostNetwork?: boolean }).hostNetwork === true;
