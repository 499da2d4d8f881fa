import { describe, expect, test } from '@jest/globals';
import { classify } from '../../../src/argocd/workloads/classify.js';
import { fastStart } from '../../../src/argocd/workloads/fast-start.js';
import { idle, withHostAliases, working } from '../../../src/argocd/workloads/overlays.js';
import { type Container, componentOf, specOf } from '../../../src/argocd/workloads/workload.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { haManifest, workloadOf } from './installed.js';

const names = (objects: KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

function deployment(name: string, labels: Record<string, string> = {}, container: Partial<Container> = {}) {
  const containers = [{ name: 'main', ...container }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: { template: { spec: { containers } } },
  };
}

const containerOf = (object: KubeObject, index = 0) => specOf(object).template.spec.containers[index]!;
const find = (objects: KubeObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;

describe('classify', () => {
  test("Argo CD 3.1.9's HA manifest: servers and controllers wait, redis does not", () => {
    const { base, servers, controllers } = classify(haManifest());
    expect(names(servers)).toEqual([
      'Deployment argocd-dex-server',
      'Deployment argocd-repo-server',
      'Deployment argocd-server',
    ]);
    expect(names(controllers)).toEqual([
      'Deployment argocd-applicationset-controller',
      'Deployment argocd-notifications-controller',
      'StatefulSet argocd-application-controller',
    ]);
    // 70 objects: 3 CRDs, 6 of the above.
    expect(base).toHaveLength(61);
    expect(
      Object.entries(Object.groupBy(base, ({ kind }) => kind)).map(([kind, all]) => [kind, all!.length]),
    ).toEqual([
      ['ServiceAccount', 8],
      ['Role', 7],
      ['ClusterRole', 3],
      ['RoleBinding', 7],
      ['ClusterRoleBinding', 3],
      ['ConfigMap', 9],
      ['Secret', 2],
      ['Service', 12],
      ['Deployment', 1],
      ['StatefulSet', 1],
      ['NetworkPolicy', 8],
    ]);
    expect(names(base)).toEqual(
      expect.arrayContaining([
        'Deployment argocd-redis-ha-haproxy',
        'StatefulSet argocd-redis-ha-server',
        'ConfigMap argocd-redis-ha-configmap',
        'ConfigMap argocd-redis-ha-health-configmap',
        'Role argocd-redis-ha-haproxy',
        'Service argocd-redis-ha-announce-0',
      ]),
    );
  });

  test.each<[string, Record<string, string>, string, 'base' | 'servers' | 'controllers']>([
    ['argocd-redis', {}, 'redis', 'base'],
    ['r1-redis-ha-server', { app: 'redis-ha', release: 'r1' }, 'redis-ha-server', 'base'],
    ['r1-redis-ha-haproxy', { app: 'redis-ha-haproxy' }, 'redis-ha-haproxy', 'base'],
    [
      'r1-argocd-redis-secret-init',
      { 'app.kubernetes.io/name': 'argocd-redis-secret-init' },
      'redis',
      'base',
    ],
    ['r1-argocd-server', { 'app.kubernetes.io/name': 'argocd-server' }, 'server', 'servers'],
    ['r1-argocd-server', {}, 'server', 'servers'],
    ['r1-argocd-repo-server', {}, 'repo-server', 'servers'],
    ['r1-argocd-dex-server', {}, 'dex-server', 'servers'],
    ['argocd-commit-server', {}, 'commit-server', 'servers'],
    ['metrics-server', {}, 'other', 'servers'],
    ['argocd-image-updater', {}, 'other', 'servers'],
    ['redis-argocd-server', { 'app.kubernetes.io/name': 'argocd-server' }, 'server', 'servers'],
    ['redis-argocd-application-controller', {}, 'application-controller', 'controllers'],
    [
      'odd',
      { 'app.kubernetes.io/name': 'odd', 'app.kubernetes.io/component': 'applicationset-controller' },
      'applicationset-controller',
      'controllers',
    ],
    [
      'x-server',
      {
        'app.kubernetes.io/name': 'x-server',
        'app.kubernetes.io/component': 'server',
        'app.kubernetes.io/part-of': 'argocd',
      },
      'server',
      'servers',
    ],
  ])('%s %j is %s, of %s', (name, labels, component, part) => {
    const object = deployment(name, labels);
    expect(componentOf(object)).toBe(component);
    expect(classify([object])[part]).toEqual([object]);
  });

  test('a controller under a name of redis is never let in early', () => {
    const sly = deployment('argocd-redis', { 'app.kubernetes.io/component': 'application-controller' });
    expect(classify([sly])).toEqual({ base: [], servers: [], controllers: [sly] });
  });

  test('a Job makes pods, a ServiceAccount of a controller does not', () => {
    const job = { ...deployment('upgrade'), kind: 'Job' };
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'argocd-application-controller' },
    };
    expect(classify([job, account])).toEqual({ base: [account], servers: [job], controllers: [] });
  });
});

