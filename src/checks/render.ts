import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { Kube } from '../kube/api.js';
import { APPLICATION, type KubeObject } from '../kube/objects.js';
import { type Log, some } from '../log.js';
import type { Redactor } from '../redact.js';
import { oneLine, plural } from '../report/format.js';
import { type Finding, fail, pass, skipped } from './check.js';

/** Which Application argocd-server is asked for. */
export interface RenderTarget {
  name: string;
  namespace: string;
  project: string;
}

/** What argocd-server answered: how many objects, or its message. */
export type RenderAnswer = { ok: true; count: number } | { ok: false; reason: string };

/** argocd-server's GET /api/v1/applications/{name}/manifests?appNamespace=&project= */
export interface ManifestsClient {
  manifests(application: RenderTarget, signal: AbortSignal): Promise<RenderAnswer>;
}

export interface RenderOptions {
  client: ManifestsClient;
  /** The Applications as the backup holds them, `status` included. */
  applications: Iterable<KubeObject>;
  /** Argo CD's namespace: the one of Applications that name none. */
  namespace: string;
  /** `reachable`: what Git does not give out is listed only; `all`: it leaves the check unproven. */
  mode: 'reachable' | 'all';
  redact: Redactor;
  log: Log;
  signal: AbortSignal;
  /** For each Application. */
  timeoutMs?: number;
  /** Before an Application is asked for again whose new destination argocd-server has not seen yet. */
  retryPauseMs?: number;
}

const CONCURRENCY = 4;
const TIMEOUT_MS = 90_000;
const RETRY_PAUSE_MS = 1000;
const MAX_REASON = 600;

/** What the backup's `status` says of an Application. */
interface Recorded {
  sync: string;
  revision: string;
  /** Whether it could not be rendered in the source either. */
  failing: boolean;
}

interface Subject extends RenderTarget {
  recorded: Recorded;
}

type Outcome = 'rendered' | 'unreachable' | 'failed there as well' | 'failed';

interface Rendering {
  subject: Subject;
  outcome: Outcome;
  /** Objects, where it was rendered. */
  count: number;
  reason: string;
}

/**
 * Lets the restored repo-server render each Application. One that cannot be rendered though its source can be had
 * speaks against the backup, unless the backup records that it could not be rendered in the source either.
 * What Git refuses, or cannot be reached for, never does.
 */
export async function renderFinding(options: RenderOptions): Promise<Finding> {
  const { applications, namespace, mode, log, signal } = options;
  const subjects = [...applications].map((application) => subjectOf(application, namespace));
  let done = 0;
  const renderings = await pMap(
    subjects,
    async (subject) => {
      const rendering = await render(subject, options);
      log.progress(`rendered ${++done} of ${plural(subjects.length, 'Application')}`);
      return rendering;
    },
    { concurrency: CONCURRENCY, signal },
  );
  return verdictOf(renderings, mode);
}

async function render(subject: Subject, options: RenderOptions): Promise<Rendering> {
  let answer = await ask(subject, options);
  if (!answer.ok && LATE.test(answer.reason)) {
    await sleep(options.retryPauseMs ?? RETRY_PAUSE_MS, undefined, { signal: options.signal });
    answer = await ask(subject, options);
  }
  if (answer.ok) return { subject, outcome: 'rendered', count: answer.count, reason: '' };
  const reason = oneLine(options.redact(answer.reason)).slice(0, MAX_REASON).toWellFormed();
  return { subject, outcome: outcomeOf(answer.reason, subject.recorded), count: 0, reason };
}

/** @throws what the client throws: then nothing can be asked */
async function ask({ name, namespace, project }: Subject, options: RenderOptions): Promise<RenderAnswer> {
  const { client, signal, timeoutMs = TIMEOUT_MS } = options;
  const limit = new AbortController();
  // argocd waits for a silent SSH server without end (seen with 3.1.9), so the answer is not waited for either.
  const late = new Promise<RenderAnswer>((resolve) => {
    limit.signal.onabort = () =>
      resolve({ ok: false, reason: `no answer: timeout after ${timeoutMs / 1000}s` });
  });
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const answer = client.manifests({ name, namespace, project }, AbortSignal.any([signal, limit.signal]));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // Aborted, it fails: that is no news.
    answer.catch(() => {});
  }
}

