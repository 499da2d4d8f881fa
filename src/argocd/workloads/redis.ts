import { infraError } from '../../errors.js';
import { tail } from '../../exec.js';
import type { Kube } from '../../kube/api.js';
import { listWorkloads } from '../../kube/workloads.js';
import type { Log } from '../../log.js';
import { type Clock, realClock } from './clock.js';
import type { Kubectl } from './kubectl.js';
import { listPods, type Pod, podsOf } from './pods.js';
import { type Component, componentOf } from './workload.js';

/** How redis was found to stand. */
export interface RedisTopology {
  /** `none`: the installation brings no redis of its own. */
  layout: 'high-availability' | 'single' | 'none';
  /** The pod that takes writes, and its node; undefined for `none`. */
  master?: { pod: string; node: string };
  /** Pods that follow the master. */
  replicas: string[];
  /** Pods of haproxy that lead to the master. */
  proxies: string[];
}

export interface RedisOptions {
  kubectl: Kubectl;
  log: Log;
  signal: AbortSignal;
  timeoutMs?: number;
  clock?: Clock;
}

const TIMEOUT_MS = 120_000;
const POLL_MS = 1_000;

/**
 * Asks redis, its sentinels and each haproxy: one master, all others following it, the sentinels agreed, and every
 * haproxy leading to the master. Waits for it, since sentinels need moments to find each other.
 * @throws DrError (infrastructure) that names what is still wrong when the time is over
 */
export async function redisTopology(
  kube: Kube,
  namespace: string,
  options: RedisOptions,
): Promise<RedisTopology> {
  const { clock = realClock, timeoutMs = TIMEOUT_MS, signal, log } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const found = await look(kube, namespace, options.kubectl);
    if (typeof found !== 'string') return found;
    if (clock.now() > deadline)
      throw infraError(
        `redis in namespace ${namespace} is not as it has to be after ${Math.round(timeoutMs / 1000)} s: ${found}; look at the logs of its pods`,
      );
    log.progress(`redis: ${found}`);
    await clock.sleep(POLL_MS, signal);
  }
}

/** Redis' pods by component. */
async function look(kube: Kube, namespace: string, kubectl: Kubectl): Promise<RedisTopology | string> {
  const [workloads, pods] = await Promise.all([listWorkloads(kube, namespace), listPods(kube, namespace)]);
  const podsFor = (component: Component) =>
    workloads.filter((each) => componentOf(each) === component).flatMap((each) => podsOf(each, pods));
  const servers = podsFor('redis-ha-server');
  if (servers.length > 0) return lookHa(namespace, servers, podsFor('redis-ha-haproxy'), kubectl);
  const single = podsFor('redis');
  if (single.length > 0) return lookSingle(namespace, single, kubectl);
  return { layout: 'none', replicas: [], proxies: [] };
}

async function lookHa(
  namespace: string,
  servers: Pod[],
  proxies: Pod[],
  kubectl: Kubectl,
): Promise<RedisTopology | string> {
  const [asked, through] = await Promise.all([
    Promise.all(servers.map((pod) => askServer(namespace, pod, kubectl))),
    Promise.all(proxies.map((pod) => askProxy(namespace, pod, kubectl))),
  ]);
  return judge(asked, through);
}

async function lookSingle(
  namespace: string,
  [pod]: Pod[],
  kubectl: Kubectl,
): Promise<RedisTopology | string> {
  const answer = await inPod(namespace, pod!, undefined, `${CREDENTIALS}redis-cli ping`, kubectl);
  if (answer.text.trim() !== 'PONG') return `${pod!.metadata.name} does not answer (${answer.said})`;
  const master = { pod: pod!.metadata.name, node: pod!.spec.nodeName ?? '' };
  return { layout: 'single', master, replicas: [], proxies: [] };
}

/** What a redis server and the sentinel beside it say; fields of INFO. */
export interface ServerAnswer {
  pod: string;
  node: string;
  info: Record<string, string>;
  sentinel: Record<string, string>;
  said: string;
}

/** What redis says through one haproxy. */
export interface ProxyAnswer {
  pod: string;
  info: Record<string, string>;
  said: string;
}

/** The password is in the pod's environment, under the name that the official manifests or redis-ha give it. */
const CREDENTIALS =
  'REDISCLI_AUTH="$' +
  '{AUTH:-$REDIS_PASSWORD}"; if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; fi; ';

const ASK_SERVER = `${CREDENTIALS}redis-cli info; echo "# Asked: sentinel"; if [ -n "$SENTINELAUTH" ]; then REDISCLI_AUTH="$SENTINELAUTH"; else unset REDISCLI_AUTH; fi; redis-cli -p 26379 info sentinel`;

/**
 * Through haproxy's own loopback, which no NetworkPolicy closes. haproxy's images have no redis-cli: Alpine's have
 * nc, Debian's have bash.
 */
