import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, infraError } from '../../errors.js';
import { isConflict, isNotFound, type Kube } from '../../kube/api.js';
import {
  APP_PROJECT,
  APPLICATION,
  CONFIG_MAP,
  DEPLOYMENT,
  type KubeObject,
  label,
  NAMESPACE,
  type Resource,
} from '../../kube/objects.js';
import { type Log, some } from '../../log.js';
import { keyOfObject } from '../listing.js';
import { isReady, listPods } from '../workloads/pods.js';
import { troubleOf } from '../workloads/trouble.js';
import {
  CANARY,
  canaryApplication,
  canaryFiles,
  canaryProject,
  DEPLOYMENT_NAME,
  GREETING_NAME,
  LEAFLET_NAME,
} from './canary-objects.js';
import { complaints, hasFailed, isSynced, isWell, standing } from './canary-status.js';
import type { GitServer } from './git-server.js';

export interface CanaryOptions {
  kube: Kube;
  /** Argo CD's own namespace. */
  namespace: string;
  git: GitServer;
  /** Of the canary's pod: Argo CD's own image, which the nodes have already. */
  image: string;
  log: Log;
  signal: AbortSignal;
  /**
   * Asked before the restored instance is blamed: rejects (infrastructure) unless Argo CD's pods are ready and the
   * quarantine leaves them the way to the Git server.
   */
  assertSurroundings: () => Promise<void>;
  /** How long a step may take; three minutes if absent. */
  stepLimitMs?: number;
  pollMs?: number;
}

/** How a step of the canary went. */
export type StepOutcome =
  | { ok: true; evidence: string }
  | {
      ok: false;
      reason: string;
      /** What Argo CD says, line by line. */
      details: string[];
    };

/** The proof that Argo CD's engine works, in three steps to be taken in this order. */
export interface Canary {
  /** Creates the canary; it must become Synced and Healthy at the first commit. */
  sync(): Promise<StepOutcome>;
  /** Deletes the canary's Deployment; another must take its place, without a refresh. */
  selfHeal(): Promise<StepOutcome>;
  /** Makes a commit that changes one object and drops another; after a refresh the cluster must show both. */
  newCommit(): Promise<StepOutcome>;
}

const STEP_LIMIT_MS = 180_000;
const POLL_MS = 500;
/** After a failed fetch Argo CD tries again only after minutes. */
const REFRESH_EVERY_MS = 5_000;

type Context = Required<CanaryOptions>;

/** A canary Application of a project of its own, served from the drill's Git server. Creates nothing yet. */
export function canary(options: CanaryOptions): Canary {
  const context: Context = { stepLimitMs: STEP_LIMIT_MS, pollMs: POLL_MS, ...options };
  let revision = '';
  return {
    sync: async () => {
      revision = await context.git.commit(
        canaryFiles(context.image, { greeting: 'first', leaflet: true }),
        'The canary',
      );
      return sync(context, revision);
    },
    selfHeal: () => selfHeal(context, revision),
    newCommit: async () => {
      const files = canaryFiles(context.image, { greeting: 'second', leaflet: false });
      revision = await context.git.commit(files, 'Another greeting, no leaflet');
      return newCommit(context, revision);
    },
  };
}

/**
 * Removes the canary from a cluster that stays up: Application, project, and the namespace with all in it. What is
 * not there is passed over.
 */
export async function removeCanary(kube: Kube, namespace: string): Promise<void> {
  const parts: [Resource, string | undefined][] = [
    [APPLICATION, namespace],
    [APP_PROJECT, namespace],
    [NAMESPACE, undefined],
  ];
  for (const [resource, where] of parts)
    await kube.delete(resource, where, CANARY).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
}

async function sync(context: Context, revision: string): Promise<StepOutcome> {
  const { kube, namespace, git } = context;
  await git.assertAnswers();
  const start = Date.now();
  await createNew(kube, APP_PROJECT, canaryProject(namespace, git.url));
  await createNew(kube, APPLICATION, canaryApplication(namespace, git.url));
  const look = async (application: KubeObject): Promise<Look> => {
    if (isWell(application, revision)) return { done: true };
    const pending = isSynced(application, revision) || hasFailed(application, revision);
    return { done: false, refresh: !pending, failed: hasFailed(application, revision) };
  };
  const ended = await watch(context, look);
  if (!ended.done) return blame(context, revision, ended, 'did not become Synced and Healthy');
  return {
    ok: true,
    evidence: `Application ${CANARY} Synced and Healthy at commit ${short(revision)} ${since(start)} after it was created, with its namespace, Deployment, Service and ConfigMaps.`,
  };
}

async function selfHeal(context: Context, revision: string): Promise<StepOutcome> {
  const { kube } = context;
  const before = await kube.get(DEPLOYMENT, CANARY, DEPLOYMENT_NAME);
  const start = Date.now();
  await kube.delete(DEPLOYMENT, CANARY, DEPLOYMENT_NAME);
  let back = '';
  const look = async (application: KubeObject): Promise<Look> => {
    const now = await kube.find(DEPLOYMENT, CANARY, DEPLOYMENT_NAME);
    if (now && now.metadata.uid !== before.metadata.uid) back ||= since(start);
    return back && isWell(application, revision) ? { done: true } : { done: false };
  };
  const ended = await watch(context, look);
  const what = back ? 'was not Healthy again' : 'was not given its deleted Deployment again';
  if (!ended.done) return blame(context, revision, ended, what);
  return {
    ok: true,
    evidence: `Deployment ${DEPLOYMENT_NAME} deleted by hand was back ${back} later with another UID, without a refresh.`,
  };
}

