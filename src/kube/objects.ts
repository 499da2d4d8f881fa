/** A Kubernetes object as its API serves it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface Metadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  [field: string]: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** A kind of object by its place in the API. */
export interface Resource {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

const resource = (apiVersion: string, kind: string, plural: string, namespaced = true): Resource => ({
  apiVersion,
  kind,
  plural,
  namespaced,
});

export const CONFIG_MAP = resource('v1', 'ConfigMap', 'configmaps');
export const SECRET = resource('v1', 'Secret', 'secrets');
export const NAMESPACE = resource('v1', 'Namespace', 'namespaces', false);
export const NODE = resource('v1', 'Node', 'nodes', false);
export const POD = resource('v1', 'Pod', 'pods');
export const SERVICE = resource('v1', 'Service', 'services');
export const EVENT = resource('v1', 'Event', 'events');
export const DEPLOYMENT = resource('apps/v1', 'Deployment', 'deployments');
export const DAEMON_SET = resource('apps/v1', 'DaemonSet', 'daemonsets');
export const STATEFUL_SET = resource('apps/v1', 'StatefulSet', 'statefulsets');
export const CRD = resource(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const APP_PROJECT = resource('argoproj.io/v1alpha1', 'AppProject', 'appprojects');
export const APPLICATION = resource('argoproj.io/v1alpha1', 'Application', 'applications');
export const APPLICATION_SET = resource('argoproj.io/v1alpha1', 'ApplicationSet', 'applicationsets');

/** The kinds this project handles by itself: their place in the API is known without asking. */
export const KNOWN_RESOURCES: readonly Resource[] = [
  CONFIG_MAP,
  SECRET,
  NAMESPACE,
  NODE,
  POD,
  SERVICE,
  EVENT,
  DEPLOYMENT,
  DAEMON_SET,
  STATEFUL_SET,
  CRD,
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
];

/** How messages name an object: `Application team-a/shop`. */
export function label(object: { kind: string; namespace?: string | undefined; name: string }): string {
  return `${object.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}`;
}
