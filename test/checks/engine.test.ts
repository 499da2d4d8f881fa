import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/argocd/engine/untouched.js';
import { fail, pass, skipped } from '../../src/checks/check.js';
import {
  controllersFinding,
  fenceFinding,
  stepFinding,
  stepFindingAfter,
  untouchedFinding,
} from '../../src/checks/engine.js';

describe('fenceFinding', () => {
  test('tells every change', () => {
    const found = fenceFinding({
      connections: {
        clusters: 7,
        rewritten: 6,
        notifications: ['Secret argocd/argocd-notifications-secret'],
      },
      applications: { total: 60, changes: { finalizers: 4, 'skip-reconcile': 59 } },
      settings: ['argocd-cm: globalProjects removed'],
    });
    expect(found.status).toBe('pass');
    expect(found.evidence).toMatch(/60 Applications fenced.*7 cluster Secrets.*1 notification.*1 settings/);
    expect(found.details).toEqual([
      'cluster Secrets: 6 of 7 given an unroutable server and an empty config.',
      'notifications emptied: Secret argocd/argocd-notifications-secret.',
      'Applications changed: finalizers in 4, skip-reconcile in 59.',
      'setting changed for the canary: argocd-cm: globalProjects removed.',
    ]);
  });
});

describe('controllersFinding', () => {
  const controller = (ready: number, wanted: number) => ({
    kind: 'Deployment',
    name: 'argocd-x',
    ready,
    wanted,
    seconds: 1,
    pods: [],
  });
  test.each([
    ['ready', [controller(1, 1)], 'pass'],
    ['one missing', [controller(1, 1), controller(1, 2)], 'fail'],
    ['still at zero', [controller(0, 0)], 'fail'],
    ['none', [], 'fail'],
  ])('%s', (_what, workloads, status) => {
    expect(controllersFinding({ workloads, seconds: 2 }).status).toBe(status);
  });
});

describe('steps', () => {
  const bad = async () => ({ ok: false as const, reason: 'because', details: ['ComparisonError: x'] });
  const good = async () => ({ ok: true as const, evidence: 'done' });

  test('pass and fail as the canary does', async () => {
    expect(await stepFinding(good)).toEqual(pass('done'));
    expect(await stepFinding(bad)).toEqual(fail('because', [], ['ComparisonError: x']));
  });

  test('what the surroundings are to blame for is thrown on', async () => {
    const broken = new Error('no way');
    await expect(stepFinding(() => Promise.reject(broken))).rejects.toBe(broken);
  });

  test('later ones are taken only after a good first one', async () => {
    expect((await stepFindingAfter(pass('x'), bad)).status).toBe('fail');
    for (const first of [fail('x'), skipped('x')]) {
      const never = () => Promise.reject(new Error('must not be called'));
      expect((await stepFindingAfter(first, never)).status).toBe('skipped');
    }
  });
});

describe('untouchedFinding', () => {
  const snapshot = (resourceVersion: string): Snapshot =>
    new Map([['Application\u0000argocd\u0000shop', { resourceVersion, fields: new Map([['spec', 'x']]) }]]);

  test('equal snapshots', () => {
    expect(untouchedFinding(snapshot('1'), snapshot('1'))).toMatchObject({
      status: 'pass',
      evidence: expect.stringMatching(/^1 restored/),
    });
  });

  test('a hole in the fence is an error, which says nothing about the backup', () => {
    expect(untouchedFinding(snapshot('1'), snapshot('2'))).toMatchObject({
      status: 'error',
      evidence: expect.stringMatching(/Application argocd\/shop/),
      details: ['Application argocd/shop: different at metadata.resourceVersion'],
    });
  });
});
