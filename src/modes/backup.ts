import { dirname } from 'node:path';
import { parseYamlOrJson, readDocuments } from '../argocd/documents.js';
import { type Gathered, gather } from '../argocd/gather.js';
import { indexDocuments } from '../argocd/index.js';
import { inspectSource, type Source } from '../argocd/source.js';
import type { Seal } from '../bundle/age.js';
import { checkGuards } from '../bundle/guards.js';
import { buildManifest, measure, receiptOf } from '../bundle/make.js';
import type { BesideRecord } from '../bundle/manifest.js';
import { resolveTarget } from '../bundle/names.js';
import { type Written, writeBackup } from '../bundle/write.js';
import { type Finding, makeCheck, pass } from '../checks/check.js';
import type { Cluster } from '../cluster/cluster.js';
import { connectExisting } from '../cluster/existing.js';
import type { Deps, ModeResult } from '../deps.js';
import { EXIT, infraError } from '../errors.js';
import type { BackupInputs } from '../inputs.js';
import { label } from '../kube/objects.js';
import { some } from '../log.js';
import type { OutputValues } from '../outputs.js';
import type { Report } from '../report/report.js';
import type { Runner } from '../runner.js';
import { fetchPrevious } from './previous.js';

/** What making a backup needs of the inputs. */
export type BackupPlan = Pick<
  BackupInputs,
  | 'namespace'
  | 'argocdVersion'
  | 'output'
  | 'recipients'
  | 'encryption'
  | 'passphrase'
  | 'applicationNamespaces'
  | 'applicationsetNamespaces'
  | 'minApplications'
  | 'maxShrinkPercent'
  | 'expectedSource'
>;

export interface MadeBackup {
  createdAt: Date;
  written: Written;
  backup: NonNullable<Report['backup']>;
}

/** Mode `backup`: from a live Argo CD instance to a sealed file and its receipt. */
export async function backup(inputs: BackupInputs, deps: Deps): Promise<ModeResult> {
  const { recorder, signal } = deps;
  const cluster = await recorder.phase('connect', () => connectExisting(inputs, signal));
  const goesUp = isUploaded(inputs, deps.env);
  const previous = goesUp ? fetchPrevious(inputs, deps) : undefined;
  // What the backup itself ends in is told first.
  previous?.catch(() => {});
  const { written, backup: made, createdAt } = await makeBackup(cluster, inputs, deps, previous);
  // Told before the upload, which may fail: the file is there nevertheless.
  recorder.output('backup-path', written.path);
  recorder.output('receipt', written.receiptPath);
  const uploaded = goesUp ? await upload(written, createdAt, inputs, deps) : {};
  const applications = made.counts.Application ?? 0;
  const message = `Backed up ${applications} Applications and all else of the instance; complete by an independent listing.`;
  return {
    report: recorder.finish({ verdict: 'PASS', exitCode: EXIT.pass, message }),
    outputs: {
      applications: String(applications),
      ...uploaded,
    },
  };
}

/** Only what is sealed leaves the machine, whatever the inputs say; `auto` is: wherever artifacts can be uploaded. */
function isUploaded({ upload, encryption }: BackupInputs, env: NodeJS.ProcessEnv): boolean {
  if (encryption === 'none') return false;
  return upload === true || (upload === 'auto' && Boolean(env.ACTIONS_RUNTIME_TOKEN));
}

