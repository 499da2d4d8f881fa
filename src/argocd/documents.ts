import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  COLLECTION_STYLE,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  EVENT_ID,
  type Event,
  FAILSAFE_SCHEMA,
  mapTag,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { repeatsKey } from '../bundle/json.js';
import { integer, parseJson, stringifyJson } from '../kube/json.js';
import type { KubeObject } from '../kube/objects.js';
import { DOCUMENT_LIMITS, DocumentBytes } from './document-limits.js';

/** A YAML document within a file, with the bytes it stands in. */
export interface RawDocument {
  /** Counted from 1. */
  number: number;
  /** Offset of the first byte. */
  offset: number;
  /** Of a document that is too large only its beginning. */
  bytes: Buffer;
  /** Why it is not parsed. */
  excess?: string;
}

const NEWLINE = 0x0a;
const HYPHEN = 0x2d;
const BLANK = [0x20, 0x0d, NEWLINE];

/**
 * Splits a stream of YAML at its `---` lines, one document in memory at a time, as argocd does
 * (YAMLReader of k8s.io/apimachinery/pkg/util/yaml): whatever stands around it, a line that begins so separates.
 * Documents of white space only are passed over.
 * Of one that is too large only the beginning is kept.
 * @throws DocumentError for a line that begins with `---` and goes on with more than a comment, for a line that no
 *   object has, and for too many documents
 */
