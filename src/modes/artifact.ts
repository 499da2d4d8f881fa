import type { Deps } from '../deps.js';
import type { GitHubApi, Repository } from '../github/index.js';
import type { ArtifactSource } from '../inputs/backup-source.js';

/** Which artifacts are looked at; see FindOptions of src/github/find.ts. */
export interface Wanted {
  githubToken: string | undefined;
  query: { workflow: string; branch?: string | undefined; event?: string | undefined };
  series: string | undefined;
  allowUntrusted?: boolean | undefined;
}

/** A backup that is an artifact, as a file in a private folder, as sealed as it is. */
export interface FetchedArtifact {
  path: string;
  api: GitHubApi;
  repository: Repository;
}

/** Finds a backup among this repository's artifacts and fetches it. Throws as findBackup() and fetchBackup() do. */
export async function fetchArtifact(
  source: ArtifactSource,
  { githubToken, query, series, allowUntrusted }: Wanted,
  { env, log, signal, scope, startedAt, recorder }: Deps,
): Promise<FetchedArtifact> {
  const github = await import('../github/index.js');
  const api = github.connectGitHub({ token: githubToken, env, log, signal });
  const repository = github.repositoryOf(env);
  const where = { api, repository, query, series, allowUntrusted, log, server: env.GITHUB_SERVER_URL };
  const found = await github.findBackup(source, { ...where, now: startedAt, random: Math.random });
  const { artifact, untrusted } = found;
  // Before it is opened: what comes of it is to be read with this in mind.
  if (untrusted !== undefined) {
    log.warn(untrusted);
    recorder.warn(untrusted);
  }
  const intoDir = scope.privateDir('artifact');
  const net = github.netOf(log, signal);
  const { path } = await github.fetchBackup({ api, repository, artifact, intoDir, net });
  return { path, api, repository };
}
