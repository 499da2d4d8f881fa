import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { infraError, invalidInput, messageOf } from '../errors.js';
import type { Tools } from '../tools/tools.js';
import { type Manifests, parseManifests } from './manifests.js';

export interface ManifestChoice {
  /** A file, a folder or a URL; absent: the version's own. */
  manifests?: string | undefined;
  ha: boolean;
  argocdVersion: string;
  namespace: string;
}

/**
 * Reads the install manifests that a user chose, or Argo CD's own for the version.
 * @throws DrError (invalid input) where they cannot be read or are not manifests
 */
export async function loadManifests(choice: ManifestChoice, tools: Tools): Promise<Manifests> {
  const from = choice.manifests ?? (await tools.manifests(choice.argocdVersion, { ha: choice.ha }));
  const text = /^https?:/.test(from) ? await download(from) : readManifests(from);
  try {
    return parseManifests(text, choice.namespace);
  } catch (error) {
    const reason = messageOf(error).split('\n', 1)[0];
    throw invalidInput(`manifests ${from} are not YAML of Kubernetes objects (${reason}): check the file`);
  }
}

async function download(url: string): Promise<string> {
  if (!url.startsWith('https:')) throw invalidInput(`manifests ${url}: only https URLs are fetched`);
  try {
    const response = await fetch(url);
    if (response.ok) return await response.text();
    throw new Error(`the server answered ${response.status}`);
  } catch (error) {
    throw infraError(`manifests ${url} cannot be fetched: check the URL, or give a file`, error);
  }
}

function readManifests(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw invalidInput(`manifests ${path} do not exist: give a file, a folder or a URL`);
  if (!found.isDirectory()) return readFileSync(path, 'utf8');
  const names = readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  const kustomization = names.find((name) => /^kustomization\.ya?ml$/.test(name));
  if (kustomization)
    throw invalidInput(
      `manifests ${path} is a kustomization: build it first (kubectl kustomize ${path} > install.yaml)`,
    );
  if (names.length === 0)
    throw invalidInput(`manifests ${path} has no .yaml file: give a folder of manifests`);
  return names.map((name) => readFileSync(join(path, name), 'utf8')).join('\n---\n');
}