export async function* splitDocuments(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawDocument> {
  let offset = 0;
  let number = 0;
  let lines = new DocumentBytes();
  const take = (separatorLength: number): RawDocument | undefined => {
    const document = { number: number + 1, offset, ...lines.take() };
    offset += lines.length + separatorLength;
    lines = new DocumentBytes();
    if (document.bytes.every((byte) => BLANK.includes(byte))) return undefined;
    if (++number > DOCUMENT_LIMITS.documents)
      throw new DocumentError(`it has more than ${DOCUMENT_LIMITS.documents} documents`);
    return document;
  };
  for await (const line of splitLines(chunks)) {
    if (!isSeparator(line, number + 1)) {
      lines.add(line);
      continue;
    }
    const document = take(line.length);
    if (document) yield document;
  }
  const last = take(0);
  if (last) yield last;
}

function isSeparator(line: Buffer, number: number): boolean {
  if (line[0] !== HYPHEN || line[1] !== HYPHEN || line[2] !== HYPHEN) return false;
  if (/^---[ \t]*( #[\t -~]*)?\r?\n?$/.test(line.toString('latin1'))) return true;
  throw new DocumentError(
    `document ${number} has a line that begins with --- and does not separate documents`,
  );
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, end + 1);
      yield rest.length > 0 ? Buffer.concat([...rest, line]) : line;
      rest = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > DOCUMENT_LIMITS.bytes)
      throw new DocumentError(`it has a line of more than ${DOCUMENT_LIMITS.bytes} bytes`);
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

// The scalars that Kubernetes' own YAML writer leaves unquoted. Any other plain scalar is a string, as that writer
// means it, unless a reader of YAML 1.1 takes it for something else.
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
  scalar('tag:yaml.org,2002:float', (source) =>
    FLOAT.test(source) && Number.isFinite(Number(source)) ? Number(source) : NOT_RESOLVED,
  ),
  scalar('ambiguous', (source) => {
    if (isAmbiguous(source)) throw new YAMLException('an unquoted word that YAML 1.1 reads as no string');
    return NOT_RESOLVED;
  }),
  defineMappingTag(mapTag.tagName, {
    ...mapTag,
    addPair: (map, key, value) =>
      typeof key === 'string' && key !== '<<' ? mapTag.addPair(map, key, value) : 'a key that is no string',
  }),
);

const WORDS =
  /^([yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE|Null|NULL|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const PREFIXED = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/;
const DECIMAL = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/**
 * Whether argocd's reader takes a plain scalar for a boolean, null or a number, though this one would take it for
 * a string: the rules of resolve.go in sigs.k8s.io/yaml/goyaml.v2.
 */
function isAmbiguous(source: string): boolean {
  if (!/^[-+.\dyYnNtTfFoO]/.test(source)) return false;
  if (WORDS.test(source)) return true;
  const digits = source.startsWith('.') ? source.replace(/(?<=\d)_(?=\d)/g, '') : source.replaceAll('_', '');
  const [, sign, prefixed] = PREFIXED.exec(digits) ?? [];
  if (prefixed !== undefined) return BigInt(prefixed) < (sign === '' ? 2n ** 64n : 2n ** 63n);
  return DECIMAL.test(digits) && Number.isFinite(Number(digits));
}

/** What YAML 1.1, which argocd reads, takes for line breaks, and YAML 1.2 does not. */
const OLD_BREAKS = /[\u0085\u2028\u2029]/;

/**
 * Parses one document strictly: valid UTF-8, no directives, anchors, aliases, tags or filled brackets, no duplicate
 * keys, nothing that argocd, a reader of YAML 1.1, takes for something else; one object with proper names.
 * @throws DocumentError that says what is wrong, never the text (it may be secret)
 */
export function parseDocument({ number, bytes, excess }: RawDocument): KubeObject {
  if (excess !== undefined) throw new DocumentError(`document ${number} ${excess}`);
  const source = decode(bytes, number);
  const value = asKubeObject(construct(source, number), number);
  if (OLD_BREAKS.test(source))
    throw new DocumentError(
      `document ${number}, ${value.kind} ${value.metadata.name}, has the character U+0085, U+2028 or U+2029 as it stands, which readers of YAML take differently: remove it from the object`,
    );
  return value;
}

const BRACE = 0x7b;

/**
 * Parses one document of a file in which an object may also stand as one line of JSON, in characters that every reader
 * takes alike: what YAML does not carry.
 * @throws DocumentError, see parseDocument()
 */
export function parseYamlOrJson(document: RawDocument): KubeObject {
  return document.bytes[0] === BRACE ? parseJsonDocument(document) : parseDocument(document);
}

function parseJsonDocument({ number, bytes, excess }: RawDocument): KubeObject {
  if (excess !== undefined) throw new DocumentError(`document ${number} ${excess}`);
  const source = decode(bytes, number).trimEnd();
  if (RAW_IN_JSON.test(source))
    throw new DocumentError(`document ${number} is not JSON in one line of plain characters`);
  const value = constructJson(source, number);
  if (repeatsKey(source, value)) throw new DocumentError(`document ${number} has a duplicated mapping key`);
  return asKubeObject(value, number);
}

function constructJson(source: string, number: number): unknown {
  try {
    return parseJson(source);
  } catch {
    // V8's message quotes the text around the fault.
    throw new DocumentError(`document ${number} is not strict JSON`);
  }
}

/** What some reader of YAML or JSON refuses, or takes for something else, where it stands unescaped. */
const RAW_IN_JSON = /[^ -~\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]/;

/** An object as one line of JSON that parseYamlOrJson() reads, and every reader of YAML. */
export function jsonDocument(object: KubeObject): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return stringifyJson(object).replace(new RegExp(RAW_IN_JSON, 'g'), escaped);
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
    assertPlain(events, number);
    const documents = constructFromEvents(events, { source, schema: STRICT_SCHEMA, maxAliases: 0 });
    return documents.length === 1 ? documents[0] : undefined;
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    // The reason and the place, without the snippet of text that the library's message carries.
    const { mark } = error as { mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw new DocumentError(
      `document ${number} is not strict YAML: ${reasonOf(error) ?? 'unreadable'}${place}`,
    );
  }
}

/** Why js-yaml refuses a text, without what its reason quotes of it: the name of a tag, behind a colon or in quotes. */
export const reasonOf = (error: unknown): string | undefined =>
  (error as { reason?: string }).reason?.replace(/[:"<!].*/s, '').trimEnd();

function assertPlain(events: Event[], number: number): void {
  for (const [index, event] of events.entries()) {
    const feature = unusualFeature(event, events[index + 1]);
    if (feature) throw new DocumentError(`document ${number} has ${feature}, which an export never has`);
  }
}

function unusualFeature(event: Event, next: Event | undefined): string | undefined {
  if (event.type === EVENT_ID.POP) return undefined;
  if (event.type === EVENT_ID.DOCUMENT) return event.directives.length > 0 ? 'a directive' : undefined;
  if (event.type === EVENT_ID.ALIAS || event.anchorStart >= 0) return 'an anchor or alias';
  if (event.tagStart >= 0) return 'an explicit tag';
  const brackets = event.type !== EVENT_ID.SCALAR && event.style === COLLECTION_STYLE.FLOW;
  return brackets && next?.type !== EVENT_ID.POP ? 'brackets that are not empty' : undefined;
}

/** The names that Kubernetes allows for the objects of a backup. They become parts of URLs, so nothing else will do. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const API_VERSION = /^([a-z0-9][-a-z0-9.]*\/)?[a-z0-9]+$/;
const KIND = /^[A-Za-z0-9]+$/;

function asKubeObject(value: unknown, number: number): KubeObject {
  if (isKubeObject(value)) return value;
  throw new DocumentError(
    `document ${number} is not a Kubernetes object with valid apiVersion, kind, metadata.name and namespace`,
  );
}

function isKubeObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>;
  const has = (pattern: RegExp, text: unknown) => typeof text === 'string' && pattern.test(text);
  return (
    has(API_VERSION, apiVersion) &&
    has(KIND, kind) &&
    has(NAME, metadata?.name) &&
    (metadata?.namespace === undefined || has(NAME, metadata.namespace))
  );
}
