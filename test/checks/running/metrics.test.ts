import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OpenForward } from '../../../src/argocd/server/port-forward.js';
import { metricsFinding } from '../../../src/checks/running/metrics.js';
import { EXIT } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { configMap, object, runningWith } from './fakes.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A page of metrics by what leads there, such as `svc/argocd-metrics`; the last one of several stays. */
type Pages = Record<string, string | string[]>;

/** Forwards to a server for each page; nothing stands behind another target. */
function forwards(pages: Pages): OpenForward {
  const nth: Record<string, number> = {};
  return async (target, port) => {
    const key = `${target}:${port}`;
    if (pages[key] === undefined) throw new Error('no pod');
    const turns = [pages[key]].flat();
    const turn = (nth[key] = (nth[key] ?? -1) + 1);
    const server = createServer((_, response) => response.end(turns[Math.min(turn, turns.length - 1)]));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return { port: (server.address() as AddressInfo).port, close: async () => {} };
  };
}

const labels = (name: string) => ({ 'app.kubernetes.io/name': name });
const pod = (name: string, component: string) =>
  object('Pod', name, { metadata: { name, labels: labels(component) }, status: { phase: 'Running' } });
const service = (name: string, component: string, port: number) =>
  object('Service', name, { spec: { selector: labels(component), ports: [{ name: 'metrics', port }] } });

const INSTALLED: KubeObject[] = [
  pod('controller-0', 'argocd-application-controller'),
  service('argocd-metrics', 'argocd-application-controller', 8082),
  pod('server-1', 'argocd-server'),
  service('argocd-server-metrics', 'argocd-server', 8083),
  pod('repo-1', 'argocd-repo-server'),
];
const DEX = pod('dex-1', 'argocd-dex-server');

const counts = (...places: string[]) =>
  places
    .map((place) => place.split('/'))
    .map(([namespace, name]) => `argocd_app_info{name="${name}",namespace="${namespace}",project="p"} 1\n`)
    .join('') || 'up 1\n';

const PAGES: Pages = {
  'svc/argocd-metrics:8082': counts('argocd/shop'),
  'pod/controller-0:8082': counts('argocd/shop'),
  'svc/argocd-server-metrics:8083': 'up 1\n',
  'pod/repo-1:8084': 'up 1\nargocd_git_request_total 0\n',
};

const application = (name: string, namespace = 'argocd', annotations: Record<string, string> = {}) =>
  object('Application', name, { metadata: { name, namespace, annotations } });

interface World {
  installed?: KubeObject[];
  pages?: Pages;
  objects?: KubeObject[];
  log?: string;
  timeoutMs?: number;
  latenciesMs?: number[];
  signal?: AbortSignal;
}

async function measure({
  installed = INSTALLED,
  pages = {},
  log = '',
  latenciesMs = [],
  ...more
}: World = {}) {
  const { objects = [application('shop')], timeoutMs = 0, signal } = more;
  const logsOf: string[] = [];
  const client = { latenciesMs };
  const running = runningWith({ objects, target: installed, client, ...(signal ? { signal } : {}) });
  const measured = await metricsFinding(running, {
    open: forwards({ ...PAGES, ...pages }),
    readLog: async (name) => {
      logsOf.push(name);
      return log;
    },
    timeoutMs,
  });
  return { ...measured, logsOf };
}

test('passes where all components answer and the controller counts the restored Applications', async () => {
  const { finding, logsOf } = await measure();
  expect(finding).toEqual({
    status: 'pass',
    evidence:
      'the metrics of 3 components answer (application controller, server, repo-server); argocd_app_info counts 1 Applications, exactly the restored ones that the controller may handle.',
    details: [
      'application controller: 1 samples from svc/argocd-metrics port 8082',
      'server: 1 samples from svc/argocd-server-metrics port 8083',
      'repo-server: 2 samples from pod/repo-1 port 8084, as no Service leads to it',
    ],
  });
  expect(logsOf).toEqual([]);
});

describe('what the controller counts', () => {
  const allowing = configMap('argocd-cmd-params-cm', { 'application.namespaces': 'team-a' });
  const far = application('far', 'team-a');
  const skipped = application('skipped', 'argocd', { 'argocd.argoproj.io/skip-reconcile': 'true' });

  test.each<[string, World]>([
    ['none, where there is none', { objects: [], pages: { 'pod/controller-0:8082': counts() } }],
    ['none in namespaces that it may not look at', { objects: [application('shop'), far] }],
    ['none that are set aside', { objects: [application('shop'), skipped] }],
    [
      'those in namespaces that it may look at',
      {
        objects: [application('shop'), far],
        installed: [...INSTALLED, allowing],
        pages: { 'pod/controller-0:8082': counts('argocd/shop', 'team-a/far') },
      },
    ],
    [
      'over all of its shards',
      {
        objects: [application('shop'), application('cart')],
        installed: [...INSTALLED, pod('controller-1', 'argocd-application-controller')],
        pages: { 'pod/controller-1:8082': counts('argocd/cart') },
      },
    ],
    [
      'some moments after its start',
      { pages: { 'pod/controller-0:8082': [counts(), counts('argocd/shop')] }, timeoutMs: 60_000 },
    ],
  ])('%s: passes', async (_what, world) => expect((await measure(world)).finding.status).toBe('pass'));

  test.each<[string, World, string]>([
    [
      'too few',
      { objects: [application('shop'), application('lost')] },
      'argocd_app_info counts 1 Applications: 1 restored ones are not counted (argocd/lost), 0 unexpected ones are.',
    ],
    [
      'too many',
      { objects: [], pages: { 'pod/controller-0:8082': counts('argocd/ghost', 'x/shop') } },
      'counts 2 Applications: 0 restored ones are not counted, 2 unexpected ones are (argocd/ghost, x/shop).',
    ],
  ])('%s: fails', async (_what, world, evidence) => {
    expect((await measure(world)).finding).toMatchObject({
      status: 'fail',
      evidence: expect.stringContaining(evidence),
      details: expect.arrayContaining([expect.stringMatching(/^server: 1 samples/)]),
    });
  });

  test('ends when the run is cancelled', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 500);
    const world = { objects: [application('lost')], timeoutMs: 60_000, signal: abort.signal };
    await expect(measure(world)).rejects.toThrow();
  });
});

