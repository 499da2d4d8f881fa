import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EXIT } from '../../src/errors.js';
import { statusOf } from '../../src/github/api-errors.js';
import { markerOf, putComment } from '../../src/github/comment.js';
import { BODY_LIMIT, cutBody } from '../../src/github/comment-body.js';
import { answer, brokenOff, type GitHubBed } from '../bed/github/server.js';
import { commentShape, ERRORS } from '../bed/github/shapes.js';
import { apiOf, errorOf, github, linesOf, repository } from './bench.js';

const BOT = 'github-actions[bot]';
const MARKER = '<!-- argocd-dr: validate -->';

const put = (bed: GitHubBed, body = 'All is well.', key = 'validate') =>
  putComment({ api: apiOf(bed).api, repository, number: 7, key, body });
const writes = (bed: GitHubBed) => linesOf(bed).filter((line) => /^(POST|PATCH) \/repos/.test(line));

describe('one comment of a pull request', () => {
  test('is created, then updated in place', async () => {
    const bed = await github();
    bed.comments = [commentShape(1, 'octocat', 'Nice!')];
    const created = await put(bed);
    expect(created).toEqual({
      id: 1001,
      url: 'https://github.com/octo-org/octo-repo/pull/7#issuecomment-1001',
      action: 'created',
    });
    expect(await put(bed, 'Worse.')).toEqual({ ...created, action: 'updated' });
    expect(bed.comments.map(({ body }) => body)).toEqual(['Nice!', `${MARKER}\nWorse.`]);
  });

  test('is left alone where another wrote it, whoever that is', async () => {
    const bed = await github();
    const others = ['octocat', 'github-actions', 'GitHub-Actions[bot]x', 'dependabot[bot]'];
    bed.comments = others.map((login, index) => commentShape(index, login, `${MARKER}\nmine`));
    bed.comments.push({ ...commentShape(9, 'ghost', `${MARKER}\nof a user that is gone`), user: null });
    expect((await put(bed)).action).toBe('created');
    expect(bed.comments.slice(0, 5).every(({ body }) => !body!.includes('All is well'))).toBe(true);
  });

  test('is that of the token, be it of a bot or of a user', async () => {
    const bed = await github();
    bed.viewer = 'octocat';
    bed.comments = [commentShape(1, BOT, `${MARKER}\nx`), commentShape(2, 'octocat', `${MARKER}\r\ny`)];
    expect(await put(bed)).toMatchObject({ id: 2, action: 'updated' });
  });

  test.each([
    ['quotes the marker', `> ${MARKER}\nlook at this`],
    ['has the marker further down', `hello\n${MARKER}`],
    ['has more on the line', `${MARKER} and more`],
    ['is of another key', '<!-- argocd-dr: drill -->\nx'],
    ['is empty', ''],
  ])('is not one that %s', async (_, body) => {
    const bed = await github();
    bed.comments = [commentShape(1, BOT, body)];
    expect((await put(bed)).action).toBe('created');
    expect(bed.comments[0]!.body).toBe(body);
    expect(linesOf(bed)).not.toContain('POST /graphql');
  });

  test('is found on a later page, and the oldest is taken', async () => {
    const bed = await github();
    bed.comments = Array.from({ length: 250 }, (_, index) =>
      commentShape(index + 1, BOT, index > 200 ? `${MARKER}\nx` : 'y'),
    );
    expect(await put(bed)).toMatchObject({ id: 202, action: 'updated' });
  });

  test('is not created twice where the answer is lost', async () => {
    const bed = await github();
    bed.fail(/^POST \/repos/, brokenOff('{'));
    await errorOf(put(bed), EXIT.infra);
    expect(writes(bed)).toHaveLength(1);
  });

  test.each([
    ['POST', []],
    ['PATCH', [commentShape(1, BOT, `${MARKER}\nx`)]],
  ])(
    'without the permission, %s says which, and the status for the caller to go on',
    async (method, comments) => {
      const bed = await github();
      bed.comments = comments;
      bed.fail(new RegExp(`^${method} /repos`), answer(403, ERRORS[403]));
      const error = await errorOf(put(bed), EXIT.infra);
      expect(error.message).toMatch(
        /could not comment on pull request #7 of octo-org\/octo-repo, .*`pull-requests: write`/,
      );
      expect(statusOf(error)).toBe(403);
    },
  );

  test('does not write where it cannot be told whose the token is', async () => {
    const bed = await github();
    bed.comments = [commentShape(1, BOT, `${MARKER}\nx`)];
    bed.fail(/graphql/, answer(200, { data: null, errors: [{ message: 'no' }] }));
    await errorOf(put(bed), EXIT.infra);
    expect(writes(bed)).toEqual([]);
  });

  test('is not told where its address is none that GitHub has', async () => {
    for (const word of ['##[error]x', 'https://evil.example/x\n::error::y', 'javascript:alert(1)']) {
      const bed = await github();
      bed.fail(/^POST \/repos/, answer(201, { ...commentShape(1, BOT, 'x'), html_url: word }));
      const { message } = await errorOf(put(bed), EXIT.infra);
      expect(message).toMatch(/GitHub's answer cannot be read, asked to comment on/);
      expect(message).not.toContain(word);
    }
  });

  test('of the longest body is taken', async () => {
    const bed = await github();
    await put(bed, 'line\n'.repeat(20_000));
    const { body } = bed.comments[0]!;
    expect(body!.startsWith(`${MARKER}\nline\n`)).toBe(true);
    expect(body!.length).toBeLessThanOrEqual(BODY_LIMIT);
    expect(body).toMatch(/\n\*\*Cut here:\*\* .* The job summary has all of it\.\n$/);
    expect((await put(bed, 'short')).action).toBe('updated');
  });
});

test.each(['', 'a--b', 'a-->', '-a', 'A', 'a b'])('the key %j is refused', (key) => {
  expect(() => markerOf(key)).toThrow(TypeError);
});

describe('a body', () => {
  const NOTE = '**Cut here:**';

  test.each([0, 1, BODY_LIMIT])('of %i characters stays', (length) => {
    expect(cutBody('x'.repeat(length))).toBe('x'.repeat(length));
  });

  test('one longer is cut at the end of a line', () => {
    const cut = cutBody(`${'x'.repeat(99)}\n`.repeat(700));
    expect(
      cut
        .split(`\n\n${NOTE}`)[0]!
        .split('\n')
        .every((line) => line.length === 99),
    ).toBe(true);
  });

  test.each([
    ['```yaml\n', '```'],
    ['~~~~\n', '~~~~'],
    ['````\n```\n', '````'],
    ['<details><summary>x</summary>\n\n', '</details>\n'],
    ['<details>\n<details>\n', '</details>\n</details>\n'],
    ['<details>\n\n```\n', '```\n\n</details>\n'],
  ])('cut within %j ends what is open before the note', (start, end) => {
    const cut = cutBody(start + 'line\n'.repeat(20_000));
    expect(
      cut.split(`\n\n${NOTE}`)[0]!.endsWith(`line\n${end}`) || cut.includes(`line\n\n${end}\n\n${NOTE}`),
    ).toBe(true);
  });

  test.each(['```\ncode\n```\n', '<details>x</details>\n', 'a ``` b\n', '    ```\n'])(
    'cut behind %j has nothing to end',
    (start) => {
      const cut = cutBody(start + 'line\n'.repeat(20_000));
      expect(cut.split(`\n\n${NOTE}`)[0]!.endsWith('line\nline')).toBe(true);
    },
  );

  test.each(['', 'x'])('of one long line is cut between two characters, behind %j', (start) => {
    const cut = cutBody(start + '😀'.repeat(40_000));
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.startsWith(`${start}😀😀`)).toBe(true);
  });

  test('any body is short enough, whole characters, and what it was up to the cut', () => {
    const piece = fc.constantFrom(
      'x',
      '\n',
      '😀',
      '```\n',
      '\n~~~~~\n',
      '<details>',
      '</details>',
      'ü',
      '`'.repeat(600),
    );
    const pieces = fc.array(piece, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        pieces,
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 3000, max: 6000 }),
        (parts, times, limit) => {
          const body = parts.join('').repeat(times);
          const cut = cutBody(body, limit);
          expect(cut.length).toBeLessThanOrEqual(limit);
          expect(cut.isWellFormed()).toBe(true);
          expect(cut.includes(NOTE)).toBe(body.length > limit);
          let same = 0;
          while (same < cut.length && cut[same] === body[same]) same++;
          expect(same).toBeGreaterThanOrEqual(Math.min(body.length, (limit - 1024) / 2));
        },
      ),
      { numRuns: 50 },
    );
  });
});
