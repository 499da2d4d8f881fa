// Jest for the tests of workflows under act: as in package.json, but one at a time, with time for whole drills.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import project from '../../package.json' with { type: 'json' };

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export default {
  ...project.jest,
  rootDir: ROOT,
  testMatch: ['<rootDir>/test/workflows/**/*.workflow.ts'],
  testTimeout: 10 * 60_000,
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/scripts/lib/progress.mjs'],
};
