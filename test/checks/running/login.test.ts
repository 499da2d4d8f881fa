import { describe, expect, test } from '@jest/globals';
import { loginFinding } from '../../../src/checks/running/login.js';
import { type Answer, fakeExec } from '../../cluster/kind/fake-docker.js';
import { runningWith, type World } from './fakes.js';

const PASSWORD = 'hunter2';
const TAKEN: Answer = { stdout: '{"loggedIn":true,"username":"admin","iss":"argocd"}\n' };

interface Server {
  password?: string | undefined;
  /** Whether a password lets admin in. */
  letsIn?: (password: string) => boolean;
  argocd?: Answer;
  client?: World['client'];
  world?: Partial<World>;
}

async function find({ letsIn = (password) => password === PASSWORD, argocd = TAKEN, ...more }: Server = {}) {
  const { exec, calls } = fakeExec(() => argocd);
  const tried: string[] = [];
  const client = {
    address: '127.0.0.1:40123',
    scheme: 'https',
    rootPath: '',
    login: async (username: string, password: string) => {
      tried.push(`${username} ${password}`);
      return letsIn(password) ? 'session-token' : undefined;
    },
    ...more.client,
  } as World['client'];
  const running = runningWith({ exec, client: client!, ...more.world });
  return { finding: await loginFinding(running, more.password, '/private'), calls, tried };
}

describe('without a password', () => {
  test('the argocd program is taken in with the token made from the restored key', async () => {
    const { finding, calls, tried } = await find();
    expect(finding).toEqual({
      status: 'pass',
      evidence:
        'the argocd program reads its account from argocd-server with the token made from the restored key. No admin-password was given, so no password was tried.',
      details: [],
    });
    expect(tried).toEqual([]);
    expect(calls).toMatchObject([
      { command: '/tools/argocd', options: { set: { ARGOCD_AUTH_TOKEN: 'admin-token' } } },
    ]);
  });

  test('it is told that the drill enabled admin', async () => {
    const { finding } = await find({ world: { adminEnabledByDrill: true } });
    expect(finding.evidence).toMatch(/The account admin is disabled in the backup/);
  });
});

describe('with a password', () => {
  test('a wrong one is tried first, then the right one, and the argocd program has that session', async () => {
    const { finding, calls, tried } = await find({ password: PASSWORD });
    expect(finding).toMatchObject({
      status: 'pass',
      evidence:
        'admin logs in with the given password, and not with a wrong one; the argocd program reads its account from argocd-server in that session.',
    });
    expect(tried).toEqual([expect.stringMatching(/^admin hunter2[0-9a-f]{16}$/), 'admin hunter2']);
    expect(calls).toMatchObject([{ options: { set: { ARGOCD_AUTH_TOKEN: 'session-token' } } }]);
  });

  test('no secret is among the arguments of the program', async () => {
    const { calls } = await find({ password: PASSWORD });
    expect(calls[0]!.args.join(' ')).not.toMatch(/hunter2|token/);
  });

  test.each<[string, Server, RegExp]>([
    ['any password lets in', { letsIn: () => true }, /^argocd-server lets admin in with a wrong password\.$/],
    [
      'the given one does not',
      { letsIn: () => false },
      /^argocd-server refuses admin with the given admin-password:/,
    ],
  ])('fails where %s, without a word of the password', async (_what, server, evidence) => {
    const { finding, calls } = await find({ password: PASSWORD, ...server });
    expect(finding).toMatchObject({ status: 'fail', evidence: expect.stringMatching(evidence) });
    expect(finding.evidence).not.toMatch(/hunter2/);
    expect(calls).toEqual([]);
  });

  test('an empty one is one as well', async () => {
    expect((await find({ password: '' })).finding).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(/refuses admin/),
    });
  });
});

describe('the argocd program', () => {
  test.each<[string, Answer, RegExp]>([
    [
      'ends with an error',
      { code: 20, stderr: 'a\nb\n{"level":"fatal","msg":"rpc error: Unauthenticated"}\n' },
      /not taken in by the restored argocd-server: exit code 20: b\n\{.*Unauthenticated"\}\.$/,
    ],
    [
      'is not logged in',
      { stdout: '{"loggedIn":false,"username":"admin"}' },
      /: it is not logged in as admin\.$/,
    ],
    [
      'is somebody else',
      { stdout: '{"loggedIn":true,"username":"ci"}' },
      /: it is not logged in as admin\.$/,
    ],
    ['says nothing', {}, /: it is not logged in as admin\.$/],
  ])('fails where it %s', async (_what, argocd, evidence) => {
    expect((await find({ argocd })).finding).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(evidence),
    });
  });

  test.each<[string, World['client'], string]>([
    ['TLS', {}, '--insecure'],
    ['plain http', { scheme: 'http' }, '--plaintext'],
    ['a root path', { rootPath: 'argo/cd' }, '--insecure --grpc-web-root-path /argo/cd'],
  ])('is told of %s', async (_what, client, flags) => {
    const { calls } = await find({ client });
    expect(calls[0]!.args.join(' ')).toBe(
      `account get-user-info --output json --grpc-web --server 127.0.0.1:40123 --config /private/argocd-config ${flags}`,
    );
    expect(calls[0]!.options.env).toEqual({
      PATH: process.env.PATH,
      HOME: '/private',
    });
    expect(calls[0]!.options.set).toEqual({ ARGOCD_AUTH_TOKEN: 'admin-token' });
  });
});
