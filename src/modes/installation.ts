import { applyManifests, type Manifests } from '../argocd/manifests.js';
import { exposeServer, initialPassword } from '../argocd/server/expose.js';
import { fastStart } from '../argocd/workloads/fast-start.js';
import { analyseHa, readInstallation } from '../argocd/workloads/ha.js';
import { type Kubectl, kubectlFor } from '../argocd/workloads/kubectl.js';
import { loseNode } from '../argocd/workloads/node-loss.js';
import { waitReady } from '../argocd/workloads/readiness.js';
import { redisTopology } from '../argocd/workloads/redis.js';
import type { CheckId } from '../checks/catalog.js';
import { makeCheck } from '../checks/check.js';
import {
  highAvailabilityFinding,
  nodeLossFinding,
  redisFinding,
  reportedWorkloads,
  workloadsFinding,
} from '../checks/installation.js';
import { type Cluster, isKind } from '../cluster/cluster.js';
import type { Deps } from '../deps.js';
import { EXIT, invalidInput } from '../errors.js';
import type { InstallInputs } from '../inputs.js';
import type { OutputValues } from '../outputs.js';
import { type Outcome, verdictOf } from '../report/verdict.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { annotateFindings, annotatingErrors } from './annotate.js';

/**
 * Applies an installation to a cluster whose nodes run pods, and proves it: every workload ready, redis whole, highly
 * available, and with `chaos: node` the loss of a node survived.
 */
export async function proveInstallation(
  cluster: Cluster,
  manifests: Manifests,
  inputs: InstallInputs,
  deps: Deps,
): Promise<{ outcome: Outcome; outputs: OutputValues }> {
  const { recorder } = deps;
  const { namespace } = inputs;
  const kubectl = await kubectlOf(cluster, deps);
  const { objects, overlay } =
    inputs.fastStart === true ? fastStart(manifests.objects) : { objects: manifests.objects, overlay: [] };
  await recorder.phase('apply', () => applyManifests(cluster.kube, { ...manifests, objects }, namespace));
  await recorder.phase('wait for workloads', () =>
    makeCheck(recorder, 'install.workloads', async () => {
      const ready = await annotatingErrors('does not come up', inputs, deps, () =>
        waitReady(cluster.kube, namespace, objects, { ...deps, kubectl }),
      );
      recorder.workloads(reportedWorkloads(ready));
      return workloadsFinding(ready, overlay);
    }),
  );
  const outputs = await reachable(cluster, inputs, deps);
  await makeCheck(recorder, 'install.redis', async () =>
    redisFinding(await redisTopology(cluster.kube, namespace, { ...deps, kubectl })),
  );
  const checks = await availabilityChecks(cluster, kubectl, inputs, deps);
  const expected = ['install.manifests', 'install.workloads', 'install.redis', ...checks];
  return { outcome: outcomeOf(expected, inputs, deps), outputs };
}

async function kubectlOf(cluster: Cluster, deps: Deps): Promise<Kubectl> {
  const { path } = await deps.tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
  return kubectlFor({ ...deps, path, target: cluster.target });
}

/** Where argocd-server answers, and the first password. */
async function reachable(
  cluster: Cluster,
  { namespace, portMappings }: InstallInputs,
  { recorder, log }: Deps,
): Promise<OutputValues> {
  const server = isKind(cluster) ? await exposeServer(cluster, namespace, portMappings) : undefined;
  const password = await initialPassword(cluster.kube, namespace);
  const outputs: OutputValues = {
    ...(server === undefined ? {} : { 'argocd-server': server }),
    ...(password === undefined ? {} : { 'admin-password': password }),
  };
  for (const [name, value] of Object.entries(outputs)) recorder.output(name as keyof OutputValues, value);
  if (server !== undefined)
    log.info(
      `log in: https://${server}, user admin${password === undefined ? '' : `, password by ${passwordCommand(cluster, namespace)}`}`,
    );
  return outputs;
}

/** Not the password itself: a log is read by others. */
const passwordCommand = ({ target }: Cluster, namespace: string): string =>
  `kubectl${target.kubeconfig ? ` --kubeconfig ${target.kubeconfig}` : ''} -n ${namespace} get secret argocd-initial-admin-secret -o go-template='{{.data.password | base64decode}}'`;

async function availabilityChecks(
  cluster: Cluster,
  kubectl: Kubectl,
  { ha, chaos, namespace, manifests }: InstallInputs,
  deps: Deps,
): Promise<CheckId[]> {
  const { recorder } = deps;
  const made: CheckId[] = [];
  const availability = async () => {
    const findings = analyseHa(await readInstallation(cluster.kube, namespace));
    annotateFindings(findings, 'high availability', { manifests }, deps);
    return findings;
  };
  if (ha) {
    made.push('install.high-availability');
    await makeCheck(recorder, 'install.high-availability', async () =>
      highAvailabilityFinding(await availability()),
    );
  }
  if (chaos === 'node') {
    if (!isKind(cluster)) throw invalidInput('chaos: node needs a kind cluster');
    made.push('install.node-loss');
    await recorder.phase('loss of a node', () =>
      makeCheck(recorder, 'install.node-loss', async () =>
        nodeLossFinding(await loseNode({ ...deps, cluster, namespace, kubectl })),
      ),
    );
  }
  return made;
}

function outcomeOf(expected: string[], { ha }: InstallInputs, { recorder }: Deps): Outcome {
  const outcome = verdictOf([...recorder.checks], { level: 'running', expected });
  if (outcome.exitCode !== EXIT.pass) return outcome;
  const proven = recorder.checks.length;
  return {
    ...outcome,
    message: `Argo CD is up: all of its workloads are ready${ha ? ', and it is highly available' : ''}; ${proven} of ${proven} checks pass.`,
  };
}
