import { isAbsolute, relative, sep } from 'node:path';
import type { About } from '../errors.js';
import { type ManifestFile, placeOf } from './manifest-lines.js';

/** Something wrong in a manifest, found by a check. */
export interface ManifestProblem {
  level: 'error' | 'warning';
  /** A few words, such as the check's name. */
  title: string;
  /** What is wrong, with which object, and the way out. */
  message: string;
  /** The object it is about, for its place to be looked up. */
  object?: About | undefined;
  /** The place where it is known already, as a path and a line. */
  place?: { file: string; line?: number | undefined } | undefined;
}

/** What GitHub shows beside a line of a file in a pull request, and in the list of a run. */
export interface Annotation {
  level: 'error' | 'warning';
  title: string;
  message: string;
  /** Relative to the repository; without it, the annotation is the run's. */
  file?: string;
  line?: number;
}

/** The functions of @actions/core that make annotations. */
export interface Annotator {
  error(message: string, properties: Properties): void;
  warning(message: string, properties: Properties): void;
}

interface Properties {
  title?: string;
  file?: string;
  startLine?: number;
}

/**
 * GitHub shows ten errors and ten warnings of a step (https://github.com/orgs/community/discussions/26680). One of
 * the errors is the action's own, with which it fails.
 */
const SHOWN = { error: 9, warning: 10 } as const;

/** GitHub cuts longer titles. */
const TITLE_LIMIT = 255;

/**
 * Makes annotations of problems: each at its file and line, where these can be told.
 * @param files the manifests as they stand in the repository, to look objects up
 * @param root the repository's folder (GITHUB_WORKSPACE), which absolute paths are made relative to, and outside of
 *   which nothing is pointed at; undefined: paths stay as they are
 */
export function annotationsOf(
  problems: readonly ManifestProblem[],
  files: readonly ManifestFile[],
  root: string | undefined,
): Annotation[] {
  return problems.map(({ level, title, message, object, place }) => {
    const known = place ?? (object && placeOf(files, object));
    const file = known && (root === undefined ? known.file : inRepository(known.file, root));
    const line = known?.line !== undefined && known.line >= 1 ? { line: known.line } : {};
    const text = { level, title: title.slice(0, TITLE_LIMIT), message };
    return file === undefined ? text : { ...text, file, ...line };
  });
}

/** With slashes and relative to the repository; undefined outside of it. */
function inRepository(file: string, root: string): string | undefined {
  const path = isAbsolute(file) ? relative(root, file) : file.replace(/^(\.[/\\])+/, '');
  const parts = path.split(sep).join('/').split('/');
  return path === '' || isAbsolute(path) || parts.includes('..') ? undefined : parts.join('/');
}

/**
 * What to emit of many: each once, and no more of a level than GitHub shows. Those with a line go first, as nothing
 * else shows them there; the last one says how many there are besides.
 */
export function shownAnnotations(annotations: readonly Annotation[]): Annotation[] {
  const once = [
    ...new Map(annotations.map((annotation) => [JSON.stringify(annotation), annotation])).values(),
  ];
  return (['error', 'warning'] as const).flatMap((level) => capped(once, level));
}

function capped(annotations: readonly Annotation[], level: Annotation['level']): Annotation[] {
  const all = annotations.filter((annotation) => annotation.level === level);
  const ordered = [...all.filter(hasLine), ...all.filter((annotation) => !hasLine(annotation))];
  if (ordered.length <= SHOWN[level]) return ordered;
  const shown = ordered.slice(0, SHOWN[level] - 1);
  const rest = ordered.length - shown.length;
  const noun = level === 'error' ? 'errors' : 'warnings';
  return [
    ...shown,
    {
      level,
      title: `${rest} more ${noun}`,
      message: `${rest} more ${noun}: the job summary has all of them.`,
    },
  ];
}

const hasLine = ({ line }: Annotation) => line !== undefined;

/** Emits annotations; see shownAnnotations() for how many of them GitHub shows. */
export function emitAnnotations(annotations: readonly Annotation[], core: Annotator): void {
  for (const { level, title, message, file, line } of annotations)
    core[level](message, {
      title,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: line }),
    });
}
