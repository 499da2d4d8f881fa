import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { generated, outOfDate, readme } from '../scripts/generate.js';
import { ACTION_MODES, allInputs } from '../src/inputs.js';
import { OUTPUTS } from '../src/outputs.js';

interface ActionYaml {
  inputs: Record<string, { description: string; required: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
}
type Types = Record<'inputs' | 'outputs', Record<string, { type: string; 'allowed-values'?: string[] }>>;

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const action = load(read('action.yml')) as ActionYaml;
const types = load(read('action-types.yml')) as Types;
const specs = allInputs(ACTION_MODES).filter(({ envOnly }) => !envOnly);

test('action.yml, action-types.yml, README.md and the version are as generated', () => {
  expect(outOfDate()).toEqual([]);
});

test('a text that was edited by hand is noticed', () => {
  const text = generated()['README.md']!;
  expect(readme(text)).toBe(text);
  expect(readme(text.replace('| `namespace` |', '| `namespaces` |'))).toBe(text);
  expect(() => readme('no markers')).toThrow('README.md needs the markers');
});

describe('action.yml', () => {
  test('has the inputs that are read, with their defaults, and the outputs that are set', () => {
    expect(Object.keys(action.inputs)).toEqual(['mode', ...specs.map(({ name }) => name)]);
    for (const spec of specs) {
      expect(action.inputs[spec.name]!.default).toBe(spec.actionDefault ?? spec.default);
      expect(action.inputs[spec.name]!.required).toBe(false);
    }
    expect(Object.keys(action.outputs)).toEqual(Object.keys(OUTPUTS));
  });

  test('runs one bundle as main and as post', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/index.js',
      post: 'dist/index.js',
      'post-if': 'always()',
    });
  });

  test('has no input of the command line alone', () => {
    expect(action.inputs).not.toHaveProperty('applications');
    expect(action.inputs).not.toHaveProperty('passphrase');
  });
});

test('action-types.yml types the same inputs and outputs', () => {
  expect(Object.keys(types.inputs)).toEqual(Object.keys(action.inputs));
  expect(Object.keys(types.outputs)).toEqual(Object.keys(action.outputs));
  for (const [name, { type, ...rest }] of Object.entries(types.inputs)) {
    expect(['string', 'boolean', 'integer', 'enum', 'list']).toContain(type);
    const preset = action.inputs[name]!.default;
    if (type === 'enum' && preset !== undefined) expect(rest['allowed-values']).toContain(preset);
  }
});
