import { z } from 'zod';
import type { GitHubApi } from './api.js';
import { isPlainName, seriesOf } from './artifact-name.js';
import { fullName, type Repository } from './repository.js';
import { ACTIONS_READ } from './runs.js';

/** What is read of an artifact: https://docs.github.com/rest/actions/artifacts */
export const artifactSchema = z.object({
  id: z.int(),
  /** undefined for a name that may not be looked at: from here on nothing else is to be had. */
  name: z.string().transform((name) => (isPlainName(name) ? name : undefined)),
  size_in_bytes: z.int().nonnegative(),
  expired: z.boolean(),
  created_at: z.iso.datetime({ offset: true }).nullable(),
  expires_at: z.iso.datetime({ offset: true }).nullable(),
  /** `sha256:<hex>`; null for those of old clients. */
  digest: z.string().nullish(),
  workflow_run: z.object({ id: z.int().optional() }).nullish(),
});
export type RunArtifact = z.infer<typeof artifactSchema>;

const listSchema = z.object({ artifacts: z.array(artifactSchema) });

/** All artifacts of a run. Throws as GitHubApi.ask() does. */
export async function artifactsOf(api: GitHubApi, repository: Repository, run: number) {
  const question = {
    what: `list the artifacts of run ${run} in ${fullName(repository)}`,
    permission: ACTIONS_READ,
  };
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts';
  const pages = api.pages(question, route, { ...repository, run_id: run }, listSchema);
  const found: RunArtifact[] = [];
  for await (const { artifacts } of pages) found.push(...artifacts);
  return found;
}

/** @throws DrError: invalid input where there is no such artifact */
export const artifactById = (api: GitHubApi, repository: Repository, id: number): Promise<RunArtifact> =>
  api.ask(
    {
      what: `show artifact ${id} of ${fullName(repository)}`,
      permission: ACTIONS_READ,
      input: `backup artifact:${id}`,
    },
    'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}',
    { ...repository, artifact_id: id },
    artifactSchema,
  );

/** How messages name an artifact. */
export const artifactLabel = ({ id, name }: RunArtifact) =>
  name === undefined ? `artifact ${id}` : `artifact ${name} (${id})`;

/** The artifacts with a backup: those whose name ends in a time, of one series if it is given. */
export const backupsAmong = (artifacts: readonly RunArtifact[], series?: string): RunArtifact[] =>
  artifacts.filter(({ name = '' }) => {
    const own = seriesOf(name);
    return series === undefined ? own?.startsWith('argocd-') : own === series;
  });

/** The newest of some artifacts, going by when GitHub made them. */
export const newest = (artifacts: readonly RunArtifact[]): RunArtifact | undefined =>
  artifacts.toSorted((a, b) => timeOf(a) - timeOf(b) || a.id - b.id).at(-1);

/** When GitHub made an artifact, in ms. */
export const timeOf = ({ created_at }: RunArtifact) => (created_at === null ? 0 : Date.parse(created_at));
