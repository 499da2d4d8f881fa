import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { pullRequestOf, runUrl } from '../../src/github/event.js';
import { HEAD } from '../bed/github/shapes.js';
import { tempDir } from '../tools/bench.js';
import { EVENTS, eventEnv } from './events.js';

describe('the pull request of a run', () => {
  const own = { number: 7, head: HEAD, fork: false };
  const expected: Partial<Record<keyof typeof EVENTS, object>> = {
    pull_request: own,
    pull_request_target: own,
    'pull_request of a fork': { ...own, fork: true },
    'pull_request of a fork that is deleted': { ...own, fork: true },
  };

  test.each(Object.keys(EVENTS) as (keyof typeof EVENTS)[])('%s', (event) => {
    expect(pullRequestOf(eventEnv(event))).toEqual(expected[event]);
  });

  test('outside of GitHub Actions', () => {
    expect(pullRequestOf({})).toBeUndefined();
    expect(pullRequestOf({ GITHUB_EVENT_PATH: '' })).toBeUndefined();
  });

  test.each([
    ['is missing', undefined, /event\.json .* cannot be read/],
    ['is cut short', '{"pull_request": {"number": 7,', /event\.json .* cannot be read/],
    ['has another shape', '{"pull_request": {"number": "seven"}}', /event\.json .* is no event of GitHub/],
    ['is a list', '[]', /is no event of GitHub/],
    [
      'names no commit',
      '{"pull_request": {"number": 7, "head": {"sha": "x -->"}, "base": {"repo": {"id": 1}}}}',
      /is no event of GitHub/,
    ],
  ])('of an event that %s is an error that names the file', (_, text, message) => {
    const path = join(tempDir(), 'event.json');
    if (text !== undefined) writeFileSync(path, text);
    expect(() => pullRequestOf({ GITHUB_EVENT_PATH: path })).toThrow(message);
  });
});

test('the page of a run', () => {
  const env = { GITHUB_REPOSITORY: 'octo-org/octo-repo', GITHUB_RUN_ID: '42' };
  expect(runUrl(env)).toBe('https://github.com/octo-org/octo-repo/actions/runs/42');
  expect(runUrl({ ...env, GITHUB_SERVER_URL: 'https://octo.ghe.com' })).toBe(
    'https://octo.ghe.com/octo-org/octo-repo/actions/runs/42',
  );
  expect(runUrl({ GITHUB_REPOSITORY: 'octo-org/octo-repo' })).toBeUndefined();
  expect(runUrl({})).toBeUndefined();
});