describe('controllers', () => {
  test('idle: a controller that cannot be configured is refused', () => {
    const set = { ...deployment('argocd-application-controller'), kind: 'DaemonSet' };
    expect(() => idle([set])).toThrow(/DaemonSet argocd-application-controller .* cannot keep idle/);
    expect(() => working([set])).toThrow(/DaemonSet argocd-application-controller/);
  });

  const settings = (objects: KubeObject[], name: string) =>
    containerOf(objects.find((each) => each.spec !== undefined && each.metadata.name === name)!).env!.filter(
      ({ name }) => /PROCESSORS|DRY_RUN|HYDRATOR/.test(name),
    );

  test('idle: no processors, no hydrator, dry-run; each variable once and with a value', () => {
    const objects = idle(haManifest());
    expect(settings(objects, 'argocd-application-controller')).toEqual([
      { name: 'ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS', value: '0' },
      { name: 'ARGOCD_APPLICATION_CONTROLLER_OPERATION_PROCESSORS', value: '0' },
      { name: 'ARGOCD_HYDRATOR_ENABLED', value: 'false' },
    ]);
    expect(settings(objects, 'argocd-applicationset-controller')).toEqual([
      { name: 'ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN', value: 'true' },
    ]);
  });

  test('working: processors as in the manifests, still no hydrator and dry-run', () => {
    const objects = working(haManifest());
    const [status, operation, hydrator] = settings(objects, 'argocd-application-controller');
    expect([status, operation].map((each) => each!.valueFrom?.configMapKeyRef?.key)).toEqual([
      'controller.status.processors',
      'controller.operation.processors',
    ]);
    expect(hydrator).toEqual({ name: 'ARGOCD_HYDRATOR_ENABLED', value: 'false' });
    expect(settings(objects, 'argocd-applicationset-controller')).toEqual([
      { name: 'ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN', value: 'true' },
    ]);
  });

  test('idle and working touch nothing else', () => {
    const original = haManifest();
    for (const changed of [idle(original), working(original)]) {
      const different = changed.filter((object, index) => object !== original[index]);
      expect(names(different)).toEqual([
        'Deployment argocd-applicationset-controller',
        'StatefulSet argocd-application-controller',
      ]);
    }
    expect(original).toEqual(haManifest());
  });

  test.each([
    [
      ['--status-processors', '50', '--app-resync', '30'],
      ['--app-resync', '30'],
    ],
    [['--status-processors=50', '--operation-processors=20', '--hydrator-enabled'], []],
    [
      ['--hydrator-enabled=true', '--loglevel', 'info'],
      ['--loglevel', 'info'],
    ],
  ])('the command line %j does not win over idle', (args, left) => {
    const [object] = idle([deployment('argocd-application-controller', {}, { args })]);
    expect(containerOf(object!).args).toEqual(left);
  });

  test('--dry-run=false does not win, in command as in args', () => {
    const command = ['/usr/local/bin/argocd-applicationset-controller', '--dry-run=false', '--debug'];
    const [object] = idle([deployment('argocd-applicationset-controller', {}, { command })]);
    expect(containerOf(object!).command).toEqual([command[0], '--debug']);
  });

  test('an option inside a shell script cannot be overridden: refused, by name', () => {
    const args = ['sh', '-c', 'argocd-application-controller --status-processors 50'];
    expect(() => idle([deployment('argocd-application-controller', {}, { args })])).toThrow(
      /Deployment argocd-application-controller, container main: .*--status-processors/,
    );
  });
});

