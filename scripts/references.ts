/**
 * Where the reusable workflows, their callers and the pages name this repository: found, judged, stamped.
 *
 * Owner and name stand in one place, the repository field of package.json. GitHub takes `uses:` as it is written, so
 * they are written out everywhere else, each with the commit of a release and its version.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A commit that names itself cannot be made, so there are two: see release.ts. */
export const KINDS = {
  /** The reusable workflows, which use the action. */
  workflows: ['.github/workflows/*.yml'],
  /** What calls these workflows or uses the action: templates and pages. */
  callers: ['workflows-templates/*.yml', 'README.md', 'docs/**/*.md'],
} as const;

export type Kind = keyof typeof KINDS;

/** A `uses:` of this repository. */
export interface Reference {
  kind: Kind;
  /** File and line, as an editor opens it. */
  at: string;
  /** `owner/name`. */
  name: string;
  /** The workflow behind the name, such as `/.github/workflows/drill.yml`; empty for the action. */
  below: string;
  /** What stands behind the `@`. */
  ref: string;
  /** Of the comment ` # vX.Y.Z`; undefined where it says something else. */
  version: string | undefined;
}

/** What goes into references; without a release only owner and name do. */
export interface Stamp {
  name: string;
  release?: { sha: string; version: string };
}

export const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

export const packageJson = (root: string) =>
  JSON.parse(read(root, 'package.json')) as { version: string; repository: { url: string } };

/**
 * `owner/name` of the repository field.
 * @throws where it is no address of a repository on GitHub
 */
export function ownName(root: string): string {
  const { url } = packageJson(root).repository;
  const name = /^(?:git\+)?https:\/\/github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url)?.[1];
  if (!name)
    throw new Error(
      `package.json: repository.url is "${url}", and has to be like https://github.com/owner/name`,
    );
  return name;
}

const filesOf = (root: string, kind: Kind) => globSync([...KINDS[kind]], { cwd: root }).sort();

const NAME = String.raw`[A-Za-z\d][\w.-]*\/[\w.-]+`;
const USES = new RegExp(
  String.raw`^(?<before> *(?:- )?uses: )(?<name>${NAME})(?<below>(?:\/[\w.-]+)*)@(?<ref>\S+)(?<rest>.*)$`,
  'gm',
);

interface Uses {
  before: string;
  name: string;
  below: string;
  ref: string;
  rest: string;
}

/** Calls and mentions of a reusable workflow of this repository, whoever owns it by its name. */
function workflowMentions(root: string): RegExp {
  const reusable = filesOf(root, 'workflows').filter((path) => /^ {2}workflow_call:/m.test(read(root, path)));
  const paths = reusable.map((path) => path.replaceAll('.', '\\.')).join('|');
  return new RegExp(String.raw`(?<![\w./-])(${NAME})\/(?:${paths || '(?!)'})(?![\w-])`, 'g');
}

/**
 * The names by which the files of this repository know it: package.json's, and in a fork the former one, which is that
 * of calls of its workflows, or has another owner.
 */
function namesInUse(root: string): string[] {
  const own = ownName(root);
  const [, repository] = own.split('/');
  const mentions = workflowMentions(root);
  const texts = [...filesOf(root, 'workflows'), ...filesOf(root, 'callers')].map((path) => read(root, path));
  const mentioned = texts.flatMap((text) => [...text.matchAll(mentions)].map((match) => match[1]!));
  const used = texts.flatMap((text) => [...text.matchAll(USES)].map((match) => match.groups!.name!));
  return [...new Set([own, ...mentioned, ...used.filter((name) => name.split('/')[1] === repository)])];
}

/** Every `uses:` of this repository, under any of its names. */
export function findReferences(root: string): Reference[] {
  const names = namesInUse(root);
  const inFile = (kind: Kind, path: string): Reference[] => {
    const text = read(root, path);
    return [...text.matchAll(USES)].flatMap(({ index, groups }) => {
      const { name, below, ref, rest } = groups as unknown as Uses;
      if (!names.includes(name)) return [];
      const version = /^ # v(\d+\.\d+\.\d+)$/.exec(rest)?.[1];
      return [{ kind, at: place(path, text, index), name, below, ref, version }];
    });
  };
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
    filesOf(root, kind).flatMap((path) => inFile(kind, path)),
  );
}

