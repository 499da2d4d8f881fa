import { expect, test } from '@jest/globals';
import { temporaryCluster } from '../src/action.js';
import { type ModeWord, parseInputs } from '../src/inputs.js';

const made = { 'cluster-name': 'mine' };

test.each<[string, Exclude<ModeWord, 'teardown'>, Record<string, string>, string | undefined]>([
  ['an install', 'install', {}, 'mine'],
  ['an install that keeps it', 'install', { 'keep-cluster': 'true' }, undefined],
  ['an install into an existing cluster', 'install', { cluster: 'existing' }, undefined],
  ['a restore, which cleans up itself', 'restore-verify', { backup: 'x.tar.gz' }, undefined],
])('the cluster that the post step takes down after %s', async (_, mode, values, expected) => {
  const inputs = await parseInputs({ mode, values }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(temporaryCluster(inputs, made)).toBe(expected);
});

test('nothing is taken down where none was made: the name may be that of another cluster', async () => {
  const inputs = await parseInputs({ mode: 'install', values: { 'cluster-name': 'taken' } }, {});
  expect(temporaryCluster(inputs, {})).toBeUndefined();
});
