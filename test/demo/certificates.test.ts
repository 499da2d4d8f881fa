import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { pem, selfSigned } from '../../src/demo/certificates.js';

const seed = Buffer.alloc(32, 0x80);

describe('selfSigned', () => {
  test('makes a certificate that its own key has signed, for the hosts', () => {
    const pair = selfSigned(seed, ['argocd-server', 'localhost']);
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
    expect(certificate.subject).toBe('CN=argocd-server');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('elsewhere')).toBeUndefined();
  });

  test('holds names that need a length of two bytes', () => {
    const hosts: [string, ...string[]] = [
      'a.example',
      ...Array.from({ length: 20 }, (_, i) => `host-${i}.corp.example`),
    ];
    const certificate = new X509Certificate(selfSigned(seed, hosts).certificate);
    expect(certificate.checkHost('host-19.corp.example')).toBe('host-19.corp.example');
  });

  test('depends on the seed alone', () => {
    expect(selfSigned(seed, ['a'])).toEqual(selfSigned(seed, ['a']));
    expect(selfSigned(Buffer.alloc(32, 1), ['a']).key).not.toBe(selfSigned(seed, ['a']).key);
  });
});

test('pem breaks lines at 64 characters and ends in a newline', () => {
  const lines = pem('X', Buffer.alloc(100)).split('\n');
  expect(lines.map((line) => line.length)).toEqual([17, 64, 64, 8, 15, 0]);
});
