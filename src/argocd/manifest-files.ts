import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestFile } from '../github/manifest-lines.js';
import { inlineFiles, patchPaths, readKustomization } from './kustomization-lines.js';

/** The files that manifests are read from. */
export interface ManifestFiles {
  /** Those that have the last word first: patches before what they patch. */
  files: ManifestFile[];
  /** The one to point at for what stands in none of them; undefined for a folder of files. */
  whole: string | undefined;
}

/**
 * The files behind manifests, as loadManifests() takes them: a file, the files of a folder, or what a kustomization is
 * made of as far as it is on this disk. Nothing for a URL, nor for what cannot be read: loading tells why.
 */
export function manifestFiles(path: string): ManifestFiles {
  try {
    return filesAt(path);
  } catch {
    return { files: [], whole: undefined };
  }
}

function filesAt(path: string): ManifestFiles {
  if (!statSync(path).isDirectory()) return { files: fileAt(path), whole: path };
  const names = readdirSync(path).sort();
  const kustomization = names.find((name) => KUSTOMIZATION.test(name));
  if (kustomization !== undefined)
    return { files: kustomizationFiles(path, new Set()), whole: join(path, kustomization) };
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
  return { files: files.flatMap((name) => fileAt(join(path, name))), whole: undefined };
}

const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;

const fileAt = (path: string): ManifestFile[] =>
  statSync(path, { throwIfNoEntry: false })?.isFile()
    ? [{ file: path, text: readFileSync(path, 'utf8') }]
    : [];

/** A kustomization's own patches, then what it is made of. What stands elsewhere is at a URL. */
function kustomizationFiles(dir: string, seen: Set<string>): ManifestFile[] {
  const name = readdirSync(dir).find((each) => KUSTOMIZATION.test(each));
  if (name === undefined || seen.has(dir)) return [];
  seen.add(dir);
  const file = join(dir, name);
  const text = readFileSync(file, 'utf8');
  const kustomization = readKustomization(text);
  const { components, resources, bases } = kustomization;
  return [
    ...inlineFiles({ file, text }, kustomization),
    ...patchPaths(kustomization).flatMap((path) => fileAt(join(dir, path))),
    ...[...components, ...resources, ...bases].flatMap((entry) => entryFiles(join(dir, entry), seen)),
  ];
}

function entryFiles(path: string, seen: Set<string>): ManifestFile[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? kustomizationFiles(path, seen) : fileAt(path);
}
