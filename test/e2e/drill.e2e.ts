import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { canaryFiles } from '../../src/argocd/engine/canary-objects.js';
import { startGitServer } from '../../src/argocd/engine/git-server.js';
import { expectedChecks } from '../../src/checks/catalog.js';
import { exec } from '../../src/exec.js';
import { APPLICATION, SECRET } from '../../src/kube/objects.js';
import { bed, leftovers } from '../bed/bed.js';
import {
  type Backup,
  checkOf,
  clusterSecret,
  drillOnKind,
  expectNoNodes,
  filesBelow,
  gateway,
  makeBackup,
  statuses,
  type Watchtower,
  watchtower,
} from './kind.js';

let production: Watchtower;
let backup: Backup;

/** A source that names a cluster and a repository on this machine: the first must never be contacted. */
beforeAll(async () => {
  production = await watchtower();
  const git = await startGitServer({
    exec,
    scope: bed,
    address: gateway(),
    signal: new AbortController().signal,
    env: process.env,
  });
  await git.commit(canaryFiles('busybox', { greeting: 'source', leaflet: true }), 'of the source');
  const server = `https://${production.address}:${production.port}`;
  backup = await makeBackup(60, async ({ plane: { kube } }) => {
    await kube.create(SECRET, clusterSecret('watched', server));
    await kube.create(APPLICATION, {
      apiVersion: APPLICATION.apiVersion,
      kind: APPLICATION.kind,
      metadata: {
        name: 'watched',
        namespace: 'argocd',
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: {
        project: 'default',
        source: { repoURL: git.url, path: 'guestbook', targetRevision: 'main' },
        destination: { server, namespace: 'default' },
        syncPolicy: { automated: { prune: true, selfHeal: true } },
      },
      operation: { sync: { revision: 'main' } },
    });
  });
}, 300_000);
afterAll(() => bed.close());
afterEach(expectNoNodes);

test('the watchtower sees who comes', async () => {
  const before = production.contacts();
  connect(production.port, production.address).on('error', () => {});
  while (production.contacts() === before) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('the full drill: every check of every level passes, and nothing real is contacted', async () => {
  const before = production.contacts();
  const there = leftovers();
  const command = [
    'test -n "$ARGOCD_SERVER" -a -s "$KUBECONFIG"',
    'kubectl get applications --namespace argocd watched --output name',
    'argocd app list --output name | grep -c / && echo "token $ARGOCD_AUTH_TOKEN"',
  ].join('\n');
  const { code, report, reportDir, text } = await drillOnKind(backup, {
    level: 'custom',
    render: 'reachable',
    'verify-command': command,
    'keep-cluster': 'false',
  });
  const asked = { level: 'custom', render: 'reachable', verifyCommand: command } as const;
  expect(statuses(report)).toEqual(
    Object.fromEntries(['running.login', ...expectedChecks(asked)].map((id) => [id, 'pass'])),
  );
  expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^0 PASS: /);
  expect(production.contacts()).toBe(before);
  expect(checkOf(report, 'custom.command').details).toContain('application.argoproj.io/watched');
  expect(text).toMatch(/restore proven after .*: \d+ objects equal; going on to level custom/);
  expect(text).not.toMatch(/token ey/);
  expect(checkOf(report, 'render.manifests').evidence).toMatch(/[1-9]\d* of 61 Applications rendered/);
  expect(report.workloads!.reduce((pods, { ready }) => pods + ready, 0)).toBe(14);
  expect(report.metrics!.map(({ name }) => name)).toEqual([
    'argocd_app_reconcile P99',
    'argocd_app_sync_total',
    'API latency P99',
  ]);
  expect(leftovers()).toEqual(there);
  const files = filesBelow(reportDir).map((path) => readFileSync(path, 'utf8'));
  for (const content of files) expect(content).not.toContain('of-production');
});

test('a wrong admin password is a FAIL that names the check, with logs of the cluster', async () => {
  const { code, report, reportDir } = await drillOnKind(backup, {
    level: 'running',
    'admin-password': 'not-the-password',
  });
  expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^3 FAIL: /);
  expect(statuses(report)).toMatchObject({ 'running.login': 'fail', 'running.token': 'pass' });
  expect(report.message).toMatch(/^running.login failed: argocd-server refuses admin/);
  const logs = filesBelow(`${reportDir}/kind-logs`);
  expect(logs.some((path) => path.endsWith('events.txt'))).toBe(true);
  for (const path of logs) expect(readFileSync(path, 'utf8')).not.toMatch(/of-production|not-the-password/);
});
