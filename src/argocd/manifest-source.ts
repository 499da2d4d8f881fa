import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '../errors.js';
import { exec } from '../exec.js';
import { shown } from '../github/shown.js';
import type { KubeObject } from '../kube/objects.js';
import type { Tools } from '../tools/tools.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { KUSTOMIZATIONS } from './kustomization-sources.js';
import { buildKustomization, type Host, renderChart } from './manifest-build.js';
import { downloadText, nameOfUrl } from './manifest-download.js';
import {
  type Bounds,
  boundsOf,
  confine,
  MANIFEST_LIMIT,
  MANIFEST_LIMIT_TEXT,
  ODD_NAME,
  readConfined,
  textOf,
} from './manifest-paths.js';
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
  if (manifests === undefined)
    return [readOwn(await deps.tools.manifests(choice.argocdVersion, { ha: choice.ha }))];
  if (/^https?:/i.test(manifests))
    return [{ from: nameOfUrl(manifests), text: await downloadText(manifests, deps.signal) }];
  return readPath(manifests, deps);
}

/** Argo CD's own, from the tool store: wherever that is. */
const readOwn = (path: string): ManifestText => ({
  from: path,
  file: path,
  text: readFileSync(path, 'utf8'),
});

async function readChart(version: string, choice: ManifestChoice, deps: ManifestDeps) {
  const { ha, namespace, kubernetesVersion = 'auto' } = choice;
  const values = choice.values === undefined ? undefined : readValues(choice.values);
  const kubernetes = kubernetesVersion === 'auto' ? DEFAULT_VERSIONS.kubernetes : kubernetesVersion;
  const chart = { version, ha, namespace, kubernetesVersion: kubernetes };
  return [{ from: `chart argo-cd ${version}`, text: await renderChart(chart, values, deps.tools, deps) }];
}

/** Helm gets a copy: what was checked is what it reads. */
function readValues(path: string) {
  const what = `values ${path}`;
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw invalidInput(`${what} is not a file: give a file of Helm values`);
  return { path, bytes: readConfined(confine(path, boundsOf(path), what), what) };
}

async function readPath(path: string, deps: ManifestDeps): Promise<ManifestText[]> {
  const what = `manifests ${path}`;
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw invalidInput(`${what} do not exist: give a file, a folder or a URL`);
  const bounds = boundsOf(path);
  const confined = confine(path, bounds, what);
  if (!found.isDirectory()) return [readText(path, bounds)];
  const names = readdirSync(path).sort();
  if (names.some((name) => KUSTOMIZATIONS.includes(name)))
    return [
      {
        from: `${path}, built by kustomize`,
        text: await buildKustomization(confined, realBounds(bounds), deps.tools, deps),
      },
    ];
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
  if (files.length === 0)
    throw invalidInput(
      `${what} has no .yaml file: give a folder with manifests or a kustomization right in it; folders within it are not read`,
    );
  return readAll(
    files.map((name) => join(path, name)),
    confined.real,
  );
}

const realBounds = ({ folder, open }: Bounds): Bounds => ({ folder, ...(open ? { open: folder } : {}) });

/** The files of a folder, of which no link leads out. */
function readAll(paths: readonly string[], folder: string): ManifestText[] {
  let size = 0;
  return paths.map((path) => {
    const text = readText(path, { folder });
    size += text.text.length;
    if (size > MANIFEST_LIMIT)
      throw invalidInput(
        `manifests up to ${path} have more than ${MANIFEST_LIMIT_TEXT}: give only what belongs to Argo CD`,
      );
    return text;
  });
}

function readText(path: string, bounds: Bounds): ManifestText {
  const odd = ODD_NAME.test(path) && shown(path, 300);
  if (odd)
    throw invalidInput(
      `manifests ${odd}: the name has characters that are not shown, or that a runner obeys: rename the file`,
    );
  const what = `manifests ${path}`;
  const text = textOf(readConfined(confine(path, bounds, what), what), what);
  return { from: path, file: path, text };
}

/**
 * Whether an object belongs to an installation. `helm template` writes hooks like any object: those that an
 * installation waits for stay (the chart's Job that makes redis' password), tests and those of an upgrade, a
 * roll-back and a removal go.
 */
function isInstalled({ metadata }: KubeObject): boolean {
  const hook = metadata.annotations?.['helm.sh/hook'];
  return typeof hook !== 'string' || hook.split(',').some((event) => INSTALL_HOOKS.includes(event.trim()));
}

const INSTALL_HOOKS = ['pre-install', 'post-install', 'crd-install'];