/** Uploads the backup and its receipt as an artifact of this run, and proves that it can be had from there. */
async function upload(
  written: Written,
  at: Date,
  { namespace, artifactName: given, retentionDays }: BackupInputs,
  { recorder, log, env, scope, signal }: Deps,
): Promise<OutputValues> {
  const { actionsArtifacts, artifactName, uploadBackup } = await import('../github/index.js');
  const name = artifactName(namespace, at, given);
  let outputs: OutputValues = {};
  await recorder.phase('upload', () =>
    makeCheck(recorder, 'backup.uploaded', async () => {
      const client = await actionsArtifacts();
      const scratchDir = scope.privateDir('upload');
      const { id, digest, url } = await uploadBackup({
        ...written,
        name,
        retentionDays,
        client,
        env,
        scratchDir,
        signal,
      });
      outputs = { 'artifact-id': String(id), 'artifact-digest': digest, 'artifact-url': url };
      log.info(`uploaded: artifact ${name} (${id}), ${url}`);
      return pass(
        `artifact ${name} (${id}), downloaded again: SHA-256 ${digest} is the one that was uploaded, and the backup in it is this one.`,
      );
    }),
  );
  return outputs;
}

/** Warnings of one kind that are told: a tenant decides how many there are. The manifest has all of them. */
const WARNED = 50;

function firstOf(lines: readonly string[]): string[] {
  const rest = lines.length - WARNED;
  return [...lines.slice(0, WARNED), ...(rest > 0 ? [`and ${rest} more that are not in the backup`] : [])];
}

/** Masks on the runner, and hides in the report's errors: a terminal masks nothing. */
const hiding = ({ recorder, runner }: Deps): Pick<Runner, 'mask'> => ({
  async mask(values) {
    const all = [...(await values())];
    recorder.hide(all);
    await runner.mask(async () => all);
  },
});

/**
 * Makes one backup of a cluster: inspect, export with proof, guard, seal, write. Nothing is written before it is proven.
 * @param previous a folder with the receipt of the backup before, where it is not beside the target
 */
export async function makeBackup(
  cluster: Cluster,
  plan: BackupPlan,
  deps: Deps,
  previous?: Promise<string | undefined>,
): Promise<MadeBackup> {
  const { recorder, tools, scope, log } = deps;
  const source = await recorder.phase('inspect source', () => inspectSource(cluster, sourceOptions(plan)));
  log.info(`source: Argo CD ${source.argocdVersion} in namespace ${plan.namespace} of ${source.server}`);
  const argocd = await recorder.phase('get argocd', () => tools.get('argocd', source.argocdVersion));
  const dir = scope.privateDir('backup');
  const gathered = await recorder.phase('export and list', () =>
    proveComplete(recorder, () =>
      gather({ ...deps, runner: hiding(deps), cluster, source, argocd: argocd.path, dir }),
    ),
  );
  const target = resolveTarget(plan.output, {
    instance: plan.namespace,
    at: gathered.startedAt,
    sealed: plan.encryption !== 'none',
  });
  const before = await previous;
  const folders = [dirname(target), ...(before === undefined ? [] : [before])];
  await makeCheck(recorder, 'backup.guards', () =>
    pass(checkGuards(gathered.counts, source, plan, folders, (line) => recorder.warn(line))),
  );
  const written = await recorder.phase('seal and write', () => seal(gathered, source, plan, target, deps));
  await makeCheck(recorder, 'backup.stored', () => storedFinding(written, plan));
  const made = { ...receiptOf(gathered, source), bytes: written.bytes, sha256: written.sha256 };
  const { source: _, formatVersion: __, ...facts } = made;
  recorder.backup(facts);
  tell(gathered, written, source, plan, deps);
  return { createdAt: gathered.startedAt, written, backup: facts };
}

async function proveComplete(recorder: Deps['recorder'], run: () => Promise<Gathered>): Promise<Gathered> {
  let gathered: Gathered | undefined;
  await makeCheck(recorder, 'backup.complete', async () => {
    gathered = await run();
    const { index, completeness, extras, besideExport } = gathered;
    const changed = completeness.changed.length;
    const beside = besideExport.length;
    const aside = beside > 0 ? `, and ${beside} kept beside the export, as YAML does not carry them` : '';
    const confirmed = `${index.objects.length} objects exported${aside}; each that the Kubernetes API lists is among them, equal`;
    const meanwhile = changed > 0 ? ` but for ${changed} that changed meanwhile` : '';
    const rest = `${extras.objects.length - beside} objects beside the export`;
    return pass(`${confirmed}${meanwhile}; ${rest}.`, besideExport.map(besideLine));
  });
  return gathered!;
}

