import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BesideRecord, OwnerRecord } from '../bundle/manifest.js';
import type { Cluster } from '../cluster/cluster.js';
import { DrError, EXIT, failed, messageOf } from '../errors.js';
import type { Exec } from '../exec.js';
import { isForbidden } from '../kube/api.js';
import { type KubeObject, label, NAMESPACE, SECRET } from '../kube/objects.js';
import type { Log } from '../log.js';
import { createRedactor, redactError } from '../redact.js';
import type { Difference } from '../report/report.js';
import type { Runner } from '../runner.js';
import { SecretCollector, secretValues } from '../secrets/values.js';
import type { Kept } from './aside.js';
import { type Completeness, EXPORTED, proveCompleteness, takeWatermark } from './coverage.js';
import { keyOf, type ObjectKey } from './diff.js';
import { DocumentError } from './documents.js';
import { explainDifferences } from './explain.js';
import { type Carried, ExportFailed, exportArgoCd, exportCarried } from './export.js';
import { collectExtras, type Extras, ReferenceCollector, writeExtras } from './extras.js';
import { nameSome } from './import.js';
import { countKinds, type FileIndex, secretsIn, type YamlFiles } from './index.js';
import { keyOfObject, type Listing, listed, listInstance } from './listing.js';
import { sourceNamespaceFlags } from './namespaces.js';
import { pointingToManifests } from './permissions.js';
import type { Source } from './source.js';
import { type Bounds, boundsOf, type Refused, refusalInExtras } from './writable.js';

export interface GatherOptions {
  cluster: Cluster;
  source: Source;
  /** Path of the argocd program. */
  argocd: string;
  /** A private folder. */
  dir: string;
  runner: Pick<Runner, 'mask'>;
  exec: Exec;
  log: Log;
  signal: AbortSignal;
}

/** Everything a backup is made of, as plaintext in a private folder, and the proof that it is complete. */
export interface Gathered {
  startedAt: Date;
  exportPath: string;
  index: FileIndex;
  extrasPath: string;
  extras: Extras;
  /** Objects of the instance that are among the extras, as the export does not carry them. */
  besideExport: BesideRecord[];
  /** Whether an object of the extras is in JSON, which readers of format version 1 do not know. */
  anyJson: boolean;
  /** Number of objects of the instance by kind, wherever they are. */
  counts: Record<string, number>;
  owners: OwnerRecord[];
  /** Objects that were being deleted in the source. */
  terminating: string[];
  completeness: Completeness;
  leftOut: { object: string; reason: string }[];
}

const ATTEMPTS = 3;
const PAUSE_MS = 1_000;

/**
 * Exports a source and proves the export complete, as a whole and up to three times: parts of different exports
 * are never put together.
 * @throws DrError: fail where the last export lacks objects that exist, else what made the last attempt fail
 */
export function gather(options: GatherOptions): Promise<Gathered> {
  return pointingToManifests(() => gatherInAttempts(options));
}

async function gatherInAttempts(options: GatherOptions): Promise<Gathered> {
  for (let attempt = 1, aside = false; ; attempt++) {
    try {
      const gathered = await gatherOnce(options, aside);
      if (gathered) return gathered;
      aside = true;
      options.log.info(
        'some objects hold what YAML does not carry, or what no restore writes: exporting again, without them',
      );
    } catch (error) {
      if (!isWorthAnother(error) || attempt >= ATTEMPTS || options.signal.aborted) throw error;
      options.log.warn(`export attempt ${attempt} of ${ATTEMPTS} failed, starting over: ${messageOf(error)}`);
      await sleep(PAUSE_MS * attempt, undefined, { signal: options.signal });
    }
  }
}

/** What an account may not read, it may not read a second later either. */
function isWorthAnother(error: unknown): boolean {
  if (!(error instanceof DrError) || isForbidden(error)) return false;
  return error.exitCode === EXIT.infra || error.exitCode === EXIT.fail;
}

/**
 * @param aside whether the export is made without the objects that it does not carry
 * @returns undefined where it has to be
 */
