import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exec } from '../../../src/exec.js';
import { Scope } from '../../../src/scope.js';

const scope = new Scope();
const dir = scope.privateDir('test-runc');
const bundle = join(dir, 'bundle');
const spec = join(bundle, 'config.json');
const processFile = join(dir, 'process.json');
const capabilities = { bounding: ['CAP_SYS_RESOURCE', 'CAP_NET_RAW'], ambient: ['CAP_SYS_RESOURCE'] };
const without = { bounding: ['CAP_NET_RAW'], ambient: [] };

beforeAll(() => {
  mkdirSync(bundle);
  writeFileSync(join(dir, 'runc'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n');
  chmodSync(join(dir, 'runc'), 0o755);
});
afterAll(() => scope.close());

/** Runs the wrapper over a runc that prints its arguments and ends with 7. */
async function runc(...args: string[]): Promise<string[]> {
  const env = { ...process.env, RUNC: join(dir, 'runc') };
  const wrapper = join(import.meta.dirname, 'runc-without-sys-resource');
  const { code, stdout, stderr } = await exec('bash', [wrapper, ...args], { env: {}, set: env });
  expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
  return stdout.trimEnd().split('\n');
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;

test.each([
  ['create', ['--root', '/state', 'create', '--bundle', bundle, '--pid-file', '/p id', 'name']],
  ['run', ['run', `--bundle=${bundle}`, 'name']],
  ['create, short', ['create', '-b', bundle, 'name']],
])('%s: runs without the capability, and is told all arguments', async (_verb, args) => {
  writeFileSync(spec, JSON.stringify({ process: { args: ['sh'], capabilities }, hostname: 'h' }));
  expect(await runc(...args)).toEqual(args);
  expect(json(spec)).toEqual({ process: { args: ['sh'], capabilities: without }, hostname: 'h' });
});

test('exec: the process has not got the capability', async () => {
  writeFileSync(processFile, JSON.stringify({ args: ['sh'], capabilities }));
  await runc('exec', '--process', processFile, 'name');
  expect(json(processFile)).toEqual({ args: ['sh'], capabilities: without });
});

test('a container without capabilities, and an exec without a process file, are left alone', async () => {
  writeFileSync(spec, JSON.stringify({ process: { args: ['sh'] } }));
  await runc('create', '--bundle', bundle, 'name');
  expect(json(spec)).toEqual({ process: { args: ['sh'] } });
  expect(await runc('exec', 'name', 'sh')).toEqual(['exec', 'name', 'sh']);
});

test('other commands are runc itself', async () => {
  expect(await runc('state', 'name')).toEqual(['state', 'name']);
});
