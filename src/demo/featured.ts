import { IN_CLUSTER } from './clusters.js';
import { type Fields, lastApplied, type Setting } from './objects.js';
import { type ApplicationPlan, AUTOMATED, BACKGROUND_FINALIZER, FOREGROUND_FINALIZER } from './plan.js';
import { timestamp } from './random.js';
import { CHARTS, GIT, OCI_CHARTS } from './repositories.js';
import { BLOCK_TEXTS, UNICODE_TEXTS, YAML_TRAPS } from './text.js';

const EXAMPLES = 'https://github.com/argoproj/argocd-example-apps';
const CREATE_NAMESPACE = { syncOptions: ['CreateNamespace=true'] };
const directory = (path: string): Fields => ({ repoURL: `${GIT}/apps.git`, path, targetRevision: 'HEAD' });
const chart = (name: string, helm: Fields): Fields => ({
  repoURL: CHARTS,
  chart: name,
  targetRevision: '1.2.3',
  helm,
});

/** One Application for each thing that a backup could lose, the best known first. */
export function featured(setting: Setting): ApplicationPlan[] {
  return [
    ...landmarks(setting),
    ...helm(),
    ...otherSources(),
    ...policies(),
    ...metadata(setting),
    ...names(),
    ...teams(),
  ];
}

function landmarks({ namespace }: Setting): ApplicationPlan[] {
  return [
    {
      name: 'argocd',
      sources: [{ repoURL: `${GIT}/argocd.git`, path: '.', targetRevision: 'main' }],
      destination: { server: IN_CLUSTER, namespace },
      spec: { syncPolicy: { automated: {} } },
      state: 'synced',
    },
    {
      name: 'guestbook',
      sources: [{ repoURL: EXAMPLES, path: 'guestbook', targetRevision: 'HEAD' }],
      spec: { syncPolicy: { ...AUTOMATED, ...CREATE_NAMESPACE } },
      finalizers: [FOREGROUND_FINALIZER],
      state: 'synced',
    },
    inFlight(),
    {
      name: 'root',
      project: 'platform',
      sources: [{ ...directory('roots'), directory: { recurse: true } }],
      destination: { server: IN_CLUSTER, namespace },
      spec: { syncPolicy: AUTOMATED },
      finalizers: [BACKGROUND_FINALIZER],
      state: 'synced',
    },
  ];
}

/** Its sync had been asked for when the backup was made. */
function inFlight(): ApplicationPlan {
  const sync = {
    revision: '53e28ff20cc530b9ada2173fbbd64d48338583ba',
    prune: true,
    resources: [{ group: 'batch', kind: 'Job', name: 'migrate', namespace: 'checkout' }],
    syncOptions: ['ServerSideApply=true'],
    syncStrategy: { hook: { force: true } },
    manifests: ['apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n---\n# none\n'],
  };
  const operation = {
    initiatedBy: { username: 'alice' },
    info: [{ name: 'Reason', value: 'hotfix \ud56b\ud53d\uc2a4' }],
    retry: { limit: -1, backoff: { duration: '5s', factor: 2, maxDuration: '3m0s' } },
    sync,
  };
  return {
    name: 'checkout-migration',
    sources: [directory('checkout')],
    state: 'progressing',
    operation,
    status: {
      operationState: {
        phase: 'Running',
        message: 'waiting for completion of hook batch/Job/migrate',
        startedAt: timestamp(1_000_000),
        operation,
      },
    },
  };
}

function helm(): ApplicationPlan[] {
  return [
    ...Object.entries(HELM_VALUES).map(
      ([variant, values]): ApplicationPlan => ({
        name: `helm-values-${variant}`,
        sources: [chart('podinfo', { values })],
        state: 'synced',
      }),
    ),
    { name: 'helm-values-object', sources: [chart('numbers', { valuesObject: NUMBERS })], state: 'drifted' },
    { name: 'helm-options', sources: [chart('ingress-nginx', HELM_OPTIONS)], state: 'synced' },
    {
      name: 'helm-oci',
      sources: [{ repoURL: OCI_CHARTS, chart: 'cache', targetRevision: '>=1.0.0 <2.0.0' }],
      state: 'degraded',
    },
  ];
}

