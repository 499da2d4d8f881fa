import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { fenceArgoCdCm, fenceCmdParams } from '../../../src/argocd/engine/settings.js';
import { demoObjects } from '../../../src/demo/demo.js';
import { mergePatched } from './merge-patch.js';

const fenced = (settings: Record<string, string>) =>
  mergePatched(settings, fenceArgoCdCm(settings).patch) as Record<string, string>;

describe('fenceArgoCdCm', () => {
  test.each([
    ['cluster.inClusterEnabled', 'false'],
    ['application.sync.impersonation.enabled', 'true'],
    ['globalProjects', '- labelSelector: {}\n  projectName: guardrails\n'],
    ['resource.customizations.health.apps_Deployment', 'hs = {}'],
    ['resource.customizations.health.Service', 'hs = {}'],
    ['resource.customizations.ignoreDifferences.all', 'jsonPointers: [/data]'],
    ['resource.customizations.ignoreDifferences.ConfigMap', 'jsonPointers: [/data]'],
  ])('%s is removed', (key, value) => {
    expect(fenceArgoCdCm({ [key]: value, url: 'x' })).toEqual({
      patch: { [key]: null },
      changes: [`${key} removed`],
    });
  });

  test.each([
    ['cluster.inClusterEnabled', 'true'],
    ['application.sync.impersonation.enabled', 'false'],
    ['resource.customizations.health.cert-manager.io_Certificate', 'hs = {}'],
    ['resource.customizations.health.example.io_Deployment', 'hs = {}'],
    ['resource.customizations.actions.apps_Deployment', 'x'],
    ['resource.customizations.ignoreResourceUpdates.all', 'jsonPointers: [/status]'],
    ['resource.exclusions', '- apiGroups: [cilium.io]\n  kinds: [CiliumIdentity]\n  clusters: ["*"]\n'],
    ['resource.exclusions', '- apiGroups: [""]\n  kinds: [Endpoints]\n'],
    ['resource.exclusions', '{{ not yaml'],
    ['resource.exclusions', ''],
    ['resource.inclusions', '[]'],
    ['resource.customizations', 'cert-manager.io/*:\n  health.lua: x\n'],
    ['timeout.reconciliation', '0s'],
    ['application.resourceTrackingMethod', 'label'],
    ['kustomize.buildOptions', '--enable-helm'],
  ])('%s: %j stays', (key, value) => {
    expect(fenceArgoCdCm({ [key]: value })).toEqual({ patch: {}, changes: [] });
  });

  test.each([
    ['by name', '{apiGroups: [apps], kinds: [Deployment]}'],
    ['by glob and star', '{apiGroups: ["a*"], kinds: ["*"]}'],
    ['all groups', '{kinds: [ConfigMap]}'],
    ['all kinds of the core group', '{apiGroups: [""]}'],
    ['everything of some clusters', '{clusters: ["https://kubernetes.default.svc"]}'],
  ])('an exclusion of the canary is dropped, others stay: %s', (_what, exclusion) => {
    const other = '{apiGroups: [cilium.io], kinds: [CiliumIdentity]}';
    const settings = { 'resource.exclusions': `[${exclusion}, ${other}]` };
    expect(load(fenced(settings)['resource.exclusions']!)).toEqual([load(other)]);
    expect(fenceArgoCdCm(settings).changes).toEqual(['resource.exclusions without what concerns the canary']);
  });

  test('inclusions let the canary in besides what they had', () => {
    const had = '{apiGroups: [batch], kinds: [Job]}';
    expect(load(fenced({ 'resource.inclusions': `[${had}]` })['resource.inclusions']!)).toEqual([
      load(had),
      { apiGroups: ['', 'apps'], kinds: ['Deployment', 'Service', 'ConfigMap', 'Namespace'] },
    ]);
  });

  test.each(['"*/*"', '"*"', 'apps/Deployment', '"apps/*"', 'Service', '"*/ConfigMap"'])(
    'the older customizations lose %s',
    (glob) => {
      const settings = {
        'resource.customizations': `${glob}: {health.lua: x}\nbatch/Job: {health.lua: y}\n`,
      };
      expect(load(fenced(settings)['resource.customizations']!)).toEqual({
        'batch/Job': { 'health.lua': 'y' },
      });
    },
  );

  test('no value is told', () => {
    const settings = {
      globalProjects: 'hunter2',
      'resource.exclusions': '[{kinds: [Service], clusters: [hunter2]}]',
    };
    expect(fenceArgoCdCm(settings).changes.join()).not.toMatch(/hunter2/);
  });

  test('the demonstration', () => {
    const settings = demoObjects({ seed: 'settings' }).find(({ metadata }) => metadata.name === 'argocd-cm')!;
    expect(fenceArgoCdCm(settings.data!).changes).toEqual([
      'resource.customizations.ignoreDifferences.all removed',
      'globalProjects removed',
    ]);
  });
});

test('fenceCmdParams takes delays of self-healing, and no more', () => {
  const settings = {
    'controller.self.heal.timeout.seconds': '900',
    'controller.self.heal.backoff.cap.seconds': '3600',
    'controller.status.processors': '50',
    'application.namespaces': 'team-*',
  };
  expect(fenceCmdParams(settings).patch).toEqual({
    'controller.self.heal.timeout.seconds': null,
    'controller.self.heal.backoff.cap.seconds': null,
  });
});
