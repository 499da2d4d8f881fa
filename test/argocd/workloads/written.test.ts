import { describe, expect, test } from '@jest/globals';
import type { Manifests } from '../../../src/argocd/manifests.js';
import { needsOutside } from '../../../src/argocd/workloads/needs.js';
import { type PodSpec, specOf, withSpec } from '../../../src/argocd/workloads/workload.js';
import { type Asked, analyseManifests } from '../../../src/argocd/workloads/written.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { haManifest } from './installed.js';

const CRDS = ['applications', 'applicationsets', 'appprojects'].map((name) =>
  made('CustomResourceDefinition', `${name}.argoproj.io`, { apiVersion: 'apiextensions.k8s.io/v1' }),
);

function made(kind: string, name: string, { metadata, ...more }: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind, ...more, metadata: { ...metadata, name } };
}

const official = (): Manifests => ({ crds: CRDS, objects: haManifest() });

/** The official ones with objects added, and others left out. */
const manifests = (added: KubeObject[] = [], without: string[] = []): Manifests => ({
  crds: CRDS.filter(({ metadata }) => !without.includes(metadata.name)),
  objects: [
    ...haManifest().filter(({ kind, metadata }) => !without.includes(`${kind} ${metadata.name}`)),
    ...added,
  ],
});

/** The official ones with one workload changed. */
const changed = (name: string, change: (workload: KubeObject) => KubeObject): Manifests => ({
  crds: CRDS,
  objects: haManifest().map((each) =>
    each.metadata.name === name && /Deployment|StatefulSet/.test(each.kind) ? change(each) : each,
  ),
});

const withPods = (workload: KubeObject, more: Partial<PodSpec>): KubeObject =>
  withSpec(workload, ({ template, ...spec }) => ({
    ...spec,
    template: { ...template, spec: { ...template.spec, ...more } },
  }));

const image = (workload: KubeObject, version: string) => {
  const { containers } = specOf(workload).template.spec;
  const [first, ...others] = containers;
  return withPods(workload, {
    containers: [{ ...first!, image: `quay.io/argoproj/argocd:${version}` }, ...others],
  });
};

/** A workload of the user's own. */
const own = (kind: string, name: string, pods: object, metadata = {}): KubeObject => {
  const template = { spec: { containers: [{ name: 'main', image: 'example.com/own:1' }], ...pods } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, ...metadata },
    spec: kind === 'Pod' ? template.spec : spec,
  };
};

function analyse(given: Manifests, asked: Partial<Asked> = {}) {
  const { problems, warnings, details } = analyseManifests(given, {
    ha: true,
    namespace: 'argocd',
    ...asked,
  });
  return {
    problems: problems.map(({ text }) => text),
    warnings: warnings.map(({ text }) => text),
    abouts: [...problems, ...warnings].map(({ about }) => about),
    details,
  };
}

const FINE = { problems: [], warnings: [] };

test("Argo CD's own HA manifests have nothing wrong", () => {
  expect(analyse(official())).toMatchObject(FINE);
  expect(analyse(official(), { ha: false })).toMatchObject(FINE);
  expect(analyse(official()).details).toContain('Deployment argocd-server: 2 replicas');
});

