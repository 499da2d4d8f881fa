import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { getProxyUrl } from '@actions/http-client/lib/proxy';
import type { Scope } from '../scope.js';

/** A proxy on this machine that lets programs to certain hosts over https, and nowhere else. */
export interface Gate {
  url: string;
  /** What was asked for and not let through, as name and port. */
  refused: ReadonlySet<string>;
}

/** Where GitHub sends who asks github.com for a file of a release, or an archive. */
const COMPANIONS: Readonly<Record<string, RegExp>> = {
  'github.com:443': /^([a-z\d-]+\.)?githubusercontent\.com:443$|^codeload\.github\.com:443$/,
};

const TIMEOUT_MS = 30_000;

/**
 * Opens a gate. Whatever leads to another host, or to http, ends there: what a fetched kustomization names, redirects,
 * submodules.
 * @param hosts as name and port
 */
export async function openGate(hosts: readonly string[], scope: Scope): Promise<Gate> {
  const refused = new Set<string>();
  const isOpen = (host: string) =>
    hosts.some((open) => open === host || COMPANIONS[open]?.test(host) === true);
  // Not by CONNECT: plain http.
  const server = createServer((incoming, response) => {
    refused.add(plainHost(incoming));
    response.writeHead(403).end();
  });
  server.on('connect', ({ url = '' }: IncomingMessage, client: Duplex) => {
    client.on('error', () => client.destroy());
    const host = url.toLowerCase();
    if (isOpen(host)) return void pass(host, client);
    refused.add(host);
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => void server.close().closeAllConnections();
  scope.defer(close, close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refused };
}

function plainHost({ url = '', headers }: IncomingMessage): string {
  return `${URL.parse(url)?.host ?? headers.host ?? ''} over http`;
}

async function pass(host: string, client: Duplex): Promise<void> {
  const upstream = await tunnel(host).catch(() => undefined);
  if (!upstream) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  upstream.pipe(client).pipe(upstream);
}

/** A connection to a host, by way of the proxy that the environment names, see proxiedFetch. */
async function tunnel(host: string): Promise<Duplex> {
  const url = new URL(`https://${host}`);
  const proxy = getProxyUrl(url);
  if (proxy) return throughProxy(host, proxy);
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) });
  await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => {
    socket.destroy();
    throw error;
  });
  return socket;
}

async function throughProxy(
  host: string,
  { protocol, hostname, port, username, password }: URL,
): Promise<Duplex> {
  const send = protocol === 'https:' ? secureRequest : request;
  const account = [username, password].map(decodeURIComponent).join(':');
  const asked = send({
    ...{ hostname, port, method: 'CONNECT', path: host, agent: false },
    headers: {
      host,
      ...(username ? { 'proxy-authorization': `Basic ${Buffer.from(account).toString('base64')}` } : {}),
    },
  });
  asked.end();
  const [{ statusCode }, socket] = (await once(asked, 'connect', {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })) as [IncomingMessage, Duplex];
  if (statusCode === 200) return socket;
  socket.destroy();
  throw new Error(`the proxy answered ${statusCode}`);
}
