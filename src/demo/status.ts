import type { Fields, Setting } from './objects.js';
import { type ApplicationPlan, destinationOf, type State, sourceFields, targetNamespace } from './plan.js';
import { type Random, timestamp } from './random.js';

const SYNC: Record<State, string> = {
  synced: 'Synced',
  drifted: 'OutOfSync',
  progressing: 'Synced',
  degraded: 'Synced',
  failed: 'OutOfSync',
  new: 'Unknown',
};
const HEALTH: Record<State, string> = {
  synced: 'Healthy',
  drifted: 'Healthy',
  progressing: 'Progressing',
  degraded: 'Degraded',
  failed: 'Missing',
  new: 'Unknown',
};

const RESOURCES: readonly { group: string; version: string; kind: string; wave?: number }[] = [
  { group: '', version: 'v1', kind: 'ConfigMap', wave: -5 },
  { group: '', version: 'v1', kind: 'Service' },
  { group: 'apps', version: 'v1', kind: 'Deployment' },
  { group: 'batch', version: 'v1', kind: 'CronJob', wave: 3 },
];

interface Facts {
  plan: ApplicationPlan;
  /** One for each source. */
  revisions: string[];
  /** Seconds after the demonstration's epoch. */
  deployedAt: number;
  random: Random;
}

/** The status that Argo CD 3.1 stores for an Application, or none where it has not looked at it yet. */
export function applicationStatus(
  plan: ApplicationPlan,
  random: Random,
  { namespace }: Setting,
): Fields | undefined {
  if (plan.state === 'new') return undefined;
  const revisions = plan.sources.map(() => random.revision());
  const facts = { plan, revisions, deployedAt: random.below(1_000_000), random };
  return {
    sync: {
      status: SYNC[plan.state],
      comparedTo: { destination: destinationOf(plan), ...sourceFields(plan.sources) },
      ...revisionFields(revisions),
    },
    health: { status: HEALTH[plan.state], lastTransitionTime: timestamp(facts.deployedAt + 30) },
    history: history(facts),
    operationState: operationState(facts),
    resources: resources(facts),
    summary: {
      externalURLs: [`https://${targetNamespace(plan.name).slice(0, 50)}.apps.corp.example/`],
      images: [`registry.corp.example/shop:1.${random.below(100)}.0`],
    },
    ...conditions(facts),
    reconciledAt: timestamp(facts.deployedAt + 90),
    resourceHealthSource: 'appTree',
    controllerNamespace: namespace,
    ...sourceTypes(plan.sources),
  };
}

function revisionFields(revisions: readonly string[]): Fields {
  if (revisions.length > 1) return { revisions };
  return revisions.length === 1 ? { revision: revisions[0] } : {};
}

function history({ plan, revisions, deployedAt, random }: Facts): Fields[] {
  const length = 1 + random.below(2);
  const id = random.below(1000);
  return Array.from({ length }, (_, i) => ({
    id: id + i,
    deployStartedAt: timestamp(deployedAt - 3600 * (length - 1 - i) - 5),
    deployedAt: timestamp(deployedAt - 3600 * (length - 1 - i)),
    initiatedBy: i === 0 ? { username: 'alice' } : { automated: true },
    ...revisionFields(i === length - 1 ? revisions : revisions.map(() => random.revision())),
    // Argo CD writes an empty source beside several.
    ...(plan.sources.length > 1 ? { source: { repoURL: '' } } : {}),
    ...sourceFields(plan.sources),
  }));
}

function operationState(facts: Facts): Fields {
  const { plan, revisions, deployedAt } = facts;
  const failed = plan.state === 'failed';
  return {
    phase: failed ? 'Failed' : 'Succeeded',
    message: failed
      ? 'one or more objects failed to apply, reason: Deployment.apps "shop" is invalid:\n\tspec.selector: Required value'
      : 'successfully synced (all tasks run)',
    startedAt: timestamp(deployedAt - 5),
    finishedAt: timestamp(deployedAt),
    ...(failed ? { retryCount: 5 } : {}),
    operation: {
      initiatedBy: { automated: true },
      retry: { limit: 5, backoff: { duration: '5s', factor: 2, maxDuration: '3m0s' } },
      sync: { prune: true, ...revisionFields(revisions) },
    },
    syncResult: { revision: '', ...revisionFields(revisions), resources: syncResults(facts) },
  };
}

function resourceNames({ plan }: Facts): Fields[] {
  const namespace = String(destinationOf(plan).namespace ?? 'default');
  return RESOURCES.map(({ group, version, kind }) => ({
    group,
    version,
    kind,
    namespace,
    name: `${targetNamespace(plan.name)}-${kind.toLowerCase()}`,
  }));
}

function syncResults(facts: Facts): Fields[] {
  return resourceNames(facts)
    .slice(0, 2)
    .map((resource) => ({
      ...resource,
      status: 'Synced',
      hookPhase: 'Running',
      syncPhase: 'Sync',
      message: `${String(resource.kind).toLowerCase()}/${resource.name} configured`,
    }));
}

function resources(facts: Facts): Fields[] {
  const { state } = facts.plan;
  return resourceNames(facts).map(({ group, ...resource }, i) => {
    const drifted = SYNC[state] === 'OutOfSync' && i === 0;
    const wave = RESOURCES[i]?.wave;
    return {
      // `group` of the core API is left out here, unlike in a sync result.
      ...(group ? { group } : {}),
      ...resource,
      status: drifted ? 'OutOfSync' : 'Synced',
      ...(drifted ? { requiresPruning: true } : {}),
      ...(resource.kind === 'Deployment' ? { health: { status: HEALTH[state] } } : {}),
      ...(wave === undefined ? {} : { syncWave: wave }),
    };
  });
}

function conditions({ plan, deployedAt }: Facts): Fields {
  if (plan.state !== 'failed') return {};
  const message =
    'Failed sync attempt to the revision above: \u201cshop\u201d is invalid \u2192 see the events';
  return { conditions: [{ type: 'SyncError', message, lastTransitionTime: timestamp(deployedAt) }] };
}

function sourceTypes(sources: readonly Fields[]): Fields {
  const types = sources.map(({ helm, chart, kustomize, plugin }) =>
    helm || chart ? 'Helm' : kustomize ? 'Kustomize' : plugin ? 'Plugin' : 'Directory',
  );
  if (types.length > 1) return { sourceTypes: types };
  return types.length === 1 ? { sourceType: types[0] } : {};
}
