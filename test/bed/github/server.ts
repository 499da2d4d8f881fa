import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CacheEntry, cacheAnswer } from './cache.js';
import { restAnswer } from './rest.js';
import { resultsAnswer } from './results.js';
import {
  type ArtifactShape,
  type CommentShape,
  HEAD,
  type RunShape,
  runShape,
  TIP,
  type WorkflowShape,
  workflowShape,
} from './shapes.js';

/** One request as it came in. */
export interface Asked {
  method: string;
  /** `GET /path?query`, as a failure is matched against. */
  line: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What stands in for an answer: the request is left to it. */
export type Failure = (asked: Asked, response: ServerResponse) => void;

export interface BedArtifact extends ArtifactShape {
  /** undefined between the upload's start and its end. */
  zip?: Buffer;
}

/** What the server knows; tests change it as they like. */
export interface GitHubState {
  url: string;
  runs: RunShape[];
  artifacts: BedArtifact[];
  caches: CacheEntry[];
  workflows: WorkflowShape[];
  comments: CommentShape[];
  /** The commit at the head of every pull request. */
  pullHead: string;
  defaultBranch: string;
  /** Commits by name, such as `heads/main` and `tags/v1`. */
  refs: Record<string, string>;
  /** The parents of commits; one that is not here has none. */
  parents: Record<string, string[]>;
  /** Who edited a comment last, by its ID, where that is not its author. */
  editors: Map<number | bigint, string>;
  /** Whom the token belongs to. */
  viewer: string;
  /** The run that uploads; see env. */
  runId: number;
  /** Blocks of blobs under way, and blobs, by path. */
  blocks: Map<string, Buffer>;
  blobs: Map<string, Buffer>;
}

export interface GitHubBed extends GitHubState {
  /** All requests so far. */
  asked: Asked[];
  /** Lets requests whose line matches fail, one after the other as listed; then they are answered again. */
  fail(line: RegExp, ...failures: Failure[]): void;
  /** What a job of the run sees in its environment. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Serves on loopback what this project asks of GitHub: REST for repository octo-org/octo-repo, the artifact service
 * that runners upload to, the cache service, and their blob storage.
 */
export async function startGitHub(): Promise<GitHubBed> {
  const failures: { line: RegExp; rest: Failure[] }[] = [];
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      asked.push(one);
      const failure = failures.find(({ line, rest }) => rest.length > 0 && line.test(one.line))?.rest.shift();
      if (failure) failure(one, response);
      else send(response, answerTo(bed, one));
    });
  });
  // One that a test does not close must not keep jest from ending.
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bed: GitHubBed = {
    ...initialState(url),
    asked,
    fail: (line, ...rest) => void failures.push({ line, rest }),
    env: environment(url),
    close: () => close(server),
  };
  return bed;
}

function initialState(url: string): GitHubState {
  return {
    url,
    runs: [runShape({ id: RUN_ID })],
    artifacts: [],
    caches: [],
    workflows: [workflowShape()],
    comments: [],
    pullHead: HEAD,
    defaultBranch: 'main',
    refs: { 'heads/main': TIP },
    parents: {},
    editors: new Map(),
    viewer: 'github-actions[bot]',
    runId: RUN_ID,
    blocks: new Map(),
    blobs: new Map(),
  };
}

const RUN_ID = 30433642;
const jwtPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Unsigned: the client reads it, nobody checks it. */
const RUNTIME_TOKEN = [{ alg: 'none' }, { scp: 'Actions.Results:run-backend:job-backend' }]
  .map(jwtPart)
  .concat('')
  .join('.');

const environment = (url: string) => ({
  GITHUB_API_URL: url,
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'octo-org/octo-repo',
  GITHUB_RUN_ID: String(RUN_ID),
  GITHUB_TOKEN: 'x',
  ACTIONS_RESULTS_URL: `${url}/`,
  ACTIONS_RUNTIME_URL: `${url}/`,
  ACTIONS_RUNTIME_TOKEN: RUNTIME_TOKEN,
  ACTIONS_CACHE_SERVICE_V2: 'True',
});

const answerTo = (state: GitHubState, asked: Asked): Answer =>
  resultsAnswer(state, asked) ?? cacheAnswer(state, asked) ?? restAnswer(state, asked);

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bed');
  const method = request.method ?? 'GET';
  const line = `${method} ${request.url}`;
  return {
    method,
    line,
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
}

export function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const json = body !== undefined && !Buffer.isBuffer(body);
  response.writeHead(status, {
    ...(json ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...headers,
  });
  response.end(json ? JSON.stringify(body) : body);
}

/** A failure that is an answer. */
export const answer =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Failure =>
  (_, response) =>
    send(response, { status, body, headers });

/** A failure that breaks the connection in the middle of a good answer. */
export const brokenOff =
  (body: string): Failure =>
  (_, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(body.length + 10),
    });
    response.write(body, () => response.socket?.destroy());
  };

/** A failure that never answers. */
export const silence: Failure = () => {};

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
