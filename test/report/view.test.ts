import { expect, test } from '@jest/globals';
import { exitMeaning } from '../../src/report/view.js';

test.each([
  ['restore-verify', 3, 'the backup does not restore as asked'],
  ['backup', 3, 'the source could not be backed up completely'],
  ['install', 3, 'the installation does not hold what was asked of it'],
  ['install', 4, 'the installation did not come up'],
  ['drill', 4, 'nothing can be said about the backup'],
  ['backup', 2, 'invalid input'],
  ['backup', 99, 'unknown exit code'],
] as const)('%s that ends with %i: %s', (mode, exitCode, meaning) => {
  expect(exitMeaning({ mode, exitCode })).toBe(meaning);
});
