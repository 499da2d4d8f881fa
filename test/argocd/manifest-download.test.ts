import { once } from 'node:events';
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import { selfSigned } from '../../src/demo/certificates.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import type { Tools } from '../../src/tools/tools.js';

const OBJECT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: argocd-server}\n';
const before = getCACertificates('default');

let site: Server;
let plain: Server;
let asked: string[] = [];
const at = (path: string) => `https://localhost:${portOf(site)}/${path}`;
const portOf = (server: Server) => (server.address() as AddressInfo).port;

const answer: RequestListener = ({ url = '' }, response) => {
  const [path = '', argument = ''] = url.slice(1).split(/[?/]/);
  const leads = (location: string, status = 302) => response.writeHead(status, { location }).end('hunter2');
  if (path === 'install.yaml') return void response.end(OBJECT);
  if (path === 'to') return void leads(decodeURIComponent(argument), 307);
  if (path === 'round') return void leads('/round');
  if (path === 'bomb')
    return void response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(64 * 1024 * 1024, '#')));
  if (path === 'endless') {
    const more = () =>
      void (response.destroyed || response.write('#'.repeat(65_536), () => setImmediate(more)));
    return more();
  }
  response.writeHead(404).end('hunter2 ##[error]');
};

beforeAll(async () => {
  const { certificate, key } = selfSigned(Buffer.alloc(32, 7), ['localhost']);
  setDefaultCACertificates([...before, certificate]);
  site = createServer({ cert: certificate, key }, answer).listen(0, '127.0.0.1');
  plain = createPlain((request, response) => {
    asked.push(request.url!);
    response.end(OBJECT);
  }).listen(0, '127.0.0.1');
  await Promise.all([once(site, 'listening'), once(plain, 'listening')]);
});
afterAll(() => {
  setDefaultCACertificates(before);
  for (const server of [site, plain]) server.close().closeAllConnections();
});

const load = (manifests: string) =>
  loadManifests(
    { manifests, ha: true, argocdVersion: '3.1.9', namespace: 'argocd' },
    { tools: {} as Tools, exec, env: {} },
  );
const failure = async (url: string) => {
  asked = [];
  const error = await load(url).then(
    () => new Error('it was loaded'),
    (error) => error,
  );
  expect(error.message).not.toMatch(/hunter2|##/);
  return error;
};

describe('manifests at a URL', () => {
  test('are fetched over https, also where a redirect leads', async () => {
    for (const url of [
      at('install.yaml'),
      at(`to/${encodeURIComponent(at('install.yaml'))}`),
      at('to/%2Finstall.yaml'),
    ])
      expect((await load(url)).objects).toHaveLength(1);
  });

  test('never lead on to http, or to anything else', async () => {
    const http = `http://localhost:${portOf(plain)}/install.yaml`;
    for (const location of [http, 'file:///etc/passwd', 'data:text/yaml,a', 'ftp://localhost/', 'http://[']) {
      const error = await failure(at(`to/${encodeURIComponent(location)}?token=hunter2`));
      expect(error).toMatchObject({ exitCode: EXIT.invalidInput });
      expect(error.message).toMatch(/^manifests https:\/\/localhost.* leads to .*only https/);
    }
    const twice = at(`to/${encodeURIComponent(at(`to/${encodeURIComponent(http)}`))}`);
    expect(await failure(twice)).toMatchObject({ exitCode: EXIT.invalidInput });
    expect(asked).toEqual([]);
  });

  test('lead on ten times at most', async () => {
    expect(await failure(at('round'))).toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/leads on more than 10 times/),
    });
  });

  test.each(['bomb', 'endless'])('are not read beyond what manifests may have: %s', async (path) => {
    expect(await failure(at(path))).toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/larger than 16 MiB/),
    });
  });

  test('are not http, and messages show neither credentials nor what a server said', async () => {
    const plainly = await failure(`http://me:hunter2@localhost:${portOf(plain)}/a?token=hunter2`);
    expect(plainly).toMatchObject({ exitCode: EXIT.invalidInput });
    expect(asked).toEqual([]);
    expect(await failure('HTTP://localhost/')).toMatchObject({ exitCode: EXIT.invalidInput });
    const gone = await failure(at('gone?token=hunter2'));
    expect(gone).toMatchObject({ exitCode: EXIT.infra });
    expect(gone.message).toMatch(/\/gone cannot be fetched \(the server answered 404\)/);
    expect((await failure(`https://me:hunter2@localhost:${portOf(site)}/`)).message).toMatch(
      /no credentials are sent/,
    );
    expect((await failure('https://127.0.0.1:65533/?hunter2')).message).toMatch(
      /cannot be fetched \(ECONNREFUSED\)/,
    );
  });
});