async function newCommit(context: Context, revision: string): Promise<StepOutcome> {
  const { kube } = context;
  const start = Date.now();
  await refresh(context);
  const look = async (application: KubeObject): Promise<Look> => {
    const [greeting, leaflet] = await Promise.all([
      kube.find(CONFIG_MAP, CANARY, GREETING_NAME),
      kube.find(CONFIG_MAP, CANARY, LEAFLET_NAME),
    ]);
    const { greeting: text } = (greeting?.data ?? {}) as { greeting?: string };
    const arrived = text === 'second' && !leaflet;
    if (arrived && isWell(application, revision)) return { done: true };
    const failed = hasFailed(application, revision);
    return { done: false, refresh: !isSynced(application, revision) && !failed, failed };
  };
  const ended = await watch(context, look);
  if (!ended.done) return blame(context, revision, ended, 'was not brought to a new commit');
  return {
    ok: true,
    evidence: `commit ${short(revision)} was in the cluster ${since(start)} later: one ConfigMap changed, one pruned, Synced and Healthy.`,
  };
}

/** What one look at the canary says. */
type Look =
  | { done: true }
  | {
      done: false;
      /** Whether it helps to ask for another comparison. */
      refresh?: boolean;
      /** Whether waiting is of no use any more. */
      failed?: boolean;
    };

type Ended = { done: true } | { done: false; application: KubeObject; seconds: string; failed: boolean };

/** Looks at the canary's Application until a look is done or hopeless, or the time is over. */
async function watch(context: Context, look: (application: KubeObject) => Promise<Look>): Promise<Ended> {
  const { kube, namespace, log, signal, stepLimitMs, pollMs } = context;
  const start = Date.now();
  let refreshedAt = start;
  for (;;) {
    const application = await kube.get(APPLICATION, namespace, CANARY);
    const seen = await look(application);
    if (seen.done) return { done: true };
    log.progress(`canary: ${standing(application)}, ${since(start)}`);
    if (seen.failed || Date.now() - start > stepLimitMs)
      return { done: false, application, seconds: since(start), failed: seen.failed === true };
    if (seen.refresh && Date.now() - refreshedAt > REFRESH_EVERY_MS) {
      await refresh(context);
      refreshedAt = Date.now();
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {
      throw cancelled();
    });
  }
}

async function refresh({ kube, namespace }: Context): Promise<void> {
  const annotations = { 'argocd.argoproj.io/refresh': 'hard' };
  await kube.mergePatch(APPLICATION, namespace, CANARY, { metadata: { annotations } });
}

/** The restored instance is blamed only where nothing else can be. */
async function blame(
  { git, kube, assertSurroundings }: Context,
  revision: string,
  { application, seconds, failed }: Ended & { done: false },
  what: string,
): Promise<StepOutcome> {
  await git.assertAnswers();
  await assertSurroundings();
  if (isSynced(application, revision)) await assertPodsRun(kube);
  const said = complaints(application).map((line) => line.replaceAll(git.url, "the drill's Git server"));
  refuseShutDoor(git, said);
  const asked = git.requests === 0 ? "; no request has reached the drill's Git server" : '';
  const how = failed ? 'its sync failed' : 'that is the time limit';
  return {
    ok: false,
    reason: `Application ${CANARY} ${what} within ${seconds} (${how}): ${standing(application)}${asked}. Argo CD says: ${said[0] ?? 'nothing'}`,
    details: said,
  };
}

/** A connection that Argo CD could not even open is none of the backup's faults. */
function refuseShutDoor({ address, port }: GitServer, said: readonly string[]): void {
  const line = said.find((each) => each.includes(`dial tcp ${address}:${port}:`));
  if (line)
    throw infraError(
      `Argo CD does not reach the drill's own Git server at ${address}:${port}: open this host's firewall for the network of the kind nodes, and start the drill again; Argo CD says: ${line}`,
    );
}

/** Argo CD has done its part once the Deployment is in the cluster; pods are the cluster's. */
async function assertPodsRun(kube: Kube): Promise<void> {
  const deployment = await kube.find(DEPLOYMENT, CANARY, DEPLOYMENT_NAME);
  const { availableReplicas = 0 } = (deployment?.status ?? {}) as { availableReplicas?: number };
  if (!deployment || availableReplicas > 0) return;
  const waiting = (await listPods(kube, CANARY)).filter((pod) => !isReady(pod));
  const reasons = waiting.map((pod) => {
    const { reason = pod.status.phase, message = '' } = troubleOf(pod) ?? {};
    return `pod ${pod.metadata.name}: ${reason} ${message}`.trim();
  });
  throw infraError(
    `the drill's cluster does not run the canary's pod, which Argo CD has deployed: ${some(reasons) || 'its Deployment has no pod'}; see to the cluster's nodes, and start the drill again`,
  );
}

async function createNew(kube: Kube, resource: Resource, object: KubeObject): Promise<void> {
  await kube.create(resource, object).catch((error) => {
    if (!isConflict(error)) throw error;
    throw infraError(
      `${label(keyOfObject(object))} is in the cluster already, so the canary cannot take that name: remove it from the source, or ask for level running`,
      error,
    );
  });
}

const since = (start: number) => `${((Date.now() - start) / 1000).toFixed(1)} s`;
const short = (revision: string) => revision.slice(0, 7);