/** Values that stay valid YAML for Helm, in the layouts people paste them. */
const HELM_VALUES: Readonly<Record<string, string>> = {
  block: 'replicas: 2\nimage:\n  tag: "1.10"\n',
  stripped: 'replicas: 2\nimage: {tag: "012"}',
  kept: '# first line\n\nreplicas: 2  \nscript: |\n  #!/bin/sh\n  ---\n  echo "a: b"   \n\n\n',
  crlf: 'replicas: 2\r\nenabled: yes\r\n',
};

/** Numbers that a reader in floating point, or in a narrower type, would change. */
const NUMBERS: Fields = {
  aboveDouble: 9007199254740993n,
  int64Max: 9223372036854775807n,
  int64Min: -9223372036854775808n,
  aboveInt64: 1e20,
  safeMax: Number.MAX_SAFE_INTEGER,
  zero: 0,
  negative: -42,
  tenth: 0.1,
  third: 0.3333333333333333,
  tiny: 2.5e-7,
  huge: 1e21,
  largest: Number.MAX_VALUE,
  asText: '9007199254740993',
  asTextFloat: '1.0',
  nothing: null,
  on: true,
  off: false,
  yes: 'no',
  '1e3': '0x10',
  'key with spaces: and colon': [[], {}, [1, [2n ** 60n]], ''],
  'dotted.key/with~slash': { '\ud55c\uad6d\uc5b4': '\uac12', '': 'empty key' },
};

const HELM_OPTIONS: Fields = {
  releaseName: 'ingress',
  valueFiles: ['values.yaml', 'values-*.yaml', '../../common/values.yaml'],
  parameters: [
    { name: 'controller.replicaCount', value: '012', forceString: true },
    { name: 'controller.nodeSelector.kubernetes\\.io/os', value: 'linux' },
    { name: 'controller.config.empty', value: '' },
  ],
  fileParameters: [{ name: 'controller.extra', path: 'files/extra.conf' }],
  ignoreMissingValueFiles: true,
  passCredentials: true,
  skipCrds: true,
  skipTests: true,
  skipSchemaValidation: true,
  version: 'v3',
  kubeVersion: '1.34.0',
  apiVersions: ['monitoring.coreos.com/v1'],
  namespace: 'ingress-nginx',
};

function otherSources(): ApplicationPlan[] {
  return [
    {
      name: 'multi-source-values',
      sources: [
        chart('kube-prometheus-stack', { valueFiles: ['$values/monitoring/values.yaml'] }),
        { repoURL: `${GIT}/values.git`, targetRevision: 'main', ref: 'values' },
      ],
      destination: { server: IN_CLUSTER, namespace: 'monitoring' },
      state: 'synced',
    },
    {
      name: 'multi-source-mixed',
      sources: [
        { ...directory('base'), name: 'base' },
        { ...directory('overlay'), name: 'overlay', kustomize: { namePrefix: 'x-' } },
        { repoURL: 'oci://registry.corp.example/manifests', path: '.', targetRevision: 'v1' },
      ],
      state: 'drifted',
    },
    {
      name: 'kustomize-images',
      sources: [{ ...directory('web'), kustomize: KUSTOMIZE_IMAGES }],
      state: 'synced',
    },
    {
      name: 'kustomize-patches',
      sources: [{ ...directory('web'), kustomize: KUSTOMIZE_PATCHES }],
      state: 'synced',
    },
    { name: 'directory-recurse', sources: [{ ...directory('all'), directory: RECURSE }], state: 'synced' },
    {
      name: 'jsonnet',
      sources: [{ ...directory('jsonnet'), directory: { jsonnet: JSONNET } }],
      state: 'synced',
    },
    { name: 'plugin', sources: [{ ...directory('cue'), plugin: PLUGIN }], state: 'failed' },
    hydrated(),
  ];
}

const KUSTOMIZE_IMAGES: Fields = {
  images: [
    'nginx:1.27',
    'old/app=registry.corp.example/app:v2',
    `redis@sha256:${'0123456789abcdef'.repeat(4)}`,
  ],
  namePrefix: 'prod-',
  nameSuffix: '-v2',
  commonLabels: { 'app.kubernetes.io/managed-by': 'argocd', on: 'yes' },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Kustomize substitutes it
  commonAnnotations: { build: '${ARGOCD_APP_REVISION}' },
  commonAnnotationsEnvsubst: true,
  forceCommonLabels: true,
  forceCommonAnnotations: true,
  version: 'v5.4.3',
  replicas: [
    { name: 'web', count: 3 },
    { name: 'worker', count: '5' },
  ],
};

