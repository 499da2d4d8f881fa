import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { cancelled, EXIT, messageOf } from '../../src/errors.js';
import { connectGitHub, type GitHubApi } from '../../src/github/api.js';
import { type Question, statusOf } from '../../src/github/api-errors.js';
import { repositoryOf } from '../../src/github/repository.js';
import { answer, brokenOff, type GitHubBed, silence } from '../bed/github/server.js';
import { commentShape, ERRORS } from '../bed/github/shapes.js';
import { recordingLog } from '../tools/bench.js';
import { apiOf, errorOf, github, linesOf, repository } from './bench.js';

const QUESTION: Question = { what: 'show the repository', permission: 'contents: read' };
const schema = z.object({ default_branch: z.string() });
const show = (api: GitHubApi, question = QUESTION) =>
  api.ask(question, 'GET /repos/{owner}/{repo}', { ...repository }, schema);
const REPO = /^GET \/repos\/octo-org\/octo-repo$/;

async function refused(bed: GitHubBed, options = {}, question = QUESTION) {
  const { api, log } = apiOf(bed, options);
  const error = await errorOf(show(api, question), question.input ? EXIT.invalidInput : EXIT.infra);
  return { error, log };
}

test('asks with the token, as JSON of a fixed version of the API', async () => {
  const bed = await github();
  expect(await show(apiOf(bed).api)).toEqual({ default_branch: 'main' });
  expect(bed.asked[0]!.headers).toMatchObject({
    authorization: 'token T0KEN',
    accept: 'application/vnd.github.v3+json',
    'x-github-api-version': '2022-11-28',
  });
});

test('a GITHUB_API_URL may have a path, and a slash at its end', async () => {
  const bed = await github();
  const { api } = apiOf(bed, { env: { GITHUB_API_URL: `${bed.url}/api/v3/` } });
  bed.fail(/^GET \/api\/v3\/repos\/octo-org\/octo-repo$/, answer(200, { default_branch: 'trunk' }));
  expect(await show(api)).toEqual({ default_branch: 'trunk' });
});

test('GraphQL of a server of its own is beside its REST', async () => {
  const bed = await github();
  const { api } = apiOf(bed, { env: { GITHUB_API_URL: `${bed.url}/api/v3` } });
  bed.fail(/^POST \/api\/graphql$/, answer(200, { default_branch: 'here' }));
  expect(await api.ask(QUESTION, 'POST /graphql', { query: 'q' }, schema)).toEqual({
    default_branch: 'here',
  });
});

describe('before anything is asked', () => {
  test.each([
    [{ token: '' }, /^github-token is missing/],
    [{ token: undefined }, /^github-token is missing/],
    [{ env: { GITHUB_API_URL: 'github.com' } }, /GITHUB_API_URL is not a URL: "github.com"/],
    [{ env: { GITHUB_API_URL: 'file:///etc' } }, /GITHUB_API_URL is not a URL/],
  ])('%j', async (wrong, message) => {
    const connect = async () => connectGitHub({ token: 'x', env: {}, log: recordingLog(), ...wrong });
    expect((await errorOf(connect(), EXIT.invalidInput)).message).toMatch(message);
  });

  test.each([[undefined], [''], ['octo-repo'], ['a/b/c'], ['a/../b'], ['o wner/repo']])(
    'GITHUB_REPOSITORY %j names no repository',
    async (value) => {
      const read = async () => repositoryOf(value === undefined ? {} : { GITHUB_REPOSITORY: value });
      expect((await errorOf(read(), EXIT.invalidInput)).message).toMatch(/GITHUB_REPOSITORY/);
    },
  );

  test('GITHUB_REPOSITORY is taken apart', () => {
    expect(repositoryOf({ GITHUB_REPOSITORY: 'mona_octo/repo' })).toEqual({
      owner: 'mona_octo',
      repo: 'repo',
    });
    expect(repositoryOf({ GITHUB_REPOSITORY: 'octo-org/octo.repo_1' })).toEqual({
      owner: 'octo-org',
      repo: 'octo.repo_1',
    });
  });
});

describe('a refusal names the question, the status and the remedy, and is not repeated', () => {
  test.each([
    [
      401,
      /could not show the repository, it answered 401: the token is not valid.*github-token.*Bad credentials/,
    ],
    [
      403,
      /it answered 403: the token may not do that\. Give the job the permission `contents: read`.*Resource not acc/,
    ],
    [404, /it answered 404: it is not there, or the token may not see it\..*`contents: read`/],
    [410, /it answered 410: it is gone/],
    [422, /it answered 422: this version does not expect that/],
  ])('%i', async (status, message) => {
    const bed = await github();
    bed.fail(REPO, answer(status, ERRORS[status as 401] ?? { message: 'Validation Failed' }));
    const { error } = await refused(bed);
    expect(messageOf(error)).toMatch(message);
    expect(statusOf(error)).toBe(status);
    expect(bed.asked).toHaveLength(1);
  });

  test('404 to what an input names is an input that is wrong', async () => {
    const bed = await github();
    bed.fail(REPO, answer(404, ERRORS[404]));
    const { error } = await refused(bed, {}, { ...QUESTION, input: 'backup run:7' });
    expect(error.message).toMatch(/^backup run:7: GitHub could not show the repository, it answered 404/);
  });

  test.each([403, 404])('%i to what every token may ask tells of no permission', async (status) => {
    const bed = await github();
    bed.fail(REPO, answer(status, ERRORS[status as 403]));
    const { error } = await refused(bed, {}, { what: 'show the repository' });
    expect(error.message).not.toContain('`');
  });

  test('the token is in no error', async () => {
    const bed = await github();
    bed.fail(REPO, answer(401, ERRORS[401]));
    const { error } = await refused(bed);
    expect(JSON.stringify([messageOf(error), error.stack, error.cause, error])).not.toContain('T0KEN');
  });
});

