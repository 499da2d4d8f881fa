import { dump } from 'js-yaml';
import { APP_PROJECT, APPLICATION, type KubeObject } from '../../kube/objects.js';
import { CANARY_BRANCH } from './git-server.js';

/** The name of the canary's Application and AppProject, and of the namespace it is deployed into. */
export const CANARY = 'argocd-dr-canary';

/** The names of what the canary's repository deploys. */
export const DEPLOYMENT_NAME = 'guestbook-ui';
export const GREETING_NAME = 'guestbook-greeting';
export const LEAFLET_NAME = 'guestbook-leaflet';

/** The cluster Argo CD runs in, as it names it itself. */
const IN_CLUSTER = 'https://kubernetes.default.svc';
const FOLDER = 'guestbook';

/** The canary's project: its own repository into its own namespace, and nothing else. */
export function canaryProject(namespace: string, repoURL: string): KubeObject {
  return {
    apiVersion: APP_PROJECT.apiVersion,
    kind: APP_PROJECT.kind,
    metadata: { name: CANARY, namespace },
    spec: {
      description: 'The canary of a restore drill.',
      sourceRepos: [repoURL],
      destinations: [{ server: IN_CLUSTER, namespace: CANARY }],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    },
  };
}

/** The canary's Application: automated with prune, self-heal and CreateNamespace. */
export function canaryApplication(namespace: string, repoURL: string): KubeObject {
  return {
    apiVersion: APPLICATION.apiVersion,
    kind: APPLICATION.kind,
    metadata: { name: CANARY, namespace },
    spec: {
      project: CANARY,
      // A directory that says so is offered to no config management plugin.
      source: { repoURL, path: FOLDER, targetRevision: CANARY_BRANCH, directory: { include: '*.yaml' } },
      destination: { server: IN_CLUSTER, namespace: CANARY },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true'],
        retry: { limit: 3, backoff: { duration: '2s', factor: 2, maxDuration: '10s' } },
      },
    },
  };
}

/** What a commit of the canary's repository says. */
export interface CanaryVersion {
  greeting: string;
  /** Whether there is the object that a later commit takes away. */
  leaflet: boolean;
}

/**
 * The files of a commit: path to text.
 * @param image of the canary's pod; Argo CD's own is on the nodes already
 */
export function canaryFiles(image: string, { greeting, leaflet }: CanaryVersion): Record<string, string> {
  const objects = [
    deployment(image),
    service(),
    configMap(GREETING_NAME, { greeting }),
    ...(leaflet ? [configMap(LEAFLET_NAME, { text: 'to be pruned' })] : []),
  ];
  return Object.fromEntries(
    objects.map((object) => [`${FOLDER}/${object.metadata.name}-${object.kind}.yaml`, dump(object)]),
  );
}

const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

const service = (): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: DEPLOYMENT_NAME },
  spec: { ports: [{ port: 80 }], selector: { app: DEPLOYMENT_NAME } },
});

function deployment(image: string): KubeObject {
  const container = {
    name: DEPLOYMENT_NAME,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', 'infinity'],
    resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { memory: '32Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const pod = {
    automountServiceAccountToken: false,
    // sleep as PID 1 takes no notice of SIGTERM.
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: DEPLOYMENT_NAME },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 0,
      selector: { matchLabels: { app: DEPLOYMENT_NAME } },
      template: { metadata: { labels: { app: DEPLOYMENT_NAME } }, spec: pod },
    },
  };
}