const KUSTOMIZE_PATCHES: Fields = {
  components: ['../components/tls', '../components/\ud55c\uad6d'],
  ignoreMissingComponents: true,
  labelWithoutSelector: true,
  labelIncludeTemplates: true,
  namespace: 'web',
  kubeVersion: '1.34.0',
  patches: [
    {
      target: {
        group: 'apps',
        version: 'v1',
        kind: 'Deployment',
        name: '.*',
        labelSelector: 'app in (a, b)',
      },
      patch: '- op: replace\n  path: /spec/replicas\n  value: 3\n',
      options: { allowNameChange: true },
    },
    { path: 'patches/service.yaml' },
  ],
};

const RECURSE: Fields = { recurse: true, include: '{*.yml,*.yaml}', exclude: '**/secret*' };

const JSONNET: Fields = {
  extVars: [{ name: 'replicas', value: '2', code: true }],
  tlas: [
    { name: 'greeting', value: 'yes' },
    { name: 'limits', value: "{ cpu: '1', memory: '012Mi' }", code: true },
  ],
  libs: ['vendor', 'lib'],
};

const PLUGIN: Fields = {
  name: 'cue-v1.0',
  env: [
    { name: 'TASK', value: 'dump' },
    { name: 'EMPTY', value: '' },
  ],
  parameters: [
    { name: 'text', string: 'true' },
    { name: 'list', array: ['a', '', '~'] },
    { name: 'table', map: { 'image.tag': '1.10' } },
  ],
};

/** Manifests rendered to a branch (spec.sourceHydrator) instead of a source. */
function hydrated(): ApplicationPlan {
  const sourceHydrator = {
    drySource: { repoURL: `${GIT}/apps.git`, path: 'web', targetRevision: 'HEAD' },
    syncSource: { targetBranch: 'env/prod', path: 'web' },
    hydrateTo: { targetBranch: 'env/prod-next' },
  };
  const drySHA = '9a8b7c6d5e4f39281706f5e4d3c2b1a098765432';
  const hydratedSHA = '0123456789abcdef0123456789abcdef01234567';
  const hydration = {
    currentOperation: {
      phase: 'Hydrated',
      message: '',
      drySHA,
      hydratedSHA,
      startedAt: timestamp(100),
      finishedAt: timestamp(130),
      sourceHydrator,
    },
    lastSuccessfulOperation: { drySHA, hydratedSHA, sourceHydrator },
  };
  return {
    name: 'hydrated',
    sources: [],
    spec: { sourceHydrator },
    state: 'synced',
    status: { sourceHydrator: hydration },
  };
}

function policies(): ApplicationPlan[] {
  return [
    {
      name: 'managed-namespace',
      sources: [directory('managed')],
      spec: { syncPolicy: MANAGED_NAMESPACE },
      state: 'synced',
    },
    {
      name: 'automation-off',
      sources: [directory('off')],
      spec: {
        syncPolicy: { automated: { enabled: false, prune: true, selfHeal: false, allowEmpty: true } },
        revisionHistoryLimit: 0,
      },
      state: 'drifted',
    },
    {
      name: 'ignore-differences',
      sources: [directory('ignore')],
      spec: { ignoreDifferences: IGNORED },
      state: 'synced',
    },
    {
      name: 'destination-by-name',
      project: 'payments',
      sources: [
        { repoURL: 'https://git.corp.example/payments/deploy.git', path: 'api', targetRevision: 'v1.10' },
      ],
      destination: { name: 'payments-pci', namespace: 'payments-api' },
      state: 'degraded',
    },
  ];
}