describe('fastStart', () => {
  const { objects, overlay } = fastStart(haManifest());

  test('HTTP readiness is looked at every second, and not given up earlier than before', () => {
    const { readinessProbe } = containerOf(find(objects, 'Deployment', 'argocd-server'));
    expect(readinessProbe).toMatchObject({
      initialDelaySeconds: 1,
      periodSeconds: 1,
      failureThreshold: 90,
      httpGet: { path: '/healthz', port: 8080 },
    });
  });

  test('redis starts side by side, its startup given at least five minutes', () => {
    const redis = find(objects, 'StatefulSet', 'argocd-redis-ha-server');
    expect(specOf(redis).podManagementPolicy).toBe('Parallel');
    expect(containerOf(redis).startupProbe).toMatchObject({ periodSeconds: 1, failureThreshold: 300 });
    expect(containerOf(redis, 1).readinessProbe).toMatchObject({ periodSeconds: 5, successThreshold: 1 });
    expect(containerOf(redis, 1).lifecycle?.postStart?.exec?.command).toEqual([
      '/bin/sh',
      '-c',
      'sleep 5; redis-cli -p 26379 sentinel reset argocd',
    ]);
  });

  test("a startup probe elsewhere keeps the container's time to start", () => {
    const startupProbe = { initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3 };
    const [object] = fastStart([deployment('argocd-server', {}, { startupProbe })]).objects;
    expect(containerOf(object!).startupProbe).toEqual({
      initialDelaySeconds: 1,
      periodSeconds: 1,
      failureThreshold: 35,
    });
  });

  test('replicas, affinity, liveness, commands and environment stay', () => {
    const kept = (all: KubeObject[]) =>
      all
        .filter(({ spec }) => spec !== undefined)
        .map((object) => {
          const { replicas, selector, template } = specOf(object);
          const containers = template.spec.containers.map(
            ({ readinessProbe, startupProbe, lifecycle, ...rest }) => rest,
          );
          return { replicas, selector, affinity: template.spec.affinity, containers };
        });
    expect(kept(objects)).toEqual(kept(haManifest()));
  });

  test('the overlay names every object that changed, and only those', () => {
    const before = haManifest();
    const changed = objects.filter(
      (object, index) => JSON.stringify(object) !== JSON.stringify(before[index]),
    );
    expect(overlay.map((line) => line.split(':')[0])).toEqual(names(changed));
    expect(overlay).toContain(
      'Deployment argocd-repo-server: argocd-repo-server readinessProbe after 1 s, every 1 s, 30 failures allowed',
    );
    expect(workloadOf('argocd-dex-server')).toEqual(find(objects, 'Deployment', 'argocd-dex-server'));
  });
});

describe('withHostAliases', () => {
  const hosts = [
    { host: 'git.example', addresses: ['192.0.2.1', '192.0.2.2'] },
    { host: '192.0.2.9', addresses: ['192.0.2.9'] },
  ];

  test('tells the repo-server, and only it, the addresses of names', () => {
    const changed = withHostAliases(haManifest(), hosts);
    expect(names(changed)).toEqual(['Deployment argocd-repo-server']);
    expect(specOf(changed[0]!).template.spec.hostAliases).toEqual([
      { ip: '192.0.2.1', hostnames: ['git.example'] },
      { ip: '192.0.2.2', hostnames: ['git.example'] },
    ]);
  });
});