describe('tries again', () => {
  test.each([
    ['500', answer(500, ERRORS[500])],
    [
      '502 with a page of HTML',
      answer(502, Buffer.from('<html>Unicorn!</html>'), { 'content-type': 'text/html' }),
    ],
    ['503', answer(503)],
    ['429 without a time', answer(429, ERRORS[429])],
    ['429 with Retry-After', answer(429, ERRORS[429], { 'retry-after': '7' })],
    ['403 with Retry-After', answer(403, ERRORS[403], { 'retry-after': '7' })],
    ['a secondary rate limit', answer(403, ERRORS.secondary, { 'retry-after': '7' })],
    ['a connection that breaks in the answer', brokenOff('{"default_branch":"ma')],
    ['no answer at all', silence],
  ])('after %s, until it is answered', async (_, failure) => {
    const bed = await github();
    bed.fail(REPO, failure, failure, failure);
    const { api } = apiOf(bed, { timeoutMs: 100 });
    expect(await show(api)).toEqual({ default_branch: 'main' });
    expect(bed.asked).toHaveLength(4);
  });

  test.each([
    ['500', answer(500, ERRORS[500]), /it answered 500: it has trouble\. Look at githubstatus\.com/],
    [
      '429',
      answer(429, ERRORS[429], { 'retry-after': '7' }),
      /it answered 429: the rate limit .* run again in 7 s/,
    ],
    [
      '403',
      answer(403, ERRORS[403], { 'retry-after': '7' }),
      /it answered 403: the rate limit .* run again in 7 s/,
    ],
    [
      '403, secondary, with Retry-After',
      answer(403, ERRORS.secondary, { 'retry-after': '7' }),
      /it answered 403: the rate limit .* run again in 7 s/,
    ],
    ['403, secondary', answer(403, ERRORS.secondary), /it answered 403: the rate limit .* run again later/],
    [
      'silence',
      silence,
      /could not be asked to show the repository.*GITHUB_API_URL.*no answer within 0\.1 s/,
    ],
    [
      'a broken connection',
      brokenOff('{"default_branch":"main"}'),
      /could not be asked to show the repository/,
    ],
  ])('after %s, and gives up after four times', async (_, failure, message) => {
    const bed = await github();
    bed.fail(REPO, ...Array.from({ length: 9 }, () => failure));
    const { error } = await refused(bed, { timeoutMs: 100 });
    expect(messageOf(error)).toMatch(message);
    expect(bed.asked).toHaveLength(4);
  });

  test('no server at all', async () => {
    const bed = await github();
    await bed.close();
    const { error } = await refused(bed);
    expect(messageOf(error)).toMatch(/could not be asked.*ECONNREFUSED/);
    expect(statusOf(error)).toBeUndefined();
  });

  test.each([
    ['Retry-After', answer(429, ERRORS[429], { 'retry-after': '121' }), 'in 121 s'],
    ['a secondary limit', answer(403, ERRORS.secondary, { 'retry-after': '121' }), 'in 121 s'],
    [
      'a primary limit',
      answer(403, ERRORS.primary, {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3600),
      }),
      /in 3[56]\d\d s/,
    ],
  ])('not where %s asks for a longer wait than two minutes', async (_, failure, when) => {
    const bed = await github();
    bed.fail(REPO, failure);
    const { error } = await refused(bed);
    expect(error.message).toMatch(when);
    expect(bed.asked).toHaveLength(1);
  });

  test('waits for what Retry-After says, and no other time', async () => {
    const bed = await github();
    bed.fail(
      REPO,
      answer(429, ERRORS[429], { 'retry-after': '0' }),
      answer(403, ERRORS[403], { 'retry-after': '0' }),
    );
    // Any other wait would take hours.
    const { api, log } = apiOf(bed, { secondMs: 3_600_000 });
    expect(await show(api)).toEqual({ default_branch: 'main' });
    expect(log.lines).toEqual(
      Array(2).fill("GitHub's rate limit is used up, GET /repos/{owner}/{repo} waits 0 s"),
    );
  });

  test('what is to be done once is not repeated after a 5xx, but after a 429, which did nothing', async () => {
    const bed = await github();
    const once = { ...QUESTION, once: true };
    bed.fail(REPO, answer(502, ERRORS[502]));
    await refused(bed, {}, once);
    expect(bed.asked).toHaveLength(1);
    bed.fail(REPO, answer(429, ERRORS[429], { 'retry-after': '1' }));
    expect(await show(apiOf(bed).api, once)).toEqual({ default_branch: 'main' });
  });
});

