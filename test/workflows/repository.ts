import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { tempDir } from '../bed/bed.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** What of the working tree a step or a job that names this repository can see. */
const PUBLISHED = ['action.yml', '.github/workflows'];

/** What runs; ARGOCD_DR_DIST names a build beside the repository's, to try a change with. */
const DIST = process.env.ARGOCD_DR_DIST ?? join(ROOT, 'dist');

/** Owner and name of this repository, as users write it behind `uses:`; package.json says them. */
export const OWN = ownName();

function ownName(): string {
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return /([^/]+\/[^/]+?)(?:\.git)?$/.exec(repository.url)![1]!;
}

/**
 * A new Git repository with one commit on branch main.
 * @param files content by path
 */
export function repository(files: Record<string, string>): string {
  const dir = tempDir();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  git(dir, 'init', '--quiet', '--initial-branch=main');
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--allow-empty', '--message=first');
  return dir;
}

/** Git as it is, without what this machine or user has configured. */
function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@example.com'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', [...identity, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The action in look/: as a job's first step it tells, after all others' post steps, what is left in RUNNER_TEMP. */
export const LOOK = 'test/look@v1';

/** A workflow in which each job with steps is looked at. */
export const watched = (workflow: string): string =>
  workflow.replace(/^ {4}steps:\n/gm, (steps) => `${steps}      - uses: ${LOOK}\n`);

const published = new Map<boolean, string>();

/**
 * A copy of what the working tree would publish; one for all tests of a file.
 * @param looked whether its workflows are watched()
 * @throws where dist/ is not built
 */
export function workingTree(looked = false): string {
  const known = published.get(looked);
  if (known !== undefined) return known;
  if (!existsSync(join(DIST, 'index.js'))) throw new Error(`${DIST} is not built: npm run build`);
  const dir = tempDir();
  cpSync(DIST, join(dir, 'dist'), { recursive: true });
  for (const path of PUBLISHED) cpSync(join(ROOT, path), join(dir, path), { recursive: true });
  if (looked) watchAll(join(dir, '.github/workflows'));
  published.set(looked, dir);
  return dir;
}

function watchAll(folder: string): void {
  for (const path of readdirSync(folder).map((name) => join(folder, name)))
    writeFileSync(path, watched(readFileSync(path, 'utf8')));
}

/** Folders by `owner/name@ref`. */
export type References = Record<string, string>;

export interface Standing {
  /** What is given, besides look/. */
  references?: References;
  /** Whether the workflows of this repository are watched(). */
  watched?: boolean;
}

/**
 * The folder of everything that a workflow uses, and that what it calls uses: this repository at whatever ref stands
 * for the working tree; the rest must be given.
 * @param repo folder of the repository with the workflow
 * @param workflow its path in there
 * @throws where something is used that is not given: act would look for it on GitHub
 */
export function referencesOf(repo: string, workflow: string, standing: Standing = {}): References {
  const found: References = { [LOOK]: join(import.meta.dirname, 'look'), ...standing.references };
  const visit = (folder: string, path: string): void => {
    for (const uses of usesIn(readFileSync(join(folder, path), 'utf8'))) {
      const called = /^\.\/(.+\.ya?ml)$/.exec(uses);
      // As act reads it: GitHub would take it from the repository of the workflow that says so.
      if (called) visit(repo, called[1]!);
      if (uses.startsWith('./') || uses.startsWith('actions/checkout@')) continue;
      const [, name, below = '', ref] = /^([^/]+\/[^/@]+)(?:\/([^@]+))?@(.+)$/.exec(uses) ?? [];
      const key = `${name}@${ref}`;
      if (found[key] === undefined && name !== OWN)
        throw new Error(`${path} uses ${uses}, which is not here: give a folder that stands in for ${key}`);
      found[key] ??= workingTree(standing.watched);
      if (/\.ya?ml$/.test(below)) visit(found[key], below);
    }
  };
  visit(repo, workflow);
  return found;
}

interface Workflow {
  jobs: Record<string, { uses?: string; steps?: { uses?: string }[] }>;
}

function usesIn(text: string): string[] {
  const { jobs } = load(text) as Workflow;
  return Object.values(jobs)
    .flatMap(({ uses, steps = [] }) => [uses, ...steps.map((step) => step.uses)])
    .filter((uses) => uses !== undefined);
}
