const MIB = 1024 * 1024;

/**
 * What of YAML is read. The API server takes requests of at most 3 MiB, whatever etcd is set to (MaxRequestBodyBytes in
 * k8s.io/apiserver/pkg/server/config.go); as YAML an object takes more room, for its indentation. One that takes
 * five times as much is no work of a person: oddityOf() tells it. A parser takes a few hundred bytes for each value: so their number has a limit of its own, which is what etcd
 * takes for an object in bytes.
 */
export const DOCUMENT_LIMITS = {
  /** Bytes of one document, and so of a line. */
  bytes: 16 * MIB,
  /** Lines, items and fields of one document. */
  values: 1.5 * MIB,
  /** Documents of one file: five times as many as the largest instances have objects. */
  documents: 250_000,
} as const;

/** Each line that is kept costs more than its bytes; so many are put together at once. */
const LINES_AT_ONCE = 4096;

/** The lines of one document: all of them, or its beginning and why that is all. */
export class DocumentBytes {
  /** Bytes of the lines, kept or not. */
  length = 0;
  #parts: Buffer[] = [];
  #lines: Buffer[] = [];

  add(line: Buffer): void {
    this.length += line.length;
    if (this.length > DOCUMENT_LIMITS.bytes) return;
    this.#lines.push(line);
    if (this.#lines.length < LINES_AT_ONCE) return;
    this.#parts.push(Buffer.concat(this.#lines));
    this.#lines = [];
  }

  /** What was kept, and why it is not to be parsed. */
  take(): { bytes: Buffer; excess?: string } {
    const bytes = Buffer.concat([...this.#parts, ...this.#lines]);
    const excess = excessOf(bytes, this.length);
    return excess === undefined ? { bytes } : { bytes, excess };
  }
}

/** Why a document is not parsed: `has more than …`. @param length of the whole, where that is not all of it */
export function excessOf(bytes: Buffer, length = bytes.length): string | undefined {
  const excess = length > DOCUMENT_LIMITS.bytes ? 'bytes' : holdsTooMany(bytes) ? 'values' : undefined;
  return excess && `has more than the ${DOCUMENT_LIMITS[excess]} ${excess} that are read`;
}

/** Line ends, and what begins or separates values within a line. */
const ALONE = new Set([...'\n,[{'].map((char) => char.charCodeAt(0)));
const BEFORE_BLANK = new Set([...'-?:'].map((char) => char.charCodeAt(0)));

/** Whether YAML or JSON may hold too many values; what stands in strings is counted too. */
function holdsTooMany(bytes: Buffer): boolean {
  if (bytes.length <= DOCUMENT_LIMITS.values) return false;
  let values = 0;
  for (let at = 0; at < bytes.length; at++)
    if (ALONE.has(bytes[at]!) || (BEFORE_BLANK.has(bytes[at]!) && isBlank(bytes[at + 1]))) values++;
  return values > DOCUMENT_LIMITS.values;
}

const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09;
