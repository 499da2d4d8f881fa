import { setTimeout as sleep } from 'node:timers/promises';
import { infraError } from '../errors.js';
import { isNotFound, type Kube } from '../kube/api.js';
import { type KubeObject, NAMESPACE, POD, type Resource } from '../kube/objects.js';

/** What one probe pod is to try. */
export interface Probe {
  /** The node it runs on. */
  node: string;
  /** The pod's name. */
  name: string;
  /** What it says to whom it reaches, as one line. */
  greeting: string;
  image: string;
  /** Must be out of its reach. */
  sentinel: { address: string; port: number };
  /** Must be within its reach, on the same address. */
  door: { address: string; port: number };
  /** A name that the name server of the nodes knows, and Kubernetes does not. */
  outsideName: string;
}

/** What a probe found, item by item. */
export type ProbeReport = Record<string, string>;

export const PROBE_NAMESPACE = 'argocd-dr-quarantine';
const SERVICE_ACCOUNT: Resource = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};
const ACCOUNT = 'probe';
/** Any user but root; Argo CD's own image runs as this one. */
const USER = 999;
const LIMIT_MS = 300_000;
const PAUSE_MS = 300;
/** Reasons for which a container does not start, however long one waits. */
const HOPELESS = /ImagePullBackOff|InvalidImageName|CreateContainer(Config)?Error|RunContainerError/;

/**
 * bash only, for the image is Argo CD's own: every node pulls it anyway. The API Service answers once kube-proxy has
 * set up the node, so it is waited for. `localhost` shows that a name can be looked up here at all.
 */
const SCRIPT = `
reach() { timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "%s\\n" "$2" >&3' "$1" "$2" "$3" 2>/dev/null; }
told() { if "$@" >/dev/null; then echo open; else echo closed; fi; }
for ((i = 0; i < 60; i++)); do
  api=$(told reach "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT" "")
  door=$(told reach "$DOOR_ADDRESS" "$DOOR_PORT" "$GREETING")
  [ "$api $door" = "open open" ] && break
  sleep 1
done
sentinel=$(told reach "$SENTINEL_ADDRESS" "$SENTINEL_PORT" "$GREETING")
lookup=$(told timeout 3 getent hosts localhost)
resolver=$(told timeout 12 getent -s dns hosts "$OUTSIDE_NAME")
echo "api=$api door=$door sentinel=$sentinel lookup=$lookup resolver=$resolver" > /dev/termination-log
`;

/** What each item of a probe's report must be, and what it means where it is not. */
const EXPECTED = {
  api: ['open', 'does not reach the Kubernetes API Service, which Argo CD needs'],
  door: [
    'open',
    'does not reach an open door on the same address, so that its failures elsewhere mean nothing',
  ],
  sentinel: ['closed', 'reaches the sentinel, which stands for everything real outside the cluster'],
  lookup: [
    'open',
    'cannot look up a name at all, so that its failure to resolve an outside one means nothing',
  ],
  resolver: ['closed', 'resolves names through the name server of the nodes'],
} as const;

/** The pod of a probe: bound to its node, whatever taints that has, without any rights in the cluster. */
export function probePod(probe: Probe): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: probe.name, namespace: PROBE_NAMESPACE },
    spec: {
      nodeName: probe.node,
      tolerations: [{ operator: 'Exists' }],
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      serviceAccountName: ACCOUNT,
      automountServiceAccountToken: false,
      // The node's own name server: the one that CoreDNS hands outside names to.
      dnsPolicy: 'Default',
      securityContext: { runAsNonRoot: true, runAsUser: USER, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [probeContainer(probe)],
    },
  };
}

