import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type ManifestFiles, manifestFiles } from '../argocd/manifest-files.js';
import type { HaFindings, Remark } from '../argocd/workloads/ha.js';
import type { Deps } from '../deps.js';
import { type About, DrError, messageOf } from '../errors.js';
import { type Annotation, annotationsOf, type ManifestProblem } from '../github/annotations.js';
import { type ManifestFile, type Place, placeOf } from '../github/manifest-lines.js';
import type { Runner } from '../runner.js';

/** What the user gave to install; without it there is nothing to point at. */
export interface Annotated {
  manifests?: string | undefined;
  /** Of the Helm chart. What it makes of them has no line there. */
  values?: string | undefined;
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
  where: Annotated,
  { runner, env }: Pick<Deps, 'runner' | 'env'>,
): void {
  const files = problems.length > 0 ? filesOf(where) : undefined;
  if (!files) return;
  const root = env.GITHUB_WORKSPACE ? realFolder(env.GITHUB_WORKSPACE) : undefined;
  const placed = problems.map((problem, index) => {
    const searched = index < LOOKED_UP ? files : { files: [], whole: files.whole };
    return { ...problem, place: placeIn(searched, problem, root) };
  });
  const fresh = annotationsOf(placed, [], root).filter((annotation) => isNew(annotation, runner));
  if (fresh.length > 0) runner.annotate(fresh);
}

/** For each, all files are read from end to end, and nobody reads so many: thousands would take an hour. */
const LOOKED_UP = 50;

function filesOf({ manifests, values }: Annotated): ManifestFiles | undefined {
  if (manifests !== undefined) return manifestFiles(manifests);
  return values === undefined ? undefined : { files: [], whole: values };
}

/** The place of a problem, else the file as a whole; in a repository by its real path. */
function placeIn(
  { files, whole }: ManifestFiles,
  { object, place }: ManifestProblem,
  root: string | undefined,
): ManifestProblem['place'] {
  const fallback = whole === undefined ? undefined : { file: whole };
  const found = place ?? (object && placeOfObject(files, object)) ?? fallback;
  return found && root !== undefined ? { ...found, file: realFile(found.file) } : found;
}

/** Of a field, where the file that has the last word says it; of an object, where it is itself and not a patch. */
function placeOfObject(files: readonly ManifestFile[], object: About): Place | undefined {
  const saying = object.field && files.find((file) => says(file, object, object.field!));
  return saying ? placeOf([saying], object) : placeOf(files.toReversed(), object);
}

/** The line of a field that is not there is that of what is above it. */
function says(file: ManifestFile, object: About, field: readonly string[]): boolean {
  const own = placeOf([file], object);
  return own !== undefined && own.line !== placeOf([file], { ...object, field: field.slice(0, -1) })?.line;
}

/** A relative path is this process' own, which need not be the repository's. */
function realFile(path: string): string {
  const full = resolve(path);
  return join(realFolder(dirname(full)), basename(full));
}

/** Without links: a runner's folder may be one, and is none to the process within it. */
const realFolder = (path: string) =>
  statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : resolve(path);

const told = new WeakMap<Runner, Set<string>>();

/** What manifests show is found once more in the cluster: it is said once. */
function isNew({ file, line, message }: Annotation, runner: Runner): boolean {
  const before = told.get(runner) ?? new Set();
  told.set(runner, before);
  const key = JSON.stringify([file, line, message]);
  return !before.has(key) && Boolean(before.add(key));
}
