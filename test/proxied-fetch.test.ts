import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { proxiedFetch } from '../src/proxied-fetch.js';

let site: Server;
let proxy: Server;
let tunnels: string[];

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.unref();
}
const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeEach(async () => {
  tunnels = [];
  site = await listening(
    createServer((request, response) => response.end(`${request.method} ${request.url}`)),
  );
  proxy = await listening(createServer());
  // Names are for the proxy to look up: the site has one that nobody else knows.
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url!);
    const upstream = connect(portOf(site), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
  });
});
afterEach(() => {
  site.close().closeAllConnections();
  proxy.close().closeAllConnections();
});

const NAMES = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

async function through(variables: Record<string, string>, url: string): Promise<string> {
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await (await proxiedFetch(url)).text();
  } finally {
    for (const [name, value] of before) {
      delete process.env[name];
      if (value !== undefined) process.env[name] = value;
    }
  }
}

test.each(['http_proxy', 'HTTP_PROXY'])('goes by way of %s', async (name) => {
  const variables = { [name]: `http://127.0.0.1:${portOf(proxy)}` };
  expect(await through(variables, 'http://site.invalid/a')).toBe('GET /a');
  expect(tunnels).toEqual(['site.invalid:80']);
});

test.each(['https_proxy', 'HTTPS_PROXY'])('goes by way of %s where the address is https', async (name) => {
  const variables = { [name]: `http://127.0.0.1:${portOf(proxy)}` };
  // What stands behind the tunnel here speaks no TLS.
  await expect(through(variables, 'https://site.invalid/a')).rejects.toThrow('fetch failed');
  expect(tunnels).toEqual(['site.invalid:443']);
});

test('goes straight to this machine, to what no_proxy names, and where there is no proxy', async () => {
  const url = `http://127.0.0.1:${portOf(site)}/b`;
  const address = `http://127.0.0.1:${portOf(proxy)}`;
  // This machine itself is never behind a proxy.
  expect(await through({ http_proxy: address }, url)).toBe('GET /b');
  expect(await through({}, url)).toBe('GET /b');
  await expect(
    through({ http_proxy: address, no_proxy: '.invalid' }, 'http://site.invalid/'),
  ).rejects.toThrow();
  expect(tunnels).toEqual([]);
});
