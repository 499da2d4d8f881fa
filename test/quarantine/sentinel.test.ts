import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { describeContact, openSentinel } from '../../src/quarantine/sentinel.js';
import { Scope } from '../../src/scope.js';

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(() => scope.close());

async function say(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.end(text);
  await once(socket, 'close');
}

test('remembers who came, and the first line', async () => {
  const sentinel = await openSentinel('127.0.0.1', scope);
  await say(sentinel.port, 'GET /version HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n');
  expect(await sentinel.met('GET /version HTTP/1.1')).toBe(true);
  expect(sentinel.contacts).toEqual([{ peer: '127.0.0.1', firstLine: 'GET /version HTTP/1.1' }]);
});

test('remembers who came and said nothing', async () => {
  const sentinel = await openSentinel('127.0.0.1', scope);
  await say(sentinel.port, '');
  expect(sentinel.contacts).toEqual([{ peer: '127.0.0.1', firstLine: '' }]);
});

test('is closed with the scope, whoever is still connected', async () => {
  const sentinel = await openSentinel('127.0.0.1', scope);
  const socket = connect(sentinel.port, '127.0.0.1');
  const ended = new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
  await once(socket, 'connect');
  await scope.close();
  await ended;
  const late = connect(sentinel.port, '127.0.0.1');
  expect(await once(late, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
});

test('names the address it cannot listen on', async () => {
  // TEST-NET-3 of RFC 5737: no machine has it.
  await expect(openSentinel('203.0.113.1', scope)).rejects.toMatchObject({
    exitCode: EXIT.infra,
    message: expect.stringContaining('203.0.113.1'),
  });
});

describe('describeContact', () => {
  test.each([
    ['GET /api/v1?token=secret HTTP/1.1', '10.0.0.1 (GET /api/v1)'],
    ['AUTH secret', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('%s', (firstLine, said) => {
    expect(describeContact({ peer: '10.0.0.1', firstLine })).toBe(said);
  });
});