/** The commit and version that all references of a kind have; undefined where they do not agree, or there are none. */
export function releaseOf(references: readonly Reference[], kind: Kind) {
  const [first, ...others] = ofKind(references, kind);
  const agree = others.every(({ ref, version }) => ref === first?.ref && version === first.version);
  return first && agree ? { sha: first.ref, version: first.version } : undefined;
}

const ofKind = (references: readonly Reference[], kind: Kind) =>
  references.filter((reference) => reference.kind === kind);

/**
 * What is wrong with the references, one sentence each: not one owner and name, not one commit for each kind, not one
 * version.
 * @param tagged whether this is the commit that a tag names: its callers still are those of the release before
 */
export function referenceProblems(root: string, { tagged = false } = {}): string[] {
  const references = findReferences(root);
  const [workflows, callers] = [releaseOf(references, 'workflows'), releaseOf(references, 'callers')];
  const differ = !tagged && workflows && callers && workflows.version !== callers.version;
  return [
    ...nameProblems(root, references),
    ...references.flatMap((reference) => pinProblems(root, reference)),
    ...(Object.keys(KINDS) as Kind[]).flatMap((kind) => kindProblem(references, kind)),
    ...(differ
      ? [`the workflows are of v${workflows.version}, and their callers of v${callers.version}`]
      : []),
  ];
}

function nameProblems(root: string, references: readonly Reference[]): string[] {
  const own = ownName(root);
  const named = [...references, ...filesOf(root, 'callers').flatMap((path) => mentionsIn(root, path))];
  const wrong = named
    .filter(({ name }) => name !== own)
    .map(({ at, name }) => `${at}: names ${name}, and package.json ${own}: npm run release -- --rename`);
  return [...new Set(wrong)];
}

function mentionsIn(root: string, path: string) {
  const text = read(root, path);
  return [...text.matchAll(workflowMentions(root))].map(({ index, 1: name }) => ({
    at: place(path, text, index),
    name,
  }));
}

const place = (path: string, text: string, index: number) =>
  `${path}:${text.slice(0, index).split('\n').length}`;

function pinProblems(root: string, { at, below, ref, version }: Reference): string[] {
  const isPinned = /^[0-9a-f]{40}$/.test(ref) && version !== undefined;
  return [
    ...(isPinned ? [] : [`${at}: "${ref}" has to be the full SHA of a commit, with " # vX.Y.Z" behind it`]),
    ...(existsSync(join(root, below)) ? [] : [`${at}: there is no ${below.slice(1)} here`]),
  ];
}

function kindProblem(references: readonly Reference[], kind: Kind): string[] {
  const some = ofKind(references, kind);
  if (some.length === 0) return [`${KINDS[kind].join(', ')}: nothing uses this repository`];
  if (releaseOf(references, kind)) return [];
  const bySize = [...Map.groupBy(some, ({ ref, version }) => `${ref} # v${version ?? '?'}`)].sort(
    ([, one], [, other]) => other.length - one.length,
  );
  const told = bySize.map(([release, those], index) =>
    index === 0 ? `most of ${release}` : `${release} in ${those.map(({ at }) => at).join(', ')}`,
  );
  return [`${kind} are of more than one release: ${told.join('; ')}`];
}

/**
 * Writes a release, or only owner and name, into every reference of a kind; a mention that is no `uses:` gets the name.
 * Predicate types of attestations keep theirs: each is the name of a format, which those who verify an old attestation,
 * or one of the project that a fork comes from, ask for by that name.
 * @returns the paths of the files that this changed
 */
export function stamp(root: string, kind: Kind, { name, release }: Stamp): string[] {
  const names = namesInUse(root);
  const former = names.filter((other) => other !== name);
  return filesOf(root, kind).filter((path) => {
    const before = read(root, path);
    const after = former.reduce(
      (text, old) => text.replaceAll(anywhere(old), name),
      before.replaceAll(USES, (whole, ...rest) => {
        const uses = rest.at(-1) as Uses;
        return names.includes(uses.name) ? stamped(uses, name, release) : whole;
      }),
    );
    if (after !== before) writeFileSync(join(root, path), after);
    return after !== before;
  });
}

const anywhere = (name: string) =>
  new RegExp(String.raw`(?<![\w.-])${name.replaceAll('.', '\\.')}(?![\w-]|\/attestations\/)`, 'g');

function stamped({ before, below, ref, rest }: Uses, name: string, release: Stamp['release']): string {
  const pin = release ? `${release.sha} # v${release.version}` : `${ref}${rest}`;
  return `${before}${name}${below}@${pin}`;
}
