import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestFile } from '../github/manifest-lines.js';
import { inlineFiles, patchPaths, readKustomization } from './kustomization-lines.js';
import { type Bounds, boundsOf, confine, ODD_NAME, readConfined } from './manifest-paths.js';

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
  const reader = new Reader(boundsOf(path));
  if (!statSync(path).isDirectory()) return { files: reader.file(path), whole: path };
  const names = readdirSync(path).sort();
  const kustomization = names.find((name) => KUSTOMIZATION.test(name));
  if (kustomization !== undefined)
    return { files: reader.kustomization(path), whole: join(path, kustomization) };
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
  return { files: files.flatMap((name) => reader.file(join(path, name))), whole: undefined };
}

const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;

/** Each problem is looked for in each file: in what is larger it is told without a line. */
const LIMIT = 4 * 1024 * 1024;
/** Each patch is looked for in the lines of its kustomization. */
const KUSTOMIZATION_LIMIT = 64 * 1024;

/** Reads each file and folder once, whatever leads to it, and nothing of what loading refuses. */
class Reader {
  readonly #seen = new Set<string>();
  #left = LIMIT;

  constructor(private readonly bounds: Bounds) {}

  file(path: string, limit = LIMIT): ManifestFile[] {
    try {
      const confined = confine(path, this.bounds, path);
      if (ODD_NAME.test(path) || !this.#isNew(confined.real)) return [];
      const text = readConfined(confined, path, Math.min(limit, this.#left)).toString('utf8');
      this.#left -= text.length;
      return [{ file: path, text }];
    } catch {
      return [];
    }
  }

  /** A kustomization's own patches, then what it is made of. What stands elsewhere is at a URL. */
  kustomization(dir: string): ManifestFile[] {
    const name = readdirSync(dir).find((each) => KUSTOMIZATION.test(each));
    if (name === undefined || !this.#isNew(realpathSync(dir))) return [];
    return this.file(join(dir, name), KUSTOMIZATION_LIMIT).flatMap((file) => {
      const kustomization = readKustomization(file.text);
      const { components, resources, bases } = kustomization;
      return [
        ...inlineFiles(file, kustomization),
        ...patchPaths(kustomization).flatMap((path) => this.file(join(dir, path))),
        ...[...components, ...resources, ...bases].flatMap((entry) => this.#entry(join(dir, entry))),
      ];
    });
  }

  #entry(path: string): ManifestFile[] {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    return isFolder ? this.kustomization(path) : this.file(path);
  }

  #isNew(real: string): boolean {
    return !this.#seen.has(real) && Boolean(this.#seen.add(real));
  }
}
