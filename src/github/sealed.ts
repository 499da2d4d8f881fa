import { lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AGE_HEADER_LIMIT, AGE_MAGIC, readAgeHeader, refuseManyRecipients } from '../bundle/age.js';
import { measure } from '../bundle/make.js';
import type { Receipt } from '../bundle/manifest.js';
import { receiptPathOf } from '../bundle/names.js';
import { readReceipt } from '../bundle/receipt.js';
import { recognise } from '../bundle/recognise.js';
import { cannotOpen, invalidInput, messageOf } from '../errors.js';
import { shown } from './shown.js';

/** Behind an age header come 16 bytes of nonce and at least a tag of 16. */
const SMALLEST_PAYLOAD = 32;

/** Lines of an age header: https://github.com/C2SP/C2SP/blob/main/age.md */
const RECIPIENT = /^-> [!-~]+(?: [!-~]+)*$/;
const FULL_BODY = /^[A-Za-z0-9+/]{64}$/;
const LAST_BODY = /^[A-Za-z0-9+/]{0,63}$/;
const MAC = /^--- [A-Za-z0-9+/]{43}$/;

/**
 * Proves that two files are a backup sealed to recipients and the receipt of exactly that file: all that may leave
 * the machine, and all that is taken from elsewhere. What is inside is not looked at; that takes the key.
 * @throws DrError: invalid input for what is not sealed, or only by a passphrase; cannot open for anything else
 */
export async function checkSealed(path: string, receiptPath: string): Promise<Receipt> {
  for (const file of [path, receiptPath]) assertFile(file);
  await assertSealed(path);
  if (!path.endsWith('.age') || receiptPathOf(path) !== receiptPath)
    throw cannotOpen(
      `${path} and ${receiptPath} are not named as a sealed backup and its receipt (X.tar.gz.age, X.receipt.json).`,
    );
  const receipt = receiptFrom(receiptPath);
  const { bytes, sha256 } = await measure(path);
  const differing = [
    receipt.file !== basename(path) && `the name is ${basename(path)}, not ${shown(receipt.file)}`,
    receipt.bytes !== bytes && `the size is ${bytes}, not ${receipt.bytes}`,
    receipt.sha256 !== sha256 && `the SHA-256 is ${sha256}, not ${receipt.sha256}`,
  ].filter((difference) => difference !== false);
  if (differing.length === 0) return receipt;
  throw cannotOpen(
    `${path} is not the file of the receipt in ${dirname(receiptPath)}: ${differing.join(', ')}. One of them is damaged or belongs to another backup.`,
  );
}

function assertFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) throw cannotOpen(`There is no file ${path}: a backup goes with its receipt.`);
  if (!found.isFile()) throw cannotOpen(`${path} is not a regular file.`);
}

async function assertSealed(path: string): Promise<void> {
  const start = await startOf(path);
  if (recognise(start, path) === 'none')
    throw invalidInput(
      `${path} is not encrypted: whoever can read the repository could read every credential in it. Seal it with recipients.`,
    );
  const end = headerEnd(start.toString('latin1'));
  if (end === undefined || start.length - end < SMALLEST_PAYLOAD)
    throw cannotOpen(
      `${path} starts like an age file and is none: its header is damaged, or it is cut short.`,
    );
  const recipients = readAgeHeader(start)!;
  refuseManyRecipients(recipients, path);
  if (recipients.types.includes('scrypt'))
    throw invalidInput(
      `${path} is sealed with a passphrase, which can be guessed by whoever can read the repository. Seal it with recipients.`,
    );
}

/**
 * Where an age header ends, from its first line to the MAC over the recipients. Line by line, each looked at once: no
 * header takes longer than reading it.
 */
function headerEnd(text: string): number | undefined {
  let at = 0;
  const line = () => {
    const end = text.indexOf('\n', at);
    const found = end < 0 ? undefined : text.slice(at, end);
    at = end < 0 ? text.length : end + 1;
    return found;
  };
  if (`${line()}\n` !== AGE_MAGIC) return undefined;
  for (let count = 0; ; count++) {
    const first = line() ?? '';
    if (count > 0 && MAC.test(first)) return at;
    if (!RECIPIENT.test(first)) return undefined;
    let body = line();
    while (body !== undefined && FULL_BODY.test(body)) body = line();
    if (body === undefined || !LAST_BODY.test(body)) return undefined;
  }
}

async function startOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(AGE_HEADER_LIMIT), 0, AGE_HEADER_LIMIT, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function receiptFrom(path: string): Receipt {
  try {
    return readReceipt(path)!;
  } catch (error) {
    throw cannotOpen(`${path} is no receipt (${shown(messageOf(error))}).`, error);
  }
}
