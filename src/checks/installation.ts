import type { HaFindings } from '../argocd/workloads/ha.js';
import type { NodeLoss } from '../argocd/workloads/node-loss.js';
import type { Readiness } from '../argocd/workloads/readiness.js';
import type { RedisTopology } from '../argocd/workloads/redis.js';
import { some } from '../log.js';
import type { Workload } from '../report/report.js';
import { type Finding, fail, pass, skipped } from './check.js';

/**
 * `install.manifests`: what can be told of an installation before there is a cluster.
 * @param objects how many there are
 */
export function manifestsFinding(
  { problems, warnings, details }: HaFindings,
  { objects, version }: { objects: number; version: string | undefined },
): Finding {
  const lines = [...warnings.map(({ text }) => `warning: ${text}`), ...details];
  const wrong = problems.map(({ text }) => text);
  if (wrong.length > 0) {
    const more = wrong.length > 3 ? [`and ${wrong.length - 3} more`] : [];
    const first = [...wrong.slice(0, 3), ...more].join('; ');
    return fail(`the manifests: ${first}.`, [], [...wrong, ...lines]);
  }
  const what = `${objects} objects of Argo CD ${version ?? 'of a version that they do not tell'}`;
  const rest =
    warnings.length > 0
      ? `and of one version. ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}, see the details.`
      : 'of one version, and each name that pods need is among them.';
  return pass(`${what}: whole, ${rest}`, lines);
}

/** Workloads as the report shows them. */
export const reportedWorkloads = ({ workloads }: Readiness): Workload[] =>
  workloads.map(({ pods, ...workload }) => ({ ...workload, nodes: pods.map(({ node }) => node) }));

/**
 * `install.workloads`, `running.workloads`: waitReady() has seen all of them ready.
 * @param overlay what fastStart() changed, a line for each workload
 */
export function workloadsFinding(
  { workloads, seconds }: Readiness,
  overlay: readonly string[] = [],
): Finding {
  const pods = workloads.reduce((total, { ready }) => total + ready, 0);
  const nodes = new Set(workloads.flatMap((workload) => workload.pods.map(({ node }) => node)));
  const details = workloads.map(({ kind, name, ready, wanted, seconds, pods }) => {
    const where = pods.length > 0 ? ` on ${pods.map(({ node }) => node).join(', ')}` : '';
    return `${kind} ${name}: ${ready}/${wanted} ready after ${seconds.toFixed(1)} s${where}`;
  });
  return pass(
    `${workloads.length} workloads with ${pods} pods ready on ${nodes.size} nodes after ${seconds.toFixed(1)} s.`,
    [...details, ...overlay.map((line) => `fast start: ${line}`)],
  );
}

/** `install.redis`, `running.redis`: redisTopology() has found it whole. */
export function redisFinding({ layout, master, replicas, proxies }: RedisTopology): Finding {
  if (layout === 'none')
    return skipped('the installation brings no redis of its own; one outside of the cluster was not asked.');
  if (layout === 'single') return pass(`${master!.pod} answers; a single redis, as the manifests have it.`);
  return pass(
    `one master (${master!.pod} on ${master!.node}), ${replicas.length} replicas connected to it, all sentinels agree, and the way through ${proxies.length} haproxy ${proxies.length === 1 ? 'pod' : 'pods'} leads to the master.`,
    [`replicas: ${replicas.join(', ')}`, `haproxy: ${proxies.join(', ')}`],
  );
}

/** `install.high-availability`: a problem fails it; warnings are among the details, and the caller's to tell. */
export function highAvailabilityFinding({ problems, warnings, details }: HaFindings): Finding {
  const lines = [...warnings.map(({ text }) => `warning: ${text}`), ...details];
  const wrong = problems.map(({ text }) => text);
  if (wrong.length > 0) return fail(`not highly available: ${some(wrong, 3)}.`, [], [...wrong, ...lines]);
  const warned =
    warnings.length > 0
      ? ` ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}, see the details.`
      : '';
  return pass(
    `no loss of a single node takes a component down: replicas and their spread over the nodes hold.${warned}`,
    lines,
  );
}

/** Until Kubernetes notices a lost node, Services go on sending a part of the requests to it. */
const LONGEST_SILENCE_SECONDS = 30;

/** `install.node-loss`: loseNode() has stopped a node and started it again. */
export function nodeLossFinding(loss: NodeLoss): Finding {
  const { node, api, detected, afterDetection, failover, recovered, pods } = loss;
  const redis = failover
    ? `redis failed over from ${failover.from} to ${failover.to} after ${seconds(failover.seconds)}`
    : 'redis kept its master, which ran elsewhere';
  const answers = `Argo CD's API was never silent for longer than ${seconds(api.longestSilence)}, and answered ${afterDetection.answered} of ${afterDetection.asked} requests once Kubernetes had noticed after ${seconds(detected)}`;
  const details = [
    `from the loss on ${api.answered} of ${api.asked} requests were answered; the longest silence began after ${seconds(api.silentFrom)}`,
    `all was ready again ${seconds(recovered)} after the node was started`,
    `pods on the node: ${pods.join(', ')}`,
  ];
  const up =
    api.longestSilence <= LONGEST_SILENCE_SECONDS && afterDetection.answered === afterDetection.asked;
  const evidence = `node ${node} was stopped without notice: ${answers}; ${redis}.`;
  return up ? pass(evidence, details) : fail(evidence, [], details);
}

const seconds = (number: number) => `${number.toFixed(1)} s`;
