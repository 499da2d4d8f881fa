import { DrError, EXIT, invalidInput, messageOf } from '../errors.js';
import type { ArtifactSource } from '../inputs/backup-source.js';
import { type Log, some } from '../log.js';
import type { GitHubApi } from './api.js';
import { seriesOf } from './artifact-name.js';
import { type OnBranch, onBranch } from './on-branch.js';
import { fullName, type Repository, runPage } from './repository.js';
import {
  artifactById,
  artifactLabel,
  artifactsOf,
  backupsAmong,
  newest,
  type RunArtifact,
  timeOf,
} from './run-artifacts.js';
import {
  defaultBranch,
  mismatch,
  type Run,
  type RunQuery,
  refusal,
  runById,
  runLabel,
  runsOf,
  type Trusted,
} from './runs.js';
import { shown } from './shown.js';
import { whyNoBackups } from './workflow-state.js';

export interface FindOptions {
  api: GitHubApi;
  /** The one this run belongs to; no other is looked at. */
  repository: Repository;
  /** Which runs `latest` and `random` look at; without a branch, here and for an ID, the repository's default branch. */
  query: Pick<RunQuery, 'workflow' | 'event'> & { branch?: string | undefined };
  /** See seriesNamed(): says which, where a run uploads several backups or none of the default name. */
  series?: string | undefined;
  /** Takes what an ID names though its event, branch or commit is another; see the input allow-untrusted. */
  allowUntrusted?: boolean | undefined;
  now: Date;
  /** GITHUB_SERVER_URL, for the run's address in the log; without it, github.com. */
  server?: string | undefined;
  /** In [0, 1), as Math.random. */
  random: () => number;
  log: Log;
}

/** A backup among the artifacts of a repository. */
export interface FoundBackup {
  artifact: RunArtifact;
  run: Run;
  /** Why its run is not trusted, as a sentence, where it is taken nevertheless. */
  untrusted?: string;
}

/** `latest` looks at no more runs than this: each costs a request, of the 1,000 an hour that a job has. */
const RUNS_LIMIT = 100;

/**
 * Finds the artifact that the input `backup` names. Runs of forks and of pull requests are never taken.
 * @throws DrError: objective missed where there is none or it is expired, with what was looked at; invalid input for
 *   an ID that is not there or not taken; infra error where GitHub cannot be asked
 */
export async function findBackup(source: ArtifactSource, options: FindOptions): Promise<FoundBackup> {
  const found = await choose(source, options);
  const { artifact, run } = found;
  const page = runPage(options.repository, run.id, options.server);
  options.log.info(`backup: ${artifactLabel(artifact)} of ${runLabel(run)}, ${page}`);
  return found;
}

function choose(source: ArtifactSource, options: FindOptions): Promise<FoundBackup> {
  switch (source.from) {
    case 'latest':
      return latest(options);
    case 'random':
      return random(source.withinMs, options);
    case 'run':
      return ofRun(source.id, options);
    case 'artifact':
      return byId(source.id, options);
  }
}

async function latest(options: FindOptions): Promise<FoundBackup> {
  const looked: string[] = [];
  const query = await settled(options);
  const trusts = onBranch(options.api, options.repository, query.branch);
  const runs = await acceptedRuns(query, options, looked);
  const lastWork = (run: Run) =>
    run.status === 'completed' ? Date.parse(run.updated_at) : options.now.getTime();
  let best: FoundBackup | undefined;
  // An old run that is repeated may have made the newest backup, or have kept its old one: only the artifacts tell.
  for (const run of runs.toSorted((a, b) => lastWork(b) - lastWork(a))) {
    if (best && timeOf(best.artifact) >= lastWork(run)) break;
    const artifact = await backupOf(run, trusts, options, looked);
    if (artifact && (!best || timeOf(artifact) > timeOf(best.artifact))) best = { artifact, run };
  }
  if (best) return best;
  throw await nothingFound(query, options, looked);
}

/** Every run with a backup is as likely as another. */
async function random(withinMs: number, options: FindOptions): Promise<FoundBackup> {
  const looked: string[] = [];
  const since = new Date(options.now.getTime() - withinMs);
  const query = { ...(await settled(options)), since };
  const trusts = onBranch(options.api, options.repository, query.branch);
  const runs = await acceptedRuns(query, options, looked, Number.POSITIVE_INFINITY);
  while (runs.length > 0) {
    const [run] = runs.splice(Math.floor(options.random() * runs.length), 1) as [Run];
    const artifact = await backupOf(run, trusts, options, looked);
    if (artifact) return { artifact, run };
  }
  throw await nothingFound(query, options, looked);
}

async function settled({ api, repository, query }: FindOptions): Promise<RunQuery> {
  return { ...query, branch: query.branch ?? (await defaultBranch(api, repository)) };
}

async function acceptedRuns(
  query: RunQuery,
  { api, repository }: FindOptions,
  looked: string[],
  limit = RUNS_LIMIT,
): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const run of runsOf(api, repository, query)) {
    const why = refusal(run) ?? mismatch(run, query);
    if (why) looked.push(notTaken(run, why));
    else if (runs.push(run) === limit) break;
  }
  return runs;
}

