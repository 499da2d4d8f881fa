import { Decrypter, Encrypter } from 'age-encryption';
import { cannotOpen, type DrError, invalidInput } from '../errors.js';

/** What people paste where an age key belongs, and what to tell them. Never repeats a value that may be secret. */
const NOT_AN_IDENTITY: readonly [RegExp, string][] = [
  [/^age1/i, 'is a recipient (the public half); give the identity that belongs to it, AGE-SECRET-KEY-1…'],
  [/^AGE-PLUGIN-/i, 'needs an age plugin, which is not supported; decrypt the backup with age itself first'],
  [
    /^(ssh-|-----BEGIN .*PRIVATE KEY)/,
    'is an SSH key, which is not supported; use an identity from age-keygen',
  ],
  [
    /^(age-encryption\.org\/|-----BEGIN AGE)/,
    'is an encrypted identity file; decrypt it first: age -d -o key.txt <file>',
  ],
];

const NOT_A_RECIPIENT: readonly [RegExp, string][] = [
  [
    /^AGE-/i,
    'is an identity, which is secret: treat it as leaked, make a new one and give its recipient, age1…',
  ],
  [/^ssh-/, 'is an SSH key, which is not supported; give a recipient from age-keygen, age1…'],
];

/** More keys than any backup needs; each costs whoever opens it a computation, and anyone can write a header. */
export const RECIPIENTS_LIMIT = 128;

/**
 * The identities in a key file's text: one `AGE-SECRET-KEY-…` a line, empty lines and `#` comments ignored.
 * @throws DrError (cannot open) that names the line and never shows it
 */
export function parseIdentities(text: string): string[] {
  const identities: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!accepts(() => new Decrypter().addIdentity(line))) throw badIdentity(line, index + 1);
    identities.push(line);
  }
  return identities;
}

function badIdentity(line: string, number: number): DrError {
  const why = reason(line, NOT_AN_IDENTITY) ?? 'is not an age identity (AGE-SECRET-KEY-1…), or is damaged';
  return cannotOpen(`Line ${number} of the identity ${why}.`);
}

/**
 * The recipients to seal to, trimmed and each once: `age1…`, `age1pq1…`, `age1tag1…`.
 * @throws DrError (invalid input) that names the first that is none, or says that they are too many, or that
 *   post-quantum ones are mixed with others, which age refuses too (https://pkg.go.dev/filippo.io/age#RecipientWithLabels)
 */
export function parseRecipients(recipients: Iterable<string>): string[] {
  const parsed = [...new Set([...recipients].map((recipient) => recipient.trim()))];
  if (parsed.length > RECIPIENTS_LIMIT)
    throw invalidInput(
      `${parsed.length} recipients are more than the ${RECIPIENTS_LIMIT} that a backup can have.`,
    );
  const bad = parsed.findIndex((recipient) => !accepts(() => new Encrypter().addRecipient(recipient)));
  if (bad >= 0) throw badRecipient(parsed[bad]!, bad + 1);
  const postQuantum = parsed.filter((recipient) => /^age1(tag)?pq1/.test(recipient)).length;
  if (postQuantum > 0 && postQuantum < parsed.length)
    throw invalidInput(
      `${postQuantum} of ${parsed.length} recipients are post-quantum (age1pq1…) and the others are not: the weaker kind decides, so the backup would not be post-quantum; give one kind only, as age itself asks.`,
    );
  return parsed;
}

function badRecipient(recipient: string, number: number): DrError {
  const known = reason(recipient, NOT_A_RECIPIENT);
  // What starts with age1 is public by its form; anything else may be a secret pasted into the wrong place.
  const name = recipient.startsWith('age1') ? ` (${recipient.slice(0, 70)})` : '';
  return invalidInput(
    `Recipient ${number}${name} ${known ?? 'is not an age recipient (age1…), or is mistyped'}.`,
  );
}

const reason = (text: string, known: readonly [RegExp, string][]) =>
  known.find(([pattern]) => pattern.test(text))?.[1];

function accepts(use: () => void): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}
