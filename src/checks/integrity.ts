import { compareIndexes, keyOf, type ObjectKey } from '../argocd/diff.js';
import { DocumentError, readDocuments } from '../argocd/documents.js';
import { nameSome } from '../argocd/import.js';
import { countKinds, digestIndex, type FileIndex, indexDocuments } from '../argocd/index.js';
import { rootDigest } from '../bundle/digest.js';
import type { Manifest, ObjectRecord } from '../bundle/manifest.js';
import type { OpenedBackup } from '../bundle/open.js';
import { cannotOpen } from '../errors.js';
import type { Recorder } from '../report/recorder.js';
import { makeCheck, pass } from './check.js';

/** The two YAML members of an opened backup, read and found whole. */
export interface BackupIndex {
  export: FileIndex;
  extras: FileIndex;
}

/**
 * Opens a backup and proves level `integrity`: the key, the members, strict YAML, and each object against the
 * manifest. The four checks are recorded.
 * @throws DrError (cannot open) at the first that fails
 */
export async function checkIntegrity(
  recorder: Recorder,
  path: string,
  open: () => Promise<OpenedBackup>,
): Promise<{ opened: OpenedBackup; index: BackupIndex }> {
  let opened: OpenedBackup | undefined;
  await makeCheck(recorder, 'integrity.opens', async () => {
    opened = await open();
    const how = opened.encryption === 'age' ? 'opened with the given age key' : 'not encrypted';
    const receipt = opened.receipt
      ? 'size and SHA-256 match the receipt beside it'
      : 'no receipt beside it to compare';
    return pass(`${opened.sealed.bytes} bytes, ${how}; ${receipt}.`);
  });
  const { manifest, exportPath, extrasPath } = opened!;
  await makeCheck(recorder, 'integrity.members', () => {
    const sizes = Object.entries(manifest.members).map(([name, { bytes }]) => `${name} ${bytes} bytes`);
    return pass(
      `exactly export.yaml, extras.yaml and manifest.json; sizes and SHA-256 as in the manifest: ${sizes.join(', ')}.`,
    );
  });
  let index: BackupIndex | undefined;
  await makeCheck(recorder, 'integrity.yaml', async () => {
    index = {
      export: await readStrictly(path, 'export.yaml', exportPath, manifest),
      extras: await readStrictly(path, 'extras.yaml', extrasPath, manifest),
    };
    assertKinds(path, index.extras);
    const documents = index.export.objects.length + index.extras.objects.length;
    return pass(
      `${documents} documents read: no anchors, aliases, tags, duplicate keys or repeated objects.`,
    );
  });
  await makeCheck(recorder, 'integrity.objects', () => compareWithManifest(path, manifest, index!));
  return { opened: opened!, index: index! };
}

async function readStrictly(
  path: string,
  member: string,
  file: string,
  manifest: Manifest,
): Promise<FileIndex> {
  try {
    return await indexDocuments(readDocuments(file), manifest.namespace);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw cannotOpen(`${member} in ${path} cannot be trusted: ${error.message}; take another backup`, error);
  }
}

/** What a backup keeps beside the export; anything else in there was put in by somebody. */
const EXTRA_KINDS = ['ConfigMap', 'Namespace', 'Secret'];

function assertKinds(path: string, { objects }: FileIndex): void {
  const foreign = objects.filter(({ kind }) => !EXTRA_KINDS.includes(kind));
  assertNone(path, `extras.yaml holds what no backup does (only ${EXTRA_KINDS.join(', ')})`, foreign);
}

/** Every object's digest, the counts and the root digest, as they are against as the manifest says. */
export function compareWithManifest(path: string, manifest: Manifest, index: BackupIndex) {
  for (const member of ['export.yaml', 'extras.yaml'] as const) {
    const recorded = manifest.objects.filter((object) => object.member === member);
    const { objects } = member === 'export.yaml' ? index.export : index.extras;
    const differences = compareIndexes(digestIndex(recorded), digestIndex(objects));
    assertNone(path, `the objects of ${member} are not those of the manifest`, differences);
    if (recorded.length !== objects.length)
      throw cannotOpen(`the manifest in ${path} lists an object of ${member} twice; take another backup`);
  }
  if (rootDigest(manifest.objects) !== manifest.rootDigest)
    throw cannotOpen(
      `the root digest of ${path} is not the one over its objects: the manifest was edited; take another backup`,
    );
  const counts = countKinds(index.export.objects);
  if (JSON.stringify(counts) !== JSON.stringify(sortedCounts(manifest.counts)))
    throw cannotOpen(
      `the counts in the manifest of ${path} are not those of its objects; take another backup`,
    );
  if (index.export.objects.length === 0)
    throw cannotOpen(`${path} is empty: it holds no object of Argo CD; take another backup`);
  assertOwned(path, manifest);
  const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return pass(
    `${manifest.objects.length} object digests and the root digest match; the export holds ${said.join(', ')}.`,
  );
}

/** A restore gives owners back to what the backup holds, and to nothing else that somebody wrote into the manifest. */
function assertOwned(path: string, { objects, ownerReferences }: Manifest): void {
  const held = new Set(objects.map(keyOf));
  const strangers = ownerReferences.filter((record) => !held.has(keyOf(record)));
  assertNone(path, 'the manifest tells of owners of objects that it does not list', strangers);
}

const sortedCounts = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

function assertNone(path: string, what: string, objects: ObjectKey[]): void {
  if (objects.length > 0) throw cannotOpen(`${what}: ${nameSome(objects)} in ${path}; take another backup`);
}

/** What the manifest records of an indexed member. */
export function objectRecords(member: ObjectRecord['member'], { objects }: FileIndex): ObjectRecord[] {
  return objects.map(({ kind, namespace, name, sha256 }) => ({ member, kind, namespace, name, sha256 }));
}
