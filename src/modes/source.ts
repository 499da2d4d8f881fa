import { loadManifests } from '../argocd/manifest-source.js';
import { argocdVersionOf } from '../argocd/manifests.js';
import { chooseBackup, readKeys } from '../bundle/select.js';
import type { Deps } from '../deps.js';
import { messageOf } from '../errors.js';
import { type ArtifactSource, isArtifact } from '../inputs/backup-source.js';
import type { RestoreVerifyInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { backUpDemonstration, type OpenableBackup } from './demonstration.js';

/** The file to restore. */
export interface BackupFile {
  path: string;
  /** Whether it is still there after the run. */
  lasting: boolean;
  /** Asked where it is older than it should be: why there is no newer one, as a sentence. */
  whyStale?: () => Promise<string | undefined>;
}

/**
 * The backup that the inputs name, and what opens it. One that is an artifact is fetched into a private folder, as
 * sealed as it is.
 */
export async function obtainBackup(inputs: RestoreVerifyInputs, deps: Deps): Promise<OpenableBackup> {
  const { backup } = inputs;
  if (backup.from === 'demonstration') return demonstrate(inputs, deps);
  const keys = await readKeys(inputs);
  if (isArtifact(backup))
    return {
      keys,
      backup: await deps.recorder.phase('fetch backup', () => fetchArtifact(backup, inputs, deps)),
    };
  return { keys, backup: { path: chooseBackup(backup.path), lasting: true } };
}

/** A backup of a demonstration source that runs the Argo CD to restore into: for who has none at hand. */
async function demonstrate(inputs: RestoreVerifyInputs, deps: Deps): Promise<OpenableBackup> {
  const { applications, seed } = DEMONSTRATION;
  const asked = inputs.argocdVersion === 'auto' ? DEFAULT_VERSIONS.argocd : inputs.argocdVersion;
  const manifests = await loadManifests({ ...inputs, argocdVersion: asked }, deps);
  const argocdVersion = argocdVersionOf(manifests) ?? asked;
  deps.recorder.warn(
    'The backup is one of a demonstration source: the drill says nothing about your own backups.',
  );
  return backUpDemonstration(
    { ...inputs, applications, seed, argocdVersion },
    Promise.resolve(manifests),
    deps,
  );
}

const DEMONSTRATION = { applications: 60, seed: 'argocd-dr' };

async function fetchArtifact(
  source: ArtifactSource,
  { githubToken, workflow, branch, event, artifactName }: RestoreVerifyInputs,
  { env, log, signal, scope, startedAt }: Deps,
): Promise<BackupFile> {
  const github = await import('../github/index.js');
  const api = github.connectGitHub({ token: githubToken, env, log, signal });
  const repository = github.repositoryOf(env);
  const { artifact } = await github.findBackup(source, {
    api,
    repository,
    query: { workflow, branch, event },
    series: artifactName === undefined ? undefined : github.seriesNamed(artifactName),
    now: startedAt,
    random: Math.random,
    log,
  });
  const intoDir = scope.privateDir('artifact');
  const { path } = await github.fetchBackup({
    api,
    repository,
    artifact,
    intoDir,
    net: github.netOf(log, signal),
  });
  const whyStale = () =>
    github
      .whyNoBackups(api, repository, workflow)
      .catch((error) => `Whether ${workflow} is still active could not be asked: ${messageOf(error)}`);
  return { path, lasting: false, ...(source.from === 'latest' ? { whyStale } : {}) };
}
