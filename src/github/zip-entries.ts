import type { Entry } from 'yauzl';
import { isBackupName, isReceiptName, receiptPathOf } from '../bundle/names.js';
import { cannotOpen } from '../errors.js';
import { shown } from './shown.js';

const MIB = 1024 * 1024;

/** What is opened of an artifact, and not a byte more. Sealed data does not shrink; a receipt is short. */
export const ZIP_LIMITS = { backup: 4096 * MIB, receipt: MIB, ratio: 20 } as const;
/** The zip around them: headers and names. */
export const ZIP_OVERHEAD = MIB;

/** The two entries of an artifact with a backup. */
export interface BackupEntries {
  backup: Entry;
  receipt: Entry;
}

/**
 * Accepts the entries of an artifact: a sealed backup and its receipt, plain files without a folder, within limits.
 * @throws DrError (cannot open) that names the first entry that is anything else
 */
export function acceptEntries(entries: readonly Entry[], zip: string): BackupEntries {
  if (entries.length !== 2)
    throw cannotOpen(`${zip} holds ${entries.length} entries, and not a backup and its receipt alone.`);
  for (const entry of entries) {
    const wrong = problemOf(entry);
    if (wrong) throw cannotOpen(`${zip}: ${named(entry)} ${wrong}. It is not opened.`);
  }
  const [first, second] = entries as [Entry, Entry];
  if (first.fileName === second.fileName) throw cannotOpen(`${zip} holds ${named(first)} twice.`);
  const backup = entries.find(({ fileName }) => isSealedName(fileName));
  const receipt = entries.find(({ fileName }) => isReceiptName(fileName));
  if (!backup || !receipt || receiptPathOf(backup.fileName) !== receipt.fileName)
    throw cannotOpen(
      `${zip} holds ${named(first)} and ${named(second)}, and not a sealed backup and its receipt (X.tar.gz.age, X.receipt.json).`,
    );
  return { backup, receipt };
}

const named = ({ fileName }: Entry) => `"${shown(fileName)}"`;

/**
 * Whether a file of an artifact may have this name, which from here on is in logs, reports and summaries as it is.
 * Letters, digits and what a name is made of: nothing that a runner, Markdown or a terminal takes for more.
 */
export const isPlainFileName = (name: string): boolean =>
  !/^-|[/()'":]/.test(name) && shown(name, 255) === name;

const isSealedName = (name: string) => isBackupName(name) && name.endsWith('.age');

function problemOf(entry: Entry): string | undefined {
  return nameProblem(entry.fileName) ?? typeProblem(entry) ?? sizeProblem(entry);
}

function nameProblem(name: string): string | undefined {
  if (name.endsWith('/')) return 'is a folder';
  if (/[/\\]/.test(name)) return 'leads into a folder';
  if (name.startsWith('.')) return 'starts with a dot';
  if (Buffer.byteLength(name) > 255) return 'has a name that is too long';
  if (!isPlainFileName(name)) return 'has characters that the name of no backup here has';
  return undefined;
}

const TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
const DOS_FOLDER = 0x10;

/** The upper half of the attributes is the mode on Unix, and zero elsewhere. */
function typeProblem(entry: Entry): string | undefined {
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (type !== 0 && type !== REGULAR_FILE) return 'is a link or a special file';
  if (entry.externalFileAttributes & DOS_FOLDER) return 'is a folder';
  if (!entry.canDecodeFileData()) return 'is encrypted by the zip, or compressed in an unknown way';
  return undefined;
}

function sizeProblem({ fileName, compressedSize, uncompressedSize }: Entry): string | undefined {
  const limit = isReceiptName(fileName) ? ZIP_LIMITS.receipt : ZIP_LIMITS.backup;
  if (uncompressedSize > limit) return `unpacks to ${uncompressedSize} bytes, more than ${limit}`;
  if (uncompressedSize > compressedSize * ZIP_LIMITS.ratio)
    return `unpacks to more than ${ZIP_LIMITS.ratio} times its size`;
  return undefined;
}
