import { z } from 'zod';
import { invalidInput } from '../errors.js';
import { TRUSTED_EVENTS } from '../inputs/backup-source.js';
import type { GitHubApi } from './api.js';
import type { Question } from './api-errors.js';
import { fullName, type Repository } from './repository.js';
import { shown } from './shown.js';

const repositorySchema = z.object({
  id: z.int(),
  full_name: z.string().regex(/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/),
});

/**
 * What is read of a workflow run: https://docs.github.com/rest/actions/workflow-runs. What is printed of it has a form
 * that is harmless in a log, but for head_branch, which whoever opens a pull request decides on: see shown().
 */
export const runSchema = z.object({
  id: z.int(),
  event: z.string().regex(/^[a-z_]{1,40}$/),
  head_branch: z.string().nullable(),
  head_sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
  status: z.string().nullable(),
  repository: repositorySchema,
  /** null where it was deleted, as forks are. */
  head_repository: repositorySchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

const runsSchema = z.object({ workflow_runs: z.array(runSchema) });

/** Which runs a backup is taken of. */
export interface Trusted {
  branch: string;
  /** Without it: TRUSTED_EVENTS. */
  event?: string | undefined;
}

/** Which runs are looked at. */
export interface RunQuery extends Trusted {
  /** File name of the workflow that makes the backups, or its path. */
  workflow: string;
  /** Runs that are not older than this. */
  since?: Date | undefined;
}

/** The job permission that every question here takes. */
export const ACTIONS_READ = 'actions: read';

/** The file name of a workflow, as the API wants it. */
export const workflowFile = (workflow: string) => workflow.replace(/^.*\//, '');

/**
 * The runs of a workflow of this repository, newest first, as GitHub lists them. Each has still to pass refusal().
 * @throws DrError: invalid input for an event of pull requests; infra error where GitHub cannot be asked
 */
export async function* runsOf(api: GitHubApi, repository: Repository, query: RunQuery): AsyncGenerator<Run> {
  const { branch, event, since } = query;
  if (event?.startsWith('pull_request'))
    throw invalidInput(`event ${event}: backups are never taken from runs of pull requests.`);
  const workflow = workflowFile(query.workflow);
  const question: Question = {
    what: `list the runs of ${shown(workflow)} in ${fullName(repository)}`,
    permission: ACTIONS_READ,
    input: 'workflow',
  };
  const parameters = {
    ...repository,
    workflow_id: workflow,
    branch,
    ...(event === undefined ? {} : { event }),
    ...(since === undefined ? {} : { created: `>=${since.toISOString()}` }),
  };
  const route = 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs';
  for await (const page of api.pages(question, route, parameters, runsSchema)) yield* page.workflow_runs;
}

/** Where schedules run, and what a pull request has to be merged into first. Throws as GitHubApi.ask() does. */
export async function defaultBranch(api: GitHubApi, repository: Repository): Promise<string> {
  const question = { what: `show the default branch of ${fullName(repository)}` };
  const schema = z.object({ default_branch: z.string() });
  return (await api.ask(question, 'GET /repos/{owner}/{repo}', { ...repository }, schema)).default_branch;
}

/** @throws DrError: invalid input where there is no such run */
export const runById = (api: GitHubApi, repository: Repository, id: number): Promise<Run> =>
  api.ask(
    {
      what: `show run ${id} of ${fullName(repository)}`,
      permission: ACTIONS_READ,
      input: `backup run:${id}`,
    },
    'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
    { ...repository, run_id: id },
    runSchema,
  );

/**
 * Why no backup is taken from a run, whoever asks for it: whoever opens a pull request decides what its run uploads.
 * How the run ended does not matter: a backup is uploaded once it is proven, and in a matrix others may have failed.
 */
export function refusal({ event, repository, head_repository: from }: Run): string | undefined {
  if (event.startsWith('pull_request')) return `it is a run of a pull request (${event})`;
  if (from === null) return 'the repository of its commit is gone, it was a fork';
  if (from.id !== repository.id) return `it is of the fork ${from.full_name}`;
  return undefined;
}

/** Why a run is not one of those that backups are taken of; GitHub was asked for them, which is not left to it alone. */
export function mismatch(run: Run, { branch, event, since }: Trusted & { since?: Date | undefined }) {
  const events: readonly string[] = event === undefined ? TRUSTED_EVENTS : [event];
  if (!events.includes(run.event)) return `its event is ${run.event}, not ${events.join(' or ')}`;
  if (run.head_branch !== branch)
    return `its branch is ${shown(run.head_branch ?? 'none')}, not ${shown(branch)}`;
  if (since && Date.parse(run.created_at) < since.getTime()) return 'it is older';
  return undefined;
}

/** How messages name a run. */
export const runLabel = (run: Run) => `run ${run.id} (${run.event}, ${run.created_at})`;