test('a component that does not answer fails, whatever is counted', async () => {
  const silent = pod('notifications-1', 'argocd-notifications-controller');
  const { finding } = await measure({
    installed: [...INSTALLED, silent],
    pages: { 'svc/argocd-server-metrics:8083': '<html>' },
  });
  expect(finding).toMatchObject({
    status: 'fail',
    evidence:
      "metrics do not answer: server (svc/argocd-server-metrics port 8083: line 1 is not in Prometheus' text format); notifications controller (pod/notifications-1 port 9001: no pod).",
    details: expect.arrayContaining([
      'notifications controller: does not answer, pod/notifications-1 port 9001: no pod',
    ]),
  });
});

test('a controller pod that does not answer fails by name, though its Service does', async () => {
  const { finding } = await measure({ objects: [], pages: { 'pod/controller-0:8082': '' } });
  expect(finding).toMatchObject({
    status: 'fail',
    evidence: expect.stringMatching(
      /^metrics of the application controller do not answer: pod\/controller-0/,
    ),
  });
});

test('without an application controller nothing is proven', async () => {
  const { finding } = await measure({ installed: INSTALLED.slice(2) });
  expect(finding).toMatchObject({
    status: 'skipped',
    evidence:
      'metrics answer: server, repo-server; no application controller runs that could count Applications.',
  });
});

describe('dex', () => {
  const installed = [...INSTALLED, DEX];
  test.each<[string, string, RegExp]>([
    ['is not configured', 'dex is not configured\n', /^dex: nothing to serve: no connector is configured/],
    [
      'cannot reach a provider',
      'failed to open connector corp\n',
      /^dex: nothing to serve: dex ends where the provider/,
    ],
  ])('has nothing to serve where it %s', async (_what, log, note) => {
    const { finding, logsOf } = await measure({ installed, log });
    expect(finding).toMatchObject({
      status: 'pass',
      evidence: expect.stringMatching(/of 3 components answer/),
      details: expect.arrayContaining([expect.stringMatching(note)]),
    });
    expect(logsOf).toEqual(['pod/dex-1']);
  });

  test('has to answer otherwise', async () => {
    const pages = { 'pod/dex-1:5558': 'up 1\n' };
    expect((await measure({ installed, pages })).finding.evidence).toMatch(/of 4 components answer/);
    expect((await measure({ installed })).finding).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(/do not answer: dex \(pod\/dex-1 port 5558: no pod\)/),
    });
  });
});

describe('the key figures', () => {
  const IDLE = 'the controller was given no work before the restored Applications were fenced';
  const figures = async (world: World) => (await measure(world)).metrics;

  test("of an instance without work, with the drill's own requests", async () => {
    const latenciesMs = [...Array.from({ length: 98 }, () => 5), 250, 9_000];
    expect(await figures({ latenciesMs })).toEqual([
      { name: 'argocd_app_reconcile P99', value: 0, unit: 's', note: `no reconciliation: ${IDLE}` },
      { name: 'argocd_app_sync_total', value: 0, unit: '', note: `syncs; ${IDLE}` },
      {
        name: 'API latency P99',
        value: 0.25,
        unit: 's',
        note: "of the drill's own 100 requests, the first to a server that has just started; it keeps no histogram (grpc_server_handling_seconds needs ARGOCD_ENABLE_GRPC_TIME_HISTOGRAM)",
      },
    ]);
  });

  test('of one at work', async () => {
    const histogram = (name: string, count: number) =>
      `${name}_bucket{le="1"} 0\n${name}_bucket{le="3"} ${count}\n${name}_bucket{le="+Inf"} ${count}\n${name}_count ${count}\n`;
    const pages = {
      'svc/argocd-metrics:8082': `${histogram('argocd_app_reconcile', 100)}argocd_app_sync_total{name="a"} 2\nargocd_app_sync_total{name="b"} 1\n`,
      'svc/argocd-server-metrics:8083': histogram('grpc_server_handling_seconds', 10),
    };
    expect(await figures({ pages, latenciesMs: [1] })).toEqual([
      { name: 'argocd_app_reconcile P99', value: 2.98, unit: 's', note: 'of 100 reconciliations' },
      { name: 'argocd_app_sync_total', value: 3, unit: '', note: `syncs; ${IDLE}` },
      { name: 'API latency P99', value: 2.98, unit: 's', note: 'by grpc_server_handling_seconds' },
    ]);
  });

  test('are told where the check fails or nothing answers', async () => {
    expect(await figures({ installed: [], objects: [] })).toMatchObject([
      { value: 0 },
      { value: 0 },
      { value: 0 },
    ]);
    expect(await figures({ objects: [] })).toHaveLength(3);
  });
});

test('a run that is cancelled is not a component that does not answer', async () => {
  await expect(measure({ signal: AbortSignal.abort() })).rejects.toMatchObject({ exitCode: EXIT.cancelled });
});
