import { expect, test } from '@jest/globals';
import { withSection } from '../../src/github/comment-sections.js';
import { renderComment } from '../../src/report/summary.js';
import { fail, hostile, manyDifferences, pass, samples } from '../fixtures/reports.js';

test('says what to look at first, and where the rest is', () => {
  const text = renderComment(fail, {
    runUrl: 'https://github.com/octo-org/octo-repo/actions/runs/42',
    notes: ['job drill', 'commit ec26c3e'],
  });
  expect(text).toMatch(/^## ❌ FAIL .* · exit code 3: the backup does not restore/);
  expect(text).toContain('| missing | Application | team-a/checkout |  |');
  expect(text).toMatch(
    /\n\[Job summary and report\]\(https:\/\/github\.com\/octo-org\/octo-repo\/actions\/runs\/42\) · job drill · commit ec26c3e\n$/,
  );
});

test('lists the checks that did not pass, and no others', () => {
  const wrong = fail.checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
  const text = renderComment(fail).replaceAll('\\', '');
  expect(fail.checks.map(({ id }) => id).filter((id) => text.includes(`| ${id} |`))).toEqual(wrong);
  expect(renderComment(pass)).not.toContain('<details>');
});

test('has no footer without a run or notes, and no empty parts', () => {
  expect(renderComment(pass)).not.toMatch(/Job summary and report|·\s*$/);
  expect(renderComment(pass, { notes: ['job x'] })).toMatch(/\njob x\n$/);
});

test('of notes nothing but text comes', () => {
  expect(renderComment(pass, { notes: ['<img src=x>', '[a](b)', '`c` | d'] })).toMatch(
    /\n&lt;img src=x&gt; · \\\[a\\\](\\?\()b(\\?\)) · \\`c\\` \\\| d\n$/,
  );
});

test('calls nobody: neither people nor teams nor issues', () => {
  const text = renderComment({
    ...pass,
    message:
      'Ask @octocat, (@octo-org/team) or #12; octo-org/other#3; mail a@example.com; argocd@sha256:0; a # b @ c.',
  });
  expect(text).toContain(
    'Ask @<!-- -->octocat, (@<!-- -->octo-org/team) or \\#<!-- -->12; octo-org/other\\#<!-- -->3; mail a@<!-- -->example.com; argocd@<!-- -->sha256:0; a \\# b @ c.',
  );
});

test.each(Object.entries(samples))(
  '%s: one section of a comment, in which nothing is left open',
  (_, report) => {
    const text = renderComment(report, { runUrl: 'https://example.com/', notes: ['a'] });
    const comment = withSection('', { name: 'a', commit: '0', text });
    expect(comment.match(/^<!-- section/gm)).toHaveLength(1);
    expect(comment.match(/<details>/g)?.length).toBe(comment.match(/<\/details>/g)?.length);
    expect(comment.length).toBeLessThan(22_000);
  },
);

test('differences without end are cut, and the verdict stays', () => {
  expect(renderComment(manyDifferences)).toContain('4,950 more are in report.json.');
  expect(renderComment(hostile)).toMatch(/^## /);
});
