import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HaFindings, Remark } from '../argocd/workloads/ha.js';
import type { Deps } from '../deps.js';
import { DrError, messageOf } from '../errors.js';
import { annotationsOf, type ManifestProblem } from '../github/annotations.js';
import type { ManifestFile } from '../github/manifest-lines.js';

/** Whose manifests are looked through; without `manifests` there is nothing to point at. */
export interface Annotated {
  manifests?: string | undefined;
}

/** Points at what an analysis found in the manifests that the user gave, at file and line. */
export function annotateFindings(
  { problems, warnings }: HaFindings,
  title: string,
  where: Annotated,
  deps: Pick<Deps, 'runner' | 'env'>,
): void {
  const asProblem = (level: ManifestProblem['level']) => (remark: Remark) => ({
    ...{ level, title, message: remark.text, object: remark.about },
  });
  annotate([...problems.map(asProblem('error')), ...warnings.map(asProblem('warning'))], where, deps);
}

/** Points at what an error is about, if it says so, and throws on. */
export async function annotatingErrors<T>(
  title: string,
  where: Annotated,
  deps: Pick<Deps, 'runner' | 'env'>,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { about, place } = error instanceof DrError ? error : {};
    const level = 'error' as const;
    if (about || place)
      annotate([{ level, title, message: messageOf(error), object: about, place }], where, deps);
    throw error;
  }
}

function annotate(
  problems: readonly ManifestProblem[],
  { manifests }: Annotated,
  { runner, env }: Pick<Deps, 'runner' | 'env'>,
): void {
  if (manifests === undefined || problems.length === 0) return;
  runner.annotate(annotationsOf(problems, filesBelow(manifests), env.GITHUB_WORKSPACE ?? process.cwd()));
}

/** The YAML of a path: patches of a kustomization name the objects they are about as well. */
function filesBelow(path: string): ManifestFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [{ file: path, text: readFileSync(path, 'utf8') }];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}
