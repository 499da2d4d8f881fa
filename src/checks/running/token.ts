import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAccounts, parseBool } from '../../argocd/server/accounts.js';
import type { ArgoCdClient } from '../../argocd/server/client.js';
import { commandParameters } from '../../argocd/server/connect.js';
import { mintToken } from '../../argocd/server/token.js';
import { type Finding, fail, pass, skipped } from '../check.js';
import { dataOf, find, noteAdmin, type Running } from './prepare.js';

const SETTLE_ATTEMPTS = 15;
const SETTLE_PAUSE_MS = 1_000;

/** A token signed with the restored key is taken, and one signed with another key is not. */
export async function tokenFinding(running: Running): Promise<Finding> {
  const { client, objects, namespace, restored } = running;
  const params = await commandParameters(restored.cluster.kube, namespace);
  if (parseBool(params['server.disable.auth'] ?? ''))
    return skipped('argocd-server runs without authentication (server.disable.auth): it looks at no token.');
  const secret = find(objects, 'Secret', 'argocd-secret');
  if (!dataOf(secret)['server.secretkey'])
    return skipped(
      'the backup holds no server.secretkey: argocd-server has made a new one, and tokens of the source are void.',
    );
  if (!(await isTaken(running))) {
    const { unreadable } = parseAccounts(find(objects, 'ConfigMap', 'argocd-cm'), secret);
    return unreadable
      ? skipped(`no account can log in, and none could in the source: ${unreadable}.`)
      : fail('argocd-server refuses a token of admin signed with the restored server.secretkey.');
  }
  const forged = mintToken(randomBytes(32));
  const anonymous = dataOf(find(objects, 'ConfigMap', 'argocd-cm'))['users.anonymous.enabled'] === 'true';
  const problem = await takesForged(client, forged, anonymous);
  if (problem) return fail(`argocd-server ${problem}: its answers prove nothing about the restored key.`);
  return pass(
    `argocd-server ${await client.version()} takes a token of admin signed with the restored server.secretkey, and refuses one signed with another key${anonymous ? ' (it then answers as to anybody: users.anonymous.enabled)' : ' (401)'}.${noteAdmin(running)}`,
  );
}

/** argocd-server follows a changed setting by itself, within moments. */
async function isTaken({ client, token, restored: { signal } }: Running): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { loggedIn, username, iss } = await client.userInfo(token);
    if (loggedIn && username === 'admin' && iss === 'argocd') return true;
    if (attempt >= SETTLE_ATTEMPTS) return false;
    await sleep(SETTLE_PAUSE_MS, undefined, { signal });
  }
}

async function takesForged(
  client: ArgoCdClient,
  token: string,
  anonymous: boolean,
): Promise<string | undefined> {
  const { loggedIn } = await client.userInfo(token);
  if (loggedIn) return 'takes a token that is signed with another key';
  const status = await client.statusOf('/api/v1/account', token);
  return anonymous || status === 401
    ? undefined
    : `answers ${status} instead of 401 to a token that is signed with another key`;
}
