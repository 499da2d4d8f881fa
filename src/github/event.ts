import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { infraError, invalidInput } from '../errors.js';

/** The pull request that a run is for. */
export interface PullRequest {
  number: number;
  /** The commit at its head when the run was triggered: what is checked out is its merge with the base. */
  head: string;
  /** Whether it comes from a fork: the token of its runs may only read, whatever their permissions. */
  fork: boolean;
}

const repositorySchema = z.object({ id: z.int() });
const eventSchema = z.object({
  pull_request: z
    .object({
      number: z.int(),
      // Without a repository where the fork is deleted.
      head: z.object({ sha: z.hex(), repo: repositorySchema.nullish() }),
      base: z.object({ repo: repositorySchema }),
    })
    .nullish(),
});

/**
 * The pull request of this run, from its event (https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request);
 * undefined in runs for anything else. `pull_request_target` has one as well.
 * @throws DrError (infra error) for an event that cannot be read
 */
export function pullRequestOf({ GITHUB_EVENT_PATH: path }: NodeJS.ProcessEnv): PullRequest | undefined {
  if (!path) return undefined;
  const { pull_request: pull } = readEvent(path);
  if (!pull) return undefined;
  const { number, head, base } = pull;
  return { number, head: head.sha, fork: head.repo?.id !== base.repo.id };
}

function readEvent(path: string): z.infer<typeof eventSchema> {
  try {
    return eventSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // Without the cause: an event may hold what people write.
    const what = error instanceof z.ZodError ? 'is no event of GitHub' : 'cannot be read';
    throw infraError(`the file ${path} in the variable GITHUB_EVENT_PATH ${what}: run the job again`);
  }
}

/**
 * The file name of the workflow of this run; of one that calls a reusable workflow, the caller's. From
 * GITHUB_WORKFLOW_REF, such as `octo-org/octo-repo/.github/workflows/backup.yml@refs/heads/main`.
 * @throws DrError (invalid input) where the variable does not tell
 */
export function ownWorkflow({ GITHUB_WORKFLOW_REF: ref = '' }: NodeJS.ProcessEnv): string {
  const file = /\/([^/@]+\.ya?ml)@/.exec(ref)?.[1];
  if (file) return file;
  throw invalidInput('the variable GITHUB_WORKFLOW_REF does not name the workflow of this run');
}

/** The page of this run; undefined outside of one. */
export function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: NodeJS.ProcessEnv) {
  if (!GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
