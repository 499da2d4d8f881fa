import { randomUUID } from 'node:crypto';
import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import type { z } from 'zod';
import { infraError, invalidInput } from '../errors.js';
import type { Log } from '../log.js';
import { apiError, type Question } from './api-errors.js';
import { isApiUrl } from './repository.js';
import { type Asked, type Hooked, RETRIES, retryAfter, WAIT_LIMIT_SECONDS } from './retry-after.js';
import { unlessStopped } from './stopping.js';
import { wholeFetch } from './whole-fetch.js';

export interface ApiOptions {
  token: string | undefined;
  /** GITHUB_API_URL is read; without it, github.com is asked. */
  env: NodeJS.ProcessEnv;
  log: Log;
  signal?: AbortSignal | undefined;
  /** How long one request may take, with its answer. */
  timeoutMs?: number;
  /** How long a second of waiting is, in milliseconds; tests wait less. */
  secondMs?: number;
}

export type Parameters = Record<string, string | number | object | undefined>;

/** GitHub's REST API; every answer is checked against a schema before it is handed out. */
export interface GitHubApi {
  /**
   * One request.
   * @throws DrError: infra error that names the question, the status and the remedy; invalid input for a 404 where
   *   the question names its input
   */
  ask<T>(question: Question, route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T>;
  /** What the pages of a list hold, asked for one by one as they are wanted. Throws as ask() does. */
  pages<T>(
    question: Question,
    route: string,
    parameters: Parameters,
    schema: z.ZodType<T>,
  ): AsyncGenerator<T>;
  /** The URL an endpoint redirects to. It is not followed, so that the token stays here. Throws as ask() does. */
  location(question: Question, route: string, parameters: Parameters): Promise<string>;
}

const TIMEOUT_MS = 30_000;
const PER_PAGE = 100;
/** https://docs.github.com/rest/about-the-rest-api/api-versions */
const VERSION_HEADER = { 'x-github-api-version': '2022-11-28' };
/** Those of the plugin, and 429: retryAfter() sees to it. */
const NOT_RETRIED = [400, 401, 403, 404, 410, 422, 429, 451];

/**
 * Connects to GitHub's REST API as a workflow does.
 * @throws DrError (invalid input) for a missing token, or a GITHUB_API_URL that is none
 */
export function connectGitHub(options: ApiOptions): GitHubApi {
  const octokit = octokitFor(options);
  const request = async (question: Question, route: string, parameters: Parameters) => {
    try {
      const fixed = {
        ...(question.once ? { request: { retries: 0 } } : {}),
        // A server of one's own has REST at /api/v3, and GraphQL beside it.
        ...(route === 'POST /graphql' ? { baseUrl: apiUrl(options.env).replace(/\/api\/v3$/, '/api') } : {}),
        headers: VERSION_HEADER,
      };
      return await unlessStopped(octokit.request(route, { ...parameters, ...fixed }), options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw apiError(question, error);
    }
  };
  return {
    ask: async (question, route, parameters, schema) =>
      checked(question, (await request(question, route, parameters)).data, schema),
    async *pages(question, route, parameters, schema) {
      for (let page = 1; ; page++) {
        const asked = { ...parameters, per_page: PER_PAGE, page };
        const { data, headers } = await request(question, route, asked);
        yield checked(question, data, schema);
        // Only whether there is a next page: followed as it stands, the link would take the token wherever it leads.
        if (!headers.link?.includes('rel="next"')) return;
      }
    },
    async location(question, route, parameters) {
      const manual = { ...parameters, request: { redirect: 'manual' } } as unknown as Parameters;
      const { status, headers } = await request(question, route, manual);
      if (status === 302 && URL.canParse(headers.location ?? '')) return headers.location!;
      throw infraError(`GitHub could not ${question.what}: it answered ${status} in place of a redirect.`);
    },
  };
}

/** octokit hands on a body that is no JSON as text, and an empty one as an empty list: neither must pass. */
function checked<T>({ what }: Question, data: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw infraError(
    `GitHub's answer cannot be read, asked to ${what} (${path.join('.') || 'the answer'}: ${message}): check that GITHUB_API_URL is GitHub's API, and run again.`,
  );
}

function octokitFor({ token, env, log, signal, timeoutMs = TIMEOUT_MS, secondMs = 1000 }: ApiOptions) {
  if (!token) throw invalidInput('github-token is missing: give a token, or set the variable GITHUB_TOKEN.');
  const tell = (seconds: number, { method, url }: Asked) =>
    log.info(`GitHub's rate limit is used up, ${method} ${url} waits ${seconds} s`);
  const waits = (seconds: number, asked: Asked, _: unknown, count: number) => {
    const again = count < RETRIES && seconds <= WAIT_LIMIT_SECONDS;
    if (again) tell(seconds, asked);
    return again;
  };
  return getOctokit(
    token,
    {
      baseUrl: apiUrl(env),
      log: { debug() {}, info() {}, warn: (line: string) => log.warn(line), error() {} },
      request: { fetch: wholeFetch(timeoutMs, signal) },
      retry: { retries: RETRIES, retryAfterBaseValue: secondMs, doNotRetry: NOT_RETRIED },
      throttle: {
        // Clients of one ID wait for one another.
        id: randomUUID(),
        retryAfterBaseValue: secondMs,
        onRateLimit: waits,
        onSecondaryRateLimit: waits,
      },
    },
    (octokit: Hooked) => retryAfter(octokit, tell),
    retry,
    throttling,
  );
}

function apiUrl({ GITHUB_API_URL: url }: NodeJS.ProcessEnv): string {
  if (!url) return 'https://api.github.com';
  if (isApiUrl(url)) return url.replace(/\/+$/, '');
  throw invalidInput(`the variable GITHUB_API_URL is not a URL: ${JSON.stringify(url)}.`);
}
