import { afterEach, describe, expect, test } from '@jest/globals';
import { ArgoCdApiError, ArgoCdClient, connectArgoCd } from '../../../src/argocd/server/client.js';
import { DrError, EXIT } from '../../../src/errors.js';
import { type Asked, type FakeServer, fakeServer, type Reply, refusal, VERSION } from './fake-server.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

interface World {
  insecure?: boolean;
  rootPath?: string;
  abort?: AbortController;
}

/** A client of a server that gives these answers one after the other; the last one stays. */
async function served(
  replies: Reply[] | ((asked: Asked) => Reply),
  { insecure, rootPath, abort }: World = {},
) {
  let nth = 0;
  const reply = Array.isArray(replies) ? () => replies[Math.min(nth++, replies.length - 1)]! : replies;
  const server = await fakeServer(reply, { insecure: insecure ?? false });
  const { signal } = abort ?? new AbortController();
  const options = { port: server.port, signal, ...(rootPath === undefined ? {} : { rootPath }) };
  const client = new ArgoCdClient(options, insecure ? 'http' : 'https');
  undo.push(server.close, () => client.close());
  return { server, client };
}

const paths = ({ asked }: FakeServer) => asked.map(({ path }) => path);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as DrError,
  );

const NOT_LOGGED_IN = refusal(401, 16, 'no session information');
const DENIED = refusal(403, 7, 'permission denied: applications, get, default/any, sub: ci, iat: 2026-01-01');
const BUSY: Reply = [503, 'upstream connect error'];

