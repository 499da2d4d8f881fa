import { invalidInput } from '../errors.js';

/** The repository a workflow runs in. */
export interface Repository {
  owner: string;
  repo: string;
}

export const fullName = ({ owner, repo }: Repository) => `${owner}/${repo}`;

/** The page of a run, made of what is known: no address that comes with an answer is shown. */
export const runPage = (repository: Repository, run: number | string, server = 'https://github.com') =>
  `${server}/${fullName(repository)}/actions/runs/${run}`;

/** Whether a GITHUB_API_URL can be asked. @actions/github does not even load with one that is no URL. */
export const isApiUrl = (url: string) => URL.canParse(url) && /^https?:\/\/[^/]/.test(url);

/**
 * The repository this run belongs to, from GITHUB_REPOSITORY.
 * @throws DrError (invalid input) where the variable is not set or is not owner/name
 */
export function repositoryOf(env: NodeJS.ProcessEnv): Repository {
  // An underscore stands before the short code of an enterprise, as in mona_octo.
  const parts = /^([A-Za-z0-9_-]+)\/([A-Za-z0-9._-]+)$/.exec(env.GITHUB_REPOSITORY ?? '');
  if (parts) return { owner: parts[1]!, repo: parts[2]! };
  throw invalidInput(
    'the variable GITHUB_REPOSITORY does not name a repository: set it to owner/name, as GitHub Actions does.',
  );
}
