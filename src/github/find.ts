import { DrError, EXIT, invalidInput, messageOf } from '../errors.js';
import type { ArtifactSource } from '../inputs/backup-source.js';
import { type Log, some } from '../log.js';
import type { GitHubApi } from './api.js';
import { seriesOf } from './artifact-name.js';
import { fullName, type Repository } from './repository.js';
import {
  artifactById,
  artifactsOf,
  backupsAmong,
  newest,
  type RunArtifact,
  timeOf,
} from './run-artifacts.js';
import { defaultBranch, type Run, type RunQuery, refusal, runById, runLabel, runsOf } from './runs.js';
import { whyNoBackups } from './workflow-state.js';

export interface FindOptions {
  api: GitHubApi;
  /** The one this run belongs to; no other is looked at. */
  repository: Repository;
  /** Which runs `latest` and `random` look at; without a branch those of the repository's default branch. */
  query: Pick<RunQuery, 'workflow' | 'event'> & { branch?: string | undefined };
  /** See seriesNamed(): says which, where a run uploads several backups or none of the default name. */
  series?: string | undefined;
  now: Date;
  /** In [0, 1), as Math.random. */
  random: () => number;
  log: Log;
}

/** A backup among the artifacts of a repository. */
export interface FoundBackup {
  artifact: RunArtifact;
  run: Run;
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
  options.log.info(`backup: artifact ${artifact.name} (${artifact.id}) of ${runLabel(run)}, ${run.html_url}`);
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
  const runs = await acceptedRuns(query, options, looked);
  const lastWork = (run: Run) =>
    run.status === 'completed' ? Date.parse(run.updated_at) : options.now.getTime();
  let best: FoundBackup | undefined;
  // An old run that is repeated may have made the newest backup, or have kept its old one: only the artifacts tell.
  for (const run of runs.toSorted((a, b) => lastWork(b) - lastWork(a))) {
    if (best && timeOf(best.artifact) >= lastWork(run)) break;
    const artifact = await backupOf(run, options, looked);
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
  const runs = await acceptedRuns(query, options, looked, Number.POSITIVE_INFINITY);
  while (runs.length > 0) {
    const [run] = runs.splice(Math.floor(options.random() * runs.length), 1) as [Run];
    const artifact = await backupOf(run, options, looked);
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
    const why = refusal(run, query);
    if (why) looked.push(`${runLabel(run)}: not taken, ${why}`);
    else if (runs.push(run) === limit) break;
  }
  return runs;
}

/** The newest backup of a run that is still there; notes what there is instead. */
async function backupOf(run: Run, options: FindOptions, looked: string[]): Promise<RunArtifact | undefined> {
  const artifacts = await artifactsOf(options.api, options.repository, run.id);
  const backups = backupsAmong(artifacts, options.series);
  refuseSeveral(backups, run);
  const kept = newest(backups.filter(({ expired }) => !expired));
  if (kept) return kept;
  const gone = newest(backups);
  const what = gone
    ? `${gone.name} expired ${gone.expires_at ?? ''}`.trim()
    : `no backup among its ${artifacts.length} artifacts`;
  looked.push(`${runLabel(run)}: ${what}`);
  return undefined;
}

function refuseSeveral(backups: readonly RunArtifact[], run: Run): void {
  const series = [...new Set(backups.map(({ name }) => seriesOf(name)))];
  if (series.length > 1)
    throw invalidInput(
      `${runLabel(run)} has backups of several instances (${series.join(', ')}): say which with artifact-name.`,
    );
}

async function ofRun(id: number, options: FindOptions): Promise<FoundBackup> {
  const run = await runById(options.api, options.repository, id);
  assertTaken(run, `run:${id}`);
  const looked: string[] = [];
  const artifact = await backupOf(run, options, looked);
  if (artifact) return { artifact, run };
  throw objectiveMissed(`There is no backup to restore: ${looked.join()}.`);
}

async function byId(id: number, { api, repository }: FindOptions): Promise<FoundBackup> {
  const artifact = await artifactById(api, repository, id);
  const runId = artifact.workflow_run?.id;
  if (runId === undefined)
    throw invalidInput(`backup artifact:${id}: GitHub does not say which run it is of, so it is not taken.`);
  const run = await runById(api, repository, runId);
  assertTaken(run, `artifact:${id}`);
  if (!artifact.expired) return { artifact, run };
  throw objectiveMissed(
    `The backup is gone: artifact ${artifact.name} (${id}) of ${runLabel(run)} expired ${artifact.expires_at ?? ''}.`,
  );
}

function assertTaken(run: Run, source: string): void {
  const why = refusal(run);
  if (why) throw invalidInput(`backup ${source}: ${runLabel(run)} is not taken, ${why}.`);
}

const objectiveMissed = (message: string) => new DrError(EXIT.objectiveMissed, message);

async function nothingFound(
  query: RunQuery,
  { api, repository }: FindOptions,
  looked: string[],
): Promise<DrError> {
  const age = query.since ? ` since ${query.since.toISOString()}` : '';
  const where = `${query.workflow} on ${query.branch} in ${fullName(repository)}${age}`;
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
