import { beforeEach, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { canary, removeCanary } from '../../../src/argocd/engine/canary.js';
import { EXIT, infraError } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { silentLog } from '../../../src/log.js';
import { FakeCluster, FakeGit } from './fake-argocd.js';

const NAME = 'argocd-dr-canary';
let cluster: FakeCluster;
let git: FakeGit;
let surroundings: () => Promise<void>;
let abort: AbortController;
beforeEach(() => {
  cluster = new FakeCluster();
  git = new FakeGit();
  surroundings = async () => {};
  abort = new AbortController();
});

const make = (stepLimitMs = 60) =>
  canary({
    kube: cluster.kube,
    namespace: 'argocd',
    git,
    image: 'registry.example/argocd:v1',
    log: silentLog,
    signal: abort.signal,
    assertSurroundings: () => surroundings(),
    stepLimitMs,
    pollMs: 1,
  });

const deployment = {
  kind: 'Deployment',
  metadata: { name: 'guestbook-ui' },
  status: { availableReplicas: 1 },
};

/** What the last commit holds, by kind and name. */
function committed(): KubeObject[] {
  return Object.values(git.commits.at(-1) ?? {}).map((text) => load(text) as KubeObject);
}

/** The application-controller at work: the cluster is as the last commit says. */
function works({ objects }: FakeCluster, healthy = true): void {
  const application = objects.get(`Application/${NAME}`);
  if (!application) return;
  const wanted = committed();
  for (const object of wanted)
    if (object.kind === 'Deployment') {
      if (!objects.has('Deployment/guestbook-ui')) cluster.put(deployment);
    } else cluster.put(object);
  for (const { kind, metadata } of objects.values())
    if (kind === 'ConfigMap' && !wanted.some(({ metadata: { name } }) => name === metadata.name))
      cluster.remove(kind, metadata.name);
  says({
    reconciledAt: '2026-01-01T00:00:00Z',
    sync: { status: 'Synced', revision: git.head },
    health: { status: healthy ? 'Healthy' : 'Progressing' },
    operationState: { phase: 'Succeeded', message: 'ok' },
  });
}

function says(status: object): void {
  const application = cluster.objects.get(`Application/${NAME}`);
  if (application) application.status = status;
}

describe('an engine that works', () => {
  test('passes the three steps', async () => {
    cluster.controller = works;
    const bird = make(5_000);
    expect(await bird.sync()).toMatchObject({
      ok: true,
      evidence: expect.stringMatching(/Synced and Healthy at commit 1111111/),
    });
    expect(await bird.selfHeal()).toMatchObject({ ok: true, evidence: expect.stringMatching(/another UID/) });
    expect(await bird.newCommit()).toMatchObject({
      ok: true,
      evidence: expect.stringMatching(/commit 2222222/),
    });
    expect(cluster.calls).toEqual([
      `create AppProject ${NAME}`,
      `create Application ${NAME}`,
      'delete Deployment guestbook-ui',
      `patch Application ${NAME}`,
    ]);
  });

  test('is asked for what the seed asks for', async () => {
    cluster.controller = works;
    await make(5_000).sync();
    expect(cluster.objects.get(`Application/${NAME}`)).toMatchObject({
      metadata: { namespace: 'argocd' },
      spec: {
        project: NAME,
        source: { repoURL: git.url, path: 'guestbook' },
        destination: { server: 'https://kubernetes.default.svc', namespace: NAME },
        syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
      },
    });
    expect(cluster.objects.get(`AppProject/${NAME}`)).toMatchObject({
      spec: { sourceRepos: [git.url], destinations: [{ namespace: NAME }] },
    });
    expect(JSON.stringify(committed().find(({ kind }) => kind === 'Deployment'))).toContain(
      'registry.example/argocd:v1',
    );
  });

  test('is not refreshed where it heals by itself', async () => {
    cluster.controller = works;
    const bird = make(5_000);
    await bird.sync();
    const before = cluster.calls.length;
    await bird.selfHeal();
    expect(cluster.calls.slice(before)).toEqual(['delete Deployment guestbook-ui']);
  });
});

describe('what passes for success and is none', () => {
  test('another revision', async () => {
    cluster.controller = () =>
      says({
        reconciledAt: '2026-01-01T00:00:00Z',
        sync: { status: 'Synced', revision: 'x' },
        health: { status: 'Healthy' },
      });
    expect(await make().sync()).toMatchObject({ ok: false });
  });

  test('a reconciliation from before the canary was', async () => {
    cluster.controller = () =>
      says({
        reconciledAt: '2025-12-31T23:59:59Z',
        sync: { status: 'Synced', revision: git.head },
        health: { status: 'Healthy' },
      });
    expect(await make().sync()).toMatchObject({ ok: false });
  });

  test('a Deployment that was never gone', async () => {
    cluster.controller = works;
    const bird = make(200);
    await bird.sync();
    const same = cluster.objects.get('Deployment/guestbook-ui')!;
    cluster.controller = () => void cluster.objects.set('Deployment/guestbook-ui', same);
    expect(await bird.selfHeal()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/was not given its deleted Deployment again/),
    });
  });

  test.each([
    ['that is not pruned', () => cluster.put({ kind: 'ConfigMap', metadata: { name: 'guestbook-leaflet' } })],
    [
      'that is not changed',
      () => {
        cluster.put({
          kind: 'ConfigMap',
          metadata: { name: 'guestbook-greeting' },
          data: { greeting: 'first' },
        });
      },
    ],
  ])('a new commit with an object %s', async (_what, spoil) => {
    cluster.controller = works;
    const bird = make(200);
    await bird.sync();
    cluster.controller = (all) => {
      works(all);
      spoil();
    };
    expect(await bird.newCommit()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/was not brought to a new commit/),
    });
  });
});

