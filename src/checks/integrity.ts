import { compareIndexes, keyOf, type ObjectKey } from '../argocd/diff.js';
import { DocumentError, parseYamlOrJson, readDocuments } from '../argocd/documents.js';
import { nameSome } from '../argocd/import.js';
import {
  countKinds,
  digestIndex,
  type FileIndex,
  type IndexOptions,
  indexDocuments,
  instanceObjects,
} from '../argocd/index.js';
import {
  boundsOf,
  describeRefused,
  isReserved,
  type Refused,
  refusalInExport,
  refusalInExtras,
  refusedMetadata,
} from '../argocd/writable.js';
import { rootDigest } from '../bundle/digest.js';
import type { Manifest, ObjectRecord } from '../bundle/manifest.js';
import type { OpenedBackup } from '../bundle/open.js';
import { cannotOpen } from '../errors.js';
import type { KubeObject } from '../kube/objects.js';
import { some } from '../log.js';
import { ownCopy } from '../own-copy.js';
import type { Recorder } from '../report/recorder.js';
import { noRunner, type Runner } from '../runner.js';
import { SECRETS_LIMIT, SecretCollector, TooManySecrets } from '../secrets/values.js';
import { makeCheck, pass } from './check.js';

/** The two YAML members of an opened backup, read and found whole. */
export interface BackupIndex {
  export: FileIndex;
  extras: FileIndex;
}

/**
 * Opens a backup and proves level `integrity`: the key, the members, strict YAML, and each object against the
 * manifest and against what a restore may write. The four checks are recorded. Before anything of its content is
 * named, its secrets are masked, and hidden in errors.
 * @param askedFor Argo CD's own namespace as the inputs say
 * @param signal ends the reading between two documents
 * @throws DrError (cannot open) at the first that fails
 */
export async function checkIntegrity(
  recorder: Recorder,
  path: string,
  open: () => Promise<OpenedBackup>,
  askedFor = '',
  runner: Pick<Runner, 'mask'> = noRunner,
  signal?: AbortSignal,
): Promise<{ opened: OpenedBackup; index: BackupIndex; secrets: string[] }> {
  let opened: OpenedBackup | undefined;
  await makeCheck(recorder, 'integrity.opens', async () => {
    opened = await open();
    const how = opened.encryption === 'age' ? 'opened with the given age key' : 'not encrypted';
    const receipt = opened.receipt
      ? 'size and SHA-256 match the receipt beside it'
      : 'no receipt beside it to compare';
    return pass(`${opened.sealed.bytes} bytes, ${how}; ${receipt}.`);
  });
  const { manifest } = opened!;
  await makeCheck(recorder, 'integrity.members', () => {
    const sizes = Object.entries(manifest.members).map(([name, { bytes }]) => `${name} ${bytes} bytes`);
    return pass(
      `exactly export.yaml, extras.yaml and manifest.json; sizes and SHA-256 as in the manifest: ${sizes.join(', ')}.`,
    );
  });
  let index: BackupIndex | undefined;
  const refused: Refused[] = [];
  const secrets = new SecretCollector({ secretsLimit: SECRETS_LIMIT });
  await makeCheck(recorder, 'integrity.yaml', async () => {
    assertOwnNamespace(path, manifest, askedFor);
    index = await hiding(secrets, recorder, runner, () =>
      readMembers(path, opened!, secrets, refused, signal),
    );
    const documents = index.export.objects.length + index.extras.objects.length;
    return pass(
      `${documents} documents read: no anchors, aliases, tags, duplicate keys or repeated objects.`,
    );
  });
  await makeCheck(recorder, 'integrity.objects', () => {
    const finding = compareWithManifest(path, manifest, index!);
    assertNoneRefused(path, refused);
    return finding;
  });
  return { opened: opened!, index: index!, secrets: secrets.values() };
}

/** Masks and hides what was gathered before an error names what was read. */
async function hiding<T>(
  secrets: SecretCollector,
  recorder: Recorder,
  runner: Pick<Runner, 'mask'>,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } finally {
    const values = secrets.values();
    await runner.mask(async () => values);
    recorder.hide(values);
    if (secrets.isFull) recorder.warn(SOME_NOT_HIDDEN);
  }
}

const SOME_NOT_HIDDEN =
  'The backup holds more passwords, tokens and keys outside of Secrets than are hidden in logs and reports: some of those in Applications may be quoted there.';

