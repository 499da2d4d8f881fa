import { type DrError, infraError, invalidInput } from '../errors.js';
import { retryAfterMs } from '../tools/download.js';

/** What GitHub is asked, for the error it may end in. */
export interface Question {
  /** Goes on after `GitHub could not`: `list the runs of backup.yml in octo-org/octo-repo`. */
  what: string;
  /** The permission of the job that it takes, such as `actions: read`; undefined where every token may ask it. */
  permission?: string;
  /** The input that names the thing; where GitHub has no such thing, that input is wrong. */
  input?: string;
  /** Not asked again after a failure that may have come behind the deed. */
  once?: boolean;
}

/** The parts of octokit's RequestError that are read here. Its request has the token redacted. */
export interface RequestFailure {
  status: number;
  message: string;
  response?: { headers: Record<string, string | number | undefined>; data?: unknown };
}

/** The status GitHub answered with, where an error of this API comes from an answer; else undefined. */
export function statusOf(error: unknown): number | undefined {
  const { cause } = error as { cause?: Partial<RequestFailure> };
  return cause?.response && cause.status;
}

/** The seconds to wait that an answer asks for with Retry-After. */
export function retryAfterOf(failure: RequestFailure): number | undefined {
  const header = failure.response?.headers['retry-after'];
  const ms = retryAfterMs(header === undefined ? null : String(header));
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

/** The seconds until a used up primary rate limit is renewed. */
function resetOf({ response }: RequestFailure): number | undefined {
  if (String(response?.headers['x-ratelimit-remaining']) !== '0') return undefined;
  const reset = Number(response?.headers['x-ratelimit-reset']);
  return Number.isNaN(reset) ? undefined : Math.max(0, Math.ceil(reset - Date.now() / 1000));
}

/** Whether an answer says that a rate limit is used up: those are what @octokit/plugin-throttling waits for. */
export const isRateLimited = (failure: RequestFailure) =>
  /\bsecondary rate\b/i.test(failure.message) ||
  String(failure.response?.headers['x-ratelimit-remaining']) === '0';

/** The error a run ends with where GitHub refused a question, or did not answer it. */
export function apiError({ what, permission, input }: Question, error: unknown): DrError {
  const failure = error as RequestFailure;
  if (!failure.response) {
    return infraError(
      `GitHub could not be asked to ${what}: check that this machine reaches GITHUB_API_URL, and run again.`,
      error,
    );
  }
  const failed = `GitHub could not ${what}, it answered ${failure.status}`;
  if (failure.status === 404 && input !== undefined) {
    return invalidInput(
      `${input}: ${failed}: it is not there, or the token may not see it. Check ${input}${andPermission(permission)}.`,
      error,
    );
  }
  return infraError(`${failed}: ${remedy(failure, permission)}`, error);
}

const andPermission = (permission: string | undefined) =>
  permission === undefined ? '' : `, and that the job has \`${permission}\``;

function remedy(failure: RequestFailure, permission: string | undefined): string {
  const wait = retryAfterOf(failure) ?? resetOf(failure);
  if (failure.status === 429 || isRateLimited(failure) || (failure.status === 403 && wait !== undefined)) {
    const when = wait === undefined ? 'later' : `in ${wait} s`;
    return `the rate limit of the token is used up, run again ${when}.`;
  }
  switch (failure.status) {
    case 401:
      return 'the token is not valid, or no more. Give one that is with github-token, or the variable GITHUB_TOKEN.';
    case 403:
      return permission === undefined
        ? 'the token may not do that. Check github-token, and the variable GITHUB_REPOSITORY.'
        : `the token may not do that. Give the job the permission \`${permission}\`.`;
    case 404:
      return `it is not there, or the token may not see it. Check the name${andPermission(permission)}.`;
    case 410:
      return 'it is gone: expired, or deleted.';
    default:
      return failure.status >= 500
        ? 'it has trouble. Look at githubstatus.com, and run again.'
        : 'this version does not expect that. Look at the cause, and report it.';
  }
}
