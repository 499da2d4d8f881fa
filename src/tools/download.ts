import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { types } from 'node:util';
import type { Log } from '../log.js';

/** What a download needs of the outside. */
export interface Net {
  fetch: typeof fetch;
  log: Log;
  signal: AbortSignal | undefined;
  /** Waits for so many milliseconds. */
  sleep: (ms: number) => Promise<void>;
}

const ATTEMPTS = 5;
const BACKOFF_BASE_MS = 500;
const BACKOFF_LIMIT_MS = 20_000;
/** A server that asks for a longer pause than this is given up. */
const RETRY_AFTER_LIMIT_MS = 120_000;
const RANGE_NOT_SATISFIABLE = 416;
const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;
/** Several times the largest release: argocd and kube-apiserver have some 200 MB. */
const LARGEST_FILE = 1_000_000_000;
/** The longest checksum file, etcd's, has 4 KB. */
const LARGEST_TEXT = 1_000_000;
const RETRIED_STATUS = [408, 429];
/** Broken connections. A name that does not resolve or a refused connection is not among them: those stay. */
const RETRIED_CODES = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
];

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** A failure that another attempt may not meet. */
class Transient extends Error {
  constructor(
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/**
 * Writes what a URL serves to a file, going on where a broken connection left off if the server can.
 * @returns the SHA-256 of the bytes, in lower-case hex
 * @throws Error that names the URL and what is wrong with it, such as more than `limit` bytes
 */
export async function download(url: string, to: string, net: Net, limit = LARGEST_FILE): Promise<string> {
  const file = await open(to, 'w', 0o600);
  let hash = createHash('sha256');
  let have = 0;
  let etag: string | null = null;
  const restart = async () => {
    hash = createHash('sha256');
    have = 0;
    await file.truncate(0);
  };
  try {
    await retrying(net, async () => {
      const response = await request(url, net, resumeHeaders(have, etag));
      if (refusesToResume(response, have)) {
        await response.body?.cancel();
        await restart();
        throw new Transient(`${url} does not go on where the connection broke`);
      }
      if (response.status !== 206) await restart();
      etag = response.headers.get('etag');
      for await (const chunk of bodyOf(url, response, limit - have)) {
        await file.write(chunk, 0, chunk.length, have);
        hash.update(chunk);
        have += chunk.length;
        net.log.progress(`downloading ${basename(url)}: ${Math.floor(have / 1e6)} MB`);
      }
    });
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/** The text that a URL serves; for small files such as checksums. */
export async function downloadText(url: string, net: Net): Promise<string> {
  return retrying(net, async () => {
    const chunks: Uint8Array[] = [];
    const response = await request(url, net, {});
    for await (const chunk of bodyOf(url, response, LARGEST_TEXT)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  });
}

/** The wait before attempt `attempt + 1`: exponential, with full jitter. `random` is in [0, 1). */
export function backoffMs(attempt: number, random = Math.random()): number {
  return Math.round(random * Math.min(BACKOFF_LIMIT_MS, BACKOFF_BASE_MS * 2 ** attempt));
}

/** Retry-After in milliseconds: it is a number of seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

async function retrying<T>(net: Net, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient) || count === ATTEMPTS || net.signal?.aborted) throw error;
      const wait = error.retryAfterMs ?? backoffMs(count);
      if (wait > RETRY_AFTER_LIMIT_MS)
        throw new Error(`${error.message} and asks to wait ${Math.round(wait / 1000)} s, which is too long`);
      net.log.info(`${error.message}; attempt ${count + 1} of ${ATTEMPTS} in ${(wait / 1000).toFixed(1)} s`);
      await net.sleep(wait);
    }
  }
}

async function request(url: string, net: Net, headers: Record<string, string>): Promise<Response> {
  const response = await follow(url, net, { ...headers, 'accept-encoding': 'identity' });
  if (response.ok || (response.status === RANGE_NOT_SATISFIABLE && headers.range)) return response;
  await response.body?.cancel();
  const message = `${url} answered ${response.status}`;
  if (!RETRIED_STATUS.includes(response.status) && response.status < 500) throw new Error(message);
  throw new Transient(message, retryAfterMs(response.headers.get('retry-after')));
}

/** Each address on the way is looked at before it is asked: fetch by itself goes from https on to http. */
async function follow(url: string, net: Net, headers: Record<string, string>): Promise<Response> {
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    assertSecure(url, at);
    const init = { headers, redirect: 'manual', signal: net.signal ?? null } as const;
    const response = await net.fetch(at, init).catch((error) => {
      throw networkError(url, error);
    });
    const location = REDIRECTS.includes(response.status) && response.headers.get('location');
    if (!location) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, at)) throw new Error(`${url} leads to an address that is none`);
    at = new URL(location, at).href;
  }
  throw new Error(`${url} leads on more than ${MOST_REDIRECTS} times`);
}

/** Without TLS only from this machine to itself, and never by a redirect of somebody else. */
function assertSecure(url: string, at: string): void {
  const { protocol, hostname, host } = new URL(at);
  if (protocol === 'https:') return;
  const here = LOOPBACK.includes(hostname) && new URL(url).protocol === 'http:';
  if (protocol !== 'http:' || !here)
    throw new Error(
      at === url ? `${url} is not https` : `${url} leads to ${protocol}//${host}, which is not https`,
    );
}

function resumeHeaders(have: number, etag: string | null): Record<string, string> {
  if (have === 0) return {};
  // Without a strong validator the parts may be of two files; the digest will tell.
  const condition: Record<string, string> = etag && !etag.startsWith('W/') ? { 'if-range': etag } : {};
  return { range: `bytes=${have}-`, ...condition };
}

function refusesToResume(response: Response, have: number): boolean {
  if (response.status === RANGE_NOT_SATISFIABLE) return true;
  return response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${have}-`);
}

/** The chunks of a body, up to so many bytes, whatever its header says. */
async function* bodyOf(url: string, response: Response, limit: number): AsyncGenerator<Uint8Array> {
  let have = 0;
  try {
    for await (const chunk of response.body ?? []) {
      have += chunk.length;
      if (have > limit) break;
      yield chunk;
    }
  } catch (error) {
    throw networkError(url, error);
  }
  if (have > limit) throw new Error(`${url} is larger than it may be`);
}

function networkError(url: string, error: unknown): Error {
  const cause = innermost(error);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const message = `${url}: ${cause.message || code}`;
  return RETRIED_CODES.includes(code) ? new Transient(message) : new Error(message);
}

/** The error at the bottom: fetch wraps the socket's error in one or two of its own. */
function innermost(error: unknown): Error {
  if (!types.isNativeError(error)) return new Error(String(error));
  return types.isNativeError(error.cause) ? innermost(error.cause) : error;
}
