import { loadManifests } from '../argocd/manifest-source.js';
import { argocdVersionOf } from '../argocd/manifests.js';
import { chooseBackup, readKeys } from '../bundle/select.js';
import type { Deps } from '../deps.js';
import { messageOf } from '../errors.js';
import { type ArtifactSource, isArtifact } from '../inputs/backup-source.js';
import type { RestoreVerifyInputs } from '../inputs.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { fetchArtifact } from './artifact.js';
import { backUpDemonstration, type OpenableBackup } from './demonstration.js';

/** The file to restore. */
export interface BackupFile {
  path: string;
  /** Whether it is still there after the run. */
  lasting: boolean;
  /** Made by this run, of a demonstration: the inputs have settled its version of Argo CD. */
  ofThisRun?: boolean;
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
      backup: await deps.recorder.phase('fetch backup', () => fetched(backup, inputs, deps)),
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

async function fetched(
  source: ArtifactSource,
  { githubToken, workflow, branch, event, artifactName, allowUntrusted }: RestoreVerifyInputs,
  deps: Deps,
): Promise<BackupFile> {
  const { seriesNamed, whyNoBackups } = await import('../github/index.js');
  const series = artifactName === undefined ? undefined : seriesNamed(artifactName);
  const wanted = { githubToken, query: { workflow, branch, event }, series, allowUntrusted };
  const { path, api, repository } = await fetchArtifact(source, wanted, deps);
  const whyStale = () =>
    whyNoBackups(api, repository, workflow).catch(
      (error) => `Whether ${workflow} is still active could not be asked: ${messageOf(error)}`,
    );
  return { path, lasting: false, ...(source.from === 'latest' ? { whyStale } : {}) };
}
