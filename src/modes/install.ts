import { rmSync } from 'node:fs';
import { loadManifests } from '../argocd/manifest-source.js';
import { applyCrds, applyObjects, ensureNamespace, type Manifests } from '../argocd/manifests.js';
import type { Cluster } from '../cluster/cluster.js';
import { startControlPlane } from '../cluster/control-plane.js';
import { wantedKubernetes } from '../cluster/embedded.js';
import { connectExisting } from '../cluster/existing.js';
import { claimName, register } from '../cluster/registry.js';
import type { Deps, ModeResult } from '../deps.js';
import { EXIT } from '../errors.js';
import type { InstallInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';

/**
 * Mode `install`: makes a cluster, or takes an existing one, and applies Argo CD's manifests to it. An embedded
 * control plane runs no pods, so nothing of Argo CD starts there; it is left up until `teardown` or the post step.
 */
export async function install(inputs: InstallInputs, deps: Deps): Promise<ModeResult> {
  const { recorder, tools } = deps;
  const argocdVersion = inputs.argocdVersion === 'auto' ? DEFAULT_VERSIONS.argocd : inputs.argocdVersion;
  const [cluster, manifests] = await Promise.all([
    recorder.phase('cluster', () => startCluster(inputs, deps)),
    recorder.phase('manifests', () => loadManifests({ ...inputs, argocdVersion }, tools)),
  ]);
  await recorder.phase('apply', () => applyAll(cluster, manifests, inputs.namespace));
  recorder.drill({
    clusterProvider: cluster.provider,
    argocdVersion,
    kubernetesVersion: await cluster.kube.version(),
  });
  const message = `Applied ${manifests.crds.length + manifests.objects.length} objects of Argo CD ${argocdVersion} to namespace ${inputs.namespace}.`;
  return {
    report: recorder.finish({ verdict: 'PASS', exitCode: EXIT.pass, message }),
    outputs: { 'cluster-name': cluster.name, kubeconfig: cluster.target.kubeconfig ?? '' },
  };
}

async function startCluster(inputs: InstallInputs, deps: Deps): Promise<Cluster> {
  if (inputs.cluster === 'existing') return connectExisting(inputs, deps.signal);
  const { tools, signal, env, recorder } = deps;
  const [etcd, kubeApiserver] = await Promise.all([
    tools.get('etcd', DEFAULT_VERSIONS.etcd),
    tools.get('kube-apiserver', wantedKubernetes(inputs.kubernetesVersion)),
  ]);
  const name = inputs.clusterName ?? 'argocd-dr';
  const dir = claimName(env, name);
  try {
    const plane = await startControlPlane({
      name,
      dir,
      etcd: etcd.path,
      kubeApiserver: kubeApiserver.path,
      signal,
    });
    register({ name, dir, pids: plane.pids });
    // Told before anything else can fail: whoever ends this run must know what it left up.
    recorder.output('cluster-name', name);
    recorder.output('kubeconfig', plane.target.kubeconfig!);
    return plane;
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

async function applyAll({ kube }: Cluster, { crds, objects }: Manifests, namespace: string): Promise<void> {
  await ensureNamespace(kube, namespace);
  await applyCrds(kube, crds);
  await applyObjects(kube, objects, namespace);
}