/** Reads the file again from the disk: it is what was sealed. */
async function storedFinding(
  { path, bytes, sha256 }: Written,
  { encryption, recipients }: BackupPlan,
): Promise<Finding> {
  const stored = await measure(path);
  if (stored.bytes !== bytes || stored.sha256 !== sha256)
    throw infraError(`${path} reads back otherwise than it was written: check the disk it is on`);
  const to =
    encryption === 'none'
      ? 'not encrypted'
      : recipients.length > 0
        ? `sealed to ${recipients.length} recipient${recipients.length === 1 ? '' : 's'}`
        : 'sealed with a passphrase';
  return pass(`${bytes} bytes, SHA-256 ${sha256}, read back from the disk; ${to}.`);
}

function sourceOptions(plan: BackupPlan) {
  const given = (patterns: string[]) => (patterns.length > 0 ? patterns : undefined);
  return {
    namespace: plan.namespace,
    argocdVersion: plan.argocdVersion === 'auto' ? undefined : plan.argocdVersion,
    expectedSource: plan.expectedSource,
    applicationNamespaces: given(plan.applicationNamespaces),
    applicationsetNamespaces: given(plan.applicationsetNamespaces),
  };
}

async function seal(
  gathered: Gathered,
  source: Source,
  plan: BackupPlan,
  target: string,
  { tools, signal }: Deps,
): Promise<Written> {
  const options = { ...(gathered.anyJson && { parse: parseYamlOrJson }), signal };
  const extras = await indexDocuments(readDocuments(gathered.extrasPath), source.scope.namespace, options);
  const manifest = await buildManifest(gathered, extras, source, tools.used());
  return writeBackup({
    members: {
      'export.yaml': gathered.exportPath,
      'extras.yaml': gathered.extrasPath,
      'manifest.json': manifest,
    },
    target,
    receipt: receiptOf(gathered, source),
    seal: sealOf(plan),
    signal,
  });
}

function sealOf({ encryption, passphrase, recipients }: BackupPlan): Seal {
  if (encryption === 'none') return 'none';
  return passphrase !== undefined && recipients.length === 0 ? { passphrase } : { recipients };
}

const besideLine = (record: BesideRecord) =>
  `${label(record)}: kept beside the export, as YAML does not carry ${record.reason} in it`;

const leftOutLine = ({ object, reason }: Gathered['leftOut'][number]) => `${object} (${reason})`;

function tell(
  gathered: Gathered,
  written: Written,
  source: Source,
  plan: BackupPlan,
  { log, recorder }: Deps,
): void {
  const counts = Object.entries({
    ...gathered.counts,
    extras: gathered.extras.objects.length - gathered.besideExport.length,
  });
  log.info(`backup: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  log.info(`written: ${written.path} (${written.bytes} bytes, SHA-256 ${written.sha256})`);
  const warn = (line: string) => {
    log.warn(line);
    recorder.warn(line);
  };
  if (plan.encryption === 'none')
    warn(`${written.path} is not encrypted: whoever reads it holds every credential in it`);
  for (const line of firstOf(gathered.extras.unresolved)) warn(line);
  const { changed } = gathered.completeness;
  if (changed.length > 0)
    recorder.warn(`${changed.length} objects changed while the export ran; they are in it as they were read`);
  if (!source.versionIsKnown)
    warn(
      `no workload of Argo CD tells its version; ${source.argocdVersion} is taken: give argocd-version if it is another`,
    );
  if (gathered.terminating.length > 0)
    warn(`being deleted in the source, and back after a restore: ${some(gathered.terminating)}`);
  for (const record of gathered.besideExport) warn(besideLine(record));
  if (gathered.leftOut.length > 0) warn(`not in the backup: ${some(gathered.leftOut.map(leftOutLine))}`);
}
