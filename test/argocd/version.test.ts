import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareVersions,
  detectArgoCdVersion,
  isReleased,
  toldVersion,
  versionOfBackup,
} from '../../src/argocd/version.js';
import { EXIT } from '../../src/errors.js';
import type { Kube } from '../../src/kube/api.js';
import type { KubeObject, Resource } from '../../src/kube/objects.js';

const workload = (name: string, image: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels },
  spec: { template: { spec: { containers: [{ image: 'docker.io/library/sidecar:1.2.3' }, { image }] } } },
});

const kubeWith = (...deployments: KubeObject[]) =>
  ({
    async *list({ kind }: Resource) {
      if (kind === 'Deployment') yield* deployments;
    },
  }) as unknown as Kube;

describe('detectArgoCdVersion', () => {
  test.each([
    ['quay.io/argoproj/argocd:v3.1.9', '3.1.9'],
    ['argocd:3.1.9', '3.1.9'],
    ['registry.example:5000/mirror/argocd:v3.2.0', '3.2.0'],
    ['quay.io/argoproj/argocd:v2.4.0', '2.4.0'],
    ['quay.io/argoproj/argocd:v3.1.9@sha256:0123', '3.1.9'],
  ])('from the image %s', async (image, version) => {
    expect(await detectArgoCdVersion(kubeWith(workload('argocd-server', image)), 'argocd')).toBe(version);
  });

  // argocd of the version is fetched, or built, and run.
  test.each([
    'v3.2.0-rc1',
    'v3.1.9-sops-3.9',
    'v3.1.9-20260214',
    'v3.1.9-0.20240102030405-0123456789ab',
    '2.1.7-0.1.0',
    '1.4.0',
    'v2.3.17',
    'v0.0.0',
    'v03.1.9',
    'v3.1.1000',
  ])('not from the tag %s: the label decides, else argocd-version', async (tag) => {
    const image = `quay.io/argoproj/argocd:${tag}`;
    const labels = { 'app.kubernetes.io/version': 'v3.1.8' };
    const labelled = kubeWith(workload('argocd-server', image, labels));
    expect(await detectArgoCdVersion(labelled, 'argocd')).toBe('3.1.8');
    for (const bad of [{}, { 'app.kubernetes.io/version': tag }])
      await expect(
        detectArgoCdVersion(kubeWith(workload('argocd-server', image, bad)), 'cd'),
      ).rejects.toMatchObject({
        exitCode: EXIT.invalidInput,
        message: expect.stringMatching(/give it with argocd-version/),
      });
  });

  test('by label, where the image is pinned by digest or is another', async () => {
    const labels = { 'app.kubernetes.io/name': 'argocd-server', 'app.kubernetes.io/version': 'v3.1.8' };
    const pinned = workload('my-server', 'quay.io/argoproj/argocd@sha256:0123', labels);
    expect(await detectArgoCdVersion(kubeWith(pinned), 'argocd')).toBe('3.1.8');
  });

  test('by component, whatever the workload is called, and not from others', async () => {
    const kube = kubeWith(
      workload('argocd-image-updater', 'quay.io/x/argocd:v0.16.0'),
      workload('cd-server', 'quay.io/argoproj/argocd:v3.1.9', { 'app.kubernetes.io/component': 'server' }),
    );
    expect(await detectArgoCdVersion(kube, 'argocd')).toBe('3.1.9');
  });

  test('argocd-server has the first word', async () => {
    const kube = kubeWith(
      workload('argocd-repo-server', 'quay.io/argoproj/argocd:v3.1.8'),
      workload('argocd-server', 'quay.io/argoproj/argocd:v3.1.9'),
    );
    expect(await detectArgoCdVersion(kube, 'argocd')).toBe('3.1.9');
  });

  test('no workload of Argo CD tells nothing', async () => {
    expect(await detectArgoCdVersion(kubeWith(), 'argocd')).toBeUndefined();
    expect(await detectArgoCdVersion(kubeWith(workload('web', 'web:v1.0.0')), 'argocd')).toBeUndefined();
  });

  test('workloads that do not tell are an error with the way out', async () => {
    const kube = kubeWith(workload('argocd-server', 'quay.io/argoproj/argocd:latest'));
    await expect(detectArgoCdVersion(kube, 'cd')).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/namespace cd .*argocd-version/),
    });
  });
});

describe('the version that a backup names', () => {
  test.each(['2.4.0', '2.14.21', '3.1.9', '3.10.100'])('%s is run', (version) => {
    expect(versionOfBackup(version)).toBe(version);
  });

  test.each([
    '0.0.1',
    '1.8.7',
    '2.3.17',
    '3.1.9-rc1',
    '3.1.9-0.20240102030405-0123456789ab',
    '3.1.9+build',
    '03.1.9',
    '3.1',
    '3.1.9.1',
    '3.1.9\n',
    '99999999999999999999.0.0',
    'latest',
    '',
  ])('%j is not: the backup cannot be opened without argocd-version', (version) => {
    expect(() => versionOfBackup(version)).toThrow(
      expect.objectContaining({
        exitCode: EXIT.cannotOpen,
        message: expect.stringMatching(/no release from 2\.4\.0 on.*give .* with argocd-version$/s),
      }),
    );
    expect(isReleased(version)).toBe(false);
  });
});

test.each([
  ['v3.2.0-rc1', '3.2.0-rc1'],
  ['v3.2.0', '3.2.0'],
  ['v3.2.0-0.20240102030405-0123456789ab', undefined],
  ['v3.2.0-rc1.0.20240102030405-0123456789ab', undefined],
  ['v1.8.7', undefined],
])("manifests, which are the user's own, tell by the tag %s the version %s", (tag, version) => {
  expect(toldVersion([workload('argocd-server', `quay.io/argoproj/argocd:${tag}`)])).toBe(version);
});

describe('compareVersions', () => {
  const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((numbers) => numbers.join('.'));

  test('orders as numbers do, field by field', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const number = (text: string) => text.split('.').reduce((sum, part) => sum * 100 + Number(part), 0);
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(number(a) - number(b)));
        expect(compareVersions(a, `${a}-rc1`)).toBe(0);
      }),
    );
  });

  test.each([
    ['3.1.9', '3.1.10', -1],
    ['3.10.0', '3.9.9', 1],
    ['2.14.20', '3.0.0', -1],
    ['3.1.9', '3.1.9+build', 0],
    ['3.1', '3.1.0', 0],
  ])('%s and %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});