describe('what is missing', () => {
  test.each(CRDS.map(({ metadata }) => metadata.name))('the CRD %s', (name) => {
    expect(analyse(manifests([], [name])).problems).toEqual([
      `there is no CustomResourceDefinition ${name}: add those of Argo CD's version (manifests/crds)`,
    ]);
  });

  test('all CRDs, as in namespace-install.yaml: told together', () => {
    expect(analyse({ ...official(), crds: [] }).problems).toEqual([
      "there are no CustomResourceDefinitions applications.argoproj.io, applicationsets.argoproj.io, appprojects.argoproj.io: add those of Argo CD's version (manifests/crds)",
    ]);
  });

  test('argocd-cm', () => {
    expect(analyse(manifests([], ['ConfigMap argocd-cm'])).problems).toEqual([
      'there is no ConfigMap argocd-cm, without which Argo CD does not start: add one, it may be empty',
    ]);
    const elsewhere = made('ConfigMap', 'argocd-cm', { metadata: { name: '', namespace: 'other' } });
    expect(analyse(manifests([elsewhere], ['ConfigMap argocd-cm'])).problems).toContainEqual(
      expect.stringMatching(/^there is no ConfigMap argocd-cm/),
    );
  });

  test('the label by which Argo CD finds argocd-cm', () => {
    const { problems, abouts } = analyse(
      manifests([made('ConfigMap', 'argocd-cm')], ['ConfigMap argocd-cm']),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^ConfigMap argocd-cm lacks the label .*part-of: argocd/),
    ]);
    expect(abouts).toEqual([{ kind: 'ConfigMap', name: 'argocd-cm', field: ['metadata', 'labels'] }]);
  });

  test('argocd-rbac-cm is a warning: Argo CD runs without it', () => {
    expect(analyse(manifests([], ['ConfigMap argocd-rbac-cm']))).toMatchObject({
      problems: [],
      warnings: [expect.stringMatching(/^there is no ConfigMap argocd-rbac-cm, .*no backup can be made/)],
    });
  });

  test('a ServiceAccount', () => {
    const given = changed('argocd-server', (workload) =>
      withPods(workload, { serviceAccountName: 'argocd-sevrer' }),
    );
    const { problems, abouts } = analyse(given);
    expect(problems).toEqual([
      'Deployment argocd-server needs ServiceAccount argocd-sevrer, which is not in the manifests: add it, or correct the name',
    ]);
    expect(abouts).toEqual([{ kind: 'Deployment', name: 'argocd-server', namespace: undefined }]);
  });

  test.each<[string, Partial<PodSpec>]>([
    ['a volume', { volumes: [{ configMap: { name: 'plugins' } }] }],
    ['a projected volume', { volumes: [{ projected: { sources: [{ configMap: { name: 'plugins' } }] } }] }],
    [
      'a variable',
      {
        containers: [
          { name: 'x', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'plugins', key: 'a' } } }] },
        ],
      },
    ],
    ['all variables', { containers: [{ name: 'x', envFrom: [{ configMapRef: { name: 'plugins' } }] }] }],
    [
      'an init container',
      { initContainers: [{ name: 'x', envFrom: [{ configMapRef: { name: 'plugins' } }] }] },
    ],
  ])('a ConfigMap of %s', (_, pods) => {
    const given = changed('argocd-repo-server', (workload) => withPods(workload, pods));
    expect(analyse(given).problems).toEqual([
      'Deployment argocd-repo-server needs ConfigMap plugins, which is not in the manifests: add it, or correct the name',
    ]);
  });

  test.each(['Job', 'CronJob', 'DaemonSet', 'Pod', 'StatefulSet'])('in a %s of the user', (kind) => {
    const given = manifests([own(kind, 'mine', { volumes: [{ configMap: { name: 'gone' } }] })]);
    expect(analyse(given).problems).toEqual([
      `${kind} mine needs ConfigMap gone, which is not in the manifests: add it, or correct the name`,
    ]);
  });

  test('a name that is needed twice is told once, of each workload', () => {
    const volumes = [{ configMap: { name: 'gone' } }, { configMap: { name: 'gone' } }];
    const given = manifests([own('DaemonSet', 'a', { volumes })]);
    expect(analyse(given).problems).toHaveLength(1);
    const second = own('Pod', 'b', { volumes });
    // Each of two workloads of the user's might make what the other needs.
    expect(analyse({ ...given, objects: [...given.objects, second] })).toMatchObject({
      problems: [],
      warnings: [expect.stringMatching(/^DaemonSet a needs/), expect.stringMatching(/^Pod b needs/)],
    });
  });

  test('what stands in another namespace is not there', () => {
    const elsewhere = made('ConfigMap', 'gone', { metadata: { name: '', namespace: 'other' } });
    const volumes = [{ configMap: { name: 'gone' } }];
    expect(analyse(manifests([elsewhere, own('Pod', 'mine', { volumes })])).problems).toHaveLength(1);
    expect(
      analyse(manifests([elsewhere, own('Pod', 'mine', { volumes }, { namespace: 'other' })])),
    ).toMatchObject(FINE);
  });
});

