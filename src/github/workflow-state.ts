import { z } from 'zod';
import type { GitHubApi } from './api.js';
import { fullName, type Repository } from './repository.js';
import { ACTIONS_READ, workflowFile } from './runs.js';
import { shown } from './shown.js';

const workflowSchema = z.object({ state: z.string().regex(/^[a-z_]{1,40}$/) });

/** https://docs.github.com/actions/how-tos/manage-workflow-runs/disable-and-enable-workflows */
const CAUSES: Record<string, string> = {
  disabled_inactivity:
    'GitHub has disabled its schedule, as it does after 60 days without activity in the repository; that is the likely cause',
  disabled_manually: 'it was disabled by hand',
  disabled_fork: 'GitHub leaves schedules disabled in forks',
  deleted: 'it was deleted',
};

/**
 * Why a workflow makes no more backups, as a sentence with the way out; undefined where GitHub says that it is active.
 * For errors about backups that are missing or too old. Throws as GitHubApi.ask() does.
 */
export async function whyNoBackups(
  api: GitHubApi,
  repository: Repository,
  workflow: string,
): Promise<string | undefined> {
  const file = workflowFile(workflow);
  const named = shown(file);
  const { state } = await api.ask(
    { what: `show the workflow ${named} of ${fullName(repository)}`, permission: ACTIONS_READ },
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}',
    { ...repository, workflow_id: file },
    workflowSchema,
  );
  if (state === 'active') return undefined;
  const cause = CAUSES[state] ?? 'it does not run';
  const remedy = state === 'deleted' ? 'add it again' : `enable it with: gh workflow enable ${named}`;
  return `The workflow ${named} is ${state}: ${cause}; ${remedy}.`;
}
