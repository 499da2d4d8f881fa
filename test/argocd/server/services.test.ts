import { describe, expect, test } from '@jest/globals';
import {
  COMPONENTS,
  componentsOf,
  findComponents,
  findServer,
  serverOf,
} from '../../../src/argocd/server/services.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { fakeKube } from '../workloads/fakes.js';

interface Port {
  name?: string;
  port: number;
  targetPort?: number | string;
}

const object = (kind: string, name: string, more: Partial<KubeObject>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});
const service = (name: string, selects: string | Record<string, string>, ...ports: Port[]) =>
  object('Service', name, { spec: { selector: identity(selects), ports } });
const pod = (
  name: string,
  identified: string | Record<string, string>,
  status: object = { phase: 'Running' },
) => object('Pod', name, { metadata: { name, labels: identity(identified) }, status });
const identity = (of: string | Record<string, string>) =>
  typeof of === 'string' ? { 'app.kubernetes.io/name': of } : of;

/** The Services of Argo CD 3.1.9's HA manifest. */
const SERVICES = [
  service(
    'argocd-applicationset-controller',
    'argocd-applicationset-controller',
    { name: 'webhook', port: 7000, targetPort: 'webhook' },
    { name: 'metrics', port: 8080, targetPort: 'metrics' },
  ),
  service(
    'argocd-dex-server',
    'argocd-dex-server',
    { name: 'http', port: 5556, targetPort: 5556 },
    { name: 'metrics', port: 5558, targetPort: 5558 },
  ),
  service('argocd-metrics', 'argocd-application-controller', {
    name: 'metrics',
    port: 8082,
    targetPort: 8082,
  }),
  service('argocd-notifications-controller-metrics', 'argocd-notifications-controller', {
    name: 'metrics',
    port: 9001,
    targetPort: 9001,
  }),
  service('argocd-redis-ha', 'argocd-redis-ha', { name: 'tcp-server', port: 6379, targetPort: 'redis' }),
  service(
    'argocd-redis-ha-haproxy',
    'argocd-redis-ha-haproxy',
    { name: 'tcp-haproxy', port: 6379, targetPort: 'redis' },
    { name: 'http-exporter-port', port: 9101, targetPort: 'metrics-port' },
  ),
  service(
    'argocd-repo-server',
    'argocd-repo-server',
    { name: 'server', port: 8081, targetPort: 8081 },
    { name: 'metrics', port: 8084, targetPort: 8084 },
  ),
  service(
    'argocd-server',
    'argocd-server',
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 8080 },
  ),
  service('argocd-server-metrics', 'argocd-server', { name: 'metrics', port: 8083, targetPort: 8083 }),
];

describe('which component a pod belongs to', () => {
  test.each<[string, string | undefined]>([
    ['argocd-application-controller', 'application controller'],
    ['argocd-server', 'server'],
    ['server', 'server'],
    ['dr-argocd-server', 'server'],
    ['argocd-repo-server', 'repo-server'],
    ['argocd-applicationset-controller', 'applicationset controller'],
    ['argocd-dex-server', 'dex'],
    ['argocd-redis-ha-haproxy', 'haproxy of redis'],
    ['argocd-notifications-controller', 'notifications controller'],
    ['argocd-commit-server', undefined],
    ['argocd-redis', undefined],
    ['argocd-redis-ha', undefined],
    ['argocd-redis-ha-server', undefined],
    ['webserver', undefined],
    ['argocd-server-proxy', undefined],
  ])('%s: %s', (label, expected) => {
    expect(COMPONENTS.filter(({ matches }) => matches.test(label)).map(({ name }) => name)).toEqual(
      expected ? [expected] : [],
    );
  });
});

