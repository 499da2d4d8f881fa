import { z } from 'zod';
import type { GitHubApi } from './api.js';
import { fullName, type Repository } from './repository.js';

const pullSchema = z.object({ head: z.object({ sha: z.hex() }) });

/** The commit at a pull request's head as it is now. Throws as GitHubApi.ask() does. */
export async function headOf(api: GitHubApi, repository: Repository, number: number): Promise<string> {
  const { head } = await api.ask(
    {
      what: `show pull request #${number} of ${fullName(repository)}`,
      permission: 'pull-requests: write',
    },
    'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    { ...repository, pull_number: number },
    pullSchema,
  );
  return head.sha;
}
