import { IN_CLUSTER } from './clusters.js';
import { argoObject, type DemoObject, type Fields, type Setting } from './objects.js';
import { type ApplicationPlan, AUTOMATED, FOREGROUND_FINALIZER } from './plan.js';
import { timestamp } from './random.js';
import { GIT, SCM_TOKEN } from './repositories.js';
import { PLUGIN_GENERATOR_CONFIG_MAP } from './settings.js';

/** An ApplicationSet, with the names of the Applications it has generated. */
interface SetPlan {
  name: string;
  /** Absent: Argo CD's own. */
  namespace?: string;
  project: string;
  generators: Fields[];
  /** Template of the Applications' names; the path of their source is the name of the ApplicationSet. */
  nameTemplate: string;
  goTemplate?: boolean;
  spec?: Fields;
  finalizers?: string[];
  status?: Fields;
  children: { name: string; labels?: Record<string, string> }[];
}

/** The ApplicationSet whose Applications grow with the size of the demonstration. */
export const FLEET_SET = 'fleet-services';

const CLUSTER_GENERATOR = {
  clusters: { selector: { matchLabels: { environment: 'prod', agents: 'true' } } },
};
const named = (...names: string[]) => names.map((name) => ({ name }));

const SETS: readonly SetPlan[] = [
  {
    name: 'regional-web',
    project: 'platform',
    goTemplate: true,
    generators: [
      {
        list: {
          elements: [
            { region: 'seoul', replicas: 3, quota: 9007199254740993n, labels: { tier: 'edge' } },
            { region: 'frankfurt', replicas: 2, ratio: 0.25, zones: ['a', 'b'] },
            { region: 'oregon', note: '012', enabled: false, nothing: null },
          ],
        },
      },
    ],
    nameTemplate: 'regional-web-{{.region}}',
    children: named('regional-web-seoul', 'regional-web-frankfurt', 'regional-web-oregon'),
  },
  {
    name: 'platform-addons',
    project: 'platform',
    goTemplate: true,
    generators: [{ matrix: { generators: [addonDirectories(), CLUSTER_GENERATOR] } }],
    nameTemplate: '{{.path.basenameNormalized}}-{{.name}}',
    spec: {
      strategy: rollingSync(),
      preservedFields: { annotations: ['corp.example/owner'], labels: ['on'] },
    },
    status: rolloutStatus(),
    children: [
      { name: 'cert-manager-prod-seoul', labels: { wave: 'first' } },
      { name: 'cert-manager-prod-frankfurt', labels: { wave: 'second' } },
      { name: 'external-dns-prod-seoul', labels: { wave: 'second' } },
    ],
  },
  {
    name: 'cluster-agents',
    project: 'platform',
    generators: [{ clusters: { ...CLUSTER_GENERATOR.clusters, values: { revision: 'v1.10' } } }],
    nameTemplate: 'agent-{{nameNormalized}}',
    spec: { syncPolicy: { preserveResourcesOnDeletion: true, applicationsSync: 'create-update' } },
    children: named('agent-prod-seoul', 'agent-prod-frankfurt'),
  },
  {
    name: 'previews',
    project: 'default',
    goTemplate: true,
    generators: [{ pullRequest: pullRequests() }],
    nameTemplate: 'preview-{{.number}}',
    finalizers: ['corp.example/preview-cleanup'],
    children: named('preview-1042', 'preview-1043'),
  },
  {
    name: 'tenant-services',
    project: 'tenants',
    goTemplate: true,
    generators: [{ merge: { mergeKeys: ['server'], generators: [CLUSTER_GENERATOR, overrides()] } }],
    nameTemplate: 'tenant-{{.name}}',
    spec: { templatePatch: templatePatch(), ignoreApplicationDifferences: ignoredDifferences() },
    children: named('tenant-prod-seoul'),
  },
  {
    name: FLEET_SET,
    project: 'default',
    goTemplate: true,
    generators: [
      {
        git: {
          repoURL: `${GIT}/fleet.git`,
          revision: 'HEAD',
          files: [
            { path: 'services/**/config.json' },
            { path: 'services/legacy/config.json', exclude: true },
          ],
          requeueAfterSeconds: 180,
          values: { cluster: '{{.cluster.address}}' },
        },
      },
    ],
    nameTemplate: '{{.path.basename}}',
    children: [],
  },
  {
    name: 'discovered',
    project: 'default',
    generators: [{ plugin: pluginGenerator() }, { scmProvider: scmProvider() }],
    nameTemplate: 'discovered-{{name}}',
    children: [],
  },
  {
    name: 'team-a-services',
    namespace: 'team-a',
    project: 'tenants',
    generators: [{ list: { elementsYaml: '- name: api\n- name: worker # second\n' } }],
    nameTemplate: 'team-a-{{name}}',
    children: named('team-a-api', 'team-a-worker'),
  },
  {
    name: 'regional-web',
    namespace: 'team-b',
    project: 'tenants',
    generators: [{ list: { elements: [{ name: 'batch' }] }, selector: { matchLabels: { name: 'batch' } } }],
    nameTemplate: 'team-b-{{name}}',
    children: named('team-b-batch'),
  },
];