describe('where metrics are found', () => {
  test("in Argo CD's own manifests", () => {
    const pods = [
      pod('argocd-application-controller-0', 'argocd-application-controller'),
      pod('argocd-application-controller-1', 'argocd-application-controller'),
      pod('argocd-server-1', 'argocd-server'),
      pod('argocd-repo-server-1', 'argocd-repo-server'),
      pod('argocd-applicationset-controller-1', 'argocd-applicationset-controller'),
      pod('argocd-dex-server-1', 'argocd-dex-server'),
      pod('argocd-redis-ha-haproxy-1', 'argocd-redis-ha-haproxy'),
      pod('argocd-redis-ha-server-0', 'argocd-redis-ha'),
      pod('argocd-notifications-controller-1', 'argocd-notifications-controller'),
    ];
    const found = componentsOf(SERVICES, pods).map(({ component, service: by, pods: each }) => [
      component.name,
      `${by?.target}:${by?.port}`,
      each.map(({ target, port }) => `${target}:${port}`).join(' '),
    ]);
    expect(found).toEqual([
      [
        'application controller',
        'svc/argocd-metrics:8082',
        'pod/argocd-application-controller-0:8082 pod/argocd-application-controller-1:8082',
      ],
      ['server', 'svc/argocd-server-metrics:8083', 'pod/argocd-server-1:8083'],
      ['repo-server', 'svc/argocd-repo-server:8084', 'pod/argocd-repo-server-1:8084'],
      [
        'applicationset controller',
        'svc/argocd-applicationset-controller:8080',
        'pod/argocd-applicationset-controller-1:metrics',
      ],
      ['dex', 'svc/argocd-dex-server:5558', 'pod/argocd-dex-server-1:5558'],
      ['haproxy of redis', 'svc/argocd-redis-ha-haproxy:9101', 'pod/argocd-redis-ha-haproxy-1:metrics-port'],
      [
        'notifications controller',
        'svc/argocd-notifications-controller-metrics:9001',
        'pod/argocd-notifications-controller-1:9001',
      ],
    ]);
  });

  const controller = pod('c-0', 'argocd-application-controller');
  test.each<[string, KubeObject[], object | undefined, number | string]>([
    ['no Service: each pod, on its usual port', [], undefined, 8082],
    [
      "a Service of Helm's, on a port of its own",
      [
        service('m', 'argocd-application-controller', {
          name: 'http-metrics',
          port: 9999,
          targetPort: 'metrics',
        }),
      ],
      { target: 'svc/m', port: 9999 },
      'metrics',
    ],
    [
      'a port without a name, known by its number',
      [service('m', 'argocd-application-controller', { port: 1 }, { port: 8082 })],
      { target: 'svc/m', port: 8082 },
      8082,
    ],
    [
      'a Service without such a port',
      [service('m', 'argocd-application-controller', { port: 80 })],
      undefined,
      8082,
    ],
    [
      'a Service of others',
      [service('m', 'argocd-server', { name: 'metrics', port: 8083 })],
      undefined,
      8082,
    ],
    ['a Service without a selector', [object('Service', 'm', { spec: {} })], undefined, 8082],
  ])('%s', (_what, services, found, port) => {
    expect(componentsOf(services, [controller])).toMatchObject([
      { component: { name: 'application controller' }, pods: [{ target: 'pod/c-0', port }] },
    ]);
    expect(componentsOf(services, [controller])[0]!.service).toEqual(found);
  });

  test("pods of Helm's redis-ha chart are known by their label app", () => {
    expect(componentsOf([], [pod('p', { app: 'redis-ha-haproxy' }), pod('q', {})])).toMatchObject([
      { component: { name: 'haproxy of redis' }, pods: [{ target: 'pod/p', port: 9101 }] },
    ]);
  });

  test('only pods that run count', async () => {
    const going = pod('going', 'argocd-server');
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const kube = fakeKube(() => [
      ...SERVICES,
      pod('up', 'argocd-server'),
      pod('starting', 'argocd-server', { phase: 'Pending' }),
      pod('without-phase', 'argocd-server', {}),
      going,
    ]);
    expect(await findComponents(kube, 'argocd')).toMatchObject([
      { component: { name: 'server' }, pods: [{ target: 'pod/up', port: 8083 }] },
    ]);
  });
});

describe('the Service of the API', () => {
  test.each<[string, KubeObject[], object | undefined]>([
    ["Argo CD's own", SERVICES, { target: 'svc/argocd-server', port: 443 }],
    [
      "Helm's, after its release",
      [service('dr-argocd-server', 'dr-argocd-server', { name: 'http', port: 8000 })],
      { target: 'svc/dr-argocd-server', port: 8000 },
    ],
    ['only that of its metrics', [service('m', 'argocd-server', { name: 'metrics', port: 8083 })], undefined],
    [
      'only others',
      [service('argocd-repo-server', 'argocd-repo-server', { name: 'https', port: 1 })],
      undefined,
    ],
    ['without ports', [object('Service', 's', { spec: { selector: identity('argocd-server') } })], undefined],
    ['none', [], undefined],
  ])('%s', async (_what, services, expected) => {
    expect(serverOf(services)).toEqual(expected);
    expect(
      await findServer(
        fakeKube(() => services),
        'argocd',
      ),
    ).toEqual(expected);
  });
});
