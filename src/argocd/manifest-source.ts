import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { infraError, invalidInput } from '../errors.js';
import { exec } from '../exec.js';
import type { KubeObject } from '../kube/objects.js';
import { proxiedFetch } from '../proxied-fetch.js';
import type { Tools } from '../tools/tools.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { buildKustomization, type Host, renderChart } from './manifest-build.js';
import type { ManifestText } from './manifest-yaml.js';
import { type Manifests, parseManifests } from './manifests.js';

export interface ManifestChoice {
  /** A file, a folder, a kustomization or a URL; absent: the chart, or the version's own. */
  manifests?: string | undefined;
  /** The version of the Helm chart argo/argo-cd to render instead. */
  chartVersion?: string | undefined;
  /** A file of Helm values for the chart. */
  values?: string | undefined;
  /** What the chart is rendered for; absent or `auto`: the default version. */
  kubernetesVersion?: string | undefined;
  ha: boolean;
  argocdVersion: string;
  namespace: string;
}

/** What loading manifests may need: programs, and how they are run. */
export interface ManifestDeps extends Host {
  tools: Tools;
}

/**
 * Reads the install manifests that a user chose, or Argo CD's own for the version.
 * @param deps tools alone run in this process' environment and cannot be cancelled
 * @throws DrError (invalid input) where they cannot be read or are not manifests; (infrastructure) where something
 *   that must be fetched cannot be
 */
export async function loadManifests(choice: ManifestChoice, deps: ManifestDeps | Tools): Promise<Manifests> {
  const texts = await readTexts(choice, 'tools' in deps ? deps : { tools: deps, exec, env: process.env });
  const manifests = parseManifests(texts, choice.namespace);
  const { crds, objects } = { ...manifests, objects: manifests.objects.filter(isInstalled) };
  if (crds.length + objects.length > 0) return { crds, objects };
  throw invalidInput(
    `manifests ${texts.map(({ from }) => from).join(', ')} hold no objects: give those of Argo CD`,
  );
}

async function readTexts(choice: ManifestChoice, deps: ManifestDeps): Promise<ManifestText[]> {
  const { manifests, chartVersion } = choice;
  if (manifests === undefined && chartVersion !== undefined) return readChart(chartVersion, choice, deps);
  const from = manifests ?? (await deps.tools.manifests(choice.argocdVersion, { ha: choice.ha }));
  if (/^https?:/.test(from)) return [{ from, text: await download(from, deps.signal) }];
  return readPath(from, deps);
}

async function readChart(version: string, choice: ManifestChoice, deps: ManifestDeps) {
  const { values, ha, namespace, kubernetesVersion = 'auto' } = choice;
  if (values !== undefined && !statSync(values, { throwIfNoEntry: false })?.isFile())
    throw invalidInput(`values ${values} is not a file: give a file of Helm values`);
  const kubernetes = kubernetesVersion === 'auto' ? DEFAULT_VERSIONS.kubernetes : kubernetesVersion;
  const chart = { version, values, ha, namespace, kubernetesVersion: kubernetes };
  return [{ from: `chart argo-cd ${version}`, text: await renderChart(chart, deps.tools, deps) }];
}

async function download(url: string, signal: AbortSignal | undefined): Promise<string> {
  if (!url.startsWith('https:')) throw invalidInput(`manifests ${url}: only https URLs are fetched`);
  try {
    const response = await proxiedFetch(url, { signal: signal ?? null });
    if (response.ok) return await response.text();
    throw new Error(`the server answered ${response.status}`);
  } catch (error) {
    throw infraError(`manifests ${url} cannot be fetched: check the URL, or give a file`, error);
  }
}

async function readPath(path: string, deps: ManifestDeps): Promise<ManifestText[]> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw invalidInput(`manifests ${path} do not exist: give a file, a folder or a URL`);
  if (!found.isDirectory()) return [readText(path)];
  const names = readdirSync(path).sort();
  if (names.some((name) => KUSTOMIZATIONS.includes(name)))
    return [{ from: `${path}, built by kustomize`, text: await buildKustomization(path, deps.tools, deps) }];
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
  if (files.length === 0)
    throw invalidInput(
      `manifests ${path} has no .yaml file: give a folder with manifests or a kustomization right in it; folders within it are not read`,
    );
  return files.map((name) => readText(join(path, name)));
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

const readText = (path: string): ManifestText => ({
  from: path,
  file: path,
  text: readFileSync(path, 'utf8'),
});

/**
 * Whether an object belongs to an installation. `helm template` writes hooks like any object: those that an
 * installation waits for stay (the chart's Job that makes redis' password), tests and those of an upgrade, a
 * roll-back and a removal go.
 */
function isInstalled({ metadata }: KubeObject): boolean {
  const hook = metadata.annotations?.['helm.sh/hook'];
  return hook === undefined || hook.split(',').some((event) => INSTALL_HOOKS.includes(event.trim()));
}

const INSTALL_HOOKS = ['pre-install', 'post-install', 'crd-install'];
