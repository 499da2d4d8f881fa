import { type FencedConnections, fenceConnections } from '../../argocd/engine/fence.js';
import { applyObjects } from '../../argocd/manifests.js';
import type { ArgoCdClient } from '../../argocd/server/client.js';
import { logReader, reachServer } from '../../argocd/server/connect.js';
import { forward, type OpenForward } from '../../argocd/server/port-forward.js';
import { idle } from '../../argocd/workloads/overlays.js';
import { type Readiness, waitReady } from '../../argocd/workloads/readiness.js';
import { redisTopology } from '../../argocd/workloads/redis.js';
import { makeCheck } from '../../checks/check.js';
import { redisFinding, workloadsFinding } from '../../checks/installation.js';
import { readBack } from '../../checks/restore.js';
import {
  apiFinding,
  loginFinding,
  metricsFinding,
  prepareRunning,
  type Running,
  settingsFinding,
  tokenFinding,
} from '../../checks/running.js';
import type { KubeObject } from '../../kube/objects.js';
import { type KindDrill, restoreOptions } from './drill.js';
import { noteChanges } from './restore.js';

/** An Argo CD that runs in the drill, cut off from what it names. */
export interface Served extends Running {
  connections: FencedConnections;
}

/**
 * Level `running`: Argo CD's servers start on the restored data and are asked for it; then, cut off from the
 * clusters and services it names, its controllers start without work and count it.
 */
export async function runningLevel(drill: KindDrill): Promise<Served> {
  const { deps, plan, cluster, installation, opened } = drill;
  const { recorder, scope } = deps;
  const { namespace } = opened.manifest;
  const servers = await recorder.phase('servers start', () =>
    start(drill, installation.servers, installation.base),
  );
  if (drill.rehearsal) await noteServersChanges(drill);
  const running = await recorder.phase('ask argocd-server', async () => {
    const client = await connect(drill);
    const running = await prepareRunning(restoreOptions(drill), client);
    await makeCheck(recorder, 'running.token', () => tokenFinding(running));
    await makeCheck(recorder, 'running.api', () => apiFinding(running, scope.privateDir('api')));
    await makeCheck(recorder, 'running.settings', () =>
      settingsFinding(running, scope.privateDir('settings')),
    );
    await makeCheck(recorder, 'running.login', () =>
      loginFinding(running, plan.adminPassword, scope.privateDir('login')),
    );
    return running;
  });
  const connections = await recorder.phase('fence connections', () =>
    fenceConnections(cluster.kube, namespace),
  );
  const controllers = await recorder.phase('controllers start without work', () =>
    start(drill, idle(installation.controllers)),
  );
  await workloadChecks(drill, servers, controllers);
  await recorder.phase('metrics', () =>
    makeCheck(recorder, 'running.metrics', async () => {
      const { finding, metrics } = await metricsFinding(running, {
        open: forwarder(drill),
        readLog: logReader(drill.kubectl, namespace),
      });
      recorder.metrics(...metrics);
      return finding;
    }),
  );
  return { ...running, connections };
}

/** Applies workloads and waits until they, and others applied before, are ready. */
export async function start(
  drill: KindDrill,
  objects: readonly KubeObject[],
  others: readonly KubeObject[] = [],
): Promise<Readiness> {
  const { deps, cluster, opened, kubectl, secretValues } = drill;
  const { namespace } = opened.manifest;
  await applyObjects(cluster.kube, [...objects], namespace);
  return waitReady(cluster.kube, namespace, [...others, ...objects], { ...deps, kubectl, secretValues });
}

async function workloadChecks(drill: KindDrill, ...waits: Readiness[]): Promise<void> {
  const { deps, cluster, opened, kubectl, installation } = drill;
  const { recorder } = deps;
  const ready: Readiness = {
    workloads: waits.flatMap(({ workloads }) => workloads),
    seconds: Math.max(...waits.map(({ seconds }) => seconds)),
  };
  recorder.workloads(
    ready.workloads.map(({ pods, ...workload }) => ({ ...workload, nodes: pods.map(({ node }) => node) })),
  );
  await makeCheck(recorder, 'running.workloads', () => {
    const finding = workloadsFinding(ready);
    const overlay = installation.overlay.map((line) => `fast start: ${line}`);
    return { ...finding, details: [...(finding.details ?? []), ...overlay] };
  });
  await makeCheck(recorder, 'running.redis', async () =>
    redisFinding(await redisTopology(cluster.kube, opened.manifest.namespace, { ...deps, kubectl })),
  );
}

/** What the servers of a newer Argo CD made of the objects at their start. */
async function noteServersChanges(drill: KindDrill): Promise<void> {
  const again = () => readBack(restoreOptions(drill));
  const { changes } = await drill.deps.recorder.phase('read back again', again);
  if (changes) noteChanges(drill, changes);
}

const connect = (drill: KindDrill): Promise<ArgoCdClient> =>
  reachServer({
    kube: drill.cluster.kube,
    namespace: drill.opened.manifest.namespace,
    open: forwarder(drill),
    signal: drill.deps.signal,
  });

function forwarder({ deps, cluster, opened, kubectlPath }: KindDrill): OpenForward {
  const { scope, signal, env } = deps;
  return (target, port) =>
    forward({
      kubectl: kubectlPath,
      cluster: cluster.target,
      namespace: opened.manifest.namespace,
      target,
      port,
      scope,
      signal,
      env,
    });
}
