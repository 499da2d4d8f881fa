import { expect, test } from '@jest/globals';
import { parseValidation } from '../../../src/argocd/server/settings.js';

test('each group with its verdict and its text; lines of the log are left out', () => {
  const stdout = [
    '✅ accounts',
    '3 accounts',
    '',
    '❌ general',
    'invalid dex.config: yaml: line 1:',
    '  did not find expected node content',
    '{"level":"warning","msg":"invalid url","time":"2026-01-01T00:00:00Z"}',
    '',
    '✅ kustomize',
    'time="2026-01-01T00:00:00Z" level=info msg=hello',
    '✅ resource-overrides',
    '2 resource overrides',
    '',
  ].join('\n');
  expect(parseValidation(stdout)).toEqual([
    { group: 'accounts', valid: true, text: '3 accounts' },
    {
      group: 'general',
      valid: false,
      text: 'invalid dex.config: yaml: line 1: did not find expected node content',
    },
    { group: 'kustomize', valid: true, text: '' },
    { group: 'resource-overrides', valid: true, text: '2 resource overrides' },
  ]);
});

test.each([
  ['nothing', ''],
  ['a log alone', 'time="2026-01-01T00:00:00Z" level=fatal msg="no such file"\n{"level":"fatal"}\n'],
  ['text before any group', 'Usage:\n  argocd admin settings validate\n'],
  ['marks elsewhere in a line', 'all is ✅ well\n✅ two words\n'],
])('%s is no group', (_what, stdout) => expect(parseValidation(stdout)).toEqual([]));
