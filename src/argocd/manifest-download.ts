import { pipeline } from 'node:stream/promises';
import { Collected } from '../collected.js';
import { DrError, infraError, invalidInput } from '../errors.js';
import { shown } from '../github/shown.js';
import { proxiedFetch } from '../proxied-fetch.js';
import { MANIFEST_LIMIT } from './manifest-paths.js';

const MAX_REDIRECTS = 10;
const TIMEOUT_MS = 120_000;

/** A URL in messages: what stands before the host and behind the path may be a credential. */
export function nameOfUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return 'of this URL';
  const { protocol, hostname, port, pathname } = url;
  return `${protocol}//${shown(hostname, 260)}${port && `:${port}`}${shown(pathname, 300)}`;
}

/**
 * Downloads a text over https, by way of as many redirects as browsers follow: those of releases on GitHub lead to
 * another host. Never over anything else, wherever a redirect leads.
 * @throws DrError (invalid input) where the URL, or one that it leads to, is not https; (infrastructure) where it
 *   cannot be had. None shows what a server said, or credentials in a URL.
 */
export async function downloadText(url: string, signal: AbortSignal | undefined): Promise<string> {
  const name = nameOfUrl(url);
  try {
    const response = await follow(
      url,
      AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(TIMEOUT_MS)]),
    );
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const text = new Collected(MANIFEST_LIMIT, `what manifests ${name} gives`);
    if (response.body) await pipeline(response.body, text);
    return text.text();
  } catch (error) {
    if (error instanceof DrError) throw error;
    signal?.throwIfAborted();
    throw infraError(
      `manifests ${name} cannot be fetched (${reasonOf(error)}): check the URL, or give a file`,
    );
  }
}

async function follow(start: string, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    assertHttps(url, start);
    const response = await proxiedFetch(url, { signal, redirect: 'manual' });
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    url = URL.parse(location, url)?.href ?? '';
  }
  throw new Error(`it leads on more than ${MAX_REDIRECTS} times`);
}

const REDIRECTS = [301, 302, 303, 307, 308];

function assertHttps(url: string, start: string): void {
  const { protocol, username, password } = URL.parse(url) ?? {};
  if (username || password)
    throw invalidInput(
      `manifests ${nameOfUrl(start)}: no credentials are sent, and the URL has some: give a file`,
    );
  if (protocol === 'https:') return;
  throw invalidInput(
    url === start
      ? `manifests ${nameOfUrl(url)}: only https URLs are fetched`
      : `manifests ${nameOfUrl(start)} leads to ${nameOfUrl(url)}, and only https URLs are fetched: give an https URL, or a file`,
  );
}

/** Codes and words of ours: a message may hold the URL. */
function reasonOf(error: unknown): string {
  const { name, cause, message } = error as Error & { cause?: { code?: unknown } };
  if (name === 'TimeoutError') return `it took longer than ${TIMEOUT_MS / 1000} s`;
  if (typeof cause?.code === 'string') return shown(cause.code);
  return /^(the server answered \d+|it leads on)/.test(message) ? message : 'the connection failed';
}
