import { expect, test } from '@jest/globals';
import { linesForRunner, looksLikeCommand, obeyedCommands, parseRunnerCommand } from './runner-commands.js';

test.each([
  ['::error::a', 'v2', 'error', 'a'],
  [' \t\u0085\u00A0\u2028::Error file=a,line=1::a%0Ab', 'v2', 'error', 'a\nb'],
  ['x ##[stop-commands]tok', 'v1', 'stop-commands', 'tok'],
  ['::nothing:: ##[warning]a', 'v1', 'warning', 'a'],
  ['###[debug]', 'v1', 'debug', ''],
])('the runner obeys %j', (line, syntax, name, data) => {
  expect(parseRunnerCommand(line)).toMatchObject({ syntax, name, data });
  expect(looksLikeCommand(line)).toBe(true);
});

test.each([
  '',
  ': :error::a',
  'x ::error::a',
  '\uFEFF::error::a',
  '::error:a',
  '# #[error]a',
  '##[error',
  '::unknown::a',
])('the runner does not obey %j', (line) => expect(parseRunnerCommand(line)).toBeUndefined());

test.each(['::unknown::a', '\uFEFF::error::a', ':\u200B:error::a', '#\u00AD#[error]a'])(
  '%j looks like a command',
  (line) => expect(looksLikeCommand(line)).toBe(true),
);

test.each([': :error::a', 'x ::error::a', '# #[error]a'])('%j does not look like one', (line) =>
  expect(looksLikeCommand(line)).toBe(false),
);

test('properties are read in both syntaxes', () => {
  expect(parseRunnerCommand('::error title=a%3Ab,file=c::d')?.properties).toEqual({
    title: 'a:b',
    file: 'c',
  });
  expect(parseRunnerCommand('##[error title=a%3Bb;file=c]d')?.properties).toEqual({
    title: 'a;b',
    file: 'c',
  });
});

test('a carriage return ends a line, U+2028 does not, and a mark at the start of the stream is taken off', () => {
  expect(linesForRunner('\uFEFFa\rb\r\nc\nd\u2028e')).toEqual(['a', 'b', 'c', 'd\u2028e']);
});

test('between stop-commands and its token nothing is obeyed', () => {
  const printed = '::stop-commands::tok\n::error::a\n##[tok]\n::error::b\n';
  expect(obeyedCommands(printed).map(({ data }) => data)).toEqual(['tok', 'b']);
});
