import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { allowedNamespaces } from '../../argocd/namespaces.js';
import type { ReadLog } from '../../argocd/server/connect.js';
import { countedApplications } from '../../argocd/server/inventory.js';
import type { OpenForward } from '../../argocd/server/port-forward.js';
import { histogramQuantile, type Sample, sumOf } from '../../argocd/server/prometheus.js';
import { dexSays, scrape } from '../../argocd/server/scrape.js';
import { type ComponentEndpoints, findComponents } from '../../argocd/server/services.js';
import { some } from '../../log.js';
import type { Metric } from '../../report/report.js';
import { type Finding, fail, pass, skipped } from '../check.js';
import type { Running } from './prepare.js';

export interface MetricsOptions {
  open: OpenForward;
  readLog: ReadLog;
  /** Until the controller counts the restored Applications; one minute if absent. */
  timeoutMs?: number;
}

/** What was found, and the figures for the report. */
export interface Measured {
  finding: Finding;
  metrics: Metric[];
}

interface ComponentMetrics {
  name: string;
  samples: Sample[];
  /** What answered, or why nothing has to. */
  note: string;
  /** It should answer and does not. */
  problem?: string;
}

const CONTROLLER = 'application controller';
const SERVER = 'server';
const CONCURRENCY = 3;
const COUNT_TIMEOUT_MS = 60_000;
const COUNT_PAUSE_MS = 2_000;
const P99 = 0.99;

/**
 * The metrics of every component that runs, by its Service where it has one; `argocd_app_info` against the restored
 * Applications; and the three figures that operators watch. Applications must not be fenced yet, and the
 * controllers must run: those set aside by skip-reconcile are not counted by the controller.
 */
export async function metricsFinding(running: Running, options: MetricsOptions): Promise<Measured> {
  const { found, components } = await readComponents(running, options);
  const finding = await judge(running, found, components, options);
  return { finding, metrics: keyFigures(components, running.client.latenciesMs, IDLE) };
}

/** The three figures once more, when the controllers have had work: of the canary, for all else is fenced. */
export async function figuresAtWork(running: Running, options: MetricsOptions): Promise<Metric[]> {
  const { components } = await readComponents(running, options);
  return keyFigures(components, running.client.latenciesMs, AT_WORK);
}

const IDLE = 'the controller was given no work before the restored Applications were fenced';
const AT_WORK = 'of the canary and of fenced Applications';

async function readComponents(running: Running, options: MetricsOptions) {
  const { cluster, signal } = running.restored;
  const found = await findComponents(cluster.kube, running.namespace);
  const components = await pMap(found, (each) => readComponent(each, options, signal), {
    concurrency: CONCURRENCY,
  });
  return { found, components };
}

async function judge(
  running: Running,
  found: ComponentEndpoints[],
  metrics: ComponentMetrics[],
  options: MetricsOptions,
): Promise<Finding> {
  const answering = metrics.filter(({ samples }) => samples.length > 0).map(({ name }) => name);
  const details = metrics.map(({ name, note }) => `${name}: ${note}`);
  const silent = metrics.filter(({ problem }) => problem !== undefined);
  if (silent.length > 0)
    return fail(
      `metrics do not answer: ${silent.map(({ name, problem }) => `${name} (${problem})`).join('; ')}.`,
      [],
      details,
    );
  const controller = found.find(({ component }) => component.name === CONTROLLER);
  if (!controller)
    return skipped(
      `metrics answer: ${answering.join(', ')}; no application controller runs that could count Applications.`,
      details,
    );
  const { missing, unexpected, counted, unanswered } = await compareCount(running, controller, options);
  if (unanswered.length > 0)
    return fail(
      `metrics of the application controller do not answer: ${unanswered.join('; ')}.`,
      [],
      details,
    );
  const services = `the metrics of ${answering.length} components answer (${answering.join(', ')})`;
  if (missing.length + unexpected.length > 0)
    return fail(
      `${services}; argocd_app_info counts ${counted} Applications: ${missing.length} restored ones are not counted${missing.length > 0 ? ` (${some(missing)})` : ''}, ${unexpected.length} unexpected ones are${unexpected.length > 0 ? ` (${some(unexpected)})` : ''}.`,
      [],
      details,
    );
  return pass(
    `${services}; argocd_app_info counts ${counted} Applications, exactly the restored ones that the controller may handle.`,
    details,
  );
}

