import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnerRecord } from '../bundle/manifest.js';
import type { Cluster } from '../cluster/cluster.js';
import { DrError, EXIT, failed, messageOf } from '../errors.js';
import type { Exec } from '../exec.js';
import { isForbidden } from '../kube/api.js';
import { type KubeObject, label, SECRET } from '../kube/objects.js';
import type { Log } from '../log.js';
import { createRedactor, redactError, secretValues } from '../redact.js';
import type { Difference } from '../report/report.js';
import type { Runner } from '../runner.js';
import { type Completeness, proveCompleteness, takeWatermark } from './coverage.js';
import { explainDifferences } from './explain.js';
import { ExportFailed, exportArgoCd } from './export.js';
import { collectExtras, type Extras, ReferenceCollector, writeExtras } from './extras.js';
import { nameSome } from './import.js';
import { type FileIndex, secretsIn } from './index.js';
import { type Listing, listInstance } from './listing.js';
import { sourceNamespaceFlags } from './namespaces.js';
import { pointingToManifests } from './permissions.js';
import type { Source } from './source.js';

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
  for (let attempt = 1; ; attempt++) {
    try {
      return await gatherOnce(options);
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

async function gatherOnce(options: GatherOptions): Promise<Gathered> {
  const { cluster, source, dir, runner } = options;
  const { kube } = cluster;
  const { scope } = source;
  const exportPath = join(dir, 'export.yaml');
  const extrasPath = join(dir, 'extras.yaml');
  const startedAt = new Date();
  const watermark = await takeWatermark(kube, scope);
  const collector = new ReferenceCollector(scope.namespace);
  const [index, listing] = await Promise.all([
    exportArgoCd({
      ...options,
      target: cluster.target,
      namespace: scope.namespace,
      flags: sourceNamespaceFlags(scope),
      path: exportPath,
    }),
    listInstance(kube, scope, collector.visit),
  ]).catch(async (error) => {
    throw await withoutSecrets(error, options);
  });
  await runner.mask(async () => secretValues(await secretsIn(exportPath, index)));
  const completeness = await proveCompleteness(kube, scope, index.objects, listing, watermark);
  if (completeness.wrong.length > 0) {
    const file = { path: exportPath, objects: index.objects, namespace: scope.namespace };
    throw incomplete(await explainDifferences(kube, file, completeness.wrong));
  }
  const extras = await collectExtras(kube, scope, collector);
  await runner.mask(async () => secretValues(extras.objects));
  await writeExtras(extrasPath, extras.objects);
  const leftOut = reasons(listing);
  const { owners, terminating } = collector;
  return { startedAt, exportPath, index, extrasPath, extras, owners, terminating, completeness, leftOut };
}

/**
 * The error, without what it quotes of secrets if it has argocd's own words in it. Where the Secrets to hide cannot be
 * read, the words are left out.
 */
async function withoutSecrets(error: unknown, { cluster, source, runner }: GatherOptions): Promise<unknown> {
  if (!(error instanceof ExportFailed)) return error;
  try {
    const secrets: KubeObject[] = [];
    for await (const secret of cluster.kube.list(SECRET, source.scope)) secrets.push(secret);
    const values = [...secretValues(secrets)];
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
    `the export ${what} ${which.length} objects that the Kubernetes API shows unchanged: ${nameSome(which)}${at}; check what this account may list, that argocd has the source's version, and that no value holds control characters, which argocd's YAML does not keep`,
  );
}

function reasons({ notAllowed }: Listing): Gathered['leftOut'] {
  return notAllowed.map((key) => ({
    object: label(key),
    reason: 'Argo CD is not allowed to look at this namespace (argocd-cmd-params-cm)',
  }));
}
