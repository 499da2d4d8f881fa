import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { assertPlatform } from '../../src/tools/platform.js';
import { cleanUp, serve, sha256, tempDir, text } from './bench.js';

const { os, arch } = assertPlatform();
const KUBECTL = `/release/v1.34.4/bin/${os}/${arch}/kubectl`;
const TSX = createRequire(import.meta.url).resolve('tsx');

/** A process of its own that gets kubectl and prints its log, then the tool as JSON. */
function start(url: string, cacheDir: string) {
  const child = spawn(
    process.execPath,
    ['--import', TSX, `${import.meta.dirname}/get-kubectl.ts`, url, cacheDir],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  cleanUp(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const saw = (part: string) =>
    new Promise<void>((resolve) => {
      reader.on('line', (line) => line.includes(part) && resolve());
    });
  reader.on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code]) => ({ code, tool: JSON.parse(lines.at(-1) ?? '') }));
  return { saw, ended };
}

test('two processes: the second waits, then uses what the first one got', async () => {
  const body = 'one program';
  let answer: (response: ServerResponse) => void = () => {};
  const asked = new Promise<ServerResponse>((resolve) => {
    answer = resolve;
  });
  const server = await serve({
    [KUBECTL]: (_, response) => answer(response),
    [`${KUBECTL}.sha256`]: text(sha256(body)),
  });
  const cacheDir = tempDir();
  const first = start(server.url, cacheDir);
  const response = await asked;
  const second = start(server.url, cacheDir);
  await second.saw('another run is getting it');
  response.end(body);
  const [one, two] = await Promise.all([first.ended, second.ended]);
  expect(one).toMatchObject({ code: 0, tool: { source: 'release', sha256: sha256(body) } });
  expect(two).toMatchObject({
    code: 0,
    tool: { source: 'cache', sha256: sha256(body), path: one.tool.path },
  });
  expect(server.requests.filter((request) => request === KUBECTL)).toHaveLength(1);
}, 60_000);