function outcomeOf(reason: string, { failing }: Recorded): Outcome {
  if (classifyRenderFailure(reason) === 'unreachable') return 'unreachable';
  return failing ? 'failed there as well' : 'failed';
}

/** The destination was changed in Kubernetes, but argocd-server's cache has the one before, whose cluster is fenced. */
const LATE =
  /^(rpc error: .*desc = )?cluster "[^"]*" not found|error getting (application cluster config|server version|API resources)/;

/**
 * Messages of Argo CD 3.1 and of what it runs (go-git, git, ssh, helm, oras), as a real repo-server gave them,
 * that tell of a source which could not be had: it is out of reach, or refuses. Beside them what only the drill
 * is to blame for: the fenced clusters, a repo-server that is gone.
 */
const UNREACHABLE: RegExp[] = [
  // Names and connections.
  /no such host|server misbehaving|could not resolve host|temporary failure in name resolution|name or service not known/i,
  /connection (refused|reset|closed|timed out)|no route to host|network is unreachable|host is unreachable|connect: (operation not permitted|permission denied)/i,
  /failed to connect to|couldn't connect to server|unable to access '|error while dialing|\bdial tcp\b|broken pipe|unexpected EOF|: EOF$/i,
  /is not a valid chart repository or cannot be reached|error making HTTP request|failed to get index: \d{3}/i,
  // Time.
  /deadline ?exceeded|i\/o timeout|TLS handshake timeout|timeout after \d|timeout exceeded|\bhit \S+ timeout\b|Client\.Timeout|operation timed out/i,
  // TLS and SSH.
  /\bx509: |\btls: (failed|handshake|first record|bad|unknown|protocol|certificate|internal|access|no application)|SSL certificate problem|certificate verif\w+ failed|gnutls_handshake|server gave HTTP response to HTTPS client/i,
  /ssh: handshake failed|knownhosts: |host key verification failed|error creating SSH agent|unable to authenticate/i,
  // Refusals.
  /authentication (required|failed)|authorization failed|invalid credentials|could not read (Username|Password) for/i,
  /repository not found|project you were looking for could not be found|does not appear to be a git repository|could not read from remote repository/i,
  /permission denied( \(|$)|pull access denied|\b(401:? unauthorized|403:? forbidden|429 too many requests)/i,
  /(status code|response status code|error:|: )\s?(401|403|407|429|5\d\d)\b|\bunauthorized: /i,
  /error logging into OCI registry|failed to login to registry|failed to get (access token|password for helm registry|Azure access token|token from Google)/i,
  // Argo CD 3.1 keeps the cause to itself where a source that others take values from cannot be had.
  /failed to get git client for repo/i,
  // The drill's own.
  /cluster "[^"]*" (not found|is disabled)|error getting (application cluster config|server version|API resources)/i,
];

/** Whether a failure to render is due to a source that cannot be had, or the Application's own. */
export function classifyRenderFailure(reason: string): 'unreachable' | 'own' {
  return UNREACHABLE.some((pattern) => pattern.test(reason)) ? 'unreachable' : 'own';
}

interface ApplicationFields {
  spec?: { project?: string };
  status?: {
    conditions?: { type?: string }[];
    sync?: { status?: string; revision?: string; revisions?: string[] };
  };
}

function subjectOf(application: KubeObject, ownNamespace: string): Subject {
  const { spec, status } = application as ApplicationFields;
  const { sync, conditions = [] } = status ?? {};
  const broken = conditions.some(({ type }) => type === 'ComparisonError' || type === 'InvalidSpecError');
  return {
    name: application.metadata.name,
    namespace: application.metadata.namespace ?? ownNamespace,
    project: spec?.project || 'default',
    recorded: {
      sync: sync?.status ?? '',
      revision: sync?.revision || sync?.revisions?.join(', ') || '',
      failing: broken || sync?.status === 'Unknown',
    },
  };
}

