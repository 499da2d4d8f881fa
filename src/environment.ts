import { basename } from 'node:path';

/** Names, and beginnings of names where a star follows. */
type Names = readonly string[];

/** What programs count on, and no secret of a run stands in. */
const ALWAYS: Names = [
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'SHELL',
    'TERM',
    'NO_COLOR',
    'TZ',
    'TMPDIR',
    'LANG',
    'LANGUAGE',
    'LC_*',
  ],
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'ALL_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'all_proxy',
  ],
  ...['SSL_CERT_*', 'NIX_SSL_CERT_FILE', 'XDG_*', 'LD_LIBRARY_PATH'],
  ...['GOGC', 'GOMEMLIMIT', 'GOMAXPROCS', 'GODEBUG', 'GIT_TERMINAL_PROMPT'],
  // By it the runner of GitHub Actions ends at a job's end what is left of it.
  'RUNNER_TRACKING_ID',
];

/** What a kubeconfig and its credential plugins read: those of EKS, GKE, AKS and other clouds. */
const CLUSTER: Names = [
  ...[
    'KUBE*',
    'AWS_*',
    'AZURE_*',
    'ARM_*',
    'AAD_*',
    'MSI_*',
    'IDENTITY_*',
    'GOOGLE_*',
    'GCLOUD_*',
    'CLOUDSDK_*',
  ],
  ...['USE_GKE_GCLOUD_AUTH_PLUGIN', 'DIGITALOCEAN_*', 'OCI_*', 'TELEPORT_*', 'TSH_*'],
];
const DOCKER: Names = ['DOCKER_*', 'KIND_*', 'SSH_AUTH_SOCK'];
/** https://pkg.go.dev/cmd/go#hdr-Environment_variables; `GO*` would be the keys of Google's cloud too. */
const GO: Names = [
  ...[
    'GO111MODULE',
    'GOARCH',
    'GOAMD64',
    'GOARM*',
    'GOAUTH',
    'GOBIN',
    'GOCACHE*',
    'GOENV',
    'GOEXPERIMENT',
    'GOFIPS140',
  ],
  ...[
    'GOFLAGS',
    'GOINSECURE',
    'GOMODCACHE',
    'GONOPROXY',
    'GONOSUMDB',
    'GOOS',
    'GOPATH',
    'GOPRIVATE',
    'GOPROXY',
  ],
  ...['GOROOT', 'GOSUMDB', 'GOTELEMETRY*', 'GOTMPDIR', 'GOTOOLCHAIN', 'GOVCS', 'GOWORK'],
  ...['CGO_*', 'CC', 'CXX', 'GIT_*', 'SSH_AUTH_SOCK'],
];

/** What a program gets besides. One of another name, such as a credential plugin, gets what any of these gets. */
const BY_PROGRAM: Readonly<Record<string, Names>> = {
  argocd: CLUSTER,
  kubectl: CLUSTER,
  docker: DOCKER,
  kind: DOCKER,
  go: GO,
  git: ['GIT_*'],
  helm: ['HELM_*'],
  ...Object.fromEntries(['etcd', 'kube-apiserver', 'ps', 'tar', 'sh', 'bash'].map((name) => [name, []])),
};
const ANY: Names = [...CLUSTER, ...DOCKER, ...GO, 'HELM_*'];

/** By which a user names more variables for all programs, separated by spaces or commas. */
const MORE = 'ARGOCD_DR_PASS_ENV';

/** The names of the variables that the user wants all programs to see. */
export const passedOn = (env: NodeJS.ProcessEnv): string[] =>
  (env[MORE] ?? '').split(/[\s,]+/).filter((name) => name !== '');

/**
 * What of an environment a program may see: never tokens of GitHub, inputs, keys, options for Node.js, or whatever else a
 * job holds that no list names. docs/threat-model.md tells of it.
 */
export function childEnvironment(env: NodeJS.ProcessEnv, program: string): NodeJS.ProcessEnv {
  const own = BY_PROGRAM[basename(program)] ?? ANY;
  const names = [...ALWAYS, ...own];
  const more = passedOn(env);
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => names.some((each) => isNamed(each, name)) || more.includes(name)),
  );
}

const isNamed = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
