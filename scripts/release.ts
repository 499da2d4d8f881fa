/**
 * `npm run release -- 1.2.3` makes a release in the local repository, as three commits and a tag, and pushes nothing:
 *
 * 1. the version and dist/;
 * 2. the reusable workflows use the action at commit 1; the tag is on this one;
 * 3. templates and pages call the workflows, and use the action, at commit 2.
 *
 * A commit cannot name itself: hence one for each kind of reference. `-- --check` tells whether the references are of
 * one release, `-- --check v1.2.3` whether the commit that is checked out is what step 2 made, and `-- --rename` writes
 * owner and name of package.json into them, as a fork needs it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareVersions } from '../src/argocd/version.js';
import { versionModule } from './generate.js';
import {
  findReferences,
  KINDS,
  type Kind,
  ownName,
  packageJson,
  read,
  referenceProblems,
  releaseOf,
  stamp,
} from './references.js';

const USAGE = 'usage: npm run release -- X.Y.Z | --check [vX.Y.Z] | --rename';

/** What of a version is told to a user of a tag: no pre-releases, which a pin by commit does not need. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** What the first commit may change. */
const RELEASED = ['package.json', 'package-lock.json', 'src/version.ts', 'dist'];

/** Several things that are wrong, told at once. */
class Refused extends Error {
  constructor(what: string, problems: readonly string[]) {
    super([what, ...problems.map((problem) => `- ${problem}`)].join('\n'));
  }
}

/** Git in a folder; what it prints, without the end of the last line. Its own words come with the error. */
function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** The commit of a name; undefined where there is none. */
function commitOf(root: string, name: string): string | undefined {
  try {
    return git(root, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    return undefined;
  }
}

const versionTags = (root: string) =>
  git(root, 'tag', '--list', 'v*')
    .split('\n')
    .map((tag) => tag.slice(1))
    .filter((version) => VERSION.test(version));

/**
 * Makes the commits and the tag of a release, or nothing of it.
 * @returns what to do next, for a person
 * @throws with every problem at once where it is refused; where a step fails, the repository is as it was
 */
export function release(root: string, version: string): string {
  const problems = refusals(root, version);
  if (problems.length > 0) throw new Refused(`v${version} cannot be released:`, problems);
  const tag = `v${version}`;
  const start = git(root, 'rev-parse', 'HEAD');
  try {
    const released = commitRelease(root, version);
    const tagged = commitStamped(root, 'workflows', { sha: released, version });
    git(root, 'tag', '--annotate', '--message', tag, tag);
    commitStamped(root, 'callers', { sha: tagged, version });
    const left = checkProblems(root);
    if (left.length > 0) throw new Refused('the references are not what they have to be:', left);
  } catch (error) {
    takeBack(root, start, tag);
    throw error;
  }
  return [
    `${tag} is made, and not pushed:`,
    git(root, 'log', '--format=  %h %s%d', `${start}..HEAD`),
    'Push main and the tag together; the workflow "release" goes on from there:',
    `  git push --atomic origin main ${tag}`,
    `Or take it back: git tag --delete ${tag} && git reset --hard ${start}`,
  ].join('\n');
}

/** Why this version cannot be released from here. */
function refusals(root: string, version: string): string[] {
  const branch = git(root, 'branch', '--show-current');
  const changed = git(root, 'status', '--porcelain').split('\n').filter(Boolean);
  return [
    ...(branch === 'main' ? [] : [`the branch is ${branch || 'none'}: releases are made from main`]),
    ...(changed.length === 0 ? [] : [`not committed: ${someOf(changed.map((line) => line.slice(3)))}`]),
    ...versionProblems(root, version),
    ...changelogProblems(root, version),
    ...distProblems(root),
  ];
}

const someOf = (paths: readonly string[], limit = 5) =>
  [...paths.slice(0, limit), ...(paths.length > limit ? [`${paths.length - limit} more`] : [])].join(', ');

function versionProblems(root: string, version: string): string[] {
  if (!VERSION.test(version)) return [`"${version}" is no version such as 1.2.3`];
  const named = findReferences(root).flatMap((reference) => reference.version ?? []);
  const last = [...versionTags(root), ...named].sort(compareVersions).at(-1);
  return [
    ...(commitOf(root, `refs/tags/v${version}`) ? [`there is a tag v${version}`] : []),
    ...(last !== undefined && compareVersions(version, last) <= 0
      ? [`${version} is not newer than ${last}, the last release`]
      : []),
  ];
}

function changelogProblems(root: string, version: string): string[] {
  if (!existsSync(join(root, 'CHANGELOG.md'))) return [];
  const headings = read(root, 'CHANGELOG.md').match(/^#+ .*$/gm) ?? [];
  const told = headings.some((heading) => heading.split(/[^\d.]+/).includes(version));
  return told ? [] : [`CHANGELOG.md has no heading for ${version}`];
}

/** Whether dist/ is what src/ builds; two builds of the same source are equal byte for byte. */
function distProblems(root: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'argocd-dr-release-'));
  try {
    const fresh = join(dir, 'dist');
    build(root, fresh);
    const names = new Set([...readdirSync(fresh), ...readdirSync(join(root, 'dist'))]);
    const stale = [...names].filter((name) => !sameFile(join(fresh, name), join(root, 'dist', name)));
    return stale.length === 0 ? [] : [`dist is not what src builds: npm run build: ${someOf(stale.sort())}`];
  } catch {
    return ['dist cannot be built, the compiler says why: npm run build'];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function build(root: string, out: string): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), out], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const sameFile = (one: string, other: string) =>
  existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));

