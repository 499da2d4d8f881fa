import { describe, expect, test } from '@jest/globals';
import { help, inputsOf, MODE_WORDS, parseCommandLine } from '../../src/inputs.js';

const read = (line: string) => parseCommandLine(line.split(' ').filter(Boolean));
const problems = (line: string) => {
  const command = read(line);
  return command.kind === 'run' ? command.problems.map(({ input, text }) => `${input} ${text}`) : command;
};
const values = (line: string) => {
  const command = read(line);
  expect(command).toMatchObject({ kind: 'run', problems: [] });
  return command.kind === 'run' ? command.values : {};
};

describe('flags', () => {
  test.each([
    ['a value behind a space', 'drill --seed x', { seed: 'x' }],
    ['a value behind =', 'drill --seed=x=y', { seed: 'x=y' }],
    ['flags before the mode', '--seed x drill', { seed: 'x' }],
    ['a boolean without a value', 'drill --keep-cluster', { 'keep-cluster': 'true' }],
    ['a boolean turned off', 'drill --no-keep-cluster', { 'keep-cluster': 'false' }],
    ['a boolean with =', 'drill --ha=false', { ha: 'false' }],
    ['a boolean with a word', 'drill --ha no --seed x', { ha: 'no', seed: 'x' }],
    ['a list flag repeated', 'backup --recipients a --recipients b,c', { recipients: 'a\nb,c' }],
  ])('%s', (_, line, expected) => {
    expect(values(line)).toEqual(expected);
  });

  test.each([
    ['unknown, near to one', 'backup --recipint x', ['--recipint is not known. Did you mean --recipients?']],
    ['unknown, with =', 'backup --outptu=x', ['--outptu is not known. Did you mean --output?']],
    ['of another mode', 'drill --recipients x', ['--recipients belongs to mode backup']],
    [
      'a boolean of another mode',
      'backup --ha false',
      ['--ha belongs to mode install, restore-verify, drill'],
    ],
    ['for the environment only', 'backup --passphrase x', ['--passphrase is not known.']],
    ['without its value', 'drill --seed', ['--seed needs a value']],
    ['with a flag for a value', 'drill --seed --keep-cluster', ['--seed needs a value']],
    ['given twice', 'drill --seed a --seed b', ['--seed is given 2 times; it takes one value']],
    ['-x', 'drill -x', ['-x is not known.']],
  ])('refused: %s', (_, line, expected) => {
    expect(problems(line)).toEqual(expected);
  });

  test('a stray word, or one behind an unknown flag, is not shown: it may be a secret', () => {
    const shown = JSON.stringify([problems('drill hunter2'), problems('drill --admin-pasword hunter2')]);
    expect(shown).toContain('argument 2 is not expected');
    expect(shown).toContain('Did you mean --admin-password?');
    expect(shown).not.toContain('hunter2');
  });

  test('a secret on the command line is warned of, without its value', () => {
    const command = read('restore-verify --backup x --identity hunter2');
    expect(command).toMatchObject({
      warnings: [expect.stringMatching(/^--identity can be seen .*ARGOCD_DR_IDENTITY/)],
    });
    expect(JSON.stringify(command)).toContain('hunter2'); // in the values only
    expect(JSON.stringify({ ...command, values: {} })).not.toContain('hunter2');
  });
});

test.each([
  ['--version', { kind: 'version' }],
  ['drill --version', { kind: 'version' }],
  ['--help', { kind: 'help' }],
  ['-h', { kind: 'help' }],
  ['help', { kind: 'help' }],
  ['backup --help', { kind: 'help', mode: 'backup' }],
])('%s', (line, expected) => {
  expect(read(line)).toEqual(expected);
});

test('a mode that is missing or mistyped', () => {
  expect(read('')).toMatchObject({
    kind: 'usage',
    problem: expect.stringMatching(/^the mode is missing; expected/),
  });
  expect(read('bakcup')).toMatchObject({ problem: expect.stringContaining('Did you mean backup?') });
});

describe('help', () => {
  test('names every mode', () => {
    for (const mode of MODE_WORDS) expect(help()).toContain(`\n  ${mode} `);
  });

  test.each(MODE_WORDS)('of %s shows each of its inputs once, with default and variable', (mode) => {
    for (const { name, envOnly, env, default: preset } of inputsOf(mode)) {
      const heading = envOnly ? `  variable ${env}\n` : `  --${name}`;
      const entries = help(mode)
        .split(heading)
        .slice(1)
        .filter((rest) => /^[ \n]/.test(rest) || envOnly);
      expect([name, entries.length]).toEqual([name, 1]);
      const text = entries[0]!.split(/\n {2}\S/)[0]!.replace(/\s+/g, ' ');
      if (preset !== undefined) expect(text).toContain(`default: ${preset}`);
      if (env !== undefined && !envOnly) expect(text).toContain(`variable: ${env}`);
    }
  });

  test('does not show inputs of other modes', () => {
    expect(help('install')).not.toContain('--recipients');
  });
});
