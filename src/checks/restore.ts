import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pMap from 'p-map';
import { comparable, digestOf } from '../argocd/canonical.js';
import { readExported } from '../argocd/coverage.js';
import { compareIndexes, differingPaths, keyOf } from '../argocd/diff.js';
import { explainDifferences } from '../argocd/explain.js';
import { ExportFailed, exportArgoCd } from '../argocd/export.js';
import { portable, portableNamespace } from '../argocd/extras.js';
import { type ImportResult, nameSome } from '../argocd/import.js';
import { countKinds, digestIndex, type IndexedObject, readObject } from '../argocd/index.js';
import { type ListedObject, listInstance } from '../argocd/listing.js';
import { namespaceFlags } from '../argocd/namespaces.js';
import { generatedApplications } from '../argocd/owners.js';
import { type RestoreOptions, scopeOf } from '../argocd/restore.js';
import type { OwnerRecord } from '../bundle/manifest.js';
import { messageOf } from '../errors.js';
import { APPLICATION, type OwnerReference } from '../kube/objects.js';
import { some } from '../log.js';
import { createRedactor, redact, secretValues } from '../redact.js';
import type { Difference } from '../report/report.js';
import { type Finding, fail, pass } from './check.js';
import { seedMutations } from './negative-control.js';

/** What the target holds after a restore, read through the Kubernetes API. */
export interface ReadBack {
  objects: ListedObject[];
  owners: ReadonlyMap<string, OwnerReference[]>;
  counts: Record<string, number>;
}

const CONCURRENCY = 16;

/** Lists the target as a source is listed, and looks up by name what the listing did not show. */
export async function readBack({ cluster, opened, index }: RestoreOptions): Promise<ReadBack> {
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
  const unseen = index.export.objects.filter((object) => !seen.has(keyOf(object)));
  const found = await pMap(unseen, (object) => readExported(cluster.kube, scope, object), {
    concurrency: CONCURRENCY,
  });
  const all = [...objects, ...found.filter((object) => object !== undefined)];
  return { objects: all, owners, counts: countKinds(all) };
}

/**
 * What `argocd admin import` itself said.
 * @throws DrError (infrastructure) where the API server has gone away: then nothing is said about the backup
 */
export async function importFinding(
  { lines, unreported, processes }: ImportResult,
  { cluster, opened, index }: RestoreOptions,
): Promise<Finding> {
  const total = index.export.objects.length;
  if (lines.length === 0 && unreported.length === 0)
    return pass(
      `${total} objects reported as imported by ${processes} argocd ${processes === 1 ? 'process' : 'processes'}, without a warning.`,
    );
  await cluster.kube.version();
  const redactor = createRedactor(await backedUpSecrets(opened, index));
  const said = lines.slice(0, 3).map((line) => redact(line, redactor));
  const warned = said.length > 0 ? `argocd said: ${said.join(' | ')}` : 'argocd gave no warning';
  const skipped = unreported.length > 0 ? `; not reported as imported: ${nameSome(unreported)}` : '';
  return fail(`${warned}${skipped}.`);
}

async function backedUpSecrets({ exportPath }: RestoreOptions['opened'], index: RestoreOptions['index']) {
  const secrets = index.export.objects.filter(({ kind }) => kind === 'Secret');
  return secretValues(
    await pMap(secrets, (secret) => readObject(exportPath, secret), { concurrency: CONCURRENCY }),
  );
}

/** Each object of the export against the target: present and equal. */
export async function objectsFinding(options: RestoreOptions, { objects }: ReadBack): Promise<Finding> {
  const expected = digestIndex(options.index.export.objects);
  const differences = compareIndexes(expected, digestIndex(objects)).filter(
    ({ problem }) => problem !== 'unexpected',
  );
  const counted = `${expected.size} objects read back through the Kubernetes API`;
  if (differences.length === 0)
    return pass(`${counted}, each present and equal by SHA-256 of its canonical form.`);
  const { cluster, opened, index } = options;
  const file = {
    path: opened.exportPath,
    objects: index.export.objects,
    namespace: opened.manifest.namespace,
  };
  const explained = await explainDifferences(cluster.kube, file, differences);
  return fail(`${counted}: ${summary(explained)}.`, explained);
}

