import { expect, test } from '@jest/globals';
import { harmless, harmlessText } from '../../src/report/harmless.js';

/** As the runner compares: characters that a culture ignores are not there. */
const asCompared = (line: string) => line.replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
const isCommand = (line: string) => /##\w*\[/.test(asCompared(line)) || /^\s*::/u.test(asCompared(line));

test.each([
  '::stop-commands::tok',
  '  ::notice::seen',
  '\t\u00a0\u0085\u3000::error::x',
  '\u200b::add-mask::x',
  ':\u00ad:debug::x',
  'backup: artifact argocd-##[stop-commands]tok-20261127T000000Z (1)',
  '##[add-mask]x ##[group]y',
  '#\u200b#[error]x',
  '#\u0000#\u2060[error]x',
  '####[error]x',
  '##vso[task.setvariable variable=x]y',
  "##teamcity[message text='x']",
])('%j is no command any more, and readable', (line) => {
  expect(isCommand(line)).toBe(true);
  expect(isCommand(harmless(line))).toBe(false);
  expect(harmless(line).replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
});

test.each(['argocd::repo', 'a # [b] ## c', 'std::vector', '[# #]', '#123 [x]', '# Title', ''])(
  '%j stays as it is',
  (line) => expect(harmless(line)).toBe(line),
);

test('every line of a text is looked at, also behind a carriage return', () => {
  expect(harmlessText('a\n::b::\r::c::\r\n::d::')).toBe('a\n: :b::\r: :c::\r\n: :d::');
});

test('what it takes grows with the length: no part of a line is gone over again and again', () => {
  for (const part of ['#', '##', '##a', '#\u200b', ':', ': ', '\u200b', '##aaaa '])
    expect(harmless(part.repeat(300_000)).length).toBeGreaterThanOrEqual(300_000);
});
