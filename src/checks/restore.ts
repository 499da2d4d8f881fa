import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pMap from 'p-map';
import { comparable, digestOf } from '../argocd/canonical.js';
import { readExported } from '../argocd/coverage.js';
import { compareIndexes, differingPaths, keyOf } from '../argocd/diff.js';
import { parseYamlOrJson, readDocuments } from '../argocd/documents.js';
import { explainDifferences } from '../argocd/explain.js';
import { ExportFailed, exportArgoCd, exportCarried } from '../argocd/export.js';
import { portable, portableNamespace, writeExtras } from '../argocd/extras.js';
import { type ImportResult, nameSome } from '../argocd/import.js';
import {
  countKinds,
  digestIndex,
  type IndexedObject,
  indexDocuments,
  instanceObjects,
  readInstanceObject,
  readObject,
  type YamlFiles,
} from '../argocd/index.js';
import { type ListedObject, listInstance } from '../argocd/listing.js';
import { namespaceFlags } from '../argocd/namespaces.js';
import { generatedApplications } from '../argocd/owners.js';
import { type Change, type Changes, describeChanges, isMadeByArgoCd, rehearse } from '../argocd/rehearsal.js';
import { type RestoreOptions, scopeOf } from '../argocd/restore.js';
import { messageOf } from '../errors.js';
import { APPLICATION, type KubeObject, type OwnerReference } from '../kube/objects.js';
import { some } from '../log.js';
import { createRedactor, redact } from '../redact.js';
import type { Difference } from '../report/report.js';
import { type Finding, fail, pass } from './check.js';
import { seedMutations } from './negative-control.js';

/** What the target holds after a restore, read through the Kubernetes API. */
export interface ReadBack {
  objects: ListedObject[];
  owners: ReadonlyMap<string, OwnerReference[]>;
  counts: Record<string, number>;
  /** In an upgrade rehearsal; an object that differs by migrations only counts as equal. */
  changes?: Changes;
}

const CONCURRENCY = 16;

/** Lists the target as a source is listed, and looks up by name what the listing did not show. */
export async function readBack(options: RestoreOptions): Promise<ReadBack> {
  const { cluster, opened, index } = options;
  const scope = scopeOf(opened);
  const owners = new Map<string, OwnerReference[]>();
  const { objects } = await listInstance(cluster.kube, scope, ({ kind, metadata }) => {
    if (kind === APPLICATION.kind && metadata.ownerReferences)
      owners.set(
        keyOf({ kind, namespace: metadata.namespace!, name: metadata.name }),
        metadata.ownerReferences,
      );
  });
  const seen = new Set(objects.map(keyOf));
  const unseen = instanceObjects(index).filter((object) => !seen.has(keyOf(object)));
  const found = await pMap(unseen, (object) => readExported(cluster.kube, scope, object), {
    concurrency: CONCURRENCY,
  });
  const all = [...objects, ...found.filter((object) => object !== undefined)];
  const back = { objects: all, owners, counts: countKinds(all) };
  if (!options.rehearsal) return back;
  const { objects: settled, ...changes } = await rehearse(instanceObjects(index), all, bothReader(options));
  return { ...back, objects: settled, changes };
}

/** Another export, with what it does not carry beside it. */
interface ExportedAgain extends YamlFiles {
  objects: IndexedObject[];
}

/** Reads an object of the backup, and the target's: by the Kubernetes API, or from another export. */
function bothReader({ cluster: { kube }, opened }: RestoreOptions, again?: ExportedAgain) {
  const own = opened.manifest.namespace;
  const places = new Map(again?.objects.map((object) => [keyOf(object), object]));
  return async (object: IndexedObject): Promise<[KubeObject, KubeObject | undefined]> => {
    const expected = await readInstanceObject(opened, object);
    const place = places.get(keyOf(object));
    const actual = again
      ? place && (await readInstanceObject(again, place))
      : await kube.find(await kube.resourceFor(expected), object.namespace, object.name);
    return [comparable(expected, own), actual && comparable(actual, own)];
  };
}

/**
 * What `argocd admin import` itself said.
 * @throws DrError (infrastructure) where the API server has gone away: then nothing is said about the backup
 */
export async function importFinding(
  { lines, unreported, processes }: ImportResult,
  { cluster, index, secretValues = [] }: RestoreOptions,
): Promise<Finding> {
  const total = index.export.objects.length;
  if (lines.length === 0 && unreported.length === 0)
    return pass(
      `${total} objects reported as imported by ${processes} argocd ${processes === 1 ? 'process' : 'processes'}, without a warning.`,
    );
  await cluster.kube.version();
  const redactor = createRedactor(secretValues);
  const said = lines.slice(0, 3).map((line) => redact(line, redactor));
  const warned = said.length > 0 ? `argocd said: ${said.join(' | ')}` : 'argocd gave no warning';
  const skipped = unreported.length > 0 ? `; not reported as imported: ${nameSome(unreported)}` : '';
  return fail(`${warned}${skipped}.`);
}

