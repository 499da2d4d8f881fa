import { basename } from 'node:path';
import { cannotOpen } from '../errors.js';
import { AGE_MAGIC } from './age.js';
import { GZIP_HEADER } from './pack.js';

const LATER = 'Give the file that the backup mode wrote (argocd-….tar.gz.age).';

/** What people take for a backup, told by its first bytes, and the way out of each. */
const MISTAKEN: readonly [(start: string) => boolean, string][] = [
  [
    (start) => start.startsWith('-----BEGIN AGE ENCRYPTED FILE-----'),
    "is an age file in text armor, while backups are binary. Turn it back first: grep -v -e '-----' FILE | base64 -d > FILE.tar.gz.age",
  ],
  [
    (start) => start.startsWith('age-encryption.org/'),
    'is sealed with an age format other than v1, which this version cannot read: open it with a newer age.',
  ],
  [
    (start) => start.startsWith('PK\x03\x04'),
    'is a zip archive, as a downloaded workflow artifact is: unzip it and give the backup inside.',
  ],
  [
    (start) => /^\s*\{/.test(start) && start.includes('"formatVersion"'),
    'is a JSON document such as a receipt or a report, not a backup: give the .tar.gz.age file beside it.',
  ],
  [
    (start) => /^(apiVersion|kind|metadata):/m.test(start),
    'is plain YAML, as argocd admin export writes it, not a backup of this tool: it has no manifest to check against. Make a backup with the backup mode, or restore it by hand with argocd admin import.',
  ],
  [
    (start) => start.slice(257, 262) === 'ustar',
    `is a bare tar archive, not a backup of this tool. ${LATER}`,
  ],
];

/**
 * Tells a sealed backup from an unsealed one by its first bytes.
 * @param start at least the first 512 bytes where the file has them
 * @throws DrError (cannot open) that says what the file is instead
 */
export function recognise(start: Buffer, path: string): 'age' | 'none' {
  const text = start.toString('latin1');
  if (text.startsWith(AGE_MAGIC)) return 'age';
  if (start.subarray(0, 3).equals(GZIP_HEADER.subarray(0, 3))) return 'none';
  const mistaken = MISTAKEN.find(([matches]) => matches(text))?.[1];
  if (mistaken) throw cannotOpen(`${path} ${mistaken.replaceAll('FILE', basename(path))}`);
  throw cannotOpen(
    `${path} is neither an age file nor gzip: it is no backup of this tool, or its beginning is damaged. ${LATER}`,
  );
}
