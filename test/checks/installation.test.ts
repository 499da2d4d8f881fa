import { describe, expect, test } from '@jest/globals';
import type { NodeLoss } from '../../src/argocd/workloads/node-loss.js';
import {
  highAvailabilityFinding,
  manifestsFinding,
  nodeLossFinding,
  redisFinding,
  workloadsFinding,
} from '../../src/checks/installation.js';

test('workloadsFinding counts pods and nodes', () => {
  const finding = workloadsFinding({
    seconds: 41.26,
    workloads: [
      {
        kind: 'Deployment',
        name: 'argocd-server',
        ready: 2,
        wanted: 2,
        seconds: 12.3,
        pods: [
          { name: 'a', node: 'w1' },
          { name: 'b', node: 'w2' },
        ],
      },
      {
        kind: 'StatefulSet',
        name: 'argocd-application-controller',
        ready: 1,
        wanted: 1,
        seconds: 41.26,
        pods: [{ name: 'c', node: 'w1' }],
      },
    ],
  });
  expect(finding.status).toBe('pass');
  expect(finding.evidence).toBe('2 workloads with 3 pods ready on 2 nodes after 41.3 s.');
  expect(finding.details).toEqual([
    'Deployment argocd-server: 2/2 ready after 12.3 s on w1, w2',
    'StatefulSet argocd-application-controller: 1/1 ready after 41.3 s on w1',
  ]);
});

describe('redisFinding', () => {
  const master = { pod: 'redis-0', node: 'w1' };
  test.each([
    ['high-availability', 'pass', /one master \(redis-0 on w1\), 2 replicas .* 1 haproxy pod/],
    ['single', 'pass', /redis-0 answers; a single redis/],
    ['none', 'skipped', /brings no redis of its own/],
  ] as const)('%s is %s', (layout, status, evidence) => {
    const finding = redisFinding({
      layout,
      master,
      replicas: ['redis-1', 'redis-2'],
      proxies: ['haproxy-0'],
    });
    expect(finding.status).toBe(status);
    expect(finding.evidence).toMatch(evidence);
  });
});

describe('highAvailabilityFinding', () => {
  test('a problem fails it, and leads the details', () => {
    const finding = highAvailabilityFinding({
      problems: [{ text: 'one node' }],
      warnings: [{ text: 'w' }],
      details: ['d'],
    });
    expect(finding).toMatchObject({ status: 'fail', details: ['one node', 'warning: w', 'd'] });
    expect(finding.evidence).toBe('not highly available: one node.');
  });

  test('warnings do not', () => {
    const finding = highAvailabilityFinding({ problems: [], warnings: [{ text: 'w' }], details: ['d'] });
    expect(finding).toMatchObject({ status: 'pass', details: ['warning: w', 'd'] });
    expect(finding.evidence).toMatch(/1 warning, see the details/);
  });
});

describe('nodeLossFinding', () => {
  const loss: NodeLoss = {
    node: 'w1',
    pods: ['argocd-redis-ha-server-0'],
    api: { asked: 58, answered: 50, longestSilence: 4.2, silentFrom: 3 },
    detected: 44.6,
    afterDetection: { asked: 14, answered: 14 },
    failover: { from: 'redis-0', to: 'redis-2', seconds: 13.1 },
    recovered: 61,
  };

  test('passes with the seconds measured', () => {
    expect(nodeLossFinding(loss)).toMatchObject({
      status: 'pass',
      evidence:
        "node w1 was stopped without notice: Argo CD's API was never silent for longer than 4.2 s, and answered 14 of 14 requests once Kubernetes had noticed after 44.6 s; redis failed over from redis-0 to redis-2 after 13.1 s.",
    });
  });

  test('an API silent for too long fails it', () => {
    expect(nodeLossFinding({ ...loss, api: { ...loss.api, longestSilence: 30.1 } })).toMatchObject({
      status: 'fail',
    });
  });

  test('a request without an answer once Kubernetes had noticed fails it', () => {
    expect(nodeLossFinding({ ...loss, afterDetection: { asked: 14, answered: 13 } })).toMatchObject({
      status: 'fail',
    });
  });

  test('without a failover it says why', () => {
    expect(nodeLossFinding({ ...loss, failover: undefined }).evidence).toMatch(/redis kept its master/);
  });
});

describe('manifestsFinding', () => {
  const of = { objects: 73, version: '3.1.9' };

  test('nothing wrong', () => {
    expect(manifestsFinding({ problems: [], warnings: [], details: ['d'] }, of)).toMatchObject({
      status: 'pass',
      evidence:
        '73 objects of Argo CD 3.1.9: whole, of one version, and each name that pods need is among them.',
      details: ['d'],
    });
  });

  test('a warning does not fail it, and takes back what is not certain', () => {
    const finding = manifestsFinding({ problems: [], warnings: [{ text: 'w' }], details: ['d'] }, of);
    expect(finding).toMatchObject({ status: 'pass', details: ['warning: w', 'd'] });
    expect(finding.evidence).toBe(
      '73 objects of Argo CD 3.1.9: whole, and of one version. 1 warning, see the details.',
    );
  });

  test('problems fail it, the first of them named, and lead the details', () => {
    const problems = ['one', 'two', 'three', 'four'].map((text) => ({ text }));
    const finding = manifestsFinding({ problems, warnings: [{ text: 'w' }], details: ['d'] }, of);
    expect(finding).toMatchObject({
      status: 'fail',
      evidence: 'the manifests: one; two; three; and 1 more.',
      details: ['one', 'two', 'three', 'four', 'warning: w', 'd'],
    });
  });

  test('a version that is not told', () => {
    const finding = manifestsFinding(
      { problems: [], warnings: [], details: [] },
      { ...of, version: undefined },
    );
    expect(finding.evidence).toMatch(/^73 objects of Argo CD of a version that they do not tell: /);
  });
});
