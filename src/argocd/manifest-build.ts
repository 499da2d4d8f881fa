import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Collected } from '../collected.js';
import { infraError, invalidInput } from '../errors.js';
import { type Exec, tail } from '../exec.js';
import { shown } from '../github/shown.js';
import { some } from '../log.js';
import { Scope } from '../scope.js';
import type { Tools } from '../tools/tools.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { openGate } from './https-gate.js';
import { kustomizationSources, type Remote } from './kustomization-sources.js';
import { type Bounds, type Confined, MANIFEST_LIMIT } from './manifest-paths.js';

/** What programs that write manifests are run with. */
export interface Host {
  exec: Exec;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * Builds a kustomization with `kubectl kustomize`, in a private folder. What it names by URL is fetched over https only,
 * from the hosts that the files of its own repository name, and without anything that the user has for Git.
 * @param root a real path
 * @param bounds see kustomizationSources
 * @throws DrError (infrastructure) where something that it names cannot be fetched, else (invalid input)
 */
export async function buildKustomization(
  { path, real }: Confined,
  bounds: Bounds,
  tools: Tools,
  host: Host,
): Promise<string> {
  const remotes = kustomizationSources(real, bounds);
  const kubectl = await tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
  return inScope(async (scope) => {
    const gate = await openGate(
      remotes.map(({ host }) => host),
      scope,
    );
    const dir = scope.privateDir('kustomize');
    const stdout = new Collected(MANIFEST_LIMIT, `what kustomize makes of manifests ${path}`);
    const args = ['kustomize', '--load-restrictor=LoadRestrictionsRootOnly', real];
    const { code, stderr } = await host.exec(kubectl.path, args, {
      ...{ cwd: dir, stdout, env: onlyBasics(host.env), set: kustomizeVariables(dir, gate.url, host.env) },
      ...(host.signal ? { signal: host.signal } : {}),
    });
    if (code === 0) return stdout.text();
    throw kustomizeError(path, stderr, remotes, [...gate.refused]);
  });
}

async function inScope<T>(run: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await run(scope);
  } finally {
    await scope.close();
  }
}

/** Where programs and certificates are. */
const BASICS = ['PATH', 'LANG', 'LD_LIBRARY_PATH', 'NIX_SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSL_CERT_FILE'];

const onlyBasics = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => BASICS.includes(name)));

/**
 * Git, which fetches remote bases, speaks https alone (https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL),
 * and uses no configuration, credentials or keys of the user: a stranger's kustomization may name private repositories.
 */
function kustomizeVariables(dir: string, proxy: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const proxies = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return {
    ...{ HOME: dir, XDG_CONFIG_HOME: dir, XDG_CACHE_HOME: dir, TMPDIR: dir },
    ...Object.fromEntries(proxies.map((name) => [name, proxy])),
    ...{ GIT_ALLOW_PROTOCOL: 'https', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    ...{ GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'false', GIT_LFS_SKIP_SMUDGE: '1' },
    ...Object.fromEntries(Object.entries(env).filter(([name]) => /^GIT_SSL_CA(INFO|PATH)$/.test(name))),
  };
}

/** What kubectl says may quote what was fetched: then it is not shown. */
function kustomizeError(
  path: string,
  stderr: string,
  remotes: readonly Remote[],
  refused: readonly string[],
) {
  const names = some(remotes.map(({ name }) => name));
  if (refused.length > 0)
    return invalidInput(
      `manifests ${path}: what this kustomization names (${names}) leads to ${shown(some(refused), 200)}, and only hosts that its own files name are asked, over https: name it there, or give a copy`,
    );
  if (remotes.length > 0 && REMOTE.test(stderr))
    return infraError(
      `manifests ${path}: a remote base of this kustomization cannot be fetched (${names}; ${WHY.find(([, words]) => words.test(stderr))?.[0] ?? 'the reason is not known'}): let this machine reach it, or give a copy of it; credentials of this machine are not used for it`,
    );
  if (remotes.length > 0)
    return invalidInput(
      `manifests ${path}: kubectl kustomize cannot build it with what it names by URL (${names}), and what it says may quote what was fetched: try it by yourself with "kubectl kustomize", and correct the kustomization`,
    );
  const remedy = /--enable-helm/.test(stderr)
    ? 'charts within a kustomization are not inflated; render it yourself and give the result, or give chart-version and values'
    : 'correct the kustomization';
  return invalidInput(`manifests ${path}: kubectl kustomize cannot build it (${oneLine(stderr)}): ${remedy}`);
}

/** What kustomize says where a fetch over HTTP or with Git fails. */
const REMOTE =
  /\bdial tcp\b|failed to run '[^']*git |Get "https?:|hit \d+s timeout|URL is a git repository|status code \d+/;

