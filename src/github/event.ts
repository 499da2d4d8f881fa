import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The pull request that a run is for. */
export interface PullRequest {
  number: number;
  /** The commit at its head: what is checked out is its merge with the base. */
  head: string;
}

const eventSchema = z.object({
  pull_request: z.object({ number: z.int(), head: z.object({ sha: z.string() }) }),
});

/** The pull request of this run; undefined in runs for anything else. https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request */
export function pullRequestOf({ GITHUB_EVENT_PATH: path }: NodeJS.ProcessEnv): PullRequest | undefined {
  try {
    const { pull_request } = eventSchema.parse(JSON.parse(readFileSync(path ?? '', 'utf8')));
    return { number: pull_request.number, head: pull_request.head.sha };
  } catch {
    return undefined;
  }
}

/** The page of this run; undefined outside of one. */
export function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: NodeJS.ProcessEnv) {
  if (!GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