describe('the lists', () => {
  const spec = { project: 'default', source: { repoURL: 'https://git.corp.example/x.git' } };
  test.each<[string, (client: ArgoCdClient) => Promise<unknown>, string, object, object]>([
    [
      'applications',
      (client) => client.applications('t'),
      '/api/v1/applications?fields=items.metadata.name,items.metadata.namespace,items.spec',
      { items: [{ metadata: { name: 'shop', namespace: 'argocd' }, spec }] },
      [{ metadata: { name: 'shop', namespace: 'argocd' }, spec }],
    ],
    [
      'projects',
      (client) => client.projects('t'),
      '/api/v1/projects',
      {
        metadata: {},
        items: [{ metadata: { name: 'a', uid: 'x' }, spec: { roles: [] } }, { metadata: { name: 'b' } }],
      },
      [{ metadata: { name: 'a' }, spec: { roles: [] } }, { metadata: { name: 'b' } }],
    ],
    [
      'repositories',
      (client) => client.repositories('t'),
      '/api/v1/repositories',
      { items: [{ repo: 'https://x', type: 'git', connectionState: { status: 'Failed' } }] },
      [{ repo: 'https://x', type: 'git', name: '', project: '' }],
    ],
    [
      'write repositories',
      (client) => client.writeRepositories('t'),
      '/api/v1/write-repositories',
      { items: [{ repo: 'https://x', name: null, project: 'p' }] },
      [{ repo: 'https://x', type: '', name: null, project: 'p' }],
    ],
    [
      'credential templates',
      (client) => client.credentialTemplates('t'),
      '/api/v1/repocreds',
      { items: [{ url: 'https://x', username: 'u' }] },
      [{ url: 'https://x' }],
    ],
    [
      'clusters',
      (client) => client.clusters('t'),
      '/api/v1/clusters',
      { items: [{ server: 'https://kubernetes.default.svc', name: 'in-cluster', info: {} }] },
      [{ server: 'https://kubernetes.default.svc', name: 'in-cluster', project: '' }],
    ],
    [
      'accounts',
      (client) => client.accounts('t'),
      '/api/v1/account',
      { items: [{ name: 'admin', enabled: true, capabilities: ['login'] }, { name: 'ci' }] },
      [{ name: 'admin', enabled: true, capabilities: ['login'] }, { name: 'ci' }],
    ],
  ])('%s, by TLS with a certificate that nobody signed', async (_list, read, path, body, expected) => {
    const { client, server } = await served([
      [200, body],
      [200, { metadata: {}, items: null }],
      [200, { metadata: {} }],
      [200, { items: [{ metadata: 1, repo: 1, url: 1, server: 1, name: 1 }] }],
    ]);
    expect(await read(client)).toEqual(expected);
    expect(server.asked).toMatchObject([
      { method: 'GET', path, body: '', headers: { authorization: 'Bearer t', accept: 'application/json' } },
    ]);
    expect([await read(client), await read(client)]).toEqual([[], []]);
    await expect(read(client)).rejects.toThrow(/in a form that is not known \(items\.0\..*something else/);
  });
});

describe('single answers', () => {
  test.each(['v3.1.9+8665140', '3.1.9+8665140'])('version %s', async (Version) => {
    const { client, server } = await served([[200, { Version }]]);
    expect(await client.version()).toBe('3.1.9+8665140');
    expect(server.asked[0]!.headers).not.toHaveProperty('authorization');
  });

  test.each<[object, object]>([
    [
      { loggedIn: true, username: 'admin', iss: 'argocd' },
      { loggedIn: true, username: 'admin', iss: 'argocd' },
    ],
    [{}, { username: '', iss: '' }],
  ])('user info %j', async (body, expected) => {
    const { client, server } = await served([[200, body]]);
    expect(await client.userInfo('t')).toEqual(expected);
    expect(paths(server)).toEqual(['/api/v1/session/userinfo']);
  });

  test('what a bearer may, with slashes escaped', async () => {
    const { client, server } = await served([
      [200, { value: 'yes' }],
      [200, { value: 'no' }],
      [200, { value: 'perhaps' }],
    ]);
    expect(await client.can('t', 'repositories', 'get', 'https://x//y?z')).toBe(true);
    expect(await client.can('t', 'projects', 'get', 'a')).toBe(false);
    await expect(client.can('t', 'projects', 'get', 'b')).rejects.toThrow(/not known \(value: /);
    expect(paths(server).slice(0, 2)).toEqual([
      '/api/v1/account/can-i/repositories/get/https%3A%2F%2Fx%2F%2Fy%3Fz',
      '/api/v1/account/can-i/projects/get/a',
    ]);
  });

  test.each<[string, Reply, object]>([
    ['objects', [200, { manifests: ['{}', '{}'], revision: 'abc' }], { ok: true, count: 2 }],
    ['no object', [200, { revision: 'abc' }], { ok: true, count: 0 }],
    [
      'why it cannot, without a password',
      refusal(500, 2, 'failed to list refs: https://u:p@git.corp.example: EOF'),
      { ok: false, reason: 'failed to list refs: https://***@git.corp.example: EOF' },
    ],
    ['an error of nobody', BUSY, { ok: false, reason: 'argocd-server answers 503' }],
  ])('manifests: %s, asked once', async (_what, reply, expected) => {
    const { client, server } = await served([reply]);
    const target = { name: 'shop', namespace: 'team-a', project: 'p' };
    expect(await client.manifests('t', target)).toEqual(expected);
    expect(paths(server)).toEqual(['/api/v1/applications/shop/manifests?appNamespace=team-a&project=p']);
  });

  test('the status of any request, whatever it is', async () => {
    const { client } = await served([[200], NOT_LOGGED_IN, [418, 'tea']]);
    const status = () => client.statusOf('/api/v1/account', 't');
    expect([await status(), await status(), await status()]).toEqual([200, 401, 418]);
  });
});

describe('login', () => {
  test('gives the token of the session; name and password travel in the body', async () => {
    const { client, server } = await served([[200, { token: 'session' }]]);
    expect(await client.login('admin', 'hunter2')).toBe('session');
    expect(server.asked).toMatchObject([
      { method: 'POST', path: '/api/v1/session', headers: { 'content-type': 'application/json' } },
    ]);
    expect(JSON.parse(server.asked[0]!.body)).toEqual({ username: 'admin', password: 'hunter2' });
    expect(JSON.stringify(server.asked[0]!.headers) + server.asked[0]!.path).not.toMatch(/hunter2/);
  });

  test('refused it gives none', async () => {
    const { client } = await served([refusal(401, 16, 'Invalid username or password')]);
    expect(await client.login('admin', 'wrong')).toBeUndefined();
  });

  test.each<[string, Reply, number]>([
    ['another refusal', DENIED, 403],
    ['a token that is empty', [200, { token: '' }], 200],
    ['a passing error', BUSY, 503],
  ])('%s is an error, and not tried again', async (_what, reply, status) => {
    const { client, server } = await served([reply]);
    await expect(client.login('admin', 'x')).rejects.toMatchObject({ endpoint: '/api/v1/session', status });
    expect(server.asked).toHaveLength(1);
  });
});

describe('what is no success', () => {
  test.each<[string, Reply, RegExp]>([
    ['401', NOT_LOGGED_IN, /answers \/api\/v1\/applications with 401: no session information$/],
    ['403', DENIED, /with 403: permission denied: applications, get, default\/any/],
    ['404', [404, '404 page not found'], /with 404$/],
    ['429', [429, '{"message": 5}'], /with 429$/],
    [
      '500',
      refusal(500, 13, 'cannot reach https://user:pa:ss@git.corp.example/x'),
      /: cannot reach https:\/\/\*\*\*@git/,
    ],
    ['501', refusal(501, 12, 'hydrator is disabled'), /with 501: hydrator is disabled$/],
    ['a redirect', [307, ''], /with 307$/],
    ['a long message', refusal(500, 13, 'x'.repeat(5_000)), /with 500: x{300}$/],
    ['no JSON', [200, '<html>'], /in a form that is not known \(the answer: .*is something else listening/],
  ])('%s: an error with endpoint, status and their words, asked once', async (_what, reply, message) => {
    const { client, server } = await served([reply]);
    const error = await caught(client.applications('t'));
    expect(error).toBeInstanceOf(ArgoCdApiError);
    expect(error).toMatchObject({
      exitCode: EXIT.infra,
      endpoint: '/api/v1/applications',
      status: Array.isArray(reply) ? reply[0] : 0,
      message: expect.stringMatching(message),
    });
    expect(error!.message).not.toMatch(/pa:ss/);
    expect(server.asked).toHaveLength(1);
  });

  test.each<[string, Reply]>([
    ['502', [502, 'bad gateway']],
    ['503', BUSY],
    ['504', [504, '']],
    ['a connection that breaks', 'cut'],
  ])('%s passes', async (_what, reply) => {
    const { client, server } = await served([reply, VERSION]);
    expect(await client.version()).toBe('3.1.9+8665140');
    expect(server.asked).toHaveLength(2);
  });

  test('one that does not pass is told after five times', async () => {
    const [busy, broken] = await Promise.all([served([BUSY]), served(['cut'])]);
    const errors = await Promise.all([
      caught(busy.client.projects('t')),
      caught(broken.client.projects('t')),
    ]);
    expect(errors).toMatchObject([
      { status: 503, message: 'argocd-server answers /api/v1/projects with 503' },
      {
        exitCode: EXIT.infra,
        message: `argocd-server does not answer /api/v1/projects at ${broken.client.address}: check that its pods are ready`,
      },
    ]);
    expect([busy.server.asked.length, broken.server.asked.length]).toEqual([5, 5]);
  });

  test('no answer, or half of one, ends the wait', async () => {
    const worlds = await Promise.all([served(['silence']), served(['half'])]);
    const errors = await Promise.all(worlds.map(({ client }) => caught(client.answers())));
    const message = 'argocd-server did not answer /api/version within 5 s: look at the log of its pods';
    expect(errors).toMatchObject([{ exitCode: EXIT.infra, message }, { message }]);
  });

  test.each<[string, Reply]>([
    ['waiting for an answer', 'silence'],
    ['waiting before the next attempt', BUSY],
  ])('the run is cancelled while %s', async (_what, reply) => {
    const abort = new AbortController();
    const { client, server } = await served(
      () => {
        setTimeout(() => abort.abort(), 50);
        return reply;
      },
      { abort },
    );
    expect(await caught(client.version())).toMatchObject({ exitCode: EXIT.cancelled });
    expect(server.asked).toHaveLength(1);
  });
});

describe('where it asks', () => {
  test.each([
    [undefined, ''],
    ['', ''],
    ['/', ''],
    ['argo', 'argo'],
    ['/argo/cd/', 'argo/cd'],
  ])('root path %j is %j', async (rootPath, expected) => {
    const { client, server } = await served([VERSION], {
      insecure: true,
      ...(rootPath === undefined ? {} : { rootPath }),
    });
    await client.version();
    expect(client.rootPath).toBe(expected);
    expect(client.address).toBe(`127.0.0.1:${server.port}`);
    expect(paths(server)).toEqual([`${expected && `/${expected}`}/api/version`]);
  });

  test('how long each answer took is kept, refusals as well', async () => {
    const { client } = await served([VERSION, DENIED]);
    await client.version();
    await caught(client.version());
    expect(client.latenciesMs).toHaveLength(2);
    for (const each of client.latenciesMs) expect(each).toBeGreaterThan(0);
  });
});

describe('connectArgoCd', () => {
  const connect = async (port: number, more: Partial<Parameters<typeof connectArgoCd>[0]> = {}) => {
    const client = await connectArgoCd({ port, signal: new AbortController().signal, ...more });
    undo.push(() => client.close());
    return client;
  };
  const start = async (
    reply: (asked: Asked) => Reply,
    options: { insecure?: boolean; port?: number } = {},
  ) => {
    const server = await fakeServer(reply, options);
    undo.push(server.close);
    return server;
  };

  test.each([
    ['https', false],
    ['http', true],
  ])('finds out that a server speaks %s', async (scheme, insecure) => {
    const { port } = await start(() => VERSION, { insecure });
    const client = await connect(port, { timeoutMs: 5_000 });
    expect(client.scheme).toBe(scheme);
    expect(await client.version()).toBe('3.1.9+8665140');
  });

  test('waits for one that starts, and for one that is not ready', async () => {
    const first = await start(() => VERSION);
    await first.close();
    const connecting = connect(first.port, { timeoutMs: 20_000 });
    let busy = 2;
    setTimeout(() => void start(() => (busy-- > 0 ? BUSY : VERSION), { port: first.port }), 300);
    expect((await connecting).scheme).toBe('https');
    expect(busy).toBeLessThan(0);
  });

  test('another root path than the given one is no answer', async () => {
    const { port } = await start(({ path }) => (path === '/argo/api/version' ? VERSION : [404, '']));
    expect((await connect(port, { rootPath: '/argo' })).rootPath).toBe('argo');
    await expect(connect(port, { timeoutMs: 0 })).rejects.toThrow(/https: it is not argocd-server's API/);
  });

  test('tells why by either scheme', async () => {
    const busy = await start(() => BUSY);
    const gone = await start(() => VERSION);
    await gone.close();
    expect(await caught(connect(busy.port, { timeoutMs: 0 }))).toMatchObject({
      exitCode: EXIT.infra,
      message: `argocd-server did not answer at 127.0.0.1:${busy.port} within 0 s (https: it is not argocd-server's API that answers; http: it is not argocd-server's API that answers); look at the log of its pods`,
    });
    expect(await caught(connect(gone.port, { timeoutMs: 0 }))).toMatchObject({
      message: expect.stringMatching(/https: .*ECONNREFUSED.*http: .*ECONNREFUSED/),
    });
  });

  test('ends when the run is cancelled', async () => {
    const abort = new AbortController();
    const { port } = await start(() => 'silence');
    setTimeout(() => abort.abort(), 100);
    const error = await caught(connect(port, { signal: abort.signal }));
    expect(error).toBeInstanceOf(DrError);
    expect(error).toMatchObject({ exitCode: EXIT.cancelled });
  });
});