function probeContainer({ image, door, sentinel, greeting, outsideName }: Probe): object {
  const env = {
    DOOR_ADDRESS: door.address,
    DOOR_PORT: String(door.port),
    SENTINEL_ADDRESS: sentinel.address,
    SENTINEL_PORT: String(sentinel.port),
    GREETING: greeting,
    OUTSIDE_NAME: outsideName,
  };
  return {
    name: 'probe',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['bash', '-c', SCRIPT],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

/** Reads a probe's termination message; undefined where it does not tell of every item. */
export function parseReport(message: string | undefined): ProbeReport | undefined {
  const report = Object.fromEntries(
    (message ?? '')
      .trim()
      .split(/\s+/)
      .map((item) => item.split('=', 2)),
  );
  return Object.keys(EXPECTED).every((item) => report[item]) ? report : undefined;
}

/** What a report disproves; undefined where it is as it must be. */
export function reportProblem(report: ProbeReport): string | undefined {
  const wrong = Object.entries(EXPECTED).find(([item, [wanted]]) => report[item] !== wanted);
  return wrong?.[1][1];
}

/**
 * Runs probe pods to their end, all at once; removeProbes takes them away.
 * @returns what they found, in the order given
 * @throws DrError (infrastructure) for a probe that does not start or does not report
 */
export async function runProbes(
  kube: Kube,
  probes: readonly Probe[],
  signal: AbortSignal,
): Promise<ProbeReport[]> {
  await prepare(kube);
  await Promise.all(probes.map((probe) => kube.create(POD, probePod(probe))));
  return Promise.all(probes.map((probe) => reportOf(kube, probe, signal)));
}

/** An account of the probes' own: the default one of a new namespace takes a moment to appear. */
async function prepare(kube: Kube): Promise<void> {
  await kube.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: PROBE_NAMESPACE } });
  await kube.apply(SERVICE_ACCOUNT, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: ACCOUNT, namespace: PROBE_NAMESPACE },
    automountServiceAccountToken: false,
  });
}

/** Removes what the probes ran in; Kubernetes does so in its own time. */
export async function removeProbes(kube: Kube): Promise<void> {
  await kube.delete(NAMESPACE, undefined, PROBE_NAMESPACE).catch((error) => {
    if (!isNotFound(error)) throw error;
  });
}

async function reportOf(kube: Kube, probe: Probe, signal: AbortSignal): Promise<ProbeReport> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const pod = await kube.get(POD, PROBE_NAMESPACE, probe.name);
    const { phase, ended, waiting } = stateOf(pod);
    if (phase === 'Succeeded' || phase === 'Failed') return reported(probe, ended);
    if (waited >= LIMIT_MS || HOPELESS.test(waiting?.reason ?? '')) throw stuck(probe, phase, waiting);
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

interface Ended {
  exitCode?: number;
  message?: string;
}

interface Waiting {
  reason?: string;
  message?: string;
}

function stateOf({ status }: KubeObject): { phase?: string; ended?: Ended; waiting?: Waiting } {
  const { phase, containerStatuses } = status as {
    phase?: string;
    containerStatuses?: { state?: { terminated?: Ended; waiting?: Waiting } }[];
  };
  const { terminated, waiting } = containerStatuses?.[0]?.state ?? {};
  return { ...(phase && { phase }), ...(terminated && { ended: terminated }), ...(waiting && { waiting }) };
}

function reported({ node, image }: Probe, ended: Ended | undefined): ProbeReport {
  const report = parseReport(ended?.message);
  if (report && ended?.exitCode === 0) return report;
  throw infraError(
    `the quarantine could not be shown on node ${node}: its probe ended with exit code ${ended?.exitCode ?? 'unknown'} and no report; the image ${image} must have bash, timeout and getent`,
  );
}

function stuck({ node, image }: Probe, phase: string | undefined, waiting: Waiting | undefined) {
  const why = [waiting?.reason, waiting?.message].filter(Boolean).join(': ') || `it is ${phase ?? 'unknown'}`;
  return infraError(
    `the quarantine could not be shown on node ${node}: its probe, of image ${image}, does not start: ${why}`,
  );
}