/** Each object of the export against the target: present and equal. */
export async function objectsFinding(
  options: RestoreOptions,
  { objects, changes }: ReadBack,
): Promise<Finding> {
  const expected = digestIndex(instanceObjects(options.index));
  const differences = compareIndexes(expected, digestIndex(objects)).filter(
    ({ problem }) => problem !== 'unexpected',
  );
  const counted = `${expected.size} objects read back through the Kubernetes API`;
  const [migrated, details] = migrationText(changes);
  if (differences.length === 0)
    return pass(`${counted}, each present and equal by SHA-256 of its canonical form${migrated}.`, details);
  if (changes)
    return fail(`${counted}: ${summary(differences)}${migrated}.`, withLosses(differences, changes), details);
  const { cluster, opened, index } = options;
  const file = { ...opened, objects: instanceObjects(index), namespace: opened.manifest.namespace };
  const explained = await explainDifferences(cluster.kube, file, differences);
  return fail(`${counted}: ${summary(explained)}.`, explained);
}

/** What an upgrade rehearsal adds to the evidence, and its details. */
function migrationText(changes: Changes | undefined): [string, string[]] {
  if (!changes) return ['', []];
  const { migrations, losses } = changes;
  const objects = new Set(migrations.map(keyOf)).size;
  const text =
    objects === 0
      ? '; this Argo CD made no migrations in them'
      : `, but for Argo CD's own migrations: ${migrations.length} fields in ${objects} objects`;
  const lines = (what: string, list: Change[]) => describeChanges(list).map((line) => `${what}: ${line}`);
  return [text, [...lines('loss', losses), ...lines('migration', migrations)]];
}

const LOSSES_SHOWN = 5;

/** Adds the paths of what was lost, and leaves those of migrations out. */
function withLosses(differences: Difference[], { losses }: Changes): Difference[] {
  const byObject = new Map<string, Change[]>();
  for (const loss of losses) byObject.set(keyOf(loss), [...(byObject.get(keyOf(loss)) ?? []), loss]);
  return differences.map((difference) => {
    const paths = (byObject.get(keyOf(difference)) ?? []).map(({ path }) => path);
    return { ...difference, path: paths.slice(0, LOSSES_SHOWN).join(', ') };
  });
}

/** Objects that the target has and the backup has not. */
export function nothingExtraFinding({ index }: RestoreOptions, { objects }: ReadBack): Finding {
  const unexpected = compareIndexes(digestIndex(instanceObjects(index)), digestIndex(objects)).filter(
    (difference) => difference.problem === 'unexpected' && isNotServersOwn(difference),
  );
  if (unexpected.length === 0)
    return pass(`none among the ${objects.length} objects of Argo CD in the target.`);
  return fail(
    `${unexpected.length} objects that the backup does not hold: ${nameSome(unexpected)}.`,
    unexpected,
  );
}

/**
 * Each extra against the target, but for objects of the instance, see objectsFinding().
 * @param kept Namespaces that the target had already: that they are there is all that is wanted
 */
export async function extrasFinding(
  options: RestoreOptions,
  kept: ReadonlySet<string> = new Set(),
): Promise<Finding> {
  const extras = options.index.extras.objects.filter(({ beside }) => !beside);
  const look = (extra: IndexedObject) => extraDifference(options, extra, kept);
  const differences = await pMap(extras, look, { concurrency: CONCURRENCY });
  const found = differences.filter((difference) => difference !== undefined);
  const counted = `${extras.length} objects beside the export`;
  if (found.length > 0) return fail(`${counted}: ${summary(found)}.`, found);
  const left = kept.size > 0 ? `, but for ${kept.size} Namespaces that were there and keep their labels` : '';
  return pass(`${counted} present and equal${left}.`);
}

async function extraDifference(
  { cluster: { kube }, opened }: RestoreOptions,
  extra: IndexedObject,
  kept: ReadonlySet<string>,
): Promise<Difference | undefined> {
  const own = opened.manifest.namespace;
  const { kind, namespace, name } = extra;
  const expected = await readObject(opened.extrasPath, extra);
  const actual = await kube.find(await kube.resourceFor(expected), namespace || undefined, name);
  if (!actual) return { kind, namespace, name, problem: 'missing', path: '' };
  if (kind === 'Namespace' && kept.has(name)) return undefined;
  const reduced = kind === 'Namespace' ? portableNamespace(actual) : portable(actual);
  if (digestOf(reduced, own) === extra.sha256) return undefined;
  const [path = ''] = differingPaths(comparable(expected, own), comparable(reduced, own), 1);
  return { kind, namespace, name, problem: 'different', path };
}

/** Each generated Application belongs to its restored ApplicationSet again. */
export function ownersFinding(options: RestoreOptions, { owners }: ReadBack): Finding {
  const generated = generatedApplications(options);
  const orphans = generated.filter((record) => {
    const restored = owners.get(keyOf(record)) ?? [];
    return !record.owners.some(({ kind, name }) =>
      restored.some((owner) => owner.kind === kind && owner.name === name),
    );
  });
  const others = options.opened.manifest.ownerReferences.length - generated.length;
  const rest =
    others > 0
      ? ` ${others} objects had owners that are not in the backup: they do not come back with it.`
      : '';
  if (orphans.length === 0)
    return pass(`${generated.length} generated Applications belong to their ApplicationSets again.${rest}`);
  return fail(
    `${orphans.length} of ${generated.length} generated Applications have lost their ApplicationSet: ${nameSome(orphans)}.`,
  );
}

