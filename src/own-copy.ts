/**
 * A text of its own: V8 keeps a part of a text as a view of the whole, so that a name would hold the document it was
 * read from in memory.
 */
export const ownCopy = (text: string): string =>
  text.isWellFormed() ? Buffer.from(text).toString() : Buffer.from(text, 'utf16le').toString('utf16le');
