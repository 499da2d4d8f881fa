import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  assertApplicationSetsDry,
  fenceApplications,
  fenceConnections,
  fenceSettings,
} from '../../src/argocd/engine/fence.js';
import { isClusterSecret } from '../../src/argocd/engine/rewrites.js';
import { takeSnapshot, touched } from '../../src/argocd/engine/untouched.js';
import { EXIT } from '../../src/errors.js';
import type { Kube } from '../../src/kube/api.js';
import { APPLICATION, CONFIG_MAP, DEPLOYMENT, type KubeObject, SECRET } from '../../src/kube/objects.js';
import { silentLog } from '../../src/log.js';
import { bed, type Source, startSource } from '../bed/bed.js';

let source: Source;
let kube: Kube;
beforeAll(async () => {
  source = await startSource(520);
  kube = source.plane.kube;
}, 240_000);
afterAll(() => bed.close());

async function all(resource: Parameters<Kube['list']>[0]): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for await (const object of kube.list(resource)) objects.push(object);
  return objects;
}

const inDemo = (what: (object: KubeObject) => unknown) =>
  (source.objects as KubeObject[]).filter((object) => object.kind === 'Application' && what(object)).length;

describe('on a real API server, the demonstration', () => {
  test('loses its clusters and notifications', async () => {
    const count = (source.objects as KubeObject[]).filter(isClusterSecret).length;
    expect(await fenceConnections(kube, 'argocd')).toEqual({
      clusters: count,
      rewritten: count,
      notifications: [
        'ConfigMap argocd/argocd-notifications-cm',
        'Secret argocd/argocd-notifications-secret',
      ],
    });
    const decoded = (await all(SECRET)).filter(isClusterSecret).map(({ data }) => {
      const { server, config } = data as Record<string, string>;
      return [server, config].map((text) => Buffer.from(text!, 'base64').toString());
    });
    expect(
      decoded.every(([server, config]) => /^https:\/\/192\.0\.2\.1\//.test(server!) && config === '{}'),
    ).toBe(true);
    for (const [resource, name] of [
      [CONFIG_MAP, 'argocd-notifications-cm'],
      [SECRET, 'argocd-notifications-secret'],
    ] as const)
      expect((await kube.get(resource, 'argocd', name)).data).toBeUndefined();
    const again = { clusters: count, rewritten: 0, notifications: [] };
    expect(await fenceConnections(kube, 'argocd')).toEqual(again);
  }, 60_000);

  test('has every Application fenced in all namespaces, beyond one page; a second time nothing is written', async () => {
    const fenced = await fenceApplications(kube, silentLog);
    expect(fenced.total).toBe(520);
    expect(fenced.changes).toEqual({
      operation: inDemo(({ operation }) => operation),
      finalizers: inDemo(({ metadata }) => metadata.finalizers?.length),
      triggers: 1,
      'automated sync': inDemo(
        ({ spec }) => (spec as { syncPolicy?: { automated?: object } }).syncPolicy?.automated,
      ),
      'skip-reconcile': 519,
    });
    for (const { metadata, spec, operation } of await all(APPLICATION)) {
      expect(metadata.annotations!['argocd.argoproj.io/skip-reconcile']).toBe('true');
      expect(metadata.finalizers).toBeUndefined();
      expect(operation).toBeUndefined();
      expect((spec as { syncPolicy?: object }).syncPolicy ?? {}).not.toHaveProperty('automated');
    }
    const before = await takeSnapshot(kube, 'argocd');
    expect(await fenceApplications(kube, silentLog)).toEqual({ total: 520, changes: {} });
    expect(touched(before, await takeSnapshot(kube, 'argocd'))).toEqual([]);
  }, 120_000);

  test('one that does not stay fenced is named', async () => {
    const selfManaged = { metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'] } };
    const writing = new Proxy(kube, {
      get(target, name) {
        if (name === 'mergePatch') return async () => {};
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await kube.mergePatch(APPLICATION, 'argocd', 'guestbook', selfManaged);
    await expect(fenceApplications(writing, silentLog)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/1 restored objects did not stay fenced: Application argocd\/guestbook/),
    });
  }, 60_000);

  test('has its settings changed for the canary, and no others', async () => {
    const before = (await kube.get(CONFIG_MAP, 'argocd', 'argocd-cm')).data as Record<string, string>;
    expect(await fenceSettings(kube, 'argocd')).toEqual([
      'argocd-cm: globalProjects removed',
      'argocd-cm: resource.customizations.ignoreDifferences.all removed',
    ]);
    const { globalProjects: _g, 'resource.customizations.ignoreDifferences.all': _i, ...kept } = before;
    expect((await kube.get(CONFIG_MAP, 'argocd', 'argocd-cm')).data).toEqual(kept);
    expect(await fenceSettings(kube, 'argocd')).toEqual([]);
  });

  test('is not safe from an applicationset-controller that writes', async () => {
    await expect(assertApplicationSetsDry(kube, 'argocd')).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/Deployment argocd\/argocd-applicationset-controller is not in dry-run/),
    });
    const name = 'argocd-applicationset-controller';
    const { spec } = await kube.get(DEPLOYMENT, 'argocd', name);
    const { template } = spec as { template: { spec: { containers: { env: { name: string }[] }[] } } };
    const DRY_RUN = 'ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN';
    const containers = template.spec.containers.map((container) => ({
      ...container,
      env: [...container.env.filter(({ name }) => name !== DRY_RUN), { name: DRY_RUN, value: 'true' }],
    }));
    const set = (fields: object) =>
      kube.mergePatch(DEPLOYMENT, 'argocd', name, {
        spec: { template: { spec: { containers: containers.map((each) => ({ ...each, ...fields })) } } },
      });
    await set({});
    await expect(assertApplicationSetsDry(kube, 'argocd')).resolves.toBeUndefined();
    await set({ args: ['/usr/local/bin/argocd-applicationset-controller', '--dry-run=false'] });
    await expect(assertApplicationSetsDry(kube, 'argocd')).rejects.toThrow(/not in dry-run/);
  });
});