const notTaken = (run: Run, why: string) => `${runLabel(run)}: not taken, ${why}`;

/** The newest backup of a run that is still there; notes what there is instead. What an untrusted run has is not asked. */
async function backupOf(
  run: Run,
  trusts: OnBranch,
  options: FindOptions,
  looked: string[],
): Promise<RunArtifact | undefined> {
  const why = await trusts(run);
  if (why === undefined) return newestOf(run, options, looked);
  looked.push(notTaken(run, why));
  return undefined;
}

async function newestOf(run: Run, options: FindOptions, looked: string[]): Promise<RunArtifact | undefined> {
  const artifacts = await artifactsOf(options.api, options.repository, run.id);
  const backups = backupsAmong(artifacts, options.series);
  refuseSeveral(backups, run);
  const kept = newest(backups.filter(({ expired }) => !expired));
  if (kept) return kept;
  const gone = newest(backups);
  const what = gone
    ? `${artifactLabel(gone)} expired ${gone.expires_at ?? ''}`.trim()
    : `no backup among its ${artifacts.length} artifacts`;
  looked.push(`${runLabel(run)}: ${what}`);
  return undefined;
}

function refuseSeveral(backups: readonly RunArtifact[], run: Run): void {
  const series = [...new Set(backups.map(({ name = '' }) => seriesOf(name) ?? ''))];
  if (series.length > 1)
    throw invalidInput(
      `${runLabel(run)} has backups of several instances (${some(series, 10)}): say which with artifact-name.`,
    );
}

async function ofRun(id: number, options: FindOptions): Promise<FoundBackup> {
  const run = await runById(options.api, options.repository, id);
  const trust = await judged(run, `run:${id}`, options);
  const looked: string[] = [];
  const artifact = await newestOf(run, options, looked);
  if (artifact) return { artifact, run, ...trust };
  throw objectiveMissed(`There is no backup to restore: ${looked.join()}.`);
}

async function byId(id: number, options: FindOptions): Promise<FoundBackup> {
  const artifact = await artifactById(options.api, options.repository, id);
  const runId = artifact.workflow_run?.id;
  if (runId === undefined)
    throw invalidInput(`backup artifact:${id}: GitHub does not say which run it is of, so it is not taken.`);
  const run = await runById(options.api, options.repository, runId);
  const trust = await judged(run, `artifact:${id}`, options);
  if (artifact.name === undefined)
    throw invalidInput(
      `backup artifact:${id}: its name has characters that no backup's has, or too many, so it is not taken.`,
    );
  if (!artifact.expired) return { artifact, run, ...trust };
  throw objectiveMissed(
    `The backup is gone: ${artifactLabel(artifact)} of ${runLabel(run)} expired ${artifact.expires_at ?? ''}.`,
  );
}

/** Whether what an ID names is of a run that `latest` would trust, of whatever workflow; if not, it has to be asked for. */
async function judged(
  run: Run,
  source: string,
  options: FindOptions,
): Promise<Pick<FoundBackup, 'untrusted'>> {
  const never = refusal(run);
  if (never) throw invalidInput(`backup ${source}: ${runLabel(run)} is not taken, ${never}.`);
  const { branch } = await settled(options);
  const why = await mistrust(run, { branch }, options);
  if (why === undefined) return {};
  if (options.allowUntrusted)
    return {
      untrusted: `The backup is of a run that is not trusted, by allow-untrusted: ${runLabel(run)}, ${why}.`,
    };
  throw invalidInput(
    `backup ${source}: ${runLabel(run)} is not taken, ${why}. Name its branch with branch, where that is another; where you know who started the run and what it ran, set allow-untrusted to true.`,
  );
}

const mistrust = async (run: Run, trusted: Trusted, { api, repository }: FindOptions) =>
  mismatch(run, trusted) ?? (await onBranch(api, repository, trusted.branch)(run));

const objectiveMissed = (message: string) => new DrError(EXIT.objectiveMissed, message);

async function nothingFound(
  query: RunQuery,
  { api, repository }: FindOptions,
  looked: string[],
): Promise<DrError> {
  const age = query.since ? ` since ${query.since.toISOString()}` : '';
  const where = `${shown(query.workflow)} on ${shown(query.branch)} in ${fullName(repository)}${age}`;
  const seen =
    looked.length === 0
      ? 'it has no runs'
      : `looked at ${looked.length} ${looked.length === 1 ? 'run' : 'runs'}: ${some(looked, 10)}`;
  const why = await whyNoBackups(api, repository, query.workflow).catch(
    (error) => `Whether it is still active could not be asked: ${messageOf(error)}`,
  );
  const remedy = why ?? 'Run the backup workflow, or give the path of a backup.';
  return objectiveMissed(`There is no backup to restore among the runs of ${where}; ${seen}. ${remedy}`);
}
