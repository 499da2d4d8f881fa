import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { tempDir } from '../bed/bed.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** What of the working tree a step or a job that names this repository can see. */
const PUBLISHED = ['action.yml', 'dist', '.github/workflows'];

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

let published: string | undefined;

/**
 * A copy of what the working tree would publish; one for all tests of a file.
 * @throws where dist/ is not built
 */
export function workingTree(): string {
  if (published !== undefined) return published;
  if (!existsSync(join(ROOT, 'dist', 'index.js'))) throw new Error('dist/ is not there: npm run build');
  const dir = tempDir();
  for (const path of PUBLISHED)
    if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(dir, path), { recursive: true });
  published = dir;
  return dir;
}

/** Folders by `owner/name@ref`. */
export type References = Record<string, string>;

/**
 * The folder of everything that a workflow uses, and that what it calls uses: this repository at whatever ref stands
 * for the working tree; the rest must be given.
 * @param repo folder of the repository with the workflow
 * @param workflow its path in there
 * @throws where something is used that is not given: act would look for it on GitHub
 */
export function referencesOf(repo: string, workflow: string, given: References = {}): References {
  const found = { ...given };
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
      found[key] ??= workingTree();
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
