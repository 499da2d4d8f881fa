import type { Kube } from '../../kube/api.js';
import { type KubeObject, POD, SERVICE } from '../../kube/objects.js';

/** A part of Argo CD that serves metrics. */
export interface Component {
  name: string;
  /** The ending of its pods' `app.kubernetes.io/name`, or `app` in Helm's redis-ha chart. */
  matches: RegExp;
  /** In Argo CD's own manifests. */
  metricsPort: number;
}

/** In the order of https://argo-cd.readthedocs.io/en/stable/operator-manual/metrics/. */
export const COMPONENTS: readonly Component[] = [
  { name: 'application controller', matches: /application-controller$/, metricsPort: 8082 },
  {
    name: 'server',
    matches: /^(?!.*(repo|dex|commit|redis-ha)-server$).*(^|-)server$/,
    metricsPort: 8083,
  },
  { name: 'repo-server', matches: /repo-server$/, metricsPort: 8084 },
  { name: 'applicationset controller', matches: /applicationset-controller$/, metricsPort: 8080 },
  { name: 'dex', matches: /dex-server$/, metricsPort: 5558 },
  { name: 'haproxy of redis', matches: /redis-ha-haproxy$/, metricsPort: 9101 },
  { name: 'notifications controller', matches: /notifications-controller$/, metricsPort: 9001 },
];

/** Where a component's metrics are found; as `kubectl port-forward` wants it. */
export interface Endpoint {
  /** Such as `svc/argocd-metrics`. */
  target: string;
  port: number | string;
}

export interface ComponentEndpoints {
  component: Component;
  /** By the Service that monitoring scrapes; undefined where the installation has none. */
  service: Endpoint | undefined;
  /** Each pod by itself. */
  pods: Endpoint[];
}

interface Port {
  name?: string;
  port: number;
  targetPort?: number | string;
}

/** The components that an installation has, by its pods, whatever made it: Argo CD's manifests or Helm. */
export async function findComponents(kube: Kube, namespace: string): Promise<ComponentEndpoints[]> {
  const services: KubeObject[] = [];
  for await (const service of kube.list(SERVICE, { namespace })) services.push(service);
  const pods: KubeObject[] = [];
  for await (const pod of kube.list(POD, { namespace })) if (isServing(pod)) pods.push(pod);
  return componentsOf(services, pods);
}

/** @param pods those that run */
export function componentsOf(services: KubeObject[], pods: KubeObject[]): ComponentEndpoints[] {
  return COMPONENTS.flatMap((component): ComponentEndpoints[] => {
    const own = pods.filter(({ metadata }) => component.matches.test(identity(metadata.labels)));
    if (own.length === 0) return [];
    const found = services
      .filter((service) => component.matches.test(identity(selectorOf(service))))
      .flatMap((service) => {
        const port = metricsPort(service, component);
        return port ? [{ service, port }] : [];
      })[0];
    const podPort = found?.port.targetPort ?? found?.port.port ?? component.metricsPort;
    return [
      {
        component,
        service: found && { target: `svc/${found.service.metadata.name}`, port: found.port.port },
        pods: own.map(({ metadata }) => ({ target: `pod/${metadata.name}`, port: podPort })),
      },
    ];
  });
}

const identity = (labels: Record<string, string> | undefined) =>
  labels?.['app.kubernetes.io/name'] ?? labels?.app ?? '';

function selectorOf({ spec }: KubeObject): Record<string, string> | undefined {
  return (spec as { selector?: Record<string, string> } | undefined)?.selector;
}

/** The port of that name, as Helm may serve metrics on another number. */
function metricsPort({ spec }: KubeObject, component: Component): Port | undefined {
  const ports = (spec as { ports?: Port[] } | undefined)?.ports ?? [];
  return (
    ports.find(({ name }) => /metrics|exporter/.test(name ?? '')) ??
    ports.find(({ port }) => port === component.metricsPort)
  );
}

function isServing({ metadata, status }: KubeObject): boolean {
  return (status as { phase?: string } | undefined)?.phase === 'Running' && !metadata.deletionTimestamp;
}

/**
 * The Service of argocd-server's API, which Helm names after its release.
 * Argo CD's own manifests and Helm both serve TLS and plain http on either of its ports.
 */
export async function findServer(kube: Kube, namespace: string): Promise<Endpoint | undefined> {
  const services: KubeObject[] = [];
  for await (const service of kube.list(SERVICE, { namespace })) services.push(service);
  return serverOf(services);
}

export function serverOf(services: KubeObject[]): Endpoint | undefined {
  const server = COMPONENTS.find(({ name }) => name === 'server')!;
  for (const service of services.filter((each) => server.matches.test(identity(selectorOf(each))))) {
    const ports = (service.spec as { ports?: Port[] } | undefined)?.ports ?? [];
    const port = ['https', 'http'].flatMap((name) => ports.filter((each) => each.name === name))[0];
    if (port) return { target: `svc/${service.metadata.name}`, port: port.port };
  }
  return undefined;
}