describe('no false alarm for', () => {
  const mine = (pods: object, ...others: KubeObject[]) =>
    manifests([own('Deployment', 'mine', pods), ...others]);

  test.each<[string, Manifests]>([
    [
      'a volume, variables and sources that are optional',
      mine({
        volumes: [
          { configMap: { name: 'gone', optional: true } },
          {
            projected: {
              sources: [{ configMap: { name: 'gone', optional: true } }, { secret: { name: 'x' } }],
            },
          },
        ],
        containers: [
          {
            name: 'main',
            env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'gone', key: 'a', optional: true } } }],
            envFrom: [{ configMapRef: { name: 'gone', optional: true } }, { secretRef: { name: 'x' } }],
          },
        ],
      }),
    ],
    [
      'what Kubernetes makes in every namespace',
      mine({
        volumes: [
          { configMap: { name: 'kube-root-ca.crt' } },
          {
            projected: {
              sources: [
                { serviceAccountToken: {} },
                { configMap: { name: 'kube-root-ca.crt' } },
                { downwardAPI: {} },
              ],
            },
          },
        ],
      }),
    ],
    ['Secrets, which may be made in the cluster', mine({ volumes: [{ secret: { secretName: 'gone' } }] })],
    ['the ServiceAccount that is in every namespace', mine({ serviceAccountName: 'default' })],
    [
      'what is there as a hook of the chart',
      mine(
        { serviceAccountName: 'hook' },
        made('ServiceAccount', 'hook', {
          metadata: { name: '', annotations: { 'helm.sh/hook': 'pre-install' } },
        }),
      ),
    ],
    [
      'workloads of the user beside Argo CD, with replicas on one node',
      manifests([
        {
          ...own('Deployment', 'guestbook', {}),
          spec: { replicas: 3, template: { spec: { containers: [{ name: 'x' }] } } },
        },
        own('DaemonSet', 'agent', {}),
        own('CronJob', 'nightly', {}),
      ]),
    ],
    [
      'an image of the user whose name ends in argocd',
      mine({ containers: [{ name: 'main', image: 'example.com/tools/dashboard-argocd:1.2.3' }] }),
    ],
    [
      'keys that are empty, as in manifests written by hand',
      mine({
        volumes: null,
        initContainers: null,
        serviceAccountName: null,
        containers: [{ name: 'main', env: null, envFrom: null, args: null }],
      }),
    ],
    [
      'empty keys in those of Argo CD',
      changed('argocd-server', ({ metadata, ...workload }) => ({
        ...(withPods({ metadata, ...workload }, { volumes: null as never }) as KubeObject),
        metadata: { ...metadata, annotations: null as never },
      })),
    ],
  ])('%s', (_, given) => {
    expect(analyse(given)).toMatchObject(FINE);
  });

  const needy = changed('argocd-repo-server', (workload) =>
    withPods(workload, { volumes: [{ configMap: { name: 'ca-bundle' } }] }),
  );

  test.each<[string, KubeObject]>([
    ['a Job, such as a hook of a chart', own('Job', 'make-config', {})],
    ['an operator', own('Deployment', 'trust-manager', {})],
    ['an object of a custom kind', made('Bundle', 'ca-bundle', { apiVersion: 'trust.cert-manager.io/v1' })],
    ['an Application', made('Application', 'config', { apiVersion: 'argoproj.io/v1alpha1' })],
  ])('a ConfigMap that %s may make: a warning, whatever is asked for', (_, maker) => {
    for (const ha of [true, false])
      expect(analyse({ ...needy, objects: [...needy.objects, maker] }, { ha })).toMatchObject({
        problems: [],
        warnings: [
          'Deployment argocd-repo-server needs ConfigMap ca-bundle, which is not in the manifests: something in the cluster has to make it before its pods start',
        ],
      });
  });

  test.each<[string, KubeObject]>([
    ['a ServiceMonitor', made('ServiceMonitor', 'x', { apiVersion: 'monitoring.coreos.com/v1' })],
    ['an AppProject', made('AppProject', 'x', { apiVersion: 'argoproj.io/v1alpha1' })],
    ['a NetworkPolicy', made('NetworkPolicy', 'x', { apiVersion: 'networking.k8s.io/v1' })],
    [
      "the Job of Argo CD's chart that makes redis' password",
      own(
        'Job',
        'argocd-redis-secret-init',
        {},
        {
          labels: { 'app.kubernetes.io/name': 'argocd-redis-secret-init' },
        },
      ),
    ],
  ])('but %s makes none: a problem', (_, object) => {
    expect(analyse({ ...needy, objects: [...needy.objects, object] }).problems).toHaveLength(1);
  });

  test('nor does anything make the ServiceAccounts of Argo CD itself', () => {
    const given = manifests([own('Job', 'make-config', {})], []);
    const without = given.objects.map((each) =>
      each.metadata.name === 'argocd-server' && each.kind === 'Deployment'
        ? withPods(each, { serviceAccountName: 'gone' })
        : each,
    );
    expect(analyse({ ...given, objects: without }).problems).toEqual([
      expect.stringMatching(/needs ServiceAccount gone.*: add it/),
    ]);
  });
});

