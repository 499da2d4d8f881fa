import { infraError } from '../../errors.js';
import type { Kube } from '../../kube/api.js';
import { SERVICE } from '../../kube/objects.js';
import type { Clock } from './clock.js';
import { componentOf } from './workload.js';

/** Requests to Argo CD's API, in milliseconds of the clock. */
export interface ApiAnswers {
  answers: { startMs: number; atMs: number; ok: boolean }[];
  /** When the asking ended. */
  endMs: number;
}

const EVERY_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Asks Argo CD's API every second, without waiting for an earlier answer: a request that leads to a lost node must
 * not hold up the next.
 * @param path of answeringPath()
 * @param until ends the asking
 */
export async function askApi(
  kube: Kube,
  path: string,
  until: AbortSignal,
  clock: Clock,
): Promise<ApiAnswers> {
  const asked: Promise<ApiAnswers['answers'][number]>[] = [];
  while (!until.aborted) {
    asked.push(askOnce(kube, path, clock));
    await clock.sleep(EVERY_MS, until).catch(() => {});
  }
  const endMs = clock.now();
  return { answers: await Promise.all(asked), endMs };
}

async function askOnce(kube: Kube, path: string, clock: Clock) {
  const startMs = clock.now();
  const late = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const timeout = new Promise<boolean>((resolve) => {
    late.addEventListener('abort', () => resolve(false), { once: true });
  });
  const answer = kube.call('GET', path).then(
    () => true,
    () => false,
  );
  return { ok: await Promise.race([answer, timeout]), startMs, atMs: clock.now() };
}

/**
 * The path of Argo CD's version in the API server's proxy of the argocd-server Service. argocd-server speaks TLS
 * and, where it is run with --insecure, plain HTTP.
 * @throws DrError (infrastructure) where neither answers
 */
export async function answeringPath(kube: Kube, namespace: string): Promise<string> {
  const service = await serviceOf(kube, namespace);
  const service443 = `/api/v1/namespaces/${namespace}/services/https:${service}:443/proxy/api/version`;
  const service80 = `/api/v1/namespaces/${namespace}/services/http:${service}:80/proxy/api/version`;
  for (const path of [service443, service80]) {
    const answers = await kube.call('GET', path).then(
      () => true,
      () => false,
    );
    if (answers) return path;
  }
  throw infraError(
    `Argo CD's API does not answer by Service ${namespace}/${service}: wait until argocd-server is ready, and see that server.rootpath is not set`,
  );
}

async function serviceOf(kube: Kube, namespace: string): Promise<string> {
  for await (const service of kube.list(SERVICE, { namespace }))
    if (componentOf(service) === 'server' && !service.metadata.name.includes('metrics'))
      return service.metadata.name;
  throw infraError(`namespace ${namespace} has no Service of argocd-server: apply the manifests first`);
}
