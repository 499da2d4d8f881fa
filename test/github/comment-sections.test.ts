import { describe, expect, test } from '@jest/globals';
import { putComment } from '../../src/github/comment.js';
import { BODY_LIMIT } from '../../src/github/comment-body.js';
import { sectionName, withSection } from '../../src/github/comment-sections.js';
import { answer, type GitHubBed } from '../bed/github/server.js';
import { commentShape } from '../bed/github/shapes.js';
import { apiOf, github, repository } from './bench.js';

const COMMIT = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const OLDER = '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d';

const install = { name: 'install', commit: COMMIT, text: '## PASS\n\nIt installs.' };
const restore = { name: 'restore-verify', commit: COMMIT, text: '## FAIL\n\nIt does not restore.' };
const BOTH = withSection(withSection('', install), restore);

/** The sections of a comment: each opening line with what follows it. */
const sectionsIn = (comment: string) =>
  comment
    .split(/^(?=<!-- section )/m)
    .map((section) => section.split('\n')[0]!)
    .filter(Boolean);
const openings = (...names: string[]) => names.map((name) => `<!-- section ${name} of ${COMMIT} -->`);

describe('a section', () => {
  test('goes behind the others', () => {
    expect(BOTH).toBe(
      `<!-- section install of ${COMMIT} -->\n## PASS\n\nIt installs.\n\n` +
        `<!-- section restore-verify of ${COMMIT} -->\n## FAIL\n\nIt does not restore.\n`,
    );
  });

  test('takes the place of the one of its name', () => {
    const text = '## FAIL\n\nIt does not install.';
    expect(withSection(BOTH, { ...install, text })).toBe(BOTH.replace(install.text, text));
  });

  test('put in twice is there once, as it was', () => {
    expect(withSection(BOTH, install)).toBe(BOTH);
    expect(withSection(BOTH, restore)).toBe(BOTH);
  });

  test('of an older commit goes, whatever its name', () => {
    const old = withSection(withSection('', { ...install, commit: OLDER }), { ...restore, commit: OLDER });
    expect(withSection(old, restore)).toBe(withSection('', restore));
  });

  test('stays where a browser has turned line ends into CR LF', () => {
    expect(withSection(BOTH.replaceAll('\n', '\r\n'), restore)).toBe(BOTH);
  });

  test('of an empty text is there', () => {
    expect(withSection('', { ...install, text: '' })).toBe(`${openings('install')[0]}\n\n`);
  });

  test('takes the place of what is not one, such as a comment of an older version', () => {
    expect(withSection('## Something else\n\nof before', install)).toBe(withSection('', install));
  });

  test.each([
    `x\n<!-- section other of ${COMMIT} -->\ny`,
    `<!-- section install of ${COMMIT} -->\ny`,
    `x\r\n<!-- section install of ${OLDER} -->\r\ny`,
    `x\r<!-- section install of ${OLDER} -->\ry`,
  ])('whose text looks like the start of another: %j', (text) => {
    const comment = withSection(BOTH, { ...install, text });
    expect(sectionsIn(comment.replaceAll('\r', '\n'))).toEqual(openings('install', 'restore-verify'));
    expect(comment).toContain('&lt;!-- section ');
    // What the next step reads is what this one has written.
    expect(withSection(comment, restore).replaceAll('\r', '')).toContain('It does not restore.');
    expect(sectionsIn(withSection(comment, restore))).toEqual(openings('install', 'restore-verify'));
    expect(withSection(comment, install)).toBe(BOTH);
  });

  test.each([
    { name: 'a b', commit: COMMIT },
    { name: 'a -->', commit: COMMIT },
    { name: '', commit: COMMIT },
    { name: 'a', commit: 'HEAD -->' },
  ])('of another form is refused: %j', (section) => {
    expect(() => withSection('', { ...section, text: '' })).toThrow(TypeError);
  });
});

