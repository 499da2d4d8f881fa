import { IN_CLUSTER } from './clusters.js';
import type { DemoOwner, Fields } from './objects.js';

/** What an Application's stored status tells. */
export type State = 'synced' | 'drifted' | 'progressing' | 'degraded' | 'failed' | 'new';

/** An Application before it is written out: what differs from one to the next. */
export interface ApplicationPlan {
  name: string;
  /** Absent: Argo CD's own. */
  namespace?: string;
  /** Absent: `default`. */
  project?: string;
  /** One source gives `spec.source`, several give `spec.sources`, none leaves both out. */
  sources: Fields[];
  /** Absent: IN_CLUSTER, in a namespace of the Application's name. */
  destination?: Fields;
  /** More of the spec: syncPolicy, info and the like. */
  spec?: Fields;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  /** What the stored status tells; `new`: no status yet. */
  state: State;
  /** Laid over the status that `state` gives. */
  status?: Fields;
  operation?: Fields;
  owner?: DemoOwner;
}

/** Deletes the deployed resources together with the Application. */
export const FOREGROUND_FINALIZER = 'resources-finalizer.argocd.argoproj.io';
export const BACKGROUND_FINALIZER = `${FOREGROUND_FINALIZER}/background`;

export const AUTOMATED: Fields = { automated: { enabled: true, prune: true, selfHeal: true } };

export function destinationOf(plan: ApplicationPlan): Fields {
  return plan.destination ?? { server: IN_CLUSTER, namespace: targetNamespace(plan.name) };
}

/** A Namespace's name is a DNS label: at most 63 characters, no dots. */
export function targetNamespace(applicationName: string): string {
  return applicationName.replaceAll('.', '-').slice(0, 63).replace(/-+$/, '');
}

/** `source`, `sources` or neither. */
export function sourceFields(sources: readonly Fields[]): Fields {
  if (sources.length > 1) return { sources };
  return sources.length === 1 ? { source: sources[0] } : {};
}
