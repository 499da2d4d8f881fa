import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import { afterEach } from '@jest/globals';
import { pack } from 'tar-stream';
import { exec } from '../../src/exec.js';
import type { Log } from '../../src/log.js';
import { createTools, type ToolsOptions } from '../../src/tools/chain.js';
import type { ReleaseBases } from '../../src/tools/release.js';

const cleanUps: (() => void | Promise<void>)[] = [];

/** Runs after the test that is under way, last registered first. */
export function cleanUp(run: () => void | Promise<void>): void {
  cleanUps.push(run);
}

afterEach(async () => {
  for (let run = cleanUps.pop(); run; run = cleanUps.pop()) await run();
});

/** An empty folder for one test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'argocd-dr-tools-'));
  cleanUp(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a shell script that can be run as a program. */
export function program(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

export const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

/** A log that keeps its lines. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, info: add, warn: add, progress() {} };
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Server {
  url: string;
  /** All requests so far, as `<path>` or `<path> <range>`. */
  requests: string[];
  /** Every base points at this server. */
  bases: ReleaseBases;
}

/** Serves on loopback: per path one answer, or a list of which the last one is repeated. Others are 404. */
export async function serve(answers: Record<string, Answer | Answer[]>): Promise<Server> {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push([path, request.headers.range].filter(Boolean).join(' '));
    const list = [answers[path] ?? status(404)].flat();
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    (list[Math.min(count, list.length - 1)] as Answer)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, bases: { github: url, githubRaw: url, kubernetes: url, helm: url } };
}

export const text =
  (body: string | Buffer): Answer =>
  (_, response) =>
    void response.end(body);

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end('no');

/** A tar.gz in memory. */
export async function tarGz(
  members: { name: string; type?: 'file' | 'symlink'; body: string }[],
): Promise<Buffer> {
  const archive = pack();
  for (const { name, type = 'file', body } of members) {
    if (type === 'file') archive.entry({ name }, body);
    else archive.entry({ name, type, linkname: body });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.pipe(createGzip())) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Tools with an empty cache, nothing on PATH, no pins, and waits that take no time. */
export function bench(options: Partial<ToolsOptions> = {}) {
  const dir = tempDir();
  const log = recordingLog();
  const waits: number[] = [];
  const cacheDir = join(dir, 'cache');
  const settings: ToolsOptions = {
    source: 'auto',
    exec,
    log,
    cacheDir,
    env: { PATH: join(dir, 'bin') },
    releases: { github: UNREACHABLE, githubRaw: UNREACHABLE, kubernetes: UNREACHABLE, helm: UNREACHABLE },
    pins: { releases: {}, manifests: {} },
    sleep: async (ms) => void waits.push(ms),
    ...options,
  };
  return { dir, bin: join(dir, 'bin'), cacheDir, log, waits, settings, tools: createTools(settings) };
}

/** Nothing listens on port 9 (discard) of loopback. */
const UNREACHABLE = 'http://127.0.0.1:9';