describe('an answer that is none', () => {
  test.each([
    ['of another shape', answer(200, { default_branch: 7 }), /default_branch: Invalid input/],
    [
      'that is no JSON',
      answer(200, Buffer.from('<html>'), { 'content-type': 'text/html' }),
      /the answer: Invalid/,
    ],
    [
      'cut JSON',
      answer(200, Buffer.from('{"default'), { 'content-type': 'application/json' }),
      /the answer: Invalid/,
    ],
    ['empty', answer(200), /the answer: Invalid/],
  ])('%s', async (_, failure, message) => {
    const bed = await github();
    bed.fail(REPO, failure);
    const { error } = await refused(bed);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^GitHub's answer cannot be read, asked to show the repository/);
  });
});

describe('a run that is stopped', () => {
  test.each(['a request', 'a wait'])('does not wait for %s', async (during) => {
    const bed = await github();
    const stop = new AbortController();
    const last = during === 'a wait' ? answer(429, ERRORS[429], { 'retry-after': '60' }) : silence;
    bed.fail(REPO, (asked, response) => {
      last(asked, response);
      setTimeout(() => stop.abort(cancelled()), 50);
    });
    const { api } = apiOf(bed, { signal: stop.signal, secondMs: 20 });
    await errorOf(show(api), EXIT.cancelled);
    expect(bed.asked).toHaveLength(1);
  });

  test('asks nothing', async () => {
    const bed = await github();
    const { api } = apiOf(bed, { signal: AbortSignal.abort(cancelled()) });
    await errorOf(show(api), EXIT.cancelled);
    expect(bed.asked).toEqual([]);
  });
});

describe('pages', () => {
  const list = (api: GitHubApi) =>
    api.pages(
      { what: 'list the comments', permission: 'pull-requests: write' },
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { ...repository, issue_number: 7 },
      z.array(z.object({ id: z.int() })),
    );
  const ids = async (api: GitHubApi) => {
    const found: number[] = [];
    for await (const page of list(api)) found.push(...page.map(({ id }) => id));
    return found;
  };

  test.each([0, 1, 100, 101, 250])('%i items', async (count) => {
    const bed = await github();
    bed.comments.push(
      ...Array.from({ length: count }, (_, index) => commentShape(index + 1, 'octocat', 'x')),
    );
    expect(await ids(apiOf(bed).api)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(bed.asked).toHaveLength(Math.max(1, Math.ceil(count / 100)));
  });

  test('are asked for as they are wanted', async () => {
    const bed = await github();
    bed.comments.push(...Array.from({ length: 250 }, (_, index) => commentShape(index + 1, 'octocat', 'x')));
    for await (const page of list(apiOf(bed).api)) if (page.length > 0) break;
    expect(linesOf(bed)).toEqual(['GET /repos/octo-org/octo-repo/issues/7/comments?per_page=100&page=1']);
  });

  test('a page that breaks off is asked for again, not taken for the end', async () => {
    const bed = await github();
    bed.comments.push(...Array.from({ length: 150 }, (_, index) => commentShape(index + 1, 'octocat', 'x')));
    bed.fail(/page=2/, brokenOff('[{"id":101}'), answer(502));
    expect(await ids(apiOf(bed).api)).toHaveLength(150);
  });

  test('a link to another server does not get the token', async () => {
    const [bed, other] = [await github(), await github()];
    bed.fail(/page=1/, answer(200, [{ id: 1 }], { link: `<${other.url}/steal?page=2>; rel="next"` }));
    expect(await ids(apiOf(bed).api)).toEqual([1]);
    expect(other.asked).toEqual([]);
  });
});

test('a redirect is shown, not followed', async () => {
  const bed = await github();
  const { api } = apiOf(bed);
  bed.fail(REPO, answer(302, undefined, { location: `${bed.url}/elsewhere?sig=x` }));
  const where = await api.location(QUESTION, 'GET /repos/{owner}/{repo}', { ...repository });
  expect(where).toBe(`${bed.url}/elsewhere?sig=x`);
  expect(bed.asked).toHaveLength(1);
});

test.each([
  ['a good answer', answer(200, {})],
  ['a good answer that names another place', answer(201, {}, { location: 'http://127.0.0.1:9/x' })],
  ['a redirect to nowhere', answer(302, undefined, { location: '//' })],
])('%s in place of a redirect', async (_, failure) => {
  const bed = await github();
  bed.fail(REPO, failure);
  const { api } = apiOf(bed);
  const error = await errorOf(
    api.location(QUESTION, 'GET /repos/{owner}/{repo}', { ...repository }),
    EXIT.infra,
  );
  expect(error.message).toMatch(/could not show the repository: it answered \d+ in place of a redirect/);
});
