import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Gate, openGate } from '../../src/argocd/https-gate.js';
import { Scope } from '../../src/scope.js';

const PROXY_NAMES = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
const before = PROXY_NAMES.map((name) => [name, process.env[name]] as const);

let scope: Scope;
let site: Server;
beforeEach(async () => {
  for (const name of PROXY_NAMES) delete process.env[name];
  scope = new Scope();
  site = await listening(createServer((_request, response) => response.end('reached')));
});
afterEach(async () => {
  await scope.close();
  site.close().closeAllConnections();
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
});

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** What a client gets that asks the gate for a connection to a host, and says a word there. */
async function through({ url }: Gate, host: string): Promise<string> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  socket.once('data', (answer: Buffer) => {
    if (answer.includes(' 200 ')) socket.write('GET / HTTP/1.0\r\n\r\n');
  });
  return text(socket);
}

describe('the gate', () => {
  test('lets to the hosts that are named, at their ports', async () => {
    const gate = await openGate([`127.0.0.1:${portOf(site)}`], scope);
    expect(await through(gate, `127.0.0.1:${portOf(site)}`)).toContain('reached');
    expect(gate.refused.size).toBe(0);
  });

  test('lets nowhere else', async () => {
    const gate = await openGate(['example.com:443', '127.0.0.1:443'], scope);
    const others = [
      'example.com:8443',
      'example.com.evil.test:443',
      `127.0.0.1:${portOf(site)}`,
      '169.254.169.254:80',
    ];
    for (const host of others) expect(await through(gate, host)).toContain(' 403 ');
    expect([...gate.refused]).toEqual(others);
  });

  test('lets nobody speak plain http, not even to a host that is named', async () => {
    const host = `127.0.0.1:${portOf(site)}`;
    const gate = await openGate([host], scope);
    const { hostname, port } = new URL(gate.url);
    const status = await new Promise((resolve) =>
      get({ hostname, port, path: `http://${host}/`, headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }),
    );
    expect([status, ...gate.refused]).toEqual([403, `${host} over http`]);
  });

  test('lets to where GitHub keeps files, for who names GitHub', async () => {
    process.env.https_proxy = `http://127.0.0.1:${portOf(site)}`;
    // That proxy knows no CONNECT: what is let through ends there.
    const named = await openGate(['github.com:443'], scope);
    const other = await openGate(['example.com:443'], scope);
    for (const host of ['objects.githubusercontent.com:443', 'codeload.github.com:443']) {
      expect(await through(named, host)).toContain(' 502 ');
      expect(await through(other, host)).toContain(' 403 ');
    }
    expect(await through(named, 'evilgithubusercontent.com:443')).toContain(' 403 ');
  });

  test('goes by way of the proxy of the environment, with its account', async () => {
    const asked: unknown[] = [];
    const proxy = await listening(createServer());
    proxy.on('connect', (request, client) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(connect(portOf(site), '127.0.0.1')).pipe(client);
    });
    process.env.https_proxy = `http://me:p%40ss@127.0.0.1:${portOf(proxy)}`;
    const gate = await openGate(['base.example:443'], scope);
    expect(await through(gate, 'base.example:443')).toContain('reached');
    expect(asked).toEqual(['base.example:443', `Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
    proxy.close().closeAllConnections();
  });

  test('is closed with its scope', async () => {
    const gate = await openGate([], scope);
    await scope.close();
    await expect(through(gate, 'example.com:443')).rejects.toThrow('ECONNREFUSED');
  });
});
