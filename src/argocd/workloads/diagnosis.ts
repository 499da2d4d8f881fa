import { tail } from '../../exec.js';
import type { Kube } from '../../kube/api.js';
import { type KubeObject, label, SECRET } from '../../kube/objects.js';
import { createRedactor } from '../../redact.js';
import { secretValues } from '../../secrets/values.js';
import { keyOfObject } from '../listing.js';
import type { Kubectl } from './kubectl.js';
import { listNodes, takesPods } from './nodes.js';
import { collect, eventLine, eventsOf, listEvents, type Pod } from './pods.js';
import { missingObject, type Trouble } from './trouble.js';
import type { FinalTrouble } from './watch.js';
import { replicasOf } from './workload.js';

export interface DiagnosisOptions {
  kubectl: Kubectl;
  secretValues?: Iterable<string>;
}

const EVENTS = 6;
const LOG_LINES = 10;

/**
 * Says why a workload does not come up: the pod's reason, the way out, its last events and log lines. Secret values
 * of the namespace are hidden.
 */
export async function describe(
  kube: Kube,
  namespace: string,
  final: FinalTrouble,
  options: DiagnosisOptions,
): Promise<string> {
  const { workload, pod, trouble } = final;
  const { kind, name } = keyOfObject(workload);
  const subject = pod ? { kind: 'Pod', name: pod.metadata.name } : { kind, name };
  const [advice, events, log, redact] = await Promise.all([
    adviceOn(kube, final),
    listEvents(kube, namespace),
    pod ? logTail(namespace, pod, trouble, options.kubectl) : [],
    redactorFor(kube, namespace, options),
  ]);
  const place = [pod && `pod ${pod.metadata.name}`, trouble.container && `container ${trouble.container}`];
  const where = place.filter(Boolean).join(', ');
  const lines = [
    `${label({ kind, namespace, name })} does not come up: ${where}${where && ': '}${trouble.reason}: ${trouble.message}${advice}`,
    ...section(`last events of ${label(subject)}:`, eventsOf(events, subject).slice(-EVENTS).map(eventLine)),
    ...section('last lines of its log:', log),
  ];
  return redact(lines.join('\n'));
}

const section = (title: string, lines: string[]) =>
  lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : [];

async function redactorFor(kube: Kube, namespace: string, options: DiagnosisOptions) {
  const secrets = await collect(kube.list(SECRET, { namespace }));
  return createRedactor([...(options.secretValues ?? []), ...secretValues(secrets)]);
}

async function adviceOn(
  kube: Kube,
  { workload, pod, trouble: { kind, message } }: FinalTrouble,
): Promise<string> {
  if (kind === 'image')
    return '; check that the image exists, and that the nodes may pull it (input registry-mirrors names mirrors)';
  if (kind === 'missing') {
    const { kind: what, name } = missingObject(message)!;
    return `; ${what} ${name} is neither in the cluster nor being made by another pod: add it to the manifests`;
  }
  if (kind === 'schedule') return `; ${await schedulingAdvice(kube, message, workload)}`;
  return pod?.spec.nodeName ? `; it stands on node ${pod.spec.nodeName}` : '';
}

async function schedulingAdvice(kube: Kube, message: string, workload: KubeObject): Promise<string> {
  const nodes = await listNodes(kube);
  const open = nodes.filter(takesPods).length;
  const replicas = replicasOf(workload);
  if (/anti-affinity/.test(message))
    return `each of its ${replicas} pods needs a node of its own, and the cluster has ${open} that ${open === 1 ? 'takes' : 'take'} pods: give workers: ${Math.max(3, replicas)}, or ha: false`;
  if (/Insufficient/.test(message))
    return 'the nodes are too small for these requests: use a larger machine, or fewer replicas';
  return `the cluster has ${open} of ${nodes.length} nodes that take pods: compare their labels and taints with what the pod asks for`;
}

/** The end of the log of the container in question, of its previous run where it is down; none where it never ran. */
async function logTail(
  namespace: string,
  pod: Pod,
  { container, kind }: Trouble,
  kubectl: Kubectl,
): Promise<string[]> {
  const name = container ?? notReady(pod);
  if (!name || kind === 'image' || kind === 'schedule') return [];
  const logs = ['logs', pod.metadata.name, '--namespace', namespace, '--container', name];
  for (const previous of kind === 'crash' ? [['--previous'], []] : [[]]) {
    const { code, stdout } = await kubectl([...logs, `--tail=${LOG_LINES}`, ...previous]);
    if (code === 0 && stdout.trim()) return tail(stdout, LOG_LINES).split('\n');
  }
  return [];
}

function notReady({ status }: Pod): string | undefined {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return all.find(({ ready }) => !ready)?.name;
}
