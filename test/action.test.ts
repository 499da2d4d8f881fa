import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { actionMain } from '../src/action.js';
import { EXIT } from '../src/errors.js';

let dir: string;
const kept = { ...process.env };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'action-'));
  for (const name of ['GITHUB_STATE', 'GITHUB_OUTPUT']) {
    process.env[name] = join(dir, name);
    writeFileSync(join(dir, name), '');
  }
});
afterEach(() => {
  process.env = { ...kept };
  rmSync(dir, { recursive: true });
});

test('the post step learns of the folder for private files before anything else happens', async () => {
  const { signal } = new AbortController();
  const env = { ...process.env, RUNNER_TEMP: dir, INPUT_MODE: 'none' };
  const { write } = process.stdout;
  process.stdout.write = (() => true) as typeof write;
  const code = await actionMain(env, signal).finally(() => (process.stdout.write = write));
  process.exitCode = undefined;
  expect(code).toBe(EXIT.invalidInput);
  const state = readFileSync(join(dir, 'GITHUB_STATE'), 'utf8');
  const [folder] = readdirSync(dir).filter((name) => name.startsWith('argocd-dr-step-'));
  expect(state).toContain(join(dir, folder!));
  expect(state).toMatch(/^isPost<</m);
});
