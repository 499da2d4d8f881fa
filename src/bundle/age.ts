import { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { cannotOpen, invalidInput } from '../errors.js';
import { parseIdentities, parseRecipients, RECIPIENTS_LIMIT } from './keys.js';

/** The first line of every age file. */
export const AGE_MAGIC = 'age-encryption.org/v1\n';

/** Twice as many post-quantum recipients fit as a backup can have; a header without an end must not fill the memory. */
export const AGE_HEADER_LIMIT = 512 * 1024;

/**
 * What age makes of a passphrase, and takes 256 MiB and a second for; each one more doubles both
 * (https://pkg.go.dev/filippo.io/age#ScryptRecipient.SetWorkFactor). Backups are never sealed with more.
 */
const WORK_FACTOR_LIMIT = 18;

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
  /** Stanzas, of types that can be shown and others. Each costs the reader a computation. */
  stanzas: number;
  /** Of a passphrase: the logarithm of what trying it costs. */
  workFactor: number;
}

/**
 * Reads the readable part of an age header, for messages only; the library parses and authenticates it.
 * @param start the file's first bytes, at most AGE_HEADER_LIMIT
 * @returns undefined where the header does not end within them
 */
export function readAgeHeader(start: Buffer): AgeHeader | undefined {
  const end = start.indexOf('\n--- ');
  if (end < 0) return undefined;
  const lines = start.subarray(0, end).toString('latin1').split('\n');
  const stanzas = lines.filter((line) => line.startsWith('-> '));
  const types = stanzas.flatMap((line) => /^-> ([\w@./-]{1,40})/.exec(line)?.[1] ?? []);
  const factors = stanzas.map((line) => Number(/^-> scrypt \S+ (\d+)$/.exec(line)?.[1] ?? 0));
  return { types, stanzas: stanzas.length, workFactor: factors.reduce((a, b) => Math.max(a, b), 0) };
}

/**
 * Refuses a header that would keep this process busy: each of its stanzas is tried with each identity, and nothing
 * interrupts that.
 * @throws DrError (cannot open)
 */
export function refuseManyRecipients({ stanzas }: AgeHeader, name: string): void {
  if (stanzas > RECIPIENTS_LIMIT)
    throw cannotOpen(
      `${name} says that it is sealed to ${stanzas} recipients, more than the ${RECIPIENTS_LIMIT} that a backup can have: it is not one of this tool.`,
    );
}

/** Whoever seals a file with a passphrase decides what trying one costs. */
function refuseHardWork({ workFactor }: AgeHeader, name: string): void {
  if (workFactor > WORK_FACTOR_LIMIT)
    throw cannotOpen(
      `${name} is sealed with a passphrase of work factor ${workFactor}, more than the ${WORK_FACTOR_LIMIT} of a backup: it is not one of this tool.`,
    );
}

function decrypterFor(keys: AgeKeys, header: AgeHeader, name: string): Decrypter {
  refuseManyRecipients(header, name);
  refuseHardWork(header, name);
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