/** Reasons in words of ours. */
const WHY: [string, RegExp][] = [
  ['its certificate is not trusted', /x509|certificate/i],
  ['it asks for credentials', /could not read Username|Authentication failed|status code 40[13]/],
  ['it is not there', /status code 404|not found|couldn't find remote ref/i],
  ['it took too long', /timeout|timed out/i],
  ['it cannot be reached', /Bad Gateway|response 502|connection refused|no such host/],
];

/** The last words of a program in one line, cut. */
function oneLine(stderr: string): string {
  const words = tail(stderr)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return words.length > 1000 ? `${words.slice(0, 1000)}…` : words;
}

/** The Helm chart argo/argo-cd, and what it is rendered with. */
export interface Chart {
  version: string;
  /** A file of Helm values, by an absolute path. */
  values?: string | undefined;
  /** Without values: those that the chart documents for high availability. */
  ha: boolean;
  namespace: string;
  kubernetesVersion: string;
}

const CHART_REPOSITORY = 'https://argoproj.github.io/argo-helm';
const CHART = 'argo-cd';
const RELEASE = 'argocd';

/** "HA mode without autoscaling" in the chart's README. */
const HA_SETTINGS = [
  'redis-ha.enabled=true',
  'controller.replicas=1',
  'server.replicas=2',
  'repoServer.replicas=2',
  'applicationSet.replicas=2',
];

/** The arguments of `helm template` for a chart; a pure function. */
export function helmArguments(chart: Chart, repository: string): string[] {
  const settings = chart.ha ? HA_SETTINGS.flatMap((setting) => ['--set', setting]) : [];
  return [
    'template',
    RELEASE,
    CHART,
    ...['--repo', repository],
    ...['--version', chart.version],
    ...['--namespace', chart.namespace],
    ...['--kube-version', chart.kubernetesVersion],
    '--include-crds',
    ...(chart.values === undefined ? settings : ['--values', chart.values]),
  ];
}

/**
 * Renders the chart with `helm template`, whose settings and caches are private and gone afterwards, as is the folder
 * it runs in: of a folder `argo-cd` beside it, helm would make the chart. The repository is the official one, or that of
 * the variable ARGOCD_DR_CHART_REPO.
 * @param values the text of a file of Helm values, and how messages name it
 * @throws DrError (infrastructure) where the repository cannot be reached, else (invalid input) with helm's reason
 */
export async function renderChart(
  chart: Omit<Chart, 'values'>,
  values: { path: string; bytes: Buffer } | undefined,
  tools: Tools,
  host: Host,
): Promise<string> {
  const repository = chartRepository(host.env);
  const helm = await tools.get('helm', DEFAULT_VERSIONS.helm);
  return inScope(async (scope) => {
    const dir = scope.privateDir('helm');
    const work = join(dir, 'work');
    mkdirSync(work);
    const copy = values && join(dir, 'values.yaml');
    if (copy) writeFileSync(copy, values.bytes, { mode: 0o600 });
    const stdout = new Collected(MANIFEST_LIMIT, `what helm makes of chart ${CHART} ${chart.version}`);
    const { code, stderr } = await host.exec(
      helm.path,
      helmArguments({ ...chart, values: copy }, repository),
      {
        ...{ cwd: work, stdout, env: withoutHelm(host.env), set: helmFolders(dir) },
        ...(host.signal ? { signal: host.signal } : {}),
      },
    );
    if (code === 0) return stdout.text();
    const reason = oneLine(copy ? stderr.replaceAll(copy, values.path) : stderr);
    throw helmError(chart, values?.path, repository, reason);
  });
}

/** Such as HELM_NAMESPACE and HELM_KUBECAFILE, and what a kubeconfig needs. */
const withoutHelm = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(HELM|KUBE)/.test(name)));

function chartRepository(env: NodeJS.ProcessEnv): string {
  const repository = env.ARGOCD_DR_CHART_REPO || CHART_REPOSITORY;
  const url = URL.parse(repository);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return repository;
  throw invalidInput(
    'ARGOCD_DR_CHART_REPO is not the http or https URL of a chart repository, without credentials in it: correct it',
  );
}

/** Nothing that the user has set up for helm, plugins least of all, has a say in what is rendered. */
function helmFolders(dir: string): NodeJS.ProcessEnv {
  const names = ['CACHE', 'CONFIG', 'DATA'].map((name) => [`HELM_${name}_HOME`, join(dir, name)] as const);
  for (const [, path] of names) mkdirSync(path);
  return {
    HOME: dir,
    ...Object.fromEntries(names),
    HELM_PLUGINS: join(dir, 'plugins'),
    HELM_REGISTRY_CONFIG: join(dir, 'registry.json'),
    HELM_REPOSITORY_CACHE: join(dir, 'repository'),
    HELM_REPOSITORY_CONFIG: join(dir, 'repositories.yaml'),
  };
}

function helmError(
  { version }: { version: string },
  values: string | undefined,
  repository: string,
  reason: string,
) {
  const what = `chart ${CHART} ${version} of ${repository}`;
  if (/not a valid chart repository or cannot be reached|failed to fetch|\bdial tcp\b/.test(reason))
    return infraError(
      `${what} cannot be fetched (${reason}): let this machine reach it, set ARGOCD_DR_CHART_REPO to a mirror, or give the rendered chart with manifests`,
    );
  const remedy = values === undefined ? 'check chart-version' : `check chart-version and ${values}`;
  return invalidInput(`${what}: helm template failed (${reason}): ${remedy}`);
}