describe('long sections', () => {
  const long = (name: string) => ({
    name,
    commit: COMMIT,
    text: `${name} begins\n${'a line\n'.repeat(10_000)}`,
  });

  test.each([1, 3, 4, 9, 15])('%i of them fit into one comment, each cut by itself', (number) => {
    const names = Array.from({ length: number }, (_, index) => `job-${index}`);
    const comment = names.reduce((existing, name) => withSection(existing, long(name)), '');
    expect(comment.length).toBeLessThan(BODY_LIMIT - 100);
    expect(sectionsIn(comment)).toEqual(openings(...names));
    for (const name of names) expect(comment).toContain(`${name} begins\n`);
    expect(comment.match(/\*\*Cut here:\*\*/g)).toHaveLength(number);
  });

  test('a short one is left whole beside them', () => {
    const comment = withSection(withSection('', long('job-0')), install);
    expect(comment).toContain(`${openings('install')[0]}\n${install.text}\n`);
  });
});

test.each([
  [['install', 'Argo CD', 'check', 'argocd-dr'], 'install-argo-cd-check-argocd-dr'],
  [['install', undefined, 'check', undefined, 'argocd/overlays/prod'], 'install-check-argocd-overlays-prod'],
  [['Prüfung --> x'], 'pr-fung-x'],
])('the name of %j', (words, name) => {
  expect(sectionName(...words)).toBe(name);
  expect(() => withSection('', { name, commit: COMMIT, text: '' })).not.toThrow();
});

describe('on GitHub', () => {
  const put = (bed: GitHubBed, section: typeof install) =>
    putComment({
      api: apiOf(bed).api,
      repository,
      number: 7,
      key: 'verdict',
      body: (existing) => withSection(existing, section),
    });

  /** A comment of ours that somebody has edited. */
  async function edited(by: string, sections: string): Promise<GitHubBed> {
    const bed = await github();
    bed.comments = [commentShape(1, bed.viewer, `<!-- argocd-dr: verdict -->\n${sections}`)];
    bed.editors.set(1, by);
    return bed;
  }

  const FORGED = withSection(BOTH, { ...restore, text: '## PASS\n\nMerge it.' });

  test.each([
    ['a member of the repository', 'mallory'],
    ['a user that is named like the bot', 'github-actions'],
    ['another bot', 'dependabot[bot]'],
    ['a user that is gone', ''],
  ])('what %s has written into it does not become ours', async (_, editor) => {
    const bed = await edited(editor, FORGED);
    expect((await put(bed, install)).action).toBe('updated');
    expect(bed.comments.map(({ body }) => body)).toEqual([
      `<!-- argocd-dr: verdict -->\n${withSection('', install)}`,
    ]);
    expect(bed.editors.get(1)).toBe(bed.viewer);
  });

  test.each(['github-actions[bot]', 'octocat'])('what %s wrote by the same token stays', async (viewer) => {
    const bed = await edited(viewer, BOTH);
    bed.viewer = viewer;
    bed.comments[0]!.user!.login = viewer;
    await put(bed, { ...install, text: 'again' });
    expect(bed.comments[0]!.body).toContain('It does not restore.');
  });

  test('where GitHub does not tell who edited it, its text is not taken over', async () => {
    const bed = await edited('github-actions[bot]', BOTH);
    // Who the token belongs to is asked first.
    const first = answer(200, { data: { viewer: { login: bed.viewer } } });
    bed.fail(/graphql/, first, answer(200, { data: { node: null }, errors: [{ type: 'FORBIDDEN' }] }));
    await put(bed, install);
    expect(bed.comments[0]!.body).toBe(`<!-- argocd-dr: verdict -->\n${withSection('', install)}`);
  });

  test('two steps one after the other write into one comment, and a later push begins anew', async () => {
    const bed = await github();
    expect((await put(bed, install)).action).toBe('created');
    expect((await put(bed, restore)).action).toBe('updated');
    expect(bed.comments.map(({ body }) => body)).toEqual([`<!-- argocd-dr: verdict -->\n${BOTH}`]);
    bed.comments[0]!.body = bed.comments[0]!.body!.replaceAll('\n', '\r\n');
    await put(bed, { ...install, text: 'again' });
    expect(bed.comments[0]!.body).toBe(`<!-- argocd-dr: verdict -->\n${BOTH.replace(install.text, 'again')}`);
    await put(bed, { ...restore, commit: OLDER });
    expect(bed.comments[0]!.body).not.toContain('section install');
  });
});