describe('what the cluster has already', () => {
  const given = changed('argocd-server', (workload) =>
    withPods(workload, { serviceAccountName: 'made-elsewhere' }),
  );
  const bare: Manifests = {
    crds: [],
    objects: given.objects.filter(({ metadata }) => !['argocd-cm', 'argocd-rbac-cm'].includes(metadata.name)),
  };

  test('is asked for by what the manifests lack, and no more', () => {
    expect(needsOutside(official(), 'argocd')).toEqual([]);
    expect(needsOutside(bare, 'cd')).toEqual([
      ...CRDS.map(({ metadata }) => ({ kind: 'CustomResourceDefinition', name: metadata.name })),
      { kind: 'ConfigMap', name: 'argocd-cm', namespace: 'cd' },
      { kind: 'ConfigMap', name: 'argocd-rbac-cm', namespace: 'cd' },
      { kind: 'ServiceAccount', name: 'made-elsewhere', namespace: 'cd' },
    ]);
  });

  test('is not missing', () => {
    expect(analyse(bare).problems).toHaveLength(3);
    expect(analyse(bare, { isThere: () => true })).toMatchObject(FINE);
    const { problems } = analyse(bare, { isThere: ({ kind }) => kind === 'CustomResourceDefinition' });
    expect(problems).toEqual([
      expect.stringMatching(/no ConfigMap argocd-cm/),
      expect.stringMatching(/needs ServiceAccount made-elsewhere/),
    ]);
  });
});

describe('versions', () => {
  const versioned = (versions: Record<string, string>): Manifests => ({
    crds: CRDS,
    objects: haManifest().map((each) =>
      /Deployment|StatefulSet/.test(each.kind) &&
      !each.metadata.name.includes('redis') &&
      !each.metadata.name.includes('dex')
        ? image(each, versions[each.metadata.name] ?? 'v3.1.9')
        : each,
    ),
  });

  test('of one component that differs: it is named, whichever it is', () => {
    expect(analyse(versioned({}))).toMatchObject(FINE);
    for (const name of ['argocd-server', 'argocd-repo-server', 'argocd-applicationset-controller']) {
      const { problems, abouts } = analyse(versioned({ [name]: 'v3.0.0' }));
      expect(problems).toEqual([
        `Deployment ${name} is of Argo CD 3.0.0, and others are of 3.1.9: give all components one version`,
      ]);
      expect(abouts).toEqual([
        expect.objectContaining({ name, field: ['spec', 'template', 'spec', 'containers'] }),
      ]);
    }
  });

  test('of an image of the user that goes on behind it is the same', () => {
    expect(analyse(versioned({ 'argocd-repo-server': 'v3.1.9-with-plugins' }))).toMatchObject(FINE);
  });

  test('of plugins beside a component, and of pinned digests, do not count', () => {
    const given = versioned({});
    const plugin = { name: 'avp', image: 'quay.io/argoproj/argocd:v2.4.0' };
    const objects = given.objects.map((each) =>
      each.metadata.name === 'argocd-repo-server' && each.kind === 'Deployment'
        ? withPods(each, { containers: [plugin, ...specOf(each).template.spec.containers] })
        : each,
    );
    expect(analyse({ ...given, objects })).toMatchObject(FINE);
    const pinned = changed('argocd-server', (workload) => {
      const [server] = specOf(workload).template.spec.containers;
      const image = `quay.io/argoproj/argocd@sha256:${'0'.repeat(64)}`;
      return withPods(workload, { containers: [{ ...server!, image }] });
    });
    expect(analyse(pinned)).toMatchObject(FINE);
  });
});

