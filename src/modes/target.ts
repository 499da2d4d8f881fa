import { isReleased } from '../argocd/version.js';
import { receiptPathOf } from '../bundle/names.js';
import { readReceipt } from '../bundle/receipt.js';
import { uniqueName } from '../cluster/choose.js';
import type { Cluster, KindCluster } from '../cluster/cluster.js';
import { startEmbedded } from '../cluster/embedded.js';
import { connectExisting } from '../cluster/existing.js';
import { startKind } from '../cluster/kind/kind.js';
import { startLastingKind } from '../cluster/kind/lasting.js';
import { exportLogs, logsDir } from '../cluster/kind/logs.js';
import type { Deps } from '../deps.js';
import { messageOf } from '../errors.js';
import { SECRET } from '../kube/objects.js';
import { createRedactor } from '../redact.js';
import { secretValues } from '../secrets/values.js';
import type { SettledPlan } from './levels/drill.js';

/** Makes a cluster to restore into; called again where the first was lost. */
export type StartTarget = () => Promise<Cluster>;

/**
 * The cluster to restore into.
 * @param backup its receipt tells the version of Argo CD before the backup is open
 */
export async function startTarget(
  plan: SettledPlan,
  backup: string | undefined,
  deps: Deps,
): Promise<Cluster> {
  if (plan.cluster === 'existing') return connectExisting(plan, deps.signal);
  if (plan.cluster === 'control-plane') return startEmbedded('target', plan.kubernetesVersion, deps);
  const name = plan.clusterName ?? uniqueName();
  const argocdVersion = plan.argocdVersion === 'auto' ? versionInReceipt(backup) : plan.argocdVersion;
  const options = { ...plan, name, argocdVersion };
  if (!plan.keepCluster)
    return deps.recorder.phase('kind cluster', () =>
      startKind({ ...options, logsDir: logsDir(plan.reportDir) }, deps),
    );
  const cluster = await deps.recorder.phase('kind cluster', () =>
    startLastingKind({ ...options, keep: () => true }, deps),
  );
  deps.recorder.output('cluster-name', cluster.name);
  deps.recorder.output('kubeconfig', cluster.target.kubeconfig ?? '');
  return cluster;
}

/** The version of Argo CD that the receipt beside a backup names, for the choice of a node image; nobody has signed it. */
export function versionInReceipt(backup: string | undefined): string {
  try {
    const version = (backup && readReceipt(receiptPathOf(backup))?.argocdVersion) || 'auto';
    return isReleased(version) ? version : 'auto';
  } catch {
    // A receipt that cannot be read is refused when the backup is opened.
    return 'auto';
  }
}

/**
 * Keeps the logs of a cluster beside the report on this machine, without secret values.
 * @param backedUp secret values besides those of the cluster
 */
export async function keepLogs(
  cluster: KindCluster,
  reportDir: string,
  deps: Deps,
  backedUp: readonly string[] = [],
): Promise<void> {
  if (deps.signal.aborted) return;
  const dir = logsDir(reportDir);
  try {
    await deps.recorder.phase('keep logs', async () => {
      const secrets = [];
      for await (const secret of cluster.kube.list(SECRET)) secrets.push(secret);
      const redact = createRedactor([...backedUp, ...secretValues(secrets)]);
      await exportLogs(cluster, dir, { redact }, deps);
    });
    deps.log.info(`logs of the cluster, without secret values: ${dir}`);
    deps.recorder.warn(
      `The logs of the cluster, without secret values, are in ${dir} on the machine of this run; they are not uploaded.`,
    );
  } catch (error) {
    deps.log.warn(`the logs of the cluster are not kept: ${messageOf(error)}`);
  }
}
