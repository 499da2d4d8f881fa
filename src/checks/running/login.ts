import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { tail } from '../../exec.js';
import { type Finding, fail, pass } from '../check.js';
import { noteAdmin, type Running } from './prepare.js';

/**
 * Logs in as a user does: the password by the API (a wrong one must be refused), and the argocd program with the
 * session's token. `argocd login` takes a password from its arguments or a terminal only, and arguments are
 * readable by every user of a machine; so the program gets the token by its environment.
 * @param password of the account admin, if one was given
 * @param dir a private folder, for the program's own configuration
 */
export async function loginFinding(
  running: Running,
  password: string | undefined,
  dir: string,
): Promise<Finding> {
  const { client } = running;
  const proven: string[] = [];
  let { token } = running;
  if (password !== undefined) {
    // First the wrong one: a success clears the count of failed logins.
    if (await client.login('admin', `${password}${randomBytes(8).toString('hex')}`))
      return fail('argocd-server lets admin in with a wrong password.');
    const session = await client.login('admin', password);
    if (!session)
      return fail(
        'argocd-server refuses admin with the given admin-password: the restored argocd-secret is for another one; check the input, or what the password was when the backup was made.',
      );
    token = session;
    proven.push('admin logs in with the given password, and not with a wrong one');
  }
  const problem = await argocdRefused(running, token, dir);
  if (problem) return fail(`the argocd program is not taken in by the restored argocd-server: ${problem}.`);
  proven.push(
    `the argocd program reads its account from argocd-server ${password === undefined ? 'with the token made from the restored key' : 'in that session'}`,
  );
  const untried = password === undefined ? ' No admin-password was given, so no password was tried.' : '';
  return pass(`${proven.join('; ')}.${untried}${noteAdmin(running)}`);
}

async function argocdRefused(
  { client, restored: { argocd, exec, signal } }: Running,
  token: string,
  dir: string,
): Promise<string | undefined> {
  const { code, stdout, stderr } = await exec(
    argocd,
    [
      ...['account', 'get-user-info', '--output', 'json', '--grpc-web'],
      ...['--server', client.address, '--config', join(dir, 'argocd-config')],
      client.scheme === 'https' ? '--insecure' : '--plaintext',
      ...(client.rootPath ? ['--grpc-web-root-path', `/${client.rootPath}`] : []),
    ],
    { env: { PATH: process.env.PATH, HOME: dir }, set: { ARGOCD_AUTH_TOKEN: token }, signal },
  );
  if (code !== 0) return `exit code ${code}: ${tail(stderr, 2)}`;
  return /"loggedIn":\s*true/.test(stdout) && /"username":\s*"admin"/.test(stdout)
    ? undefined
    : 'it is not logged in as admin';
}
