import type { About } from '../errors.js';

/** The text of a manifest file. */
export interface ManifestFile {
  /** As annotations name it: relative to the repository. */
  file: string;
  text: string;
}

export interface Place {
  file: string;
  /** From 1. */
  line: number;
}

/**
 * The file and line of an object, or of a field of it, in YAML manifests as people write them: block style, one object
 * a document. An object that names another namespace than the one wanted is not meant; one that names none is. Where
 * several say the field, as a patch and what it is laid over do, the shortest is taken: the patch decides.
 * undefined where it is not found, as in JSON, or in what a kustomization makes.
 */
export function placeOf(files: readonly ManifestFile[], wanted: About): Place | undefined {
  const found = files.flatMap((file) => findIn(file, wanted));
  const whole = found.filter(({ keys }) => keys === wanted.field?.length);
  const [best] =
    whole.length > 0
      ? whole.toSorted((a, b) => a.length - b.length)
      : found.toSorted((a, b) => b.keys - a.keys);
  return best && { file: best.file, line: best.line };
}

interface Found extends Place {
  /** How many keys of the field are there. */
  keys: number;
  /** Of the document, in lines. */
  length: number;
}

function findIn({ file, text }: ManifestFile, wanted: About): Found[] {
  const lines = text.split(/\r?\n/);
  return documentsOf(lines)
    .filter((document) => isWanted(lines, document, wanted))
    .map((document) => {
      const keys = follow(lines, document, wanted.field ?? ['metadata', 'name']);
      const line = (keys.at(-1) ?? document.start) + 1;
      return { file, line, keys: keys.length, length: document.end - document.start };
    });
}

/** Lines from `start` up to, and without, `end`. */
interface Range {
  start: number;
  end: number;
}

function documentsOf(lines: readonly string[]): Range[] {
  const starts = [0, ...lines.flatMap((line, index) => (/^---(\s|$)/.test(line) ? [index + 1] : []))];
  return starts.map((start, index) => ({ start, end: (starts[index + 1] ?? lines.length + 1) - 1 }));
}

function isWanted(lines: readonly string[], document: Range, { kind, name, namespace }: About): boolean {
  const at = (path: readonly string[]) => textAt(lines, document, path);
  if (at(['kind']) !== kind || at(['metadata', 'name']) !== name) return false;
  const own = at(['metadata', 'namespace']);
  return namespace === undefined || own === undefined || own === namespace;
}

function textAt(lines: readonly string[], document: Range, path: readonly string[]): string | undefined {
  const found = follow(lines, document, path);
  if (found.length < path.length) return undefined;
  const line = lines[found.at(-1)!]!;
  const text = line.slice(line.indexOf(':') + 1).trimStart();
  return (
    /^"([^"]*)"|^'([^']*)'/
      .exec(text)
      ?.slice(1)
      .find((part) => part !== undefined) ?? plain(text)
  );
}

const plain = (text: string) => text.replace(/(^|\s)#.*$/, '').trim();

/** The lines of the keys of a path, as far as they are there. */
function follow(lines: readonly string[], document: Range, path: readonly string[]): number[] {
  const found: number[] = [];
  let block = document;
  for (const key of path) {
    const line = keyLine(lines, block, key);
    if (line === undefined) break;
    found.push(line);
    block = blockBelow(lines, line, block.end);
  }
  return found;
}

const indentOf = (line: string) => line.length - line.trimStart().length;
const isContent = (line: string) => line.trim() !== '' && !line.trimStart().startsWith('#');

/** The line of a key of the mapping in a block: its keys stand as far in as its first line. */
function keyLine(lines: readonly string[], { start, end }: Range, key: string): number | undefined {
  let indent: number | undefined;
  for (let index = start; index < end; index++) {
    const line = lines[index]!;
    if (!isContent(line)) continue;
    indent ??= indentOf(line);
    if (indentOf(line) === indent && keyOf(line) === key) return index;
  }
  return undefined;
}

/** The white space before a colon is taken off afterwards: an expression that looks for its start takes the square. */
const keyOf = (line: string) =>
  /^\s*(?:"([^"]*)"\s*|'([^']*)'\s*|([^\s"'#:][^:]*)):(?:\s|$)/.exec(line)?.slice(1).find(Boolean)?.trimEnd();

/** What stands further in than a key, below it. */
function blockBelow(lines: readonly string[], key: number, end: number): Range {
  const indent = indentOf(lines[key]!);
  let last = key + 1;
  while (last < end && (!isContent(lines[last]!) || indentOf(lines[last]!) > indent)) last++;
  return { start: key + 1, end: last };
}
