import { type FencedConnections, fenceConnections } from '../../argocd/engine/fence.js';
import { applyObjects } from '../../argocd/manifests.js';
import type { ArgoCdClient } from '../../argocd/server/client.js';
import { logReader, reachServer } from '../../argocd/server/connect.js';
import { forward, type OpenForward } from '../../argocd/server/port-forward.js';
import { idle } from '../../argocd/workloads/overlays.js';
import { type Readiness, waitReady } from '../../argocd/workloads/readiness.js';
import { redisTopology } from '../../argocd/workloads/redis.js';
import { makeCheck } from '../../checks/check.js';
import { redisFinding, reportedWorkloads, workloadsFinding } from '../../checks/installation.js';
import { readBack } from '../../checks/restore.js';
import {
  apiFinding,
  figuresAtWork,
  loginFinding,
  metricsFinding,
  prepareRunning,
  type Running,
  settingsFinding,
  tokenFinding,
} from '../../checks/running.js';
import { messageOf } from '../../errors.js';
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
  const { deps, cluster, installation, opened } = drill;
  const { recorder } = deps;
  const { namespace } = opened.manifest;
  // Applied with the base, and slow: nothing before the last checks needs all of it.
  const redis = recorder.phase('redis', () => waitFor(drill, installation.base));
  redis.catch(() => {});
  const servers = await recorder.phase('servers start', () => start(drill, installation.servers));
  if (drill.rehearsal) await noteServersChanges(drill);
  const running = await recorder.phase('ask argocd-server', () => ask(drill));
  const connections = await recorder.phase('fence connections', () =>
    fenceConnections(cluster.kube, namespace),
  );
  const controllers = await recorder.phase('controllers start without work', () =>
    start(drill, idle(installation.controllers)),
  );
  await workloadChecks(drill, [redis, servers, controllers]);
  await recorder.phase('metrics', () => metrics(drill, running));
  return { ...running, connections };
}

/** The token first: the other questions need one that is taken. They are asked side by side. */
async function ask(drill: KindDrill): Promise<Running> {
  const { deps, plan } = drill;
  const { recorder, scope } = deps;
  const running = await prepareRunning(restoreOptions(drill), await connect(drill));
  await makeCheck(recorder, 'running.token', () => tokenFinding(running));
  await Promise.all([
    makeCheck(recorder, 'running.api', () => apiFinding(running, scope.privateDir('api'))),
    makeCheck(recorder, 'running.settings', () => settingsFinding(running, scope.privateDir('settings'))),
    makeCheck(recorder, 'running.login', () =>
      loginFinding(running, plan.adminPassword, scope.privateDir('login')),
    ),
  ]);
  return running;
}

/** The key figures at the end of level `engine`. They decide nothing, and so fail nothing. */
export async function measureAgain(drill: KindDrill, running: Running): Promise<void> {
  const { recorder, log } = drill.deps;
  try {
    const readLog = logReader(drill.kubectl, running.namespace);
    recorder.metrics(...(await figuresAtWork(running, { open: forwarder(drill), readLog })));
  } catch (error) {
    log.warn(`the key metrics could not be read again: ${messageOf(error)}`);
  }
}

async function metrics(drill: KindDrill, running: Running): Promise<void> {
  const { recorder } = drill.deps;
  await makeCheck(recorder, 'running.metrics', async () => {
    const readLog = logReader(drill.kubectl, running.namespace);
    const measured = await metricsFinding(running, { open: forwarder(drill), readLog });
    recorder.metrics(...measured.metrics);
    return measured.finding;
  });
}

/** Applies workloads and waits until they are ready. */
export async function start(drill: KindDrill, objects: readonly KubeObject[]): Promise<Readiness> {
  await applyObjects(drill.cluster.kube, [...objects], drill.opened.manifest.namespace);
  return waitFor(drill, objects);
}

function waitFor(drill: KindDrill, objects: readonly KubeObject[]): Promise<Readiness> {
  const { deps, cluster, opened, kubectl, secretValues } = drill;
  return waitReady(cluster.kube, opened.manifest.namespace, objects, { ...deps, kubectl, secretValues });
}

async function workloadChecks(drill: KindDrill, waits: (Readiness | Promise<Readiness>)[]): Promise<void> {
  const { deps, cluster, opened, kubectl, installation } = drill;
  const { recorder } = deps;
  await makeCheck(recorder, 'running.workloads', async () => {
    const ready = combined(await Promise.all(waits));
    recorder.workloads(reportedWorkloads(ready));
    return workloadsFinding(ready, installation.overlay);
  });
  await makeCheck(recorder, 'running.redis', async () =>
    redisFinding(await redisTopology(cluster.kube, opened.manifest.namespace, { ...deps, kubectl })),
  );
}

const combined = (waits: readonly Readiness[]): Readiness => ({
  workloads: waits.flatMap(({ workloads }) => workloads),
  seconds: Math.max(...waits.map(({ seconds }) => seconds)),
});

/**
 * What the servers of a newer Argo CD made of the objects at their start: whatever it is, it is Argo CD's own doing,
 * as all objects were proven to be there before.
 */
async function noteServersChanges(drill: KindDrill): Promise<void> {
  const again = () => readBack(restoreOptions(drill));
  const { changes } = await drill.deps.recorder.phase('read back again', again);
  const { migrations = [], losses = [] } = changes ?? {};
  noteChanges(drill, { migrations: [...migrations, ...losses], losses: [] });
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
