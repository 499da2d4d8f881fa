import { defaults } from '@actions/github/lib/utils';

/**
 * fetch as @actions/github has it, by way of the runner's proxy, that ends after a time and with the whole answer:
 * octokit takes what came before a connection broke for the answer.
 */
export function wholeFetch(timeoutMs: number, signal: AbortSignal | undefined): typeof fetch {
  const proxied = (defaults.request as { fetch: typeof fetch }).fetch;
  return async (url, init) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const stops = [timeout, signal, init?.signal].filter((stop) => stop != null);
    try {
      const response = await proxied(url, { ...init, signal: AbortSignal.any(stops) });
      const body = Buffer.from(await response.arrayBuffer());
      const { status, statusText, headers } = response;
      return new Response(body.length > 0 ? body : null, {
        status,
        statusText,
        headers: [...headers],
      });
    } catch (error) {
      // What octokit does not try again.
      if (signal?.aborted) throw Object.assign(new Error('stopped'), { name: 'AbortError' });
      throw timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error;
    }
  };
}
