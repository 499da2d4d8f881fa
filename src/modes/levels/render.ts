import { resolve4 } from 'node:dns/promises';
import pMap from 'p-map';
import { instanceObjects, readInstanceObject } from '../../argocd/index.js';
import { withHostAliases } from '../../argocd/workloads/overlays.js';
import { makeCheck } from '../../checks/check.js';
import { gitHosts } from '../../checks/git-hosts.js';
import { aimAtDrill, renderFinding } from '../../checks/render.js';
import type { KubeObject } from '../../kube/objects.js';
import { some } from '../../log.js';
import { createRedactor } from '../../redact.js';
import type { KindDrill } from './drill.js';
import { type Served, start } from './running.js';

const CONCURRENCY = 8;

/**
 * Level `render`: opens the quarantine for the repositories of the restored Applications, and for nothing else, and
 * lets the restored repo-server render each of them.
 */
export async function renderLevel(drill: KindDrill, { client, token, objects }: Served): Promise<void> {
  const { deps, plan, cluster, opened, secretValues } = drill;
  const { recorder, log, signal } = deps;
  const { namespace } = opened.manifest;
  const applications = await readApplications(drill);
  await recorder.phase('open the way to repositories', () => openDoors(drill, applications, objects));
  const aimBack = await aimAtDrill(cluster.kube, applications, namespace);
  await recorder.phase('render', () =>
    makeCheck(recorder, 'render.manifests', () =>
      renderFinding({
        client: { manifests: (application) => client.manifests(token, application) },
        applications,
        namespace,
        mode: plan.render === 'all' ? 'all' : 'reachable',
        redact: createRedactor(secretValues),
        log,
        signal,
      }),
    ),
  );
  await aimBack();
}

/** As the backup holds them, `status` included. */
function readApplications({ opened, index }: KindDrill): Promise<KubeObject[]> {
  const applications = instanceObjects(index).filter(({ kind }) => kind === 'Application');
  return pMap(applications, (object) => readInstanceObject(opened, object), { concurrency: CONCURRENCY });
}

/** Pods in quarantine look up no outside names: the repo-server is told the addresses, as this machine knows them. */
async function openDoors(drill: KindDrill, applications: KubeObject[], objects: KubeObject[]): Promise<void> {
  const { deps, quarantine, installation } = drill;
  const secrets = objects.filter(({ kind }) => kind === 'Secret');
  const { doors, unresolved } = await gitHosts(applications, secrets, resolve4);
  for (const { host, port, addresses } of doors)
    for (const address of addresses)
      await quarantine.open({ address, port, purpose: `repositories of ${host}` });
  if (unresolved.length > 0)
    deps.recorder.warn(`Hosts of repositories that have no IPv4 address here: ${some(unresolved)}.`);
  await start(drill, withHostAliases(installation.servers, doors));
}