const ASK_PROXY = `ask() { if [ -n "$AUTH" ]; then printf 'AUTH %s\\r\\n' "$AUTH"; fi; printf 'INFO\\r\\nQUIT\\r\\n'; sleep 1; }
if command -v nc >/dev/null 2>&1; then ask | nc -w 3 127.0.0.1 6379
else ask | bash -c 'exec 3<>/dev/tcp/127.0.0.1/6379; cat >&3; cat <&3'; fi`;

/** Asks the redis server in a pod and the sentinel beside it. */
export async function askServer(namespace: string, pod: Pod, kubectl: Kubectl): Promise<ServerAnswer> {
  const { text, said } = await inPod(namespace, pod, 'sentinel', ASK_SERVER, kubectl);
  const [info = '', sentinel = ''] = text.split('# Asked: sentinel');
  const { name } = pod.metadata;
  const node = pod.spec.nodeName ?? '';
  return { pod: name, node, info: fieldsOf(info), sentinel: masterOf(fieldsOf(sentinel)), said };
}

async function askProxy(namespace: string, pod: Pod, kubectl: Kubectl): Promise<ProxyAnswer> {
  const { text, said } = await inPod(namespace, pod, 'haproxy', ASK_PROXY, kubectl);
  return { pod: pod.metadata.name, info: fieldsOf(text), said };
}

async function inPod(
  namespace: string,
  { metadata }: Pod,
  container: string | undefined,
  script: string,
  kubectl: Kubectl,
): Promise<{ text: string; said: string }> {
  const where = container ? ['--container', container] : [];
  const command = ['exec', '--namespace', namespace, metadata.name, ...where, '--', 'sh', '-c', script];
  const { code, stdout, stderr } = await kubectl(command);
  return { text: stdout, said: tail(stderr, 1) || `exit code ${code}` };
}

/** `name:value` lines of redis' INFO. */
function fieldsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map(([, name, value]) => [name!, value!]),
  );
}

/** `master0:name=argocd,status=ok,address=10.96.1.2:6379,slaves=2,sentinels=3`, taken apart. */
function masterOf({ master0 = '' }: Record<string, string>): Record<string, string> {
  return Object.fromEntries(master0.split(',').map((pair) => pair.split('=') as [string, string]));
}

/** Whether what redis' servers and haproxy's pods say fits together; otherwise what does not. */
export function judge(
  servers: readonly ServerAnswer[],
  proxies: readonly ProxyAnswer[],
): RedisTopology | string {
  const silent = servers.find(({ info }) => !info.role);
  if (silent) return `${silent.pod} does not answer (${silent.said})`;
  const masters = servers.filter(({ info }) => info.role === 'master');
  const [master] = masters;
  if (!master || masters.length > 1)
    return `${masters.length} masters${masters.length > 1 ? ` (${masters.map(({ pod }) => pod).join(', ')})` : ''}, and there must be one`;
  const replicas = servers.filter((each) => each !== master);
  const wrong =
    replicaProblem(replicas, master) ?? sentinelProblem(servers, replicas) ?? proxyProblem(proxies, master);
  if (wrong) return wrong;
  return {
    layout: 'high-availability',
    master: { pod: master.pod, node: master.node },
    replicas: replicas.map(({ pod }) => pod),
    proxies: proxies.map(({ pod }) => pod),
  };
}

function replicaProblem(replicas: ServerAnswer[], master: ServerAnswer): string | undefined {
  const loose = replicas.find(({ info }) => info.master_link_status !== 'up');
  if (loose) return `${loose.pod} is not connected to the master`;
  if (Number(master.info.connected_slaves) !== replicas.length)
    return `the master ${master.pod} has ${master.info.connected_slaves} replicas of ${replicas.length}`;
  return undefined;
}

/** Every sentinel sees every other, every replica, and the same master that the replicas follow. */
function sentinelProblem(servers: readonly ServerAnswer[], replicas: ServerAnswer[]): string | undefined {
  for (const { pod, sentinel } of servers) {
    if (sentinel.status !== 'ok')
      return `the sentinel of ${pod} says ${sentinel.status ?? 'nothing'} of the master`;
    if (Number(sentinel.sentinels) !== servers.length || Number(sentinel.slaves) !== replicas.length)
      return `the sentinel of ${pod} sees ${sentinel.sentinels} of ${servers.length} sentinels and ${sentinel.slaves} of ${replicas.length} replicas`;
    const stray = replicas.find(({ info }) => `${info.master_host}:${info.master_port}` !== sentinel.address);
    if (stray)
      return `the sentinel of ${pod} takes ${sentinel.address} for the master, ${stray.pod} follows ${stray.info.master_host}`;
  }
  return undefined;
}

/** The run_id is a server's own: only the master's shows that a proxy leads to it. */
function proxyProblem(proxies: readonly ProxyAnswer[], master: ServerAnswer): string | undefined {
  const wrong = proxies.find(({ info }) => info.run_id !== master.info.run_id);
  if (!wrong) return undefined;
  const where = wrong.info.run_id
    ? `leads to another server than ${master.pod}`
    : `has no answer (${wrong.said})`;
  return `${wrong.pod} ${where}`;
}
