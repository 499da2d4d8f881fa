import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { UserInfo } from '../../../src/argocd/server/client.js';
import { tokenFinding } from '../../../src/checks/running/token.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { ARGOCD_SECRET, configMap, KEY, runningWith, secret, type World } from './fakes.js';

const ADMIN: UserInfo = { loggedIn: true, username: 'admin', iss: 'argocd' };
const NOBODY: UserInfo = { loggedIn: false, username: '', iss: '' };

interface Server {
  /** What it says to the token of admin, one after the other; the last one stays. */
  admin?: UserInfo[];
  forged?: UserInfo;
  status?: number;
  objects?: KubeObject[];
  params?: Record<string, string>;
  world?: Partial<World>;
}

async function find({ admin = [ADMIN], forged = NOBODY, status = 401, ...more }: Server = {}) {
  let nth = 0;
  const others: string[] = [];
  const client: World['client'] = {
    userInfo: async (token) => {
      if (token === 'admin-token') return admin[Math.min(nth++, admin.length - 1)]!;
      others.push(token);
      return forged;
    },
    statusOf: async (endpoint, token) => {
      others.push(`${endpoint} ${token}`);
      return status;
    },
    version: async () => '3.1.9',
  };
  const objects = more.objects ?? [ARGOCD_SECRET];
  const target = more.params ? [configMap('argocd-cmd-params-cm', more.params)] : [];
  const finding = await tokenFinding(runningWith({ objects, target, client, ...more.world }));
  return { finding, others, asked: nth };
}

test('passes where the token is taken and a forged one is not', async () => {
  const { finding, others } = await find();
  expect(finding).toEqual({
    status: 'pass',
    evidence:
      'argocd-server 3.1.9 takes a token of admin signed with the restored server.secretkey, and refuses one signed with another key (401).',
    details: [],
  });
  const [forged = ''] = others;
  expect(others).toEqual([forged, `/api/v1/account ${forged}`]);
  const [header, claims, signature] = forged.split('.');
  expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({ sub: 'admin:login' });
  expect(signature).not.toBe(createHmac('sha256', KEY).update(`${header}.${claims}`).digest('base64url'));
});

test('waits for argocd-server to follow its settings, and tells that the drill enabled admin', async () => {
  const { finding, asked } = await find({ admin: [NOBODY, ADMIN], world: { adminEnabledByDrill: true } });
  expect(asked).toBe(2);
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: expect.stringMatching(
      /The account admin is disabled in the backup; it was enabled in the copy/,
    ),
  });
});

test('where anybody may ask, only the answer of who one is decides', async () => {
  const objects = [ARGOCD_SECRET, configMap('argocd-cm', { 'users.anonymous.enabled': 'true' })];
  const { finding } = await find({ objects, status: 200 });
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: expect.stringMatching(/users\.anonymous\.enabled/),
  });
  expect((await find({ objects, status: 200, forged: ADMIN })).finding.status).toBe('fail');
});

test.each<[string, Server, RegExp]>([
  [
    'a forged token is taken',
    { forged: ADMIN },
    /takes a token that is signed with another key: its answers/,
  ],
  ['a forged token may list accounts', { status: 200 }, /answers 200 instead of 401 to a token/],
  ['a forged token meets an error', { status: 500 }, /answers 500 instead of 401/],
])('fails where %s', async (_what, server, evidence) => {
  expect((await find(server)).finding).toMatchObject({
    status: 'fail',
    evidence: expect.stringMatching(evidence),
  });
});

describe('a token that is not taken, however long one waits', () => {
  test.concurrent.each<[string, UserInfo, KubeObject[], 'fail' | 'skipped', string]>([
    ['at all', NOBODY, [], 'fail', 'argocd-server refuses a token of admin signed with'],
    ['for admin', { ...ADMIN, username: 'ci' }, [], 'fail', 'argocd-server refuses'],
    ['as a local one', { ...ADMIN, iss: 'https://sso' }, [], 'fail', 'argocd-server refuses'],
    [
      'as in the source, where no account could log in',
      NOBODY,
      [configMap('argocd-cm', { 'accounts.ci.enabled': 'yes' })],
      'skipped',
      'no account can log in, and none could in the source: argocd-cm accounts.ci.enabled cannot be read',
    ],
  ])('%s', async (_what, info, settings, status, evidence) => {
    const { finding, asked } = await find({ admin: [info], objects: [ARGOCD_SECRET, ...settings] });
    expect(finding).toMatchObject({ status, evidence: expect.stringContaining(evidence) });
    expect(asked).toBe(15);
  });
});

test.each<[string, Server, RegExp]>([
  ['without authentication', { params: { 'server.disable.auth': 'true' } }, /runs without authentication/],
  [
    'without a key in the backup',
    { objects: [secret('argocd-secret', {})] },
    /the backup holds no server\.secretkey/,
  ],
  ['without argocd-secret in the backup', { objects: [] }, /the backup holds no server\.secretkey/],
])('proves nothing %s, and asks nothing', async (_what, server, evidence) => {
  const { finding, others, asked } = await find(server);
  expect(finding).toMatchObject({ status: 'skipped', evidence: expect.stringMatching(evidence) });
  expect([others, asked]).toEqual([[], 0]);
});

test('authentication that is not disabled is looked at', async () => {
  expect((await find({ params: { 'server.disable.auth': 'false' } })).finding.status).toBe('pass');
});