const MANAGED_NAMESPACE: Fields = {
  ...AUTOMATED,
  managedNamespaceMetadata: {
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted', on: 'yes' },
    annotations: { 'corp.example/note': '  spaces  ', 'corp.example/empty': '' },
  },
  syncOptions: ['CreateNamespace=true', 'PruneLast=true', 'RespectIgnoreDifferences=true'],
  retry: { limit: 5, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
};

const IGNORED: Fields[] = [
  { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas', '/metadata/annotations/a~1b'] },
  {
    kind: 'Secret',
    name: 'web',
    namespace: 'web',
    jqPathExpressions: ['.data["tls.crt"]', '.spec.template.spec.containers[] | select(.name == "a\\"b")'],
  },
  { group: '*', kind: '*', managedFieldsManagers: ['kube-controller-manager'] },
];

function metadata(setting: Setting): ApplicationPlan[] {
  return [
    { ...plain('annotation-traps'), annotations: prefixed('trap', YAML_TRAPS), labels: LABEL_TRAPS },
    { ...plain('annotation-blocks'), annotations: prefixed('block', BLOCK_TEXTS) },
    {
      ...plain('annotation-unicode'),
      annotations: prefixed('unicode', UNICODE_TEXTS),
      spec: {
        info: Object.entries(UNICODE_TEXTS).map(([name, value]) => ({ name: `${name} ${value}`, value })),
      },
    },
    {
      ...plain('third-party-finalizers'),
      finalizers: [
        FOREGROUND_FINALIZER,
        'post-delete-finalizer.argocd.argoproj.io',
        'corp.example/dns-records',
      ],
    },
    {
      ...plain('refreshing'),
      annotations: { 'argocd.argoproj.io/refresh': 'hard', 'argocd.argoproj.io/hydrate': 'normal' },
    },
    { ...plain('annotated-for-argocd'), annotations: argocdAnnotations(setting) },
    applied(),
    { ...plain('just-created'), state: 'new' },
  ];
}

const plain = (name: string): ApplicationPlan => ({ name, sources: [directory(name)], state: 'synced' });

const prefixed = (prefix: string, texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([key, value]) => [`${prefix}.corp.example/${key}`, value]));

/** Those of the traps that a label's value may be. */
const LABEL_TRAPS = Object.fromEntries(
  Object.entries(YAML_TRAPS)
    .filter(([, value]) => /^([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/.test(value))
    .map(([key, value]) => [`trap.corp.example/${key}`, value]),
);

const argocdAnnotations = ({ namespace }: Setting) => ({
  'argocd.argoproj.io/skip-reconcile': 'true',
  'argocd.argoproj.io/sync-wave': '-1',
  'argocd.argoproj.io/manifest-generate-paths': '.;/shared',
  'argocd.argoproj.io/tracking-id': `root:argoproj.io/Application:${namespace}/annotated-for-argocd`,
  'link.argocd.argoproj.io/external-link': 'https://logs.corp.example/?q=a&b=c#d',
  'notifications.argoproj.io/subscribe.on-sync-failed.slack': 'platform;on-call',
  'notified.notifications.argoproj.io':
    '{"53e28ff2:on-deployed:[0].y7b5sbwa2Q329JYH755peeq-fBs:slack:platform":1761955200}',
});

function applied(): ApplicationPlan {
  const plan = plain('kubectl-applied');
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: plan.name, annotations: {} },
    spec: { project: 'default', source: plan.sources[0], destination: { server: IN_CLUSTER } },
  };
  return { ...plan, annotations: lastApplied(manifest) };
}

/** Names at the limits of what Kubernetes takes, and such as YAML takes for something else. */
function names(): ApplicationPlan[] {
  const label = 'a-name-as-long-as-a-dns-subdomain-can-be'.padEnd(63, 'x');
  const longest = [label, label, label, label].join('.').slice(0, 252);
  return [`${longest}z`, 'dotted.name.v1.2', 'x', '0', 'null', '1e3', 'true', '2001-01-01'].map((name) =>
    plain(name),
  );
}

/** Applications in the teams' own namespaces; names repeat between namespaces. */
function teams(): ApplicationPlan[] {
  const guestbook = (namespace: string): ApplicationPlan => ({
    name: 'guestbook',
    namespace,
    project: 'tenants',
    sources: [{ repoURL: EXAMPLES, path: 'guestbook', targetRevision: 'HEAD' }],
    destination: { server: IN_CLUSTER, namespace },
    spec: { syncPolicy: AUTOMATED },
    state: 'synced',
  });
  return [
    guestbook('team-a'),
    guestbook('team-b'),
    { ...guestbook('team-c-payments'), name: 'null', finalizers: [FOREGROUND_FINALIZER] },
    { ...guestbook('team-c-growth'), name: 'experiments', state: 'new' },
  ];
}
