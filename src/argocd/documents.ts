import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  type Event,
  FAILSAFE_SCHEMA,
  NOT_RESOLVED,
  parseEvents,
} from 'js-yaml';
import type { KubeObject } from '../kube/objects.js';

/** A YAML document within a file, with the bytes it stands in. */
export interface RawDocument {
  /** Counted from 1. */
  number: number;
  /** Offset of the first byte. */
  offset: number;
  bytes: Buffer;
}

const NEWLINE = 0x0a;

/**
 * Splits a stream of YAML at its `---` lines, one document in memory at a time.
 * No content of a block scalar stands at column 0 there, so such a line always separates.
 * Documents of white space only are passed over.
 */
export async function* splitDocuments(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawDocument> {
  let offset = 0;
  let number = 0;
  let lines: Buffer[] = [];
  const take = (separatorLength: number): RawDocument | undefined => {
    const bytes = Buffer.concat(lines);
    const document = { number: number + 1, offset, bytes };
    offset += bytes.length + separatorLength;
    lines = [];
    if (bytes.toString('latin1').trim() === '') return undefined;
    number++;
    return document;
  };
  for await (const line of splitLines(chunks)) {
    if (!isSeparator(line)) {
      lines.push(line);
      continue;
    }
    const document = take(line.length);
    if (document) yield document;
  }
  const last = take(0);
  if (last) yield last;
}

function isSeparator(line: Buffer): boolean {
  return line.length <= 5 && line[0] === 0x2d && /^---\r?\n?$/.test(line.toString('latin1'));
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, end + 1);
      yield rest.length > 0 ? Buffer.concat([...rest, line]) : line;
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** The documents of a YAML file. */
export function readDocuments(path: string): AsyncGenerator<RawDocument> {
  return splitDocuments(createReadStream(path, { highWaterMark: 1 << 20 }));
}

/** The bytes of a part of a file. */
export async function readSlice(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A document that is not plain, strict YAML of a Kubernetes object. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

// The scalars that Kubernetes' own YAML writer leaves unquoted; any other plain scalar is a string, as that
// writer means it. Integers beyond 2^53 keep their digits.
const INTEGER = /^-?(0|[1-9]\d*)$/;
const FLOAT = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
const scalar = (tag: string, resolve: (source: string) => unknown) =>
  defineScalarTag(tag, { implicit: true, resolve, identify: () => false });

const STRICT_SCHEMA = FAILSAFE_SCHEMA.withTags(
  scalar('tag:yaml.org,2002:null', (source) => (['null', '~', ''].includes(source) ? null : NOT_RESOLVED)),
  scalar('tag:yaml.org,2002:bool', (source) =>
    source === 'true' ? true : source === 'false' ? false : NOT_RESOLVED,
  ),
  scalar('tag:yaml.org,2002:int', (source) => (INTEGER.test(source) ? integer(source) : NOT_RESOLVED)),
  scalar('tag:yaml.org,2002:float', (source) => (FLOAT.test(source) ? Number(source) : NOT_RESOLVED)),
);

function integer(source: string): number | bigint {
  const value = Number(source);
  return Number.isSafeInteger(value) ? value : BigInt(source);
}

/**
 * Parses one document strictly: valid UTF-8, no anchors, aliases or tags, no duplicate keys, one object with
 * apiVersion, kind and metadata.name.
 * @throws DocumentError that says what is wrong, never the text (it may be secret)
 */
export function parseDocument({ number, bytes }: RawDocument): KubeObject {
  const source = decode(bytes, number);
  const value = construct(source, number);
  if (!isKubeObject(value))
    throw new DocumentError(
      `document ${number} is not a Kubernetes object with apiVersion, kind and metadata.name`,
    );
  return value;
}

function decode(bytes: Buffer, number: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DocumentError(`document ${number} is not valid UTF-8`);
  }
}

function construct(source: string, number: number): unknown {
  let events: Event[];
  try {
    events = parseEvents(source, { maxDepth: 1000 });
    refuseIndirection(events, number);
    const documents = constructFromEvents(events, { source, schema: STRICT_SCHEMA, maxAliases: 0 });
    return documents.length === 1 ? documents[0] : undefined;
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    // The reason and the place, without the snippet of text that the library's message carries.
    const { reason, mark } = error as { reason?: string; mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw new DocumentError(`document ${number} is not strict YAML: ${reason ?? 'unreadable'}${place}`);
  }
}

function refuseIndirection(events: Event[], number: number): void {
  for (const event of events) {
    if (event.type === EVENT_ID.ALIAS || ('anchorStart' in event && event.anchorStart >= 0))
      throw new DocumentError(`document ${number} has an anchor or alias, which an export never has`);
    if ('tagStart' in event && event.tagStart >= 0)
      throw new DocumentError(`document ${number} has an explicit tag, which an export never has`);
  }
}

function isKubeObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>;
  const filled = (text: unknown) => typeof text === 'string' && text !== '';
  return filled(apiVersion) && filled(kind) && typeof metadata === 'object' && filled(metadata?.name);
}
