import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { cancelled, infraError, messageOf } from '../../errors.js';
import { type Exec, tail } from '../../exec.js';
import type { Scope } from '../../scope.js';

/** A Git repository that pods of the drill can read over smart HTTP, and nobody can write to over the network. */
export interface GitServer {
  /** Of the repository; its path cannot be guessed. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** Requests of others than this process that Git has answered so far. */
  readonly requests: number;
  /** Replaces all files of the branch `main` by a new commit, and gives its SHA. */
  commit(files: Readonly<Record<string, string>>, message: string): Promise<string>;
  /** @throws DrError (infrastructure) where the repository cannot be read over its own address */
  assertAnswers(): Promise<void>;
}

export interface GitServerOptions {
  exec: Exec;
  /** Ends the server and removes the repository. */
  scope: Scope;
  /** IPv4 of this host to listen on; the port is a free one. */
  address: string;
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

export const CANARY_BRANCH = 'main';

const REPOSITORY = 'canary.git';
const ANSWER_TIMEOUT_MS = 10_000;
/** Tells this process's own look at the server from those of others. */
const OWN_AGENT = 'argocd-dr';

// The repository belongs to who runs the drill, yet inside containers Git may see another owner (CVE-2022-24765).
const GIT_CONFIG = '[safe]\n\tdirectory = *\n[http]\n\treceivepack = false\n[gc]\n\tauto = 0\n';

interface Repository {
  /** The folder above the bare repository. */
  root: string;
  git: (args: readonly string[], options?: { stdin?: string }) => Promise<string>;
  /** One request to Git's own CGI program. */
  backend: (request: IncomingMessage, service: Service) => Promise<CgiAnswer>;
}

/**
 * Starts a Git server for one new, empty repository: `git http-backend` behind an HTTP server of this process.
 * @throws DrError (infrastructure) where git is missing, or the address is not this host's
 */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const { scope, address } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const repository = await makeRepository({ ...options, signal });
  const token = randomBytes(16).toString('hex');
  const state = { requests: 0, failure: '' };
  const server = createServer((request, response) => {
    answer(request, response, token, repository, state).catch(() => response.destroy());
  });
  const close = () => {
    closing.abort();
    server.close();
    server.closeAllConnections();
  };
  scope.defer(close, close);
  const port = await listen(server, address);
  const url = `http://${address}:${port}/${token}/${REPOSITORY}`;
  return {
    url,
    address,
    port,
    get requests() {
      return state.requests;
    },
    commit: (files, message) => commit(repository, files, message),
    assertAnswers: () => assertAnswers(url, state, signal),
  };
}

async function makeRepository({ exec, scope, signal, env }: GitServerOptions): Promise<Repository> {
  const root = scope.privateDir('git');
  const home = join(root, 'home');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, '.gitconfig'), GIT_CONFIG);
  // Nothing of the user's or the machine's Git configuration, nor of a surrounding Git hook, is taken over.
  const gitEnv = { PATH: env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  const dir = join(root, REPOSITORY);
  const git: Repository['git'] = async (args, { stdin } = {}) => {
    const given = { cwd: root, env: gitEnv, signal, ...(stdin === undefined ? {} : { stdin }) };
    const { code, stdout, stderr } = await exec('git', args, given).catch(refuseMissing);
    if (code !== 0) throw infraError(`git ${args[0]} of the canary's repository failed: ${tail(stderr)}`);
    return stdout.trim();
  };
  await git(['init', '--quiet', '--bare', '--template=', dir]);
  await git(['-C', dir, 'symbolic-ref', 'HEAD', `refs/heads/${CANARY_BRANCH}`]);
  return {
    root,
    git: (args, given) => git(['-C', dir, ...args], given),
    backend: (request, service) => runBackend(request, service, { exec, root, env: gitEnv, signal }),
  };
}