/** A manifest is free to say where Argo CD lives; into a namespace of Kubernetes' own only the inputs may lead. */
function assertOwnNamespace(path: string, { namespace }: Manifest, askedFor: string): void {
  if (isReserved(namespace) && namespace !== askedFor)
    throw cannotOpen(
      `${path} says that its Argo CD is in namespace ${namespace}, which is Kubernetes' own, and nothing is written there: give namespace ${namespace} if that is where yours is; else the backup was forged`,
    );
}

/** Reads both members, and notes what no backup holds. */
async function readMembers(
  path: string,
  { manifest, exportPath, extrasPath }: OpenedBackup,
  secrets: SecretCollector,
  refused: Refused[],
  signal: AbortSignal | undefined,
): Promise<BackupIndex> {
  const { namespace, besideExport = [] } = manifest;
  const refuse = (object: KubeObject, reason: string | undefined = refusedMetadata(object)) => {
    if (reason) refused.push({ ...placed(object, namespace), reason });
  };
  const inExport = (object: KubeObject) => {
    secrets.add(object);
    refuse(object, refusalInExport(object, namespace));
  };
  const exported = await readStrictly(path, 'export.yaml', exportPath, manifest, { visit: inExport, signal });
  const held = new Set(exported.objects.map(keyOf));
  const beside = new Set(besideExport.map(keyOf).filter((key) => !held.has(key)));
  const bounds = boundsOf([...exported.objects, ...besideExport], namespace);
  const inExtras = (object: KubeObject) => {
    secrets.add(object);
    const isBeside = beside.has(keyOf(placed(object, namespace)));
    refuse(object, isBeside ? refusalInExport(object, namespace) : refusalInExtras(object, bounds));
  };
  const parse = manifest.formatVersion === 1 ? {} : { parse: parseYamlOrJson };
  const extras = await readStrictly(path, 'extras.yaml', extrasPath, manifest, {
    ...parse,
    visit: inExtras,
    signal,
  });
  for (const object of extras.objects) if (beside.has(keyOf(object))) object.beside = true;
  return { export: exported, extras };
}

/** With the namespace that an object without one is in. */
function placed(object: KubeObject, argocdNamespace: string): ObjectKey {
  const { namespace = object.kind === 'Namespace' ? '' : argocdNamespace, name } = object.metadata;
  return { kind: ownCopy(object.kind), namespace: ownCopy(namespace), name: ownCopy(name) };
}

const REFUSED_SHOWN = 100;

/** Whoever has a public key can make a backup that agrees with itself; a restore writes what this tool puts in one. */
function assertNoneRefused(path: string, refused: Refused[]): void {
  if (refused.length === 0) return;
  const which = some(refused.map(describeRefused), REFUSED_SHOWN);
  throw cannotOpen(
    `${path} holds what no backup of an Argo CD does, and nothing of it was written: ${which}; somebody else than this tool made it: take another backup, and find out who can write where this one was`,
  );
}

async function readStrictly(
  path: string,
  member: string,
  file: string,
  manifest: Manifest,
  options: IndexOptions,
): Promise<FileIndex> {
  try {
    return await indexDocuments(readDocuments(file), manifest.namespace, options);
  } catch (error) {
    if (!(error instanceof DocumentError || error instanceof TooManySecrets)) throw error;
    throw cannotOpen(`${member} in ${path} cannot be trusted: ${error.message}; take another backup`, error);
  }
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
  assertBeside(path, manifest, index);
  const counts = countKinds(instanceObjects(index));
  if (JSON.stringify(counts) !== JSON.stringify(sortedCounts(manifest.counts)))
    throw cannotOpen(
      `the counts in the manifest of ${path} are not those of its objects; take another backup`,
    );
  if (index.export.objects.length === 0)
    throw cannotOpen(`${path} is empty: it holds no object of Argo CD; take another backup`);
  assertOwned(path, manifest);
  const { namespaces } = boundsOf(instanceObjects(index), manifest.namespace);
  const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return pass(
    `${manifest.objects.length} object digests and the root digest match; the instance has ${said.join(', ')}; a restore writes into no namespace but ${some([...namespaces].sort(), NAMESPACES_SHOWN)}.`,
  );
}

const NAMESPACES_SHOWN = 20;

/** What the manifest says to stand beside the export does, and does not stand in it as well. */
function assertBeside(path: string, { besideExport = [] }: Manifest, { extras }: BackupIndex): void {
  const beside = new Set(extras.objects.filter((object) => object.beside).map(keyOf));
  const strangers = besideExport.filter((record) => !beside.has(keyOf(record)));
  assertNone(path, 'the manifest tells of objects beside the export that are not there', strangers);
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