/** Objects that the target has and the backup has not. */
export function nothingExtraFinding({ index }: RestoreOptions, { objects }: ReadBack): Finding {
  const unexpected = compareIndexes(digestIndex(index.export.objects), digestIndex(objects)).filter(
    (difference) => difference.problem === 'unexpected' && isNotServersOwn(difference),
  );
  if (unexpected.length === 0)
    return pass(`none among the ${objects.length} objects of Argo CD in the target.`);
  return fail(
    `${unexpected.length} objects that the backup does not hold: ${nameSome(unexpected)}.`,
    unexpected,
  );
}

/** Each extra against the target. */
export async function extrasFinding({ cluster, opened, index }: RestoreOptions): Promise<Finding> {
  const own = opened.manifest.namespace;
  const differences = await pMap(
    index.extras.objects,
    async (extra): Promise<Difference | undefined> => {
      const expected = await readObject(opened.extrasPath, extra);
      const key = { kind: extra.kind, namespace: extra.namespace, name: extra.name };
      const resource = await cluster.kube.resourceFor(expected);
      const actual = await cluster.kube.find(resource, extra.namespace || undefined, extra.name);
      if (!actual) return { ...key, problem: 'missing', path: '' };
      const reduced = extra.kind === 'Namespace' ? portableNamespace(actual) : portable(actual);
      if (digestOf(reduced, own) === extra.sha256) return undefined;
      const [path = ''] = differingPaths(comparable(expected, own), comparable(reduced, own), 1);
      return { ...key, problem: 'different', path };
    },
    { concurrency: CONCURRENCY },
  );
  const found = differences.filter((difference) => difference !== undefined);
  if (found.length === 0)
    return pass(`${index.extras.objects.length} objects beside the export present and equal.`);
  return fail(`${index.extras.objects.length} objects beside the export: ${summary(found)}.`, found);
}

/** Each generated Application belongs to its restored ApplicationSet again. */
export function ownersFinding(records: OwnerRecord[], { owners }: ReadBack): Finding {
  const generated = generatedApplications(records);
  const orphans = generated.filter((record) => {
    const restored = owners.get(keyOf(record)) ?? [];
    return !record.owners.some(({ kind, name }) =>
      restored.some((owner) => owner.kind === kind && owner.name === name),
    );
  });
  const others = records.length - generated.length;
  const rest =
    others > 0
      ? ` ${others} objects had owners of other kinds, which do not come back with a backup of Argo CD.`
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
  const { cluster, opened, index } = options;
  const scope = scopeOf(opened);
  try {
    const again = await exportArgoCd({
      ...options,
      target: cluster.target,
      namespace: scope.namespace,
      flags: namespaceFlags(scope),
      path: join(dir, 're-export.yaml'),
    });
    const differences = compareIndexes(digestIndex(index.export.objects), digestIndex(again.objects));
    return reExportVerdict(
      differences.filter(isNotServersOwn),
      again.objects.length,
      index.export.objects.length,
    );
  } catch (error) {
    // With the API server up, an instance that cannot be exported has not been restored.
    await cluster.kube.version();
    if (error instanceof ExportFailed && error.code <= 128)
      return fail(`the restored instance cannot be exported: ${messageOf(error)}.`);
    throw error;
  }
}

function reExportVerdict(differences: Difference[], exported: number, held: number): Finding {
  const counted = `${exported} objects exported again from the target, ${held} in the backup`;
  return differences.length === 0
    ? pass(`${counted}; all equal.`)
    : fail(`${counted}: ${summary(differences)}.`);
}

/** The project `default` is made by argocd-server at its start, whatever the backup holds. */
const isNotServersOwn = ({ problem, kind, name }: Difference) =>
  !(problem === 'unexpected' && kind === 'AppProject' && name === 'default');

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
  const restored = index.export.objects.filter((object) => actual.get(keyOf(object)) === object.sha256);
  const read = async (object: IndexedObject) => readObject(opened.exportPath, object);
  const seeded = await seedMutations(restored, actual, read, opened.manifest.namespace, seed);
  const before = new Set(compareIndexes(digestIndex(index.export.objects), actual).map(fingerprint));
  const reported = compareIndexes(digestIndex(index.export.objects), seeded.actual).map(fingerprint);
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