/** The first commit. It may change nothing: the version of a first release may stand there from the start. */
function commitRelease(root: string, version: string): string {
  if (packageJson(root).version !== version) {
    for (const path of ['package.json', 'package-lock.json']) setVersion(root, path, version);
    writeFileSync(join(root, 'src/version.ts'), versionModule(read(root, 'package.json')));
    build(root, join(root, 'dist'));
  }
  return commit(root, RELEASED, `Release v${version}`);
}

interface Versioned {
  version: string;
  packages?: Record<string, Versioned>;
}

/** The lock file has it twice, the second time as that of the package without a path. */
function setVersion(root: string, path: string, version: string): void {
  const content = JSON.parse(read(root, path)) as Versioned;
  for (const place of [content, content.packages?.['']]) if (place) place.version = version;
  writeFileSync(join(root, path), `${JSON.stringify(content, null, 2)}\n`);
}

const STAMPED = {
  workflows: (version: string) => `The reusable workflows use the action of v${version}`,
  callers: (version: string) => `Templates and pages name v${version}`,
} satisfies Record<Kind, (version: string) => string>;

function commitStamped(root: string, kind: Kind, stamped: { sha: string; version: string }): string {
  const paths = stamp(root, kind, { name: ownName(root), release: stamped });
  return commit(root, paths, STAMPED[kind](stamped.version));
}

