import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { infraError, invalidInput } from '../errors.js';
import { type Exec, tail } from '../exec.js';
import { Scope } from '../scope.js';
import type { Tools } from '../tools/tools.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';

/** What programs that write manifests are run with. */
export interface Host {
  exec: Exec;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * Builds a kustomization with `kubectl kustomize`.
 * @throws DrError (infrastructure) where something that it names by URL cannot be fetched, else (invalid input) with
 *   kubectl's reason
 */
export async function buildKustomization(dir: string, tools: Tools, host: Host): Promise<string> {
  const kubectl = await tools.get('kubectl', DEFAULT_VERSIONS.kubernetes);
  // Git, which fetches remote bases, must not wait for somebody to type a password.
  const env = { ...host.env, GIT_TERMINAL_PROMPT: '0' };
  const { code, stdout, stderr } = await host.exec(kubectl.path, ['kustomize', dir], {
    env,
    ...(host.signal ? { signal: host.signal } : {}),
  });
  if (code === 0) return stdout;
  const reason = tail(stderr).trim();
  if (REMOTE.test(stderr))
    throw infraError(
      `manifests ${dir}: a remote base of this kustomization cannot be fetched (${reason}): let this machine reach it, or give a copy of it`,
    );
  const remedy = /--enable-helm/.test(stderr)
    ? 'charts within a kustomization are not inflated; render it yourself and give the result, or give chart-version and values'
    : 'correct the kustomization';
  throw invalidInput(`manifests ${dir}: kubectl kustomize cannot build it (${reason}): ${remedy}`);
}

/** What kustomize says where a fetch over HTTP or with Git fails. */
const REMOTE = /\bdial tcp\b|failed to run '[^']*git |Get "https?:|hit \d+s timeout|URL is a git repository/;

/** The Helm chart argo/argo-cd, and what it is rendered with. */
export interface Chart {
  version: string;
  /** A file of Helm values. */
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
 * Renders the chart with `helm template`, whose settings and caches are private and gone afterwards. The repository
 * is the official one, or that of the variable ARGOCD_DR_CHART_REPO.
 * @throws DrError (infrastructure) where the repository cannot be reached, else (invalid input) with helm's reason
 */
export async function renderChart(chart: Chart, tools: Tools, host: Host): Promise<string> {
  const repository = chartRepository(host.env);
  const helm = await tools.get('helm', DEFAULT_VERSIONS.helm);
  const scope = new Scope();
  try {
    const { code, stdout, stderr } = await host.exec(helm.path, helmArguments(chart, repository), {
      env: { ...host.env, ...helmFolders(scope.privateDir('helm')) },
      ...(host.signal ? { signal: host.signal } : {}),
    });
    if (code === 0) return stdout;
    throw helmError(chart, repository, tail(stderr).trim());
  } finally {
    await scope.close();
  }
}

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
    ...Object.fromEntries(names),
    HELM_PLUGINS: join(dir, 'plugins'),
    HELM_REGISTRY_CONFIG: join(dir, 'registry.json'),
    HELM_REPOSITORY_CACHE: join(dir, 'repository'),
    HELM_REPOSITORY_CONFIG: join(dir, 'repositories.yaml'),
  };
}

function helmError({ version, values }: Chart, repository: string, reason: string) {
  const what = `chart ${CHART} ${version} of ${repository}`;
  if (/not a valid chart repository or cannot be reached|failed to fetch|\bdial tcp\b/.test(reason))
    return infraError(
      `${what} cannot be fetched (${reason}): let this machine reach it, set ARGOCD_DR_CHART_REPO to a mirror, or give the rendered chart with manifests`,
    );
  const remedy = values === undefined ? 'check chart-version' : `check chart-version and ${values}`;
  return invalidInput(`${what}: helm template failed (${reason}): ${remedy}`);
}