/**
 * A second export, from the target, against the first.
 * @throws DrError (infrastructure) where the API server has gone away
 */
export async function reExportFinding(options: RestoreOptions, dir: string): Promise<Finding> {
  const { cluster, secretValues = [] } = options;
  try {
    return await compareExports(options, await exportAgain(options, dir));
  } catch (error) {
    // With the API server up, an instance that cannot be exported has not been restored.
    await cluster.kube.version();
    if (error instanceof ExportFailed && error.code <= 128) {
      const said = redact(messageOf(error), secretValues);
      return fail(`the restored instance cannot be exported: ${said}.`);
    }
    throw error;
  }
}

async function exportAgain(options: RestoreOptions, dir: string): Promise<ExportedAgain> {
  const { cluster, opened, index } = options;
  const scope = scopeOf(opened);
  const files = { exportPath: join(dir, 're-export.yaml'), extrasPath: join(dir, 're-export-beside.yaml') };
  const { namespace } = scope;
  const flags = namespaceFlags(scope);
  const common = { ...options, target: cluster.target, namespace, flags, path: files.exportPath };
  if (!index.extras.objects.some(({ beside }) => beside))
    return { ...files, objects: (await exportArgoCd(common)).objects };
  const carried = await exportCarried({ ...common, kube: cluster.kube, scope });
  const kept = [...carried.kept.values()].map(({ object }) => object);
  await writeExtras(files.extrasPath, kept);
  const parse = { parse: parseYamlOrJson };
  const { objects } = await indexDocuments(readDocuments(files.extrasPath), namespace, parse);
  const beside = objects.map((object): IndexedObject => ({ ...object, beside: true }));
  return { ...files, objects: [...carried.index.objects, ...beside] };
}

async function compareExports(options: RestoreOptions, again: ExportedAgain): Promise<Finding> {
  const held = instanceObjects(options.index);
  const changes = options.rehearsal
    ? await rehearse(held, again.objects, bothReader(options, again))
    : undefined;
  const exported = digestIndex(changes?.objects ?? again.objects);
  const differences = compareIndexes(digestIndex(held), exported).filter(isNotServersOwn);
  const [migrated, details] = migrationText(changes);
  const counted = `${again.objects.length} objects exported again from the target, ${held.length} in the backup`;
  return differences.length === 0
    ? pass(`${counted}; all equal${migrated}.`, details)
    : fail(`${counted}: ${summary(differences)}${migrated}.`, [], details);
}

const isNotServersOwn = (difference: Difference) =>
  !(difference.problem === 'unexpected' && isMadeByArgoCd(difference));

/** Damages a copy of what was read back in known ways: the comparison must report exactly these. */
export async function negativeControlFinding(
  options: RestoreOptions,
  { objects }: ReadBack,
): Promise<Finding> {
  const { opened, index } = options;
  const actual = digestIndex(objects);
  const seed = createHash('sha256')
    .update(opened.manifest.rootDigest)
    .update(new Date().toISOString())
    .digest('hex');
  const held = instanceObjects(index);
  // What is kept beside the export may be too deep to be edited; it is compared like all else.
  const restored = held.filter((object) => !object.beside && actual.get(keyOf(object)) === object.sha256);
  const read = async (object: IndexedObject) => readInstanceObject(opened, object);
  const seeded = await seedMutations(restored, actual, read, opened.manifest.namespace, seed);
  const before = new Set(compareIndexes(digestIndex(held), actual).map(fingerprint));
  const reported = compareIndexes(digestIndex(held), seeded.actual).map(fingerprint);
  const found = new Set(reported.filter((entry) => !before.has(entry)));
  const wanted = seeded.mutations.flatMap(({ expected }) => expected).map(fingerprint);
  const missed = wanted.filter((entry) => !found.has(entry));
  if (missed.length > 0 || found.size !== wanted.length)
    return fail(
      `of ${wanted.length} seeded damages ${missed.length} went unnoticed, ${found.size} were reported: the comparison cannot be trusted.`,
    );
  const examples = some(
    seeded.mutations.map(({ what }) => what),
    3,
  );
  return pass(`${seeded.mutations.length} seeded damages, all reported and nothing else: ${examples}.`);
}

const fingerprint = ({ kind, namespace, name, problem }: Difference) =>
  [problem, kind, namespace, name].join(' ');

function summary(differences: Difference[]): string {
  const parts = (['missing', 'different', 'unexpected'] as const).flatMap((problem) => {
    const some = differences.filter((difference) => difference.problem === problem);
    return some.length > 0 ? [`${some.length} ${problem} (${nameSome(some)})`] : [];
  });
  return parts.join(', ');
}
