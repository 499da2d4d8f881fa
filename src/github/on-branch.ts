import { z } from 'zod';
import type { GitHubApi } from './api.js';
import { type Question, statusOf } from './api-errors.js';
import { fullName, type Repository } from './repository.js';
import type { Run } from './runs.js';
import { shown } from './shown.js';

/** The job permission that every question here takes. */
export const CONTENTS_READ = 'contents: read';

/** Why a run does not pass for one of a branch, to go on after `it is not taken, `; undefined where it does. */
export type OnBranch = (run: Run) => Promise<string | undefined>;

/** These run on the default branch alone: https://docs.github.com/actions/reference/events-that-trigger-workflows */
const NEVER_OF_TAGS = ['schedule', 'repository_dispatch'];

/**
 * Tells runs of a branch from those of a tag: GitHub lists the latter under the tag's name as `head_branch`, and
 * whoever may push can name a tag like the branch, on any commit, with any workflow in it. So the run's commit has to be
 * the branch's head or an ancestor of it, and where there is a tag of that name nothing is taken that it could have run.
 * Each question is asked once. Throws as GitHubApi.ask() does.
 */
export function onBranch(api: GitHubApi, repository: Repository, branch: string): OnBranch {
  const head = once(() => commitOf(api, repository, `heads/${branch}`));
  const tag = once(() => commitOf(api, repository, `tags/${branch}`));
  const among = new Map<string, Promise<boolean>>();
  const holds = (tip: string, commit: string) => {
    const asked = among.get(commit) ?? isAncestor(api, repository, tip, commit);
    among.set(commit, asked);
    return asked;
  };
  return async ({ head_sha: commit, event }) => {
    const tip = await head();
    if (tip === undefined)
      return `there is no branch ${shown(branch)}, or the token may not see it (the job needs \`${CONTENTS_READ}\`)`;
    if (tip !== commit && !(await holds(tip, commit)))
      return `its commit ${commit.slice(0, 12)} is not on the branch ${shown(branch)}`;
    if (NEVER_OF_TAGS.includes(event) || (await tag()) === undefined) return undefined;
    return `it may be of the tag ${shown(branch)}, which is named like the branch: delete that tag`;
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

/** What a fully qualified reference points to: `heads/main` is never the tag main. */
async function commitOf(
  api: GitHubApi,
  repository: Repository,
  ref: `${'heads' | 'tags'}/${string}`,
): Promise<string | undefined> {
  const question = asking(`look up ${shown(ref)} in ${fullName(repository)}`);
  const named = z.string().refine((name) => name === `refs/${ref}`);
  const schema = z.object({ ref: named, object: z.object({ sha }) });
  const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}';
  return (await ifThere(api.ask(question, route, { ...repository, ref }, schema)))?.object.sha;
}

/**
 * Whether a commit is one that a branch's head comes from. Asked from the head's side, as GitHub then has no commits
 * and no files to list: https://docs.github.com/rest/commits/commits#compare-two-commits
 */
async function isAncestor(api: GitHubApi, repository: Repository, head: string, commit: string) {
  const question = asking(`compare commit ${commit} with its branch in ${fullName(repository)}`);
  const schema = z.object({ status: z.enum(['ahead', 'behind', 'diverged', 'identical']) });
  const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
  const parameters = { ...repository, basehead: `${head}...${commit}`, per_page: 1 };
  const found = await ifThere(api.ask(question, route, parameters, schema));
  return found?.status === 'behind' || found?.status === 'identical';
}

const asking = (what: string): Question => ({ what, permission: CONTENTS_READ });

/** What is not there: a branch that was deleted, no tag of that name, a commit that no branch holds any more. */
async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
