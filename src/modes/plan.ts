import { includes } from '../checks/catalog.js';
import { asksForKind, chooseProvider } from '../cluster/choose.js';
import type { ClusterProviderName } from '../cluster/cluster.js';
import type { Deps } from '../deps.js';
import { infraError } from '../errors.js';
import { formatDuration } from '../inputs.js';
import type { Level } from '../report/report.js';
import type { DrillPlan, SettledPlan } from './levels/drill.js';

/**
 * Settles what `auto` means for cluster and level, and tells the report. Level `auto` is the highest that the cluster
 * can prove without the user's own: `engine` on kind, `restore` elsewhere.
 * @param quick whether `auto` is the embedded control plane where nothing that was asked needs pods
 * @throws DrError (infrastructure) where pods are needed and Docker does not answer
 */
export async function settle(
  plan: DrillPlan,
  { quick }: { quick: boolean },
  deps: Pick<Deps, 'exec' | 'env' | 'recorder'>,
): Promise<SettledPlan> {
  const needs = podsNeededFor(plan);
  const cluster = await provider(plan, needs, quick, deps);
  if (needs !== undefined && cluster !== 'kind')
    throw infraError(`${needs} needs a cluster that this run makes and that runs pods: give cluster kind`);
  const { rtoTarget, timeout } = plan;
  if (rtoTarget !== undefined && rtoTarget >= timeout)
    deps.recorder.warn(
      `rto-target (${formatDuration(rtoTarget)}) is not below timeout (${formatDuration(timeout)}): a restore that misses it ends as timed out instead; raise timeout.`,
    );
  const level = plan.level === 'auto' ? highest(cluster) : plan.level;
  deps.recorder.note({ level });
  if (!quick && plan.cluster === 'auto' && plan.level === 'auto' && cluster === 'control-plane')
    deps.recorder.warn(WITHOUT_PODS);
  return { ...plan, cluster, level };
}

const WITHOUT_PODS =
  'Docker does not answer, so the drill takes place on an embedded control plane, which runs no pods: that Argo CD comes up on the restored data, serves it and works (levels running and engine) is not proven. A runner with Docker proves it.';

function podsNeededFor(plan: DrillPlan): string | undefined {
  if (plan.level !== 'auto' && includes(plan.level, 'running')) return `level ${plan.level}`;
  if (plan.verifyCommand !== undefined) return 'verify-command';
  if (plan.adminPassword !== undefined) return 'admin-password';
  return undefined;
}

async function provider(
  plan: DrillPlan,
  needs: string | undefined,
  quick: boolean,
  deps: Pick<Deps, 'exec' | 'env'>,
): Promise<ClusterProviderName> {
  const wishes = needs ?? (asksForKind(plan) ? 'an input for kind nodes' : undefined);
  // The backup is opened, and no more.
  const none = plan.level === 'integrity' && plan.cluster === 'auto';
  if (none || (quick && plan.cluster === 'auto' && wishes === undefined)) return 'control-plane';
  return chooseProvider(plan.cluster, wishes, deps);
}

const highest = (cluster: ClusterProviderName): Level => (cluster === 'kind' ? 'engine' : 'restore');
