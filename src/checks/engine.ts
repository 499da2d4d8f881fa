import type { StepOutcome } from '../argocd/engine/canary.js';
import type { FencedApplications, FencedConnections } from '../argocd/engine/fence.js';
import { type Snapshot, touched } from '../argocd/engine/untouched.js';
import { nameSome } from '../argocd/import.js';
import type { Readiness } from '../argocd/workloads/readiness.js';
import { label } from '../kube/objects.js';
import { type Finding, fail, pass, skipped } from './check.js';

/** All that was changed in the restored copy, after it was proven equal to the backup. */
export interface FenceRecord {
  connections: FencedConnections;
  applications: FencedApplications;
  /** From fenceSettings. */
  settings: string[];
}

/** What the fence changed; that it holds was asserted when it was raised. */
export function fenceFinding({ connections, applications, settings }: FenceRecord): Finding {
  const { clusters, rewritten, notifications } = connections;
  const changes = Object.entries(applications.changes).map(([change, count]) => `${change} in ${count}`);
  const details = [
    `cluster Secrets: ${rewritten} of ${clusters} given an unroutable server and an empty config.`,
    `notifications emptied: ${notifications.join(', ') || 'there were none'}.`,
    `Applications changed: ${changes.join(', ') || 'none needed it'}.`,
    ...settings.map((change) => `setting changed for the canary: ${change}.`),
  ];
  return pass(
    `after equality was proven: ${applications.total} Applications fenced (no operation, no automated sync, no finalizers, skip-reconcile), ${clusters} cluster Secrets without address and credentials, ${notifications.length} notification objects emptied, ${settings.length} settings changed; all listed again and found fenced. ApplicationSets are left as they are: their controller runs dry.`,
    details,
  );
}

/** The controllers after they were given work; that they became ready is what waitReady returned for. */
export function controllersFinding({ workloads, seconds }: Readiness): Finding {
  const details = workloads.map(({ name, ready, wanted }) => `${name}: ${ready} of ${wanted} ready`);
  const idle = workloads.filter(({ ready, wanted }) => wanted === 0 || ready < wanted);
  if (workloads.length === 0) return fail('the installation has no controllers.');
  if (idle.length > 0) return fail(`not ready: ${idle.map(({ name }) => name).join(', ')}.`, [], details);
  return pass(
    `${workloads.map(({ name }) => name).join(', ')} ready ${seconds.toFixed(1)} s after they were given work.`,
    details,
  );
}

/** One step of the canary. @throws what the step throws: then nothing is said about the backup */
export async function stepFinding(step: () => Promise<StepOutcome>): Promise<Finding> {
  const outcome = await step();
  return outcome.ok ? pass(outcome.evidence) : fail(outcome.reason, [], outcome.details);
}

/** A later step, which needs the canary to be Synced and Healthy. */
export function stepFindingAfter(synced: Finding, step: () => Promise<StepOutcome>): Promise<Finding> {
  if (synced.status === 'pass') return stepFinding(step);
  return Promise.resolve(skipped('the canary never became Synced and Healthy: see engine.sync.'));
}

/** Whether the controllers left the restored objects alone while they worked for the canary. */
export function untouchedFinding(before: Snapshot, after: Snapshot): Finding {
  const differences = touched(before, after);
  if (differences.length === 0)
    return pass(
      `${before.size} restored Applications, AppProjects and ApplicationSets have the same resourceVersions as before the controllers were given work: not one was written to.`,
    );
  return {
    // The fence has a hole: that is the drill's fault, and says nothing about the backup.
    status: 'error',
    evidence: `${differences.length} of ${before.size} restored objects were touched although they are fenced: ${nameSome(differences)}.`,
    details: differences.map((each) => `${label(each)}: ${each.problem}${each.path && ` at ${each.path}`}`),
  };
}
