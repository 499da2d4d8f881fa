import { expect, test } from '@jest/globals';
import { maskAll } from '../src/actions.js';

const env = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme-corp/prod-gitops',
  GITHUB_RUN_ID: '4711234567',
};

/** The values that are masked, as the runner reads them. */
function masked(...values: string[]): string[] {
  let said = '';
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => Boolean((said += text))) as typeof write;
  try {
    maskAll(values, env);
  } finally {
    process.stdout.write = write;
  }
  return [...said.matchAll(/^::add-mask::(.*)$/gm)].map(([, value]) => value!);
}

test('every line of every value is masked, but for what is too short to hide', () => {
  expect(masked('s3cr3t', 'first\nsecond', 'abc')).toEqual(
    ['s3cr3t', 'first\nsecond', 'first', 'second'].map((value) => value.replace('\n', '%0A')),
  );
});

// The runner drops an output in which it finds a mask: the URL of the backup would be empty.
test.each(['prod', 'acme-corp', 'github.com', 'PASS'])(
  '%s, which the outputs show anyway, is not',
  (value) => {
    expect(masked(value, `${value}-more`)).toEqual([`${value}-more`]);
  },
);