function verdictOf(renderings: Rendering[], mode: RenderOptions['mode']): Finding {
  const having = (outcome: Outcome) => renderings.filter((rendering) => rendering.outcome === outcome);
  const [rendered, unreachable, failed] = [having('rendered'), having('unreachable'), having('failed')];
  if (renderings.length === 0) return pass('The backup holds no Application: there is nothing to render.');
  const details = detailsOf(renderings);
  if (failed.length > 0)
    return fail(`${summary(renderings)}; cannot be rendered: ${names(failed)}.`, [], details);
  if (rendered.length === 0) return skipped(`None was rendered: ${summary(renderings)}.`, details);
  if (mode === 'all' && unreachable.length > 0)
    return skipped(
      `${summary(renderings)}; no source to be had for ${names(unreachable)}. To count only the others: render: reachable.`,
      details,
    );
  return pass(`${summary(renderings)}.`, details);
}

const names = (renderings: Rendering[]) => some(renderings.map(({ subject }) => place(subject)));
const place = ({ namespace, name }: Subject) => `${namespace}/${name}`;

function summary(renderings: Rendering[]): string {
  const rendered = renderings.filter(({ outcome }) => outcome === 'rendered');
  const objects = rendered.reduce((sum, { count }) => sum + count, 0);
  const count = (outcome: Outcome) => renderings.filter((rendering) => rendering.outcome === outcome).length;
  const others = [
    [count('unreachable'), 'with a source that could not be had'],
    [count('failed there as well'), 'that failed in the source as well'],
    [count('failed'), 'failed'],
  ].flatMap(([number, what]) => (number ? [`${number} ${what}`] : []));
  return [
    `${rendered.length} of ${plural(renderings.length, 'Application')} rendered to ${plural(objects, 'object')}`,
    ...others,
  ].join(', ');
}

const ORDER: Outcome[] = ['failed', 'unreachable', 'failed there as well'];

/** A line for each Application that was not rendered, and how the others stood in the source. */
function detailsOf(renderings: Rendering[]): string[] {
  const lines = ORDER.flatMap((wanted) =>
    renderings
      .filter(({ outcome }) => outcome === wanted)
      .map(
        ({ subject, reason }) =>
          `${place(subject)} ${wanted}: ${reason} [${recordedState(subject.recorded)}]`,
      ),
  );
  const rendered = renderings.filter(({ outcome }) => outcome === 'rendered');
  const empty = rendered.filter(({ count }) => count === 0);
  return [
    ...lines,
    ...empty.map(
      ({ subject }) => `${place(subject)} rendered to no object [${recordedState(subject.recorded)}]`,
    ),
    ...(rendered.length > 0 ? [`rendered, by their state in the backup: ${bySync(rendered)}`] : []),
  ];
}

function recordedState({ sync, revision }: Recorded): string {
  if (!sync) return 'the backup records no state';
  return `recorded as ${sync}${revision ? ` at ${revision}` : ''}`;
}

function bySync(renderings: Rendering[]): string {
  const counts = Map.groupBy(renderings, ({ subject }) => subject.recorded.sync || 'no state');
  return [...counts].map(([sync, { length }]) => `${length} ${sync}`).join(', ');
}

/** Where an Application points in a drill: argocd-server asks this cluster for its version before it renders. */
const IN_CLUSTER = 'https://kubernetes.default.svc';

interface Destination {
  server?: string;
  name?: string;
}

/** The merge patches that point an Application at the drill's own cluster, and back at where it pointed. */
export function destinationPatches(application: KubeObject): { to: object; back: object } {
  const { server = null, name = null } =
    (application.spec as { destination?: Destination } | undefined)?.destination ?? {};
  return {
    to: { spec: { destination: { server: IN_CLUSTER, name: null } } },
    back: { spec: { destination: { server, name } } },
  };
}

/**
 * Points fenced Applications at the drill's own cluster.
 * @returns what points all of them back
 */
export async function aimAtDrill(
  kube: Pick<Kube, 'mergePatch'>,
  applications: KubeObject[],
  namespace: string,
): Promise<() => Promise<void>> {
  const patch = async (which: 'to' | 'back') => {
    await pMap(
      applications,
      (application) =>
        kube.mergePatch(
          APPLICATION,
          application.metadata.namespace ?? namespace,
          application.metadata.name,
          destinationPatches(application)[which],
        ),
      { concurrency: CONCURRENCY },
    );
  };
  await patch('to');
  return () => patch('back');
}
