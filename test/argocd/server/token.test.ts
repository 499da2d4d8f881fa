import { randomBytes, webcrypto } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mintToken } from '../../../src/argocd/server/token.js';

const NOW = new Date('2026-01-01T00:00:00.999Z');

const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
const claimsOf = (token: string) => read(token.split('.')[1]!);

/** Checks a JWT's signature as another program would (RFC 7515, HS256). */
async function isSignedWith(key: Buffer, token: string): Promise<boolean> {
  const [header, claims, signature] = token.split('.');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await webcrypto.subtle.importKey('raw', key, algorithm, false, ['verify']);
  const signed = Buffer.from(`${header}.${claims}`);
  return webcrypto.subtle.verify(algorithm.name, imported, Buffer.from(signature!, 'base64url'), signed);
}

test('a token has the header and the claims that argocd-server asks for', () => {
  const token = mintToken(randomBytes(32), { now: NOW });
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}$/);
  expect(read(token.split('.')[0]!)).toEqual({ alg: 'HS256', typ: 'JWT' });
  const issued = Date.parse('2026-01-01T00:00:00Z') / 1000;
  expect(claimsOf(token)).toEqual({
    iss: 'argocd',
    sub: 'admin:login',
    iat: issued,
    nbf: issued - 60,
    exp: issued + 3600,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('subject and lifetime are as asked for, the time is now', () => {
  const before = Math.floor(Date.now() / 1000);
  const { sub, iat, exp } = claimsOf(mintToken(randomBytes(32), { subject: 'ci:login', lifetimeSeconds: 5 }));
  expect(sub).toBe('ci:login');
  expect(iat).toBeGreaterThanOrEqual(before);
  expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
  expect(exp).toBe(iat + 5);
});

test('no two tokens share an id', () => {
  const key = randomBytes(32);
  expect(claimsOf(mintToken(key)).jti).not.toBe(claimsOf(mintToken(key)).jti);
});

test('its signature holds with its own key, whatever bytes that has, and with no other', async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 }).map((each) => Buffer.from(each));
  await fc.assert(
    fc.asyncProperty(bytes, fc.string({ unit: 'binary' }), async (key, subject) => {
      const token = mintToken(key, { subject });
      expect(await isSignedWith(key, token)).toBe(true);
      expect(await isSignedWith(randomBytes(32), token)).toBe(false);
      expect(claimsOf(token).sub).toBe(subject);
    }),
  );
});
