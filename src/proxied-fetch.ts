import { getProxyUrl } from '@actions/http-client/lib/proxy';

/**
 * fetch by way of the proxy that the environment names for an address, as the toolkit of GitHub Actions has it
 * (`https_proxy`, `http_proxy`, `no_proxy`, also in capitals). Node.js's own passes them by, unless it is started with
 * NODE_USE_ENV_PROXY.
 */
export const proxiedFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!getProxyUrl(new URL(url))) return fetch(input, init);
  const [{ HttpClient }, undici] = await Promise.all([import('@actions/http-client'), import('undici')]);
  const dispatcher = new HttpClient().getAgentDispatcher(url);
  // The types of undici and of Node.js's own fetch are two spellings of one standard.
  const own = undici.fetch as unknown as (url: string, init: object) => Promise<Response>;
  return own(url, { ...init, dispatcher });
};
