import { createPrivateKey, createPublicKey, sign } from 'node:crypto';

// DER (X.690) of the few structures that a self-signed certificate needs.
const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
};
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

const ED25519 = sequence(oid('2b6570'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const PKCS8_ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A certificate and its key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/**
 * A self-signed X.509 certificate with an Ed25519 key (RFC 8410). Its signature is deterministic (RFC 8032), so
 * the same key gives the same bytes; Argo CD's own processes accept the pair.
 * @param seed 32 bytes, the private key
 * @param hosts DNS names; the first is the common name
 */
export function selfSigned(seed: Buffer, hosts: readonly [string, ...string[]]): KeyPair {
  const pkcs8 = Buffer.concat([PKCS8_ED25519_PREFIX, seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const body = certificateBody(seed, hosts, publicKey);
  const signature = der(0x03, Buffer.from([0]), sign(null, body, key));
  return {
    certificate: pem('CERTIFICATE', sequence(body, ED25519, signature)),
    key: pem('PRIVATE KEY', pkcs8),
  };
}

function certificateBody(seed: Buffer, hosts: readonly [string, ...string[]], publicKey: Buffer): Buffer {
  const name = sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, hosts[0]))));
  const validity = sequence(text(0x17, '250101000000Z'), text(0x17, '490101000000Z'));
  const names = sequence(...hosts.map((host) => text(0x82, host)));
  const extensions = sequence(sequence(SUBJECT_ALT_NAME, der(0x04, names)));
  // A serial number is a positive integer: its first byte stays below 0x80.
  const serial = der(0x02, Buffer.from([1, ...seed.subarray(0, 8)]));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  return sequence(version, serial, ED25519, name, validity, name, publicKey, der(0xa3, extensions));
}

/** A PEM block (RFC 7468) with a newline at its end. */
export function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