function refuseMissing(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  throw infraError(
    'the program git is not on this machine: level engine serves its canary from a Git repository; install git, or ask for level running',
    error,
  );
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        infraError(
          `cannot serve the canary's Git repository on ${address}: the address must be one of this host's, in the network of the kind nodes`,
          error,
        ),
      ),
    );
    server.listen(0, address, () => resolve((server.address() as AddressInfo).port));
  });
}

async function commit(
  { git }: Repository,
  files: Readonly<Record<string, string>>,
  message: string,
): Promise<string> {
  const ref = `refs/heads/${CANARY_BRANCH}`;
  const parent = await git(['for-each-ref', '--format=%(objectname)', ref]);
  const seconds = Math.floor(Date.now() / 1000);
  const lines = [
    `commit ${ref}`,
    `committer argocd-dr <argocd-dr@localhost> ${seconds} +0000`,
    ...data(message),
    ...(parent ? [`from ${parent}`] : []),
    'deleteall',
    ...Object.entries(files).flatMap(([path, text]) => [
      `M 100644 inline ${JSON.stringify(path)}`,
      ...data(text),
    ]),
  ];
  await git(['fast-import', '--quiet'], { stdin: `${lines.join('\n')}\n` });
  return git(['rev-parse', ref]);
}

/** A text in the format of git fast-import, its length in bytes before it. */
const data = (text: string) => [`data ${Buffer.byteLength(text)}`, text];

interface Service {
  /** Below the repository. */
  path: string;
  query: string;
}

/** What reading takes (gitprotocol-http: smart clients), and nothing else. */
function serviceOf({ method, url = '' }: IncomingMessage, token: string): Service | undefined {
  const [path, query = ''] = url.split('?');
  const base = `/${token}/${REPOSITORY}`;
  if (method === 'GET' && path === `${base}/info/refs` && query === 'service=git-upload-pack')
    return { path: '/info/refs', query };
  if (method === 'POST' && path === `${base}/git-upload-pack`) return { path: '/git-upload-pack', query };
  return undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  { backend }: Repository,
  state: { requests: number; failure: string },
): Promise<void> {
  const service = serviceOf(request, token);
  if (!service) return void response.writeHead(404).end();
  try {
    const { status, headers, body } = await backend(request, service);
    if (request.headers['user-agent'] !== OWN_AGENT) state.requests++;
    response.writeHead(status, headers).end(body);
  } catch (error) {
    state.failure = messageOf(error);
    response.writeHead(500).end();
  }
}

interface CgiAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

async function runBackend(
  request: IncomingMessage,
  { path, query }: Service,
  { exec, root, env, signal }: { exec: Exec; root: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<CgiAnswer> {
  const { headers, method } = request;
  const chunks: Buffer[] = [];
  // The repository is a few kilobytes: an answer in one piece can carry the status of its end.
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const cgi = {
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: method,
    PATH_INFO: `/${REPOSITORY}${path}`,
    QUERY_STRING: query,
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: headers['git-protocol']?.toString(),
  };
  const options = { env, set: cgi, stdin: request, stdout, signal };
  const { code, stderr } = await exec('git', ['http-backend'], options).catch(refuseMissing);
  const output = Buffer.concat(chunks);
  if (code !== 0 && output.length === 0)
    throw infraError(`git http-backend ended with ${code}: ${tail(stderr)}`);
  return parseCgi(output);
}

/** Splits what a CGI program wrote (RFC 3875) into status, headers and body. */
export function parseCgi(output: Buffer): CgiAnswer {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) throw infraError('git http-backend gave an answer without headers');
  const lines = output.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.toLowerCase(), value.join(':').trim()];
    }),
  );
  const { status = '200', ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, body: output.subarray(end + 4) };
}

async function assertAnswers(url: string, state: { failure: string }, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(`${url}/info/refs?service=git-upload-pack`, {
      headers: { 'user-agent': OWN_AGENT },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const text = await response.text();
    if (response.ok && text.includes('# service=git-upload-pack')) return;
    throw infraError(state.failure || `it answers with status ${response.status}`);
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw infraError(
      "the drill's own Git server does not serve the canary's repository: check that git and its http-backend are installed, and start the drill again",
      error,
    );
  }
}