describe('an engine that does not work', () => {
  test('is blamed with what Argo CD says, without the address of the repository', async () => {
    cluster.controller = () =>
      says({
        sync: { status: 'Unknown' },
        conditions: [{ type: 'ComparisonError', message: `no plugin for ${git.url}` }],
      });
    const outcome = await make().sync();
    expect(outcome).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/no request has reached.*Argo CD says: /),
      details: [
        'the application-controller has not reconciled it once',
        "ComparisonError: no plugin for the drill's Git server",
      ],
    });
    expect(JSON.stringify(outcome)).not.toContain('0123456789abcdef');
  });

  test('a sync that failed for good ends the step before its time', async () => {
    cluster.controller = () =>
      says({
        reconciledAt: '2026-01-01T00:00:00Z',
        sync: { status: 'OutOfSync', revision: git.head },
        operationState: {
          phase: 'Failed',
          message: 'one or more objects failed to apply',
          syncResult: {
            revision: git.head,
            resources: [{ kind: 'Service', name: 'guestbook-ui', status: 'SyncFailed', message: 'denied' }],
          },
        },
      });
    expect(await make(600_000).sync()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/its sync failed/),
      details: [
        'sync Failed: one or more objects failed to apply',
        'Service guestbook-ui: SyncFailed denied',
      ],
    });
  });

  test('one that never looks at the canary', async () => {
    git.requests = 3;
    const outcome = await make().sync();
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/not compared yet/) });
    expect(outcome).toMatchObject({ reason: expect.not.stringMatching(/no request/) });
  });
});

describe('the surroundings are at fault', () => {
  const infra = (message: RegExp) => ({ exitCode: EXIT.infra, message: expect.stringMatching(message) });

  test('the Git server is gone', async () => {
    cluster.controller = () => {
      git.assertAnswers = () => Promise.reject(infraError('git is gone'));
    };
    await expect(make().sync()).rejects.toMatchObject(infra(/git is gone/));
  });

  test('the quarantine is gone, or pods are not ready', async () => {
    surroundings = () => Promise.reject(infraError('node worker2 has no rules'));
    await expect(make().sync()).rejects.toMatchObject(infra(/worker2/));
  });

  test('nothing lets Argo CD through to the Git server', async () => {
    cluster.controller = () =>
      says({
        conditions: [
          { type: 'ComparisonError', message: 'dial tcp 10.0.0.1:4321: connect: connection refused' },
        ],
      });
    await expect(make().sync()).rejects.toMatchObject(infra(/firewall.*connection refused/));
  });

  test("the cluster does not run the canary's pod", async () => {
    cluster.controller = (all) => {
      works(all, false);
      cluster.put({ ...deployment, status: { availableReplicas: 0 } });
      const waiting = { reason: 'ErrImagePull', message: 'no such image' };
      cluster.put({
        kind: 'Pod',
        metadata: { name: 'guestbook-ui-1' },
        status: {
          phase: 'Pending',
          containerStatuses: [{ name: 'a', ready: false, restartCount: 0, state: { waiting } }],
        },
      });
    };
    await expect(make().sync()).rejects.toMatchObject(infra(/guestbook-ui-1: ErrImagePull no such image/));
  });

  test('a Healthy pod that Argo CD does not see is none of them', async () => {
    cluster.controller = (all) => works(all, false);
    expect(await make().sync()).toMatchObject({ ok: false, reason: expect.stringMatching(/Progressing/) });
  });

  test.each(['AppProject', 'Application'])('a restored %s has the name of the canary', async (kind) => {
    cluster.put({ kind, metadata: { name: NAME, namespace: 'argocd' } });
    await expect(make().sync()).rejects.toMatchObject(
      infra(new RegExp(`${kind} argocd/${NAME} is in the cluster`)),
    );
  });

  test('the run is cancelled', async () => {
    cluster.controller = () => abort.abort();
    await expect(make(600_000).sync()).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });
});

describe('removeCanary', () => {
  test('removes Application, project and namespace', async () => {
    cluster.controller = works;
    await make(5_000).sync();
    cluster.put({ kind: 'Namespace', metadata: { name: NAME } });
    await removeCanary(cluster.kube, 'argocd');
    expect([...cluster.objects.keys()].filter((key) => key.endsWith(NAME))).toEqual([]);
  });

  test('has nothing to do where there is none', async () => {
    await expect(removeCanary(cluster.kube, 'argocd')).resolves.toBeUndefined();
  });
});