function addonDirectories(): Fields {
  const directories = [{ path: 'addons/*' }, { path: 'addons/exclude-me', exclude: true }];
  return { git: { repoURL: `${GIT}/addons.git`, revision: 'main', directories, pathParamPrefix: 'addon' } };
}

function rollingSync(): Fields {
  const step = (wave: string) => [{ key: 'wave', operator: 'In', values: [wave] }];
  return {
    type: 'RollingSync',
    rollingSync: {
      steps: [
        { matchExpressions: step('first') },
        { matchExpressions: step('second'), maxUpdate: 1 },
        { matchExpressions: step('third'), maxUpdate: '10%' },
      ],
    },
  };
}

function rolloutStatus(): Fields {
  const lastTransitionTime = timestamp(7200);
  const reason = 'ApplicationSetUpToDate';
  const message = 'All applications have been generated successfully';
  return {
    conditions: [{ type: 'ResourcesUpToDate', status: 'True', reason, message, lastTransitionTime }],
    applicationStatus: [
      {
        application: 'cert-manager-prod-seoul',
        message: 'Application resource is already Healthy, updating status from Waiting to Healthy.',
        status: 'Healthy',
        step: '1',
        targetRevisions: ['53e28ff20cc530b9ada2173fbbd64d48338583ba'],
        lastTransitionTime,
      },
    ],
  };
}

function pullRequests(): Fields {
  return {
    github: {
      owner: 'example-org',
      repo: 'shop',
      api: 'https://ghe.corp.example/api/v3',
      tokenRef: SCM_TOKEN,
      labels: ['preview'],
    },
    filters: [{ branchMatch: '^feature/.*$' }],
    requeueAfterSeconds: 1800,
  };
}

function overrides(): Fields {
  return { list: { elements: [{ server: 'https://prod-seoul.k8s.example:6443', 'values.tier': 'gold' }] } };
}

function templatePatch(): string {
  return `spec:
  syncPolicy:
    {{- if eq .tier "gold" }}
    automated:
      prune: {{ .prune | default false }}
    {{- end }}
`;
}

function ignoredDifferences(): Fields[] {
  return [
    { jsonPointers: ['/spec/source/targetRevision'] },
    { name: 'tenant-prod-seoul', jqPathExpressions: ['.spec.source.helm.values'] },
  ];
}

function pluginGenerator(): Fields {
  return {
    configMapRef: { name: PLUGIN_GENERATOR_CONFIG_MAP },
    input: { parameters: { tenants: ['a', 'b'], limit: 9007199254740993n, deep: { on: true, off: null } } },
    requeueAfterSeconds: 30,
    values: { 'value-1': '{{ name }}' },
  };
}

function scmProvider(): Fields {
  return {
    gitlab: {
      group: '8675309',
      api: 'https://gitlab.corp.example/',
      allBranches: true,
      includeSubgroups: false,
    },
    filters: [{ repositoryMatch: '^app-', pathsExist: ['kubernetes/kustomization.yaml'] }],
    cloneProtocol: 'https',
  };
}

/** The ApplicationSets, in Argo CD's namespace and in those of teams. */
export function applicationSets(setting: Setting): DemoObject[] {
  return SETS.map((plan) => {
    const { name, namespace = setting.namespace, finalizers, status } = plan;
    const object = argoObject(
      'ApplicationSet',
      { name, namespace, ...(finalizers ? { finalizers } : {}) },
      {
        ...(plan.goTemplate ? { goTemplate: true, goTemplateOptions: ['missingkey=error'] } : {}),
        generators: plan.generators,
        template: template(plan),
        ...plan.spec,
      },
    );
    return status ? { ...object, status: status } : object;
  });
}

function template({ name, namespace, project, nameTemplate }: SetPlan): Fields {
  return {
    metadata: {
      name: nameTemplate,
      ...(namespace ? { namespace } : {}),
      labels: { 'corp.example/set': name },
      annotations: { 'corp.example/owner': '{{ default "nobody" .owner }}' },
      finalizers: [FOREGROUND_FINALIZER],
    },
    spec: {
      project,
      source: generatedSource(name),
      destination: { server: IN_CLUSTER, namespace: nameTemplate },
      syncPolicy: AUTOMATED,
    },
  };
}

const generatedSource = (path: string): Fields => ({
  repoURL: `${GIT}/generated.git`,
  path,
  targetRevision: 'HEAD',
});

/** The Applications that the ApplicationSets have generated. */
export function generatedApplications(setting: Setting): ApplicationPlan[] {
  return SETS.flatMap(({ name: set, namespace = setting.namespace, project, children }) =>
    children.map(
      ({ name, labels }, i): ApplicationPlan => ({
        name,
        namespace,
        project,
        sources: [generatedSource(set)],
        spec: { syncPolicy: AUTOMATED },
        labels: { 'corp.example/set': set, ...labels },
        finalizers: [FOREGROUND_FINALIZER],
        state: i === 0 ? 'synced' : 'progressing',
        owner: { kind: 'ApplicationSet', namespace, name: set },
      }),
    ),
  );
}
