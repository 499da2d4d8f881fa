import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { selfSigned } from '../../../src/demo/certificates.js';

/** What a server was asked. */
export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Status and body; or no answer at all, half of one, or a connection that breaks. */
export type Reply = [status: number, body?: object | string] | 'silence' | 'half' | 'cut';

export interface FakeServer {
  port: number;
  asked: Asked[];
  close(): Promise<void>;
}

/** An error as argocd-server's gateway words it. */
export const refusal = (status: number, code: number, message: string): Reply => [
  status,
  { error: message, code, message },
];

export const VERSION: Reply = [200, { Version: 'v3.1.9+8665140' }];

const TLS_HANDSHAKE = 0x16;
const certificate = selfSigned(Buffer.alloc(32, 7), ['localhost']);

/**
 * argocd-server on 127.0.0.1, without its Argo CD. As there, one port takes both TLS, with a certificate of its own,
 * and plain http; which is only sent on to https, unless it runs with `--insecure`.
 */
export async function fakeServer(
  reply: (asked: Asked) => Reply | Promise<Reply>,
  { insecure = false, port = 0 } = {},
): Promise<FakeServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const serve = (server: Server): Server =>
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = '', url: path = '', headers } = request;
      const question = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      asked.push(question);
      const answer = await reply(question);
      if (answer === 'silence') return;
      if (answer === 'cut') return void request.socket.destroy();
      if (answer === 'half')
        return void response.writeHead(200, { 'content-length': 100 }).write('{"Version":');
      const [status, body = ''] = answer;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  const redirecting = createServer((_, response) => {
    response.writeHead(307, { location: 'https://localhost/' }).end();
  });
  const plain = insecure ? serve(createServer()) : redirecting;
  const secure = serve(createSecureServer({ cert: certificate.certificate, key: certificate.key }));
  const listener = createPlainServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      const tls = first[0] === TLS_HANDSHAKE && !insecure;
      (tls ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
