import { afterAll, expect, test } from '@jest/globals';
import { Guarded } from './guarded.js';
import { PROPERTIES } from './properties.js';

const guarded = new Guarded();
afterAll(() => guarded.close());

test.each(PROPERTIES.map(({ name }) => name))('%s', async (name) => {
  const { tried, problems } = await guarded.ask({ name });
  expect(problems).toEqual([]);
  expect(tried).toBeGreaterThan(0);
});