async function readComponent(
  endpoints: ComponentEndpoints,
  { open, readLog }: MetricsOptions,
  signal: AbortSignal,
): Promise<ComponentMetrics> {
  const { component, service, pods } = endpoints;
  const { name } = component;
  const endpoint = service ?? pods[0]!;
  const where = `${endpoint.target} port ${endpoint.port}`;
  const excuse = name === 'dex' ? await dexExcuse(pods[0]!.target, readLog) : undefined;
  if (excuse) return { name, samples: [], note: excuse };
  const scraped = await scrape(open, endpoint, signal);
  if ('problem' in scraped) {
    const problem = `${where}: ${scraped.problem}`;
    return { name, samples: [], note: `does not answer, ${problem}`, problem };
  }
  const note = `${scraped.samples.length} samples from ${where}${service ? '' : ', as no Service leads to it'}`;
  return { name, samples: scraped.samples, note };
}

async function dexExcuse(pod: string, readLog: ReadLog): Promise<string | undefined> {
  const says = dexSays(await readLog(pod));
  if (says === 'not configured')
    return 'nothing to serve: no connector is configured (dex.config and url of argocd-cm), so dex is not started';
  return (
    says && 'nothing to serve: dex ends where the provider of a connector is out of reach, as in quarantine'
  );
}

/** Over all shards; the controller learns of the Applications within moments of its start. */
async function compareCount(running: Running, { pods }: ComponentEndpoints, options: MetricsOptions) {
  const { objects, namespace, restored } = running;
  const allowed = await allowedNamespaces(restored.cluster.kube, namespace);
  const applications = objects.filter(({ kind }) => kind === 'Application');
  const expected = new Set(
    countedApplications(applications, namespace, allowed?.applicationNamespaces ?? []).map(placeOf),
  );
  const deadline = Date.now() + (options.timeoutMs ?? COUNT_TIMEOUT_MS);
  for (;;) {
    const actual = new Set<string>();
    const unanswered: string[] = [];
    for (const pod of pods) {
      const scraped = await scrape(options.open, pod, restored.signal);
      if ('problem' in scraped) {
        unanswered.push(`${pod.target}: ${scraped.problem}`);
        continue;
      }
      for (const { name, labels } of scraped.samples)
        if (name === 'argocd_app_info') actual.add(placeOf(labels));
    }
    const missing = [...expected].filter((place) => !actual.has(place));
    const unexpected = [...actual].filter((place) => !expected.has(place));
    const settled = missing.length + unexpected.length + unanswered.length === 0;
    if (settled || Date.now() > deadline) return { missing, unexpected, counted: actual.size, unanswered };
    await sleep(COUNT_PAUSE_MS, undefined, { signal: restored.signal });
  }
}

const placeOf = ({ namespace = '', name = '' }: { namespace?: string; name?: string }) =>
  `${namespace}/${name}`;

/** The three figures that operators watch, and why one is empty. */
function keyFigures(components: ComponentMetrics[], ownMs: readonly number[], work: string): Metric[] {
  const of = (component: string) => components.find(({ name }) => name === component)?.samples ?? [];
  const controller = of(CONTROLLER);
  const reconcile = histogramQuantile(controller, 'argocd_app_reconcile', P99);
  const reconciled = sumOf(controller, 'argocd_app_reconcile_count') ?? 0;
  return [
    {
      name: 'argocd_app_reconcile P99',
      value: reconcile ?? 0,
      unit: 's',
      note: reconciled > 0 ? `of ${reconciled} reconciliations` : `no reconciliation: ${work}`,
    },
    {
      name: 'argocd_app_sync_total',
      value: sumOf(controller, 'argocd_app_sync_total') ?? 0,
      unit: '',
      note: `syncs; ${work}`,
    },
    latency(of(SERVER), ownMs),
  ];
}

/** argocd-server keeps a histogram of its own only where it is asked to. */
function latency(server: Sample[], ownMs: readonly number[]): Metric {
  const name = 'grpc_server_handling_seconds';
  const handled = histogramQuantile(server, name, P99);
  if (handled !== undefined)
    return { name: 'API latency P99', value: handled, unit: 's', note: `by ${name}` };
  const sorted = [...ownMs].sort((a, b) => a - b);
  const own = sorted[Math.ceil(P99 * sorted.length) - 1] ?? 0;
  const note = `of the drill's own ${sorted.length} requests, the first to a server that has just started; it keeps no histogram (${name} needs ARGOCD_ENABLE_GRPC_TIME_HISTOGRAM)`;
  return { name: 'API latency P99', value: own / 1000, unit: 's', note };
}
