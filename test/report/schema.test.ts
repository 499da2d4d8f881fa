import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { reportSchema } from '../../src/report/report.js';
import { reportJsonSchema } from '../../src/report/schema.js';
import { pass, samples } from '../fixtures/reports.js';

const committed = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(committed);

test('docs/report.schema.json is what reportJsonSchema() gives', () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
});

test('declares JSON Schema 2020-12', () => {
  expect(committed.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
});

test.each(Object.entries(samples))('%s is valid by both schemas', (_name, report) => {
  validate(JSON.parse(JSON.stringify(report)));
  expect(validate.errors).toBeNull();
  expect(reportSchema.safeParse(report).error).toBeUndefined();
});

test.each([
  ['another format version', { formatVersion: 2 }],
  ['an unknown verdict', { verdict: 'MAYBE' }],
  ['a negative RPO', { rpoSeconds: -1 }],
  ['an unknown field', { secret: 'x' }],
  ['no list of checks', { checks: undefined }],
  ['an unknown status', { checks: [{ ...pass.checks[0], status: 'green' }] }],
])('refuses %s', (_name, change) => {
  expect(validate(JSON.parse(JSON.stringify({ ...pass, ...change })))).toBe(false);
});