/** @returns the new commit */
function commit(root: string, paths: readonly string[], message: string): string {
  git(root, 'add', '--all', '--', ...paths);
  git(root, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(root, 'rev-parse', 'HEAD');
}

/** The tree was clean: nothing is lost but what a release had made. */
function takeBack(root: string, start: string, tag: string): void {
  git(root, 'reset', '--quiet', '--hard', start);
  if (commitOf(root, `refs/tags/${tag}`)) git(root, 'tag', '--delete', tag);
}

/**
 * What is wrong with the references as they are here, on main or, with a tag of theirs on this commit, as tagged; and,
 * where that tag is known, whether they name its commits.
 */
export function checkProblems(root: string): string[] {
  const references = findReferences(root);
  const [workflows, callers] = [releaseOf(references, 'workflows'), releaseOf(references, 'callers')];
  const tagged = commitOf(root, `refs/tags/v${workflows?.version}`);
  const isTagged = tagged !== undefined && tagged === git(root, 'rev-parse', 'HEAD');
  const is = (kind: Kind, sha: string | undefined, commit: string | undefined, words: string) =>
    sha === undefined || commit === undefined || sha === commit
      ? []
      : [`${kind} name ${sha}, and ${words} is ${commit}`];
  return [
    ...referenceProblems(root, { tagged: isTagged }),
    ...(tagged
      ? is('workflows', workflows?.sha, commitOf(root, `${tagged}^`), `what v${workflows?.version} released`)
      : []),
    ...(tagged && !isTagged ? is('callers', callers?.sha, tagged, `v${workflows?.version}`) : []),
  ];
}

/**
 * What is wrong with the commit that is checked out as that of a tag.
 * @param repository where this runs, `owner/name`, if that is known: a fork releases under its own name
 */
export function tagProblems(root: string, tag: string, repository?: string): string[] {
  const version = tag.replace(/^v/, '');
  if (!tag.startsWith('v') || !VERSION.test(version)) return [`"${tag}" is no tag such as v1.2.3`];
  const head = git(root, 'rev-parse', 'HEAD');
  const told = releaseOf(findReferences(root), 'workflows');
  const own = ownName(root);
  const versions = Object.entries(versionsOf(root)).filter(([, stated]) => stated !== version);
  return [
    ...(commitOf(root, `refs/tags/${tag}`) === head
      ? []
      : [`${tag} is not on ${head}, which is checked out`]),
    ...(isOnMain(root) ? [] : [`${head} is not on main: push it there, together with its tag`]),
    ...(repository === undefined || repository === own
      ? []
      : [`this is ${repository}, and package.json names ${own}`]),
    ...versions.map(([path, stated]) => `${path} is of ${stated}, and the tag of ${version}`),
    ...(told && told.version !== version
      ? [`the workflows use v${told.version}, and the tag is ${tag}: releases are made by npm run release`]
      : []),
    ...changeProblems(root),
    ...checkProblems(root),
    ...distProblems(root),
  ];
}

function versionsOf(root: string): Record<string, string | undefined> {
  const lock = JSON.parse(read(root, 'package-lock.json')) as Versioned;
  return {
    'package.json': packageJson(root).version,
    'package-lock.json': lock.version,
    'src/version.ts': /'(.+)'/.exec(read(root, 'src/version.ts'))?.[1],
  };
}

function isOnMain(root: string): boolean {
  const mains = ['refs/remotes/origin/main', 'refs/heads/main'].filter((name) => commitOf(root, name));
  return mains.some((main) => git(root, 'rev-list', '--max-count=1', 'HEAD', `^${main}`) === '');
}

/** The tagged commit and the released one differ by the workflows alone, so that they are the same action. */
function changeProblems(root: string): string[] {
  if (!commitOf(root, 'HEAD^'))
    return ['the commit before the tagged one is not here: fetch the whole history'];
  const paths = git(root, 'diff', '--name-only', 'HEAD^', 'HEAD').split('\n').filter(Boolean);
  const others = paths.filter((path) => !path.startsWith('.github/workflows/'));
  return others.length === 0 ? [] : [`the tagged commit changes more than workflows: ${others.join(', ')}`];
}

/** The lines of `--check`: of what each kind of reference is. */
function checked(root: string): string {
  const references = findReferences(root);
  return (Object.keys(KINDS) as Kind[])
    .map((kind) => {
      const { sha, version } = releaseOf(references, kind) ?? {};
      const count = references.filter((reference) => reference.kind === kind).length;
      return `${kind}: ${count} references to ${ownName(root)}@${sha} # v${version}`;
    })
    .join('\n');
}

/**
 * The command line.
 * @returns what it prints
 * @throws with the problems
 */
export function main(args: string[], root: string, env: NodeJS.ProcessEnv = {}): string {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { check: { type: 'boolean' }, rename: { type: 'boolean' } },
  });
  const [word, ...more] = positionals;
  if (more.length > 0 || (values.check && values.rename)) throw new Error(USAGE);
  if (values.check) {
    const problems = word ? tagProblems(root, word, env.GITHUB_REPOSITORY) : checkProblems(root);
    if (problems.length > 0) throw new Refused(`${word ?? 'the references'}:`, problems);
    return checked(root);
  }
  if (values.rename && !word) return rename(root);
  if (!word || values.rename) throw new Error(USAGE);
  return release(root, word);
}

function rename(root: string): string {
  const name = ownName(root);
  const paths = (Object.keys(KINDS) as Kind[]).flatMap((kind) => stamp(root, kind, { name }));
  return paths.length === 0 ? `all references are to ${name}` : `to ${name}: ${paths.join(', ')}`;
}

/** With what a program printed as it failed. */
function wordsOf(error: unknown): string {
  const { message, stderr } = error as { message: string; stderr?: string | Buffer };
  const words = String(stderr ?? '').trim();
  return words === '' || message.includes(words) ? message : `${message}\n${words}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const root = join(dirname(fileURLToPath(import.meta.url)), '..');
    process.stdout.write(`${main(process.argv.slice(2), root, process.env)}\n`);
  } catch (error) {
    process.stderr.write(`${wordsOf(error)}\n`);
    process.exitCode = 1;
  }
}
