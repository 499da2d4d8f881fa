import type { KubeObject } from '../../kube/objects.js';

/** The fields of an Application's status by which the engine is judged. */
interface Status {
  reconciledAt?: string;
  sync?: { status?: string; revision?: string };
  health?: { status?: string; message?: string };
  conditions?: { type: string; message: string }[];
  operationState?: {
    phase?: string;
    message?: string;
    syncResult?: { revision?: string; resources?: ResourceResult[] };
  };
  resources?: ResourceStatus[];
}

interface ResourceResult {
  kind: string;
  name: string;
  status?: string;
  message?: string;
}

interface ResourceStatus {
  kind: string;
  name: string;
  status?: string;
  health?: { status?: string; message?: string };
}

const statusOf = (application: KubeObject): Status => (application.status ?? {}) as Status;

/** Whether Argo CD holds an Application for Synced at a revision. */
export function isSynced(application: KubeObject, revision: string): boolean {
  const { sync } = statusOf(application);
  return sync?.status === 'Synced' && sync.revision === revision;
}

/** Whether it is Synced at a revision and Healthy, by a reconciliation since it was created. */
export function isWell(application: KubeObject, revision: string): boolean {
  const { health, reconciledAt = '' } = statusOf(application);
  const created = Date.parse(application.metadata.creationTimestamp ?? '');
  return (
    isSynced(application, revision) && health?.status === 'Healthy' && Date.parse(reconciledAt) >= created
  );
}

/** Whether the sync to a revision has ended badly; Argo CD does not try that revision again. */
export function hasFailed(application: KubeObject, revision: string): boolean {
  const { phase, syncResult } = statusOf(application).operationState ?? {};
  return (phase === 'Failed' || phase === 'Error') && syncResult?.revision === revision;
}

/** Where an Application stands, in a few words. */
export function standing(application: KubeObject): string {
  const { sync, health, operationState } = statusOf(application);
  const operation = operationState?.phase ? `, last sync ${operationState.phase}` : '';
  return `${sync?.status ?? 'not compared yet'}, ${health?.status ?? 'health unknown'}${operation}`;
}

/** What Argo CD says about an Application that is not well: one line for each thing. */
export function complaints(application: KubeObject): string[] {
  const { conditions = [], operationState, resources = [], health, reconciledAt } = statusOf(application);
  const unsynced = (operationState?.syncResult?.resources ?? []).filter(({ status }) => status !== 'Synced');
  const unwell = resources.filter((each) => each.health && each.health.status !== 'Healthy');
  return [
    ...(reconciledAt ? [] : ['the application-controller has not reconciled it once']),
    ...conditions.map(({ type, message }) => `${type}: ${message}`),
    ...(operationState?.message && operationState.phase !== 'Succeeded'
      ? [`sync ${operationState.phase}: ${operationState.message}`]
      : []),
    ...unsynced.map(
      ({ kind, name, status, message = '' }) => `${kind} ${name}: ${status ?? 'not synced'} ${message}`,
    ),
    ...(health?.message ? [`health: ${health.message}`] : []),
    ...unwell.map(({ kind, name, health: own }) => `${kind} ${name}: ${own!.status} ${own!.message ?? ''}`),
  ].map((line) => line.trim());
}