async function gatherOnce(options: GatherOptions, aside: boolean): Promise<Gathered | undefined> {
  const { cluster, source, dir } = options;
  const { kube } = cluster;
  const { scope } = source;
  const files = { exportPath: join(dir, 'export.yaml'), extrasPath: join(dir, 'extras.yaml') };
  const startedAt = new Date();
  const watermark = await takeWatermark(kube, scope);
  const collector = new ReferenceCollector(scope.namespace);
  const both = await exportAndList(options, files, collector, aside);
  if (!both) return undefined;
  const instance = await instanceOf(options, both, collector, files);
  const completeness = await proveCompleteness(kube, scope, instance.objects, instance.wanted, watermark);
  if (!aside && touchesOdd(completeness, collector)) return undefined;
  if (completeness.wrong.length > 0) {
    const file = { ...files, objects: instance.index.objects, namespace: scope.namespace };
    throw incomplete(await explainDifferences(kube, file, completeness.wrong));
  }
  const { outside, ...extras } = await gatherExtras(options, collector, instance, files.extrasPath);
  const held = new Set(instance.objects.map(keyOf));
  return {
    startedAt,
    ...files,
    ...extras,
    index: instance.index,
    besideExport: instance.beside.map(({ object, reason }) => ({ ...keyOfObject(object), reason })),
    counts: countKinds(instance.objects),
    owners: collector.owners.filter((record) => held.has(keyOf(record))),
    terminating: collector.terminating,
    completeness,
    leftOut: [...reasons(both.listing), ...[...instance.refused, ...outside].map(leftOutOf)],
  };
}

/** Whether an object that holds what YAML may not carry is not in an export as the API shows it. */
const touchesOdd = ({ wrong, changed }: Completeness, { odd }: ReferenceCollector): boolean =>
  [...wrong.map(label), ...changed].some((name) => odd.has(name));

interface Listed extends Carried {
  listing: Listing;
}

/**
 * An export, and beside it the independent listing.
 * @returns undefined where the export has to be made again, without objects that it does not carry
 */
async function exportAndList(
  options: GatherOptions,
  { exportPath }: YamlFiles,
  collector: ReferenceCollector,
  aside: boolean,
): Promise<Listed | undefined> {
  const { cluster, source, runner } = options;
  const secrets = new SecretCollector();
  const [exporting, listing] = await Promise.allSettled([
    exportSource(options, exportPath, aside, collector),
    listInstance(cluster.kube, source.scope, (object) => {
      secrets.add(object);
      collector.visit(object);
    }),
  ]);
  await runner.mask(async () => secrets.values());
  if (listing.status === 'rejected') throw listing.reason;
  const isSpoiled = exporting.status === 'rejected' && isAboutObjects(exporting.reason, collector);
  if (!aside && (isSpoiled || collector.refused.size > 0)) return undefined;
  if (exporting.status === 'rejected')
    throw await withoutSecrets(exporting.reason, options, secrets.values());
  return { ...exporting.value, listing: listing.value };
}

/** How argocd ends with words of its own (util/errors, ErrorGeneric). */
const FATAL = 20;

/**
 * Whether an object may have spoilt an export, perhaps one that is gone again: `yaml: control characters …`. One that is
 * large as YAML may have cost argocd its memory, of which it has no words.
 */
const isAboutObjects = (error: unknown, { odd }: ReferenceCollector): boolean =>
  error instanceof ExportFailed
    ? /\byaml: /.test(error.message) || (odd.size > 0 && error.code !== FATAL)
    : error instanceof Error && error.cause instanceof DocumentError;

/** The objects of an instance, wherever a backup has them, and what of it no backup may have. */
interface Instance {
  index: FileIndex;
  beside: Kept[];
  objects: (ObjectKey & { sha256: string })[];
  /** The listing of what should be in the backup. */
  wanted: Listing;
  refused: Refused[];
}

