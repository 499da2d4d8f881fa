import pMap from 'p-map';
import { Breath } from '../breath.js';
import { type KubeObject, label, SECRET } from '../kube/objects.js';
import { ownCopy } from '../own-copy.js';
import { digestOf } from './canonical.js';
import { type DigestIndex, keyOf, type ObjectKey } from './diff.js';
import { DocumentError, parseDocument, parseYamlOrJson, type RawDocument, readSlice } from './documents.js';

const READS_AT_ONCE = 16;

/** Where an object stands in a YAML file. */
export interface IndexedObject extends ObjectKey {
  sha256: string;
  offset: number;
  length: number;
  /** An object of the instance that stands beside the export, as that does not carry it. */
  beside?: true;
}

/** The objects of a YAML file, in the file's order, without their contents. */
export interface FileIndex {
  objects: IndexedObject[];
  counts: Record<string, number>;
}

export interface IndexOptions {
  /** How a document is read; strictly as YAML if absent. */
  parse?: (document: RawDocument) => KubeObject;
  /** Called for each object while it is in memory. */
  visit?: (object: KubeObject) => void;
  /** Ends it between two documents. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads every document of a stream strictly, and keeps of each object its key, digest and place.
 * @param argocdNamespace the namespace of objects that name none
 * @throws DocumentError for the first document that is not strict YAML, or stands twice
 */
export async function indexDocuments(
  documents: AsyncIterable<RawDocument>,
  argocdNamespace: string,
  { parse = parseDocument, visit = () => {}, signal }: IndexOptions = {},
): Promise<FileIndex> {
  const objects: IndexedObject[] = [];
  const seen = new Set<string>();
  const breath = new Breath(signal);
  for await (const document of documents) {
    await breath.take();
    const object = parse(document);
    visit(object);
    const { name, namespace } = object.metadata;
    const key = {
      kind: ownCopy(object.kind),
      namespace: object.kind === 'Namespace' ? '' : ownCopy(namespace ?? argocdNamespace),
      name: ownCopy(name),
    };
    if (seen.has(keyOf(key)))
      throw new DocumentError(
        `document ${document.number} repeats ${label(key)}, which stands in the file already`,
      );
    seen.add(keyOf(key));
    const { offset, bytes } = document;
    objects.push({ ...key, sha256: digestOf(object, argocdNamespace), offset, length: bytes.length });
  }
  return { objects, counts: countKinds(objects) };
}

/** Number of objects per kind, kinds sorted. */
export function countKinds(objects: Iterable<{ kind: string }>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The two YAML members of a backup, or of another export. */
export interface YamlFiles {
  exportPath: string;
  extrasPath: string;
}

/** The objects of the instance itself: those of the export, and those that had to be kept beside it. */
export const instanceObjects = (index: { export: FileIndex; extras: FileIndex }): IndexedObject[] => [
  ...index.export.objects,
  ...index.extras.objects.filter(({ beside }) => beside),
];

/** Reads an object of the instance again, wherever it stands. */
export const readInstanceObject = ({ exportPath, extrasPath }: YamlFiles, object: IndexedObject) =>
  readObject(object.beside ? extrasPath : exportPath, object);

export function digestIndex(objects: Iterable<ObjectKey & { sha256: string }>): DigestIndex {
  return new Map([...objects].map((object) => [keyOf(object), object.sha256]));
}

/** Reads one object of the file again. */
export async function readObject(path: string, { offset, length }: { offset: number; length: number }) {
  return parseYamlOrJson({ number: 1, offset, bytes: await readSlice(path, offset, length) });
}

/** The Secrets in a file. */
export function secretsIn(path: string, { objects }: FileIndex): Promise<KubeObject[]> {
  const secrets = objects.filter(({ kind }) => kind === SECRET.kind);
  return pMap(secrets, (object) => readObject(path, object), { concurrency: READS_AT_ONCE });
}