describe('high availability', () => {
  const one = changed('argocd-server', (workload) =>
    withSpec(workload, (spec) => ({ ...spec, replicas: 1 })),
  );

  test('one replica is a problem where it is asked for', () => {
    const { problems, abouts } = analyse(one);
    expect(problems).toEqual(['Deployment argocd-server has 1 replica; high availability needs 2']);
    expect(abouts[0]).toMatchObject({
      kind: 'Deployment',
      name: 'argocd-server',
      field: ['spec', 'replicas'],
    });
    expect(analyse(one, { ha: false })).toMatchObject(FINE);
  });

  /** As the chart's "HA mode with autoscaling" has it: the Deployment names no replicas. */
  const autoscaled = (
    minReplicas: number | undefined,
    target = { kind: 'Deployment', name: 'argocd-server' },
  ) => {
    const given = changed('argocd-server', (workload) =>
      withSpec(workload, ({ replicas: _, ...spec }) => spec),
    );
    const spec = { minReplicas, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', ...target } };
    const autoscaler = made('HorizontalPodAutoscaler', 'argocd-server', {
      apiVersion: 'autoscaling/v2',
      spec,
    });
    return { ...given, objects: [...given.objects, autoscaler] };
  };

  test('an autoscaler keeps up its least number of replicas', () => {
    expect(analyse(autoscaled(2)).problems).toEqual([]);
    expect(analyse(autoscaled(2)).details).toContain('Deployment argocd-server: 2 replicas');
    expect(analyse(autoscaled(1)).problems).toHaveLength(1);
    expect(analyse(autoscaled(undefined)).problems).toHaveLength(1);
    expect(analyse(autoscaled(2, { kind: 'Deployment', name: 'other' })).problems).toHaveLength(1);
  });

  test('what tuning does not fit is a warning, where it is asked for', () => {
    const five = changed('argocd-server', (workload) =>
      withSpec(workload, (spec) => ({ ...spec, replicas: 5 })),
    );
    expect(analyse(five)).toMatchObject({
      problems: [],
      warnings: [expect.stringMatching(/ARGOCD_API_SERVER_REPLICAS/)],
    });
    expect(analyse(five, { ha: false })).toMatchObject(FINE);
  });
});

describe('what is no installation', () => {
  test('without a workload of Argo CD, this alone is told', () => {
    const given = { crds: [], objects: [made('ConfigMap', 'x'), own('Deployment', 'guestbook', {})] };
    expect(analyse(given).problems).toEqual([
      'none of the 2 objects is a workload of Argo CD: give the manifests of the whole installation',
    ]);
  });

  test('in another namespace than it is looked for', () => {
    const given = official();
    const objects = given.objects.map((each) => ({
      ...each,
      metadata: { ...each.metadata, namespace: 'cd' },
    }));
    const { problems, abouts } = analyse({ ...given, objects });
    expect(problems).toEqual([
      'Deployment argocd-server goes into namespace cd, and Argo CD is looked for in argocd: give namespace cd',
    ]);
    expect(abouts[0]).toMatchObject({ name: 'argocd-server', field: ['metadata', 'namespace'] });
    expect(analyse({ ...given, objects }, { namespace: 'cd' })).toMatchObject(FINE);
  });

  test.each<[string, unknown, RegExp, string[]]>([
    ['no spec', undefined, /argocd-server is not as Kubernetes takes it, at spec: /, ['spec']],
    ['an empty spec', {}, /at spec\.template: /, ['spec', 'template']],
    ['no containers', { template: { spec: {} } }, /at spec\.template\.spec\.containers: /, []],
    ['an empty list of them', { template: { spec: { containers: [] } } }, /spec\.containers: /, []],
    ['containers of text', { template: { spec: { containers: ['x'] } } }, /containers\.0: /, []],
    [
      'variables that are no list',
      { template: { spec: { containers: [{ name: 'x', env: { A: 'b' } }] } } },
      /containers\.0\.env: /,
      [],
    ],
    [
      'replicas that are text',
      { replicas: 'two', template: { spec: { containers: [{ name: 'x' }] } } },
      /at spec\.replicas: /,
      ['spec', 'replicas'],
    ],
  ])('a workload with %s: told with the field, and nothing else', (_, spec, message, field) => {
    const { problems, abouts } = analyse(changed('argocd-server', (workload) => ({ ...workload, spec })));
    expect(problems).toEqual([expect.stringMatching(message)]);
    if (field.length > 0) expect(abouts[0]!.field).toEqual(field);
    expect(() =>
      needsOutside(
        changed('argocd-server', (workload) => ({ ...workload, spec })),
        'argocd',
      ),
    ).not.toThrow();
  });
});