async function instanceOf(
  { source, runner }: GatherOptions,
  { index, kept, listing, ...more }: Listed,
  collector: ReferenceCollector,
  { exportPath }: YamlFiles,
): Promise<Instance> {
  const beside = [...kept.values()];
  await runner.mask(async () => secretValues(await secretsIn(exportPath, index)));
  await runner.mask(async () => secretValues(beside.map(({ object }) => object)));
  const aside = beside.map(({ object }) => listed(object, source.scope.namespace));
  const refused = new Map([...collector.refused, ...more.refused]);
  const wanted = listing.objects.filter((object) => !refused.has(keyOf(object)));
  return {
    index,
    beside,
    objects: [...index.objects, ...aside],
    wanted: { ...listing, objects: wanted },
    refused: [...refused.values()],
  };
}

async function gatherExtras(
  { cluster, source: { scope }, runner }: GatherOptions,
  collector: ReferenceCollector,
  { objects, beside }: Instance,
  path: string,
): Promise<Pick<Gathered, 'extras' | 'anyJson'> & { outside: Refused[] }> {
  const extras = await collectExtras(cluster.kube, scope, collector);
  await runner.mask(async () => secretValues(extras.objects));
  const [written, outside] = split(extras.objects, boundsOf(objects, scope.namespace));
  const all = withBeside(written, beside);
  return { extras: { ...extras, objects: all }, anyJson: await writeExtras(path, all), outside };
}

function exportSource(
  options: GatherOptions,
  path: string,
  aside: boolean,
  { refuse }: ReferenceCollector,
): Promise<Carried> {
  const { cluster, source } = options;
  const { scope } = source;
  const flags = sourceNamespaceFlags(scope);
  const common = { ...options, target: cluster.target, namespace: scope.namespace, flags, path };
  if (aside) return exportCarried({ ...common, kube: cluster.kube, scope });
  return exportArgoCd({ ...common, visit: refuse }).then((index) => ({
    index,
    kept: new Map(),
    refused: new Map(),
  }));
}

/** What of the extras a restore writes, and what not. */
function split(extras: KubeObject[], bounds: Bounds): [KubeObject[], Refused[]] {
  const refused: Refused[] = [];
  const written = extras.filter((object) => {
    const reason = refusalInExtras(object, bounds);
    if (reason) refused.push({ ...keyOfObject(object), reason });
    return reason === undefined;
  });
  return [written, refused];
}

/** Namespaces first, then the instance's own, in the order of an export. */
function withBeside(extras: KubeObject[], beside: Kept[]): KubeObject[] {
  const isNamespace = ({ kind }: KubeObject) => kind === NAMESPACE.kind;
  const order = EXPORTED.map(({ kind }) => kind);
  const instance = beside.map(({ object }) => object);
  instance.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return [...extras.filter(isNamespace), ...instance, ...extras.filter((object) => !isNamespace(object))];
}

const leftOutOf = ({ reason, ...key }: Refused) => ({ object: label(key), reason });

/**
 * The error, without what it quotes of secrets if it has argocd's own words in it. Where the Secrets to hide cannot be
 * read, the words are left out.
 */
async function withoutSecrets(
  error: unknown,
  { cluster, source, runner }: GatherOptions,
  literals: string[],
): Promise<unknown> {
  if (!(error instanceof ExportFailed)) return error;
  try {
    const secrets = new SecretCollector();
    for await (const secret of cluster.kube.list(SECRET, source.scope)) secrets.add(secret);
    const values = [...literals, ...secrets.values()];
    await runner.mask(async () => values);
    return redactError(error, createRedactor(values));
  } catch (unreadable) {
    const why = `its words are left out, as the Secrets to hide in them cannot be read: ${messageOf(unreadable)}`;
    return new ExportFailed(error.code, why);
  }
}

function incomplete(wrong: Difference[]): DrError {
  const missing = wrong.filter(({ problem }) => problem === 'missing');
  const [what, which] = missing.length > 0 ? ['lacks', missing] : ['does not match', wrong];
  const [first] = which;
  const at = first?.path ? ` (at ${first.path})` : '';
  return failed(
    `the export ${what} ${which.length} objects that the Kubernetes API shows unchanged: ${nameSome(which)}${at}; check what this account may list, that argocd has the source's version`,
  );
}

function reasons({ notAllowed }: Listing): Gathered['leftOut'] {
  return notAllowed.map((key) => ({
    object: label(key),
    reason: 'Argo CD is not allowed to look at this namespace (argocd-cmd-params-cm)',
  }));
}
