import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitServer, parseCgi, startGitServer } from '../../../src/argocd/engine/git-server.js';
import { EXIT } from '../../../src/errors.js';
import { type Exec, exec } from '../../../src/exec.js';
import { Scope } from '../../../src/scope.js';

let scope: Scope;
beforeEach(() => void (scope = new Scope()));
afterEach(() => scope.close());

const signal = new AbortController().signal;
const start = (options: Partial<Parameters<typeof startGitServer>[0]> = {}) =>
  startGitServer({ exec, scope, address: '127.0.0.1', signal, env: { PATH: process.env.PATH }, ...options });

/** Runs git as another program on the network would: with a configuration of its own. */
async function git(...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: scope.privateDir('test-home'), GIT_TERMINAL_PROMPT: '0' };
  return exec('git', args, { env });
}

async function clone(server: GitServer): Promise<string> {
  const dir = join(scope.privateDir('test-clone'), 'clone');
  const { code, stderr } = await git('clone', '--quiet', server.url, dir);
  expect(`${code} ${stderr}`).toBe('0 ');
  return dir;
}

const FILES = {
  'guestbook/a.yaml': 'a: 1\n',
  'guestbook/deep/er/b.yaml': 'no line end',
  'odd "name" é.txt': '한국어 \u0001\n\n',
};

describe('a clone', () => {
  test('has the files of the last commit, byte for byte, and the commits before it', async () => {
    const server = await start();
    const first = await server.commit(FILES, 'first');
    const second = await server.commit({ 'guestbook/a.yaml': 'a: 2\n' }, 'second: ü');
    const dir = await clone(server);
    expect(readdirSync(dir).sort()).toEqual(['.git', 'guestbook']);
    expect(readFileSync(join(dir, 'guestbook/a.yaml'), 'utf8')).toBe('a: 2\n');
    const log = await git('-C', dir, 'log', '--format=%H %s');
    expect(log.stdout).toBe(`${second} second: ü\n${first} first\n`);
    await git('-C', dir, 'checkout', '--quiet', first);
    for (const [path, text] of Object.entries(FILES))
      expect(readFileSync(join(dir, path), 'utf8')).toBe(text);
  });

  test('is brought up to date by a fetch', async () => {
    const server = await start();
    await server.commit({ a: '1' }, 'first');
    const dir = await clone(server);
    const before = server.requests;
    const second = await server.commit({ a: '2' }, 'second');
    expect((await git('-C', dir, 'pull', '--quiet')).code).toBe(0);
    expect((await git('-C', dir, 'rev-parse', 'HEAD')).stdout.trim()).toBe(second);
    expect(server.requests).toBeGreaterThan(before);
  });

  test('cannot be pushed back', async () => {
    const server = await start();
    const revision = await server.commit({ a: '1' }, 'first');
    const dir = await clone(server);
    writeFileSync(join(dir, 'a'), 'evil');
    const author = ['-c', 'user.name=x', '-c', 'user.email=x'];
    expect((await git('-C', dir, ...author, 'commit', '--quiet', '-am', 'evil')).code).toBe(0);
    expect((await git('-C', dir, 'push', 'origin', 'HEAD:main')).code).not.toBe(0);
    expect((await git('ls-remote', server.url, 'main')).stdout).toContain(revision);
  });
});

describe('requests', () => {
  test.each([
    ['another path', 'GET', '/canary.git/info/refs?service=git-upload-pack'],
    ['another token', 'GET', `/${'0'.repeat(32)}/canary.git/info/refs?service=git-upload-pack`],
    ['no path', 'GET', '/'],
  ])('with %s are refused', async (_what, method, path) => {
    const { port } = await start();
    expect((await fetch(`http://127.0.0.1:${port}${path}`, { method })).status).toBe(404);
  });

  test.each([
    ['GET', '/info/refs?service=git-receive-pack'],
    ['POST', '/git-receive-pack'],
    ['GET', '/info/refs'],
    ['GET', '/HEAD'],
    ['GET', '/../home/.gitconfig'],
    ['PUT', '/git-upload-pack'],
  ])('other than for reading are refused: %s %s', async (method, path) => {
    const server = await start();
    await server.commit({ a: '1' }, 'first');
    expect((await fetch(server.url + path, { method })).status).toBe(404);
  });

  test('of two servers go to paths that differ', async () => {
    const [one, other] = [await start(), await start()];
    expect(new URL(one.url).pathname).not.toBe(new URL(other.url).pathname);
    expect(new URL(one.url).pathname).toMatch(/^\/[0-9a-f]{32}\/canary\.git$/);
  });
});

describe('assertAnswers', () => {
  test('passes, and is not counted as a request', async () => {
    const server = await start();
    await server.assertAnswers();
    expect(server.requests).toBe(0);
  });

  test('rejects once the server is closed', async () => {
    const inner = new Scope();
    const server = await start({ scope: inner });
    await inner.close();
    await expect(fetch(server.url)).rejects.toThrow();
    await expect(server.assertAnswers()).rejects.toMatchObject({ exitCode: EXIT.cancelled });
  });

  test('rejects where git has no http-backend, with what git says', async () => {
    const without: Exec = (command, args, options) =>
      exec(command, args[0] === 'http-backend' ? ['no-such-command'] : args, options);
    const server = await start({ exec: without });
    await expect(server.assertAnswers()).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/http-backend are installed/),
      cause: expect.objectContaining({ message: expect.stringMatching(/no-such-command/) }),
    });
  });
});

describe('startGitServer', () => {
  test('refuses a machine without git, and says what to do', async () => {
    await expect(start({ env: { PATH: scope.privateDir('test-empty') } })).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/git is not on this machine.*install git/),
    });
  });

  test("refuses an address that is not this host's", async () => {
    await expect(start({ address: '192.0.2.7' })).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/192\.0\.2\.7/),
    });
  });

  test("takes nothing over of the user's configuration", async () => {
    const home = scope.privateDir('test-home');
    mkdirSync(join(home, 'hooks'));
    writeFileSync(
      join(home, '.gitconfig'),
      '[transfer]\n\thideRefs = refs/heads\n[core]\n\tbare = nonsense\n',
    );
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      GIT_DIR: '/nowhere',
      GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    };
    const server = await start({ env });
    await server.commit({ a: '1' }, 'first');
    await clone(server);
  });

  test('leaves nothing behind', async () => {
    const inner = new Scope();
    const folders: string[] = [];
    const watched: Exec = (command, args, options) => {
      if (options?.cwd) folders.push(options.cwd);
      return exec(command, args, options);
    };
    await start({ scope: inner, exec: watched });
    expect(readdirSync(folders[0]!)).toContain('canary.git');
    await inner.close();
    expect(() => readdirSync(folders[0]!)).toThrow(/ENOENT/);
  });
});

describe('parseCgi', () => {
  const parse = (text: string) => {
    const { body, ...rest } = parseCgi(Buffer.from(text, 'latin1'));
    return { ...rest, body: body.toString('latin1') };
  };
  test('without a status it is 200', () => {
    expect(parse('Content-Type: text/plain\r\n\r\na\r\n\r\n\xff')).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'a\r\n\r\n\xff',
    });
  });
  test('the status is no header', () => {
    expect(parse('Status: 403 Forbidden\r\nExpires: Fri, 01 Jan 1980 00:00:00 GMT\r\n\r\n')).toEqual({
      status: 403,
      headers: { expires: 'Fri, 01 Jan 1980 00:00:00 GMT' },
      body: '',
    });
  });
  test('no headers at all', () => {
    expect(() => parse('oops')).toThrow(/without headers/);
  });
});
