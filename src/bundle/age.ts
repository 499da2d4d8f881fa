import { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { cannotOpen, invalidInput } from '../errors.js';
import { parseIdentities, parseRecipients } from './keys.js';

/** The first line of every age file. */
export const AGE_MAGIC = 'age-encryption.org/v1\n';

/** More than 500 post-quantum recipients fit; a header without an end must not fill the memory. */
export const AGE_HEADER_LIMIT = 1024 * 1024;

export type Seal = { recipients: string[] } | { passphrase: string } | 'none';

export interface AgeKeys {
  /** `AGE-SECRET-KEY-…` */
  identities: readonly string[];
  passphrase?: string | undefined;
}

type Chunks = AsyncIterable<Uint8Array>;

/** A stage for `pipeline()` that encrypts with age. */
export function sealWith(seal: Exclude<Seal, 'none'>): (source: Chunks) => AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  if ('passphrase' in seal) encrypter.setPassphrase(seal.passphrase);
  else addRecipients(encrypter, seal.recipients);
  return async function* (source) {
    yield* await encrypter.encrypt(ReadableStream.from(source));
  };
}

function addRecipients(encrypter: Encrypter, recipients: string[]): void {
  if (recipients.length === 0)
    throw invalidInput('No recipient to seal the backup to: give at least one, age1….');
  for (const recipient of parseRecipients(recipients)) encrypter.addRecipient(recipient);
}

/** A stage for `pipeline()` that decrypts with age; `name` is the file's, for errors. */
export function unsealWith(
  keys: AgeKeys,
  header: AgeHeader,
  name: string,
): (source: Chunks) => AsyncGenerator<Uint8Array> {
  const decrypter = decrypterFor(keys, header, name);
  return async function* (source) {
    yield* await decrypter.decrypt(ReadableStream.from(source));
  };
}

/** Who a file is sealed to: the type of each recipient stanza, such as `X25519` or `scrypt`. */
export interface AgeHeader {
  types: string[];
}

/**
 * Reads the readable part of an age header, for messages only; the library parses and authenticates it.
 * @param start the file's first bytes, at most AGE_HEADER_LIMIT
 * @returns undefined where the header does not end within them
 */
export function readAgeHeader(start: Buffer): AgeHeader | undefined {
  const end = start.indexOf('\n--- ');
  if (end < 0) return undefined;
  const stanzas = start
    .subarray(0, end)
    .toString('latin1')
    .matchAll(/^-> ([\w@./-]{1,40})/gm);
  return { types: [...stanzas].map((match) => match[1]!) };
}

function decrypterFor(keys: AgeKeys, header: AgeHeader, name: string): Decrypter {
  const identities = parseIdentities(keys.identities.join('\n'));
  const byPassphrase = header.types.includes('scrypt');
  if (byPassphrase && !keys.passphrase) {
    throw cannotOpen(`${name} is sealed with a passphrase: give it in the variable ARGOCD_DR_PASSPHRASE.`);
  }
  if (!byPassphrase && identities.length === 0) {
    throw cannotOpen(
      `${name} is sealed to ${describe(header)}, and no identity was given: give the secret key with identity-file, identity, or the variable ARGOCD_DR_IDENTITY.`,
    );
  }
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  if (byPassphrase) decrypter.addPassphrase(keys.passphrase!);
  decrypter.addIdentity({ unwrapFileKey: () => refuse(identities.length, byPassphrase, header, name) });
  return decrypter;
}

/** Stands behind the real identities, so it is asked only when none of them fits. */
function refuse(count: number, byPassphrase: boolean, header: AgeHeader, name: string): never {
  if (byPassphrase)
    throw cannotOpen(`The passphrase does not open ${name}: it is the wrong one, or the header is damaged.`);
  const which = count === 1 ? 'The identity does not open' : `None of the ${count} identities opens`;
  throw cannotOpen(
    `${which} ${name}, which is sealed to ${describe(header)}: give the key to one of them, or take another copy if the file may be damaged.`,
  );
}

function describe({ types }: AgeHeader): string {
  const kinds = [...new Set(types)].join(', ');
  return `${types.length} recipient${types.length === 1 ? '' : 's'} (${kinds})`;
}
