import type { KubeObject } from '../../kube/objects.js';

// Argo CD's common/common.go and pkg/apis/application/v1alpha1/application_annotations.go.
const SKIP_RECONCILE = 'argocd.argoproj.io/skip-reconcile';
const REFRESH = 'argocd.argoproj.io/refresh';
const HYDRATE = 'argocd.argoproj.io/hydrate';

/** TEST-NET-1 (RFC 5737): no route leads there, on any network. */
const UNROUTABLE = 'https://192.0.2.1/';

/** What was taken from an Application. */
export type ApplicationChange = 'operation' | 'automated sync' | 'finalizers' | 'triggers' | 'skip-reconcile';

export interface Rewrite<Change extends string = string> {
  /** A JSON merge patch (RFC 7386). */
  patch: object;
  changes: Change[];
}

interface ApplicationSpec {
  syncPolicy?: { automated?: object };
}

/**
 * What to change in an Application so that no controller acts on it; undefined where nothing is left to change.
 * `skip-reconcile` alone stops the application-controller; the rest holds even where something removed it.
 */
export function fenceApplication({
  metadata,
  spec,
  operation,
}: KubeObject): Rewrite<ApplicationChange> | undefined {
  const annotations = annotationsPatch(metadata.annotations ?? {});
  const hasAutomated = Boolean((spec as ApplicationSpec | undefined)?.syncPolicy?.automated);
  const hasOperation = Boolean(operation);
  const hasFinalizers = (metadata.finalizers ?? []).length > 0;
  const changes: ApplicationChange[] = [
    ...(hasOperation ? ['operation' as const] : []),
    ...(hasAutomated ? ['automated sync' as const] : []),
    ...(hasFinalizers ? ['finalizers' as const] : []),
    ...(REFRESH in annotations || HYDRATE in annotations ? ['triggers' as const] : []),
    ...(SKIP_RECONCILE in annotations ? ['skip-reconcile' as const] : []),
  ];
  if (changes.length === 0) return undefined;
  const patch = {
    metadata: { annotations, ...(hasFinalizers ? { finalizers: null } : {}) },
    ...(hasAutomated ? { spec: { syncPolicy: { automated: null } } } : {}),
    ...(hasOperation ? { operation: null } : {}),
  };
  return { patch, changes };
}

function annotationsPatch(annotations: Record<string, string>): Record<string, string | null> {
  return {
    ...(annotations[SKIP_RECONCILE] === 'true' ? {} : { [SKIP_RECONCILE]: 'true' }),
    ...(annotations[REFRESH] === undefined ? {} : { [REFRESH]: null }),
    ...(annotations[HYDRATE] === undefined ? {} : { [HYDRATE]: null }),
  };
}

/** Whether a Secret registers a cluster with Argo CD. */
export const isClusterSecret = ({ metadata }: KubeObject) =>
  metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster';

/**
 * What to change in a cluster Secret so that Argo CD neither finds the cluster nor holds credentials for it: an
 * unroutable server of its own, and an empty config. Name, project, shard and labels stay.
 */
export function fenceCluster({ metadata, data }: KubeObject): Rewrite | undefined {
  const fenced = {
    server: base64(`${UNROUTABLE}${metadata.name}`),
    config: base64('{}'),
  };
  const { server, config } = (data ?? {}) as Partial<Record<string, string>>;
  if (server === fenced.server && config === fenced.config) return undefined;
  return { patch: { data: fenced }, changes: ['server', 'config'] };
}

/** What to change in a ConfigMap or Secret so that nothing is left in it. */
export function emptied({ data, binaryData }: KubeObject): Rewrite | undefined {
  const filled = Object.entries({ data, binaryData }).filter(
    ([, value]) => Object.keys((value as object | undefined) ?? {}).length > 0,
  );
  if (filled.length === 0) return undefined;
  return {
    patch: Object.fromEntries(filled.map(([field]) => [field, null])),
    changes: filled.map(([field]) => field),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
