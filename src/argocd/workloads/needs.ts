import { shown } from '../../github/shown.js';
import { type KubeObject, label } from '../../kube/objects.js';
import type { Manifests } from '../manifests.js';
import { wellFormed } from './form.js';
import { type Remark, remark } from './ha.js';
import { type ConfigMapReference, componentOf, makesPods, podSpecOf } from './workload.js';

/** An object that an installation needs. */
export interface Need {
  kind: 'CustomResourceDefinition' | 'ConfigMap' | 'ServiceAccount';
  name: string;
  /** undefined for what stands in no namespace. */
  namespace?: string | undefined;
}

/** What is missing of an object: the words, and how sure they are. */
interface Lack {
  need: Need;
  /** Whether nothing comes up without it; else it is a warning. */
  stops: boolean;
  /** Absent for CRDs, which are told together. */
  remark?: Remark;
}

export interface Missing {
  problems: Remark[];
  warnings: Remark[];
}

/**
 * The objects that an installation needs and its manifests lack: CRDs, the settings, and the ServiceAccounts and
 * ConfigMaps without which pods do not start. Secrets may be made in the cluster, and are not looked for.
 * @param namespace Argo CD's own, and that of objects that name none
 */
export const needsOutside = (manifests: Manifests, namespace: string): Need[] => [
  ...new Map(lacks(manifests, namespace).map(({ need }) => [keyOf(need), need])).values(),
];

/**
 * What to say of objects that an installation needs and its manifests lack.
 * @param isThere whether the cluster has an object already
 */
export function missingObjects(
  manifests: Manifests,
  namespace: string,
  isThere: (need: Need) => boolean,
): Missing {
  const all = lacks(manifests, namespace).filter(({ need }) => !isThere(need));
  const crds = all.flatMap(({ need }) => (need.kind === 'CustomResourceDefinition' ? need.name : []));
  const of = (stops: boolean) =>
    all.flatMap((lack) => (lack.stops === stops && lack.remark ? lack.remark : []));
  return { problems: [...withoutCrds(crds), ...of(true)], warnings: of(false) };
}

function withoutCrds(names: readonly string[]): Remark[] {
  if (names.length === 0) return [];
  const none =
    names.length === 1 ? 'there is no CustomResourceDefinition' : 'there are no CustomResourceDefinitions';
  const text = `${none} ${names.join(', ')}: add those of Argo CD's version (manifests/crds)`;
  return [{ text }];
}

function lacks(manifests: Manifests, namespace: string): Lack[] {
  const { objects } = wellFormed(manifests.objects);
  const there = new Set(
    [...manifests.crds, ...manifests.objects].map(({ kind, metadata }) =>
      keyOf({ kind, name: metadata.name, namespace: metadata.namespace ?? namespace }),
    ),
  );
  return [...ownNeeds(namespace), ...podNeeds(objects, namespace)].filter(
    ({ need }) => !there.has(keyOf(need)),
  );
}

/** Tells objects apart. */
export const keyOf = ({
  kind,
  name,
  namespace,
}: {
  kind: string;
  name: string;
  namespace?: string | undefined;
}) => (kind === 'CustomResourceDefinition' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`);

const CRDS = ['applications.argoproj.io', 'applicationsets.argoproj.io', 'appprojects.argoproj.io'];

/** What every Argo CD needs; without argocd-rbac-cm it runs (RunPolicyLoader in its util/rbac/rbac.go). */
function ownNeeds(namespace: string): Lack[] {
  return [
    ...CRDS.map((name) => ({ need: { kind: 'CustomResourceDefinition' as const, name }, stops: true })),
    {
      need: { kind: 'ConfigMap', name: 'argocd-cm', namespace },
      stops: true,
      remark: {
        text: 'there is no ConfigMap argocd-cm, without which Argo CD does not start: add one, it may be empty',
      },
    },
    {
      need: { kind: 'ConfigMap', name: 'argocd-rbac-cm', namespace },
      stops: false,
      remark: {
        text: 'there is no ConfigMap argocd-rbac-cm, without which argocd admin export fails and no backup can be made: add one, it may be empty',
      },
    },
  ];
}

/** Nothing makes the ServiceAccounts of Argo CD's own pods; all else may be made by what runs beside it. */
function podNeeds(objects: readonly KubeObject[], namespace: string): Lack[] {
  const makers = objects.filter(mayMake);
  return objects.filter(makesPods).flatMap((workload) => {
    const home = workload.metadata.namespace ?? namespace;
    const needs = new Map(needsOf(workload, home).map((need) => [keyOf(need), need]));
    const isOwn = componentOf(workload) !== 'other';
    const alone = makers.length === 0 || (makers.length === 1 && makers[0] === workload);
    return [...needs.values()].map((need) => {
      const stops = alone || (isOwn && need.kind === 'ServiceAccount');
      return { need, stops, remark: dangling(workload, need, stops) };
    });
  });
}

function dangling(workload: KubeObject, { kind, name }: Need, stops: boolean): Remark {
  const who = label({ kind: workload.kind, name: workload.metadata.name });
  const way = stops
    ? 'add it, or correct the name'
    : 'something in the cluster has to make it before its pods start';
  return remark(`${who} needs ${kind} ${shown(name, 253)}, which is not in the manifests: ${way}`, workload);
}

/** Made in every namespace by Kubernetes, and by OpenShift. */
const MADE_EVERYWHERE = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt']);

function needsOf(workload: KubeObject, namespace: string): Need[] {
  const spec = podSpecOf(workload);
  if (!spec) return [];
  const { serviceAccountName: account, volumes = [], containers, initContainers = [] } = spec;
  const all = [...containers, ...initContainers];
  const references: (ConfigMapReference | undefined)[] = [
    ...volumes.map(({ configMap }) => configMap),
    ...volumes.flatMap(({ projected }) => (projected?.sources ?? []).map(({ configMap }) => configMap)),
    ...all.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.configMapKeyRef)),
    ...all.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef)),
  ];
  return [
    ...(account && account !== 'default'
      ? [{ kind: 'ServiceAccount' as const, name: account, namespace }]
      : []),
    ...references.flatMap((ref) =>
      ref?.name && ref.optional !== true && !MADE_EVERYWHERE.has(ref.name)
        ? [{ kind: 'ConfigMap' as const, name: ref.name, namespace }]
        : [],
    ),
  ];
}

/** Objects of theirs make no others but of their own kinds. */
const MAKE_NOTHING = new Set(['AppProject', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule']);

/**
 * Whether an object might make others in the cluster: a workload that is none of Argo CD's, such as a Job or an
 * operator, or an object of a custom kind, such as an Application or an ExternalSecret.
 */
function mayMake(object: KubeObject): boolean {
  if (makesPods(object)) return componentOf(object) === 'other';
  const [group, version] = object.apiVersion.split('/') as [string, string?];
  return (
    version !== undefined &&
    group.includes('.') &&
    !group.endsWith('.k8s.io') &&
    !MAKE_NOTHING.has(object.kind)
  );
}
