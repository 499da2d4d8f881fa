import type { getOctokit } from '@actions/github';
import { isRateLimited, type RequestFailure, retryAfterOf } from './api-errors.js';

/** How often a request is repeated. */
export const RETRIES = 3;
/** Whoever asks for a longer wait than this is given up. */
export const WAIT_LIMIT_SECONDS = 120;

/** What octokit tells of a request; the URL is its route. */
export interface Asked {
  method: string;
  url: string;
}

/** A client of octokit, as plugins get it. */
export type Hooked = Pick<ReturnType<typeof getOctokit>, 'hook'>;

/**
 * A plugin of octokit that waits as long as a 429 or 403 asks for with Retry-After. The throttling plugin does so for
 * a secondary rate limit alone, the retry plugin never. It has to come before the latter, whose marks it sets:
 * https://github.com/octokit/plugin-retry.js#usage
 */
export function retryAfter(octokit: Hooked, tell: (seconds: number, asked: Asked) => void): void {
  octokit.hook.error('request', (error, options) => {
    const failure = error as unknown as RequestFailure & { request: { request?: object } };
    const count = (options.request as { retryCount?: number }).retryCount ?? 0;
    const seconds = waitFor(failure, count);
    if (seconds !== undefined && count < RETRIES) tell(seconds, options);
    if (seconds !== undefined)
      failure.request.request = { ...failure.request.request, retries: RETRIES, retryAfter: seconds };
    throw error;
  });
}

function waitFor(failure: RequestFailure, count: number): number | undefined {
  if (isRateLimited(failure)) return undefined;
  const asked = retryAfterOf(failure);
  if (failure.status !== 429 && (failure.status !== 403 || asked === undefined)) return undefined;
  const seconds = asked ?? (count + 1) ** 2;
  return seconds <= WAIT_LIMIT_SECONDS ? seconds : undefined;
}
