import { canary } from '../../argocd/engine/canary.js';
import {
  assertApplicationSetsDry,
  fenceApplications,
  fenceConnections,
  fenceSettings,
} from '../../argocd/engine/fence.js';
import { startGitServer } from '../../argocd/engine/git-server.js';
import { takeSnapshot } from '../../argocd/engine/untouched.js';
import { working } from '../../argocd/workloads/overlays.js';
import { waitReady } from '../../argocd/workloads/readiness.js';
import { makeCheck } from '../../checks/check.js';
import {
  controllersFinding,
  fenceFinding,
  stepFinding,
  stepFindingAfter,
  untouchedFinding,
} from '../../checks/engine.js';
import type { KindDrill } from './drill.js';
import { measureAgain, type Served, start } from './running.js';

/**
 * Level `engine`: fences the restored Applications, gives the controllers work, and lets them keep a canary from a
 * Git server inside the drill: synced, healed by itself, brought to a new commit. The restored objects must stay
 * untouched all the while.
 */
export async function engineLevel(drill: KindDrill, served: Served): Promise<void> {
  const { deps, cluster, opened, installation, quarantine } = drill;
  const { connections } = served;
  const { recorder, log, env, exec, scope, signal } = deps;
  const { kube } = cluster;
  const { namespace } = opened.manifest;
  const git = await startGitServer({ exec, scope, signal, env, address: cluster.hostAddress });
  await quarantine.open({ address: git.address, port: git.port, purpose: "the canary's Git server" });
  await recorder.phase('fence Applications', () =>
    makeCheck(recorder, 'engine.fence', async () => {
      const applications = await fenceApplications(kube, log);
      return fenceFinding({ connections, applications, settings: await fenceSettings(kube, namespace) });
    }),
  );
  const before = await takeSnapshot(kube, namespace);
  await recorder.phase('controllers at work', () =>
    makeCheck(recorder, 'engine.controllers', async () => {
      await assertStillFenced(drill);
      const ready = await start(drill, working(installation.controllers));
      await assertApplicationSetsDry(kube, namespace);
      return controllersFinding(ready);
    }),
  );
  const { sync, selfHeal, newCommit } = canary({
    kube,
    namespace,
    git,
    image: installation.image,
    log,
    signal,
    assertSurroundings: () => assertSurroundings(drill),
  });
  await recorder.phase('canary', async () => {
    const synced = await makeCheck(recorder, 'engine.sync', () => stepFinding(sync));
    await makeCheck(recorder, 'engine.self-heal', () => stepFindingAfter(synced, selfHeal));
    await makeCheck(recorder, 'engine.new-commit', () => stepFindingAfter(synced, newCommit));
  });
  await makeCheck(recorder, 'engine.untouched', async () =>
    untouchedFinding(before, await takeSnapshot(kube, namespace)),
  );
  await recorder.phase('metrics again', () => measureAgain(drill, served));
}

/** The servers have been up since the connections were fenced; nothing may have brought one back. */
async function assertStillFenced({ cluster: { kube }, opened }: KindDrill): Promise<void> {
  await fenceConnections(kube, opened.manifest.namespace);
}

/** Asked before the restored instance is blamed for a canary that fails. */
async function assertSurroundings(drill: KindDrill): Promise<void> {
  const { deps, cluster, opened, installation, quarantine, kubectl } = drill;
  const { base, servers, controllers } = installation;
  await quarantine.assertHolds();
  const all = [...base, ...servers, ...controllers];
  await waitReady(cluster.kube, opened.manifest.namespace, all, { ...deps, kubectl, timeoutMs: 30_000 });
}
