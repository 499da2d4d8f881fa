import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { makeFolders } from '../src/folders.js';
import { Scope } from '../src/scope.js';

const scope = new Scope();
const dir = scope.privateDir('test-folders');
afterAll(() => scope.close());

test('makes a folder and those above it with the mode, and leaves what is there', () => {
  const deep = join(dir, 'a', 'b');
  makeFolders(deep, 0o700);
  makeFolders(deep, 0o755);
  expect([deep, join(dir, 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

test('gives up where nothing can be made: there Node itself never returns', () => {
  expect(() => makeFolders('/proc/argocd-dr/x')).toThrow(/ENOENT|EACCES|EPERM|ENOTSUP|EROFS/);
});

test('a file in the way is the error', () => {
  expect(() => makeFolders(join(import.meta.filename, 'x'))).toThrow(/ENOTDIR|EEXIST/);
});
