import { rmSync } from 'node:fs';
import { loadManifests } from '../argocd/manifest-source.js';
import { applyManifests, argocdVersionOf, type Manifests } from '../argocd/manifests.js';
import { analyseManifests } from '../argocd/workloads/written.js';
import { makeCheck } from '../checks/check.js';
import { manifestsFinding } from '../checks/installation.js';
import { asksForKind, chooseProvider, uniqueName } from '../cluster/choose.js';
import { type Cluster, type ClusterProviderName, isKind } from '../cluster/cluster.js';
import { startControlPlane } from '../cluster/control-plane.js';
import { wantedKubernetes } from '../cluster/embedded.js';
import { connectExisting } from '../cluster/existing.js';
import { startLastingKind } from '../cluster/kind/lasting.js';
import { claimName, markEmbedded } from '../cluster/registry.js';
import type { Deps, ModeResult } from '../deps.js';
import { EXIT, failed } from '../errors.js';
import { INSTALLED_CLUSTER, type InstallInputs } from '../inputs.js';
import { NODE } from '../kube/objects.js';
import type { OutputValues } from '../outputs.js';
import type { Outcome } from '../report/verdict.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { alreadyThere } from './already-there.js';
import { annotateFindings, annotatingErrors } from './annotate.js';
import { proveInstallation } from './installation.js';
import { noteDrill } from './prepare.js';
import { keepLogs } from './target.js';

/**
 * Mode `install`: makes a cluster, or takes an existing one, applies Argo CD's manifests to it, waits until all of it
 * is ready, and checks it for high availability. The cluster is left up until `teardown` or the post step.
 */
export async function install(inputs: InstallInputs, deps: Deps): Promise<ModeResult> {
  const { recorder } = deps;
  const asked = inputs.argocdVersion === 'auto' ? DEFAULT_VERSIONS.argocd : inputs.argocdVersion;
  const loading = readManifests(inputs, asked, deps);
  // What is wrong with manifests of the user's own is told in seconds, before a cluster is made.
  if (inputs.manifests !== undefined || inputs.chartVersion !== undefined) await loading;
  const [up, manifests] = await Promise.all([
    recorder.phase('cluster', () => startCluster(inputs, asked, deps)),
    loading,
  ]);
  const { cluster } = up;
  const argocdVersion = argocdVersionOf(manifests) ?? asked;
  await noteDrill(cluster, { deps, argocdVersion });
  const { outcome, outputs } = (await runsPods(cluster))
    ? await proveOrKeepLogs(cluster, manifests, inputs, deps)
    : await applyOnly(cluster, manifests, argocdVersion, inputs, deps);
  if (outcome.exitCode === EXIT.pass) up.keep();
  return { report: recorder.finish(outcome), outputs };
}

/**
 * Reads the manifests and judges them by themselves.
 * @throws DrError (fail) for an installation that cannot come up, or is not highly available though that is asked for
 */
async function readManifests(inputs: InstallInputs, argocdVersion: string, deps: Deps): Promise<Manifests> {
  const { recorder } = deps;
  return recorder.phase('manifests', () =>
    annotatingErrors('manifests', inputs, deps, async () => {
      const manifests = await loadManifests({ ...inputs, argocdVersion }, deps);
      const finding = await makeCheck(recorder, 'install.manifests', async () => {
        const isThere = await alreadyThere(manifests, inputs, deps);
        const findings = analyseManifests(manifests, { ...inputs, isThere });
        annotateFindings(findings, 'manifests', inputs, deps);
        const objects = manifests.crds.length + manifests.objects.length;
        return manifestsFinding(findings, { objects, version: argocdVersionOf(manifests) });
      });
      if (finding.status === 'fail') throw failed(finding.evidence);
      return manifests;
    }),
  );
}

/** Of a kind cluster whose installation does not hold, the logs are kept: it is gone after the run. */
async function proveOrKeepLogs(cluster: Cluster, manifests: Manifests, inputs: InstallInputs, deps: Deps) {
  let outcome: Outcome | undefined;
  try {
    const proven = await proveInstallation(cluster, manifests, inputs, deps);
    ({ outcome } = proven);
    return proven;
  } finally {
    if (outcome?.exitCode !== EXIT.pass && isKind(cluster)) await keepLogs(cluster, inputs.reportDir, deps);
  }
}

/** Without nodes, as on the embedded control plane, nothing of it can run. */
async function applyOnly(
  cluster: Cluster,
  manifests: Manifests,
  argocdVersion: string,
  { namespace }: InstallInputs,
  { recorder }: Deps,
): Promise<{ outcome: Outcome; outputs: OutputValues }> {
  await recorder.phase('apply', () => applyManifests(cluster.kube, manifests, namespace));
  const message = `Applied ${manifests.crds.length + manifests.objects.length} objects of Argo CD ${argocdVersion} to namespace ${namespace}. The cluster has no nodes: nothing of it runs.`;
  return { outcome: { verdict: 'PASS', exitCode: EXIT.pass, message }, outputs: {} };
}

async function runsPods({ kube }: Cluster): Promise<boolean> {
  for await (const _ of kube.list(NODE)) return true;
  return false;
}

interface Up {
  cluster: Cluster;
  /** Leaves the cluster up at the run's end: only one with a whole installation, or where it is asked for. */
  keep(): void;
}

async function startCluster(inputs: InstallInputs, argocdVersion: string, deps: Deps): Promise<Up> {
  const provider = await chooseProvider(inputs.cluster, kindNeeds(inputs), deps);
  const name = inputs.clusterName ?? (deps.env.GITHUB_ACTIONS === 'true' ? uniqueName() : INSTALLED_CLUSTER);
  const up = await startProvider(provider, name, inputs, argocdVersion, deps);
  // Told before anything else can fail: whoever ends this run must know what it left up.
  deps.recorder.output('cluster-name', up.cluster.name);
  deps.recorder.output('kubeconfig', up.cluster.target.kubeconfig ?? '');
  return up;
}

function kindNeeds(inputs: InstallInputs): string | undefined {
  if (inputs.chaos !== 'none') return `chaos: ${inputs.chaos}`;
  return asksForKind(inputs) ? 'an input for kind nodes' : undefined;
}

async function startProvider(
  provider: ClusterProviderName,
  name: string,
  inputs: InstallInputs,
  argocdVersion: string,
  deps: Deps,
): Promise<Up> {
  if (provider === 'existing') return { cluster: await connectExisting(inputs, deps.signal), keep() {} };
  if (provider === 'control-plane')
    return { cluster: await startLastingPlane(name, inputs, deps), keep() {} };
  let kept = inputs.keepCluster;
  const cluster = await startLastingKind({ ...inputs, name, argocdVersion, keep: () => kept }, deps);
  return {
    cluster,
    keep() {
      kept = true;
    },
  };
}

async function startLastingPlane(name: string, inputs: InstallInputs, deps: Deps): Promise<Cluster> {
  const { tools, signal, env } = deps;
  const [etcd, kubeApiserver] = await Promise.all([
    tools.get('etcd', DEFAULT_VERSIONS.etcd),
    tools.get('kube-apiserver', wantedKubernetes(inputs.kubernetesVersion)),
  ]);
  const dir = claimName(env, name);
  markEmbedded(dir);
  if (!inputs.keepCluster) deps.runner.makes(name);
  const programs = { etcd: etcd.path, kubeApiserver: kubeApiserver.path };
  try {
    return await startControlPlane({ name, dir, ...programs, signal });
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}
