import { dirname } from 'node:path';
import type { Deps } from '../deps.js';
import { DrError, EXIT, messageOf } from '../errors.js';
import type { BackupInputs } from '../inputs.js';
import { fetchArtifact } from './artifact.js';

/**
 * Fetches the backup before, of the same workflow and series, for the guard against shrinking: a runner starts with an
 * empty disk. That it cannot be had is a warning.
 * @returns the private folder with its receipt; undefined where there is none
 */
export async function fetchPrevious(inputs: BackupInputs, deps: Deps): Promise<string | undefined> {
  const { recorder, log } = deps;
  try {
    return await recorder.phase('fetch backup before', () => fetchLatest(inputs, deps));
  } catch (error) {
    deps.signal.throwIfAborted();
    if (error instanceof DrError && error.exitCode === EXIT.objectiveMissed) {
      log.info(`max-shrink-percent: no backup before this one to compare with: ${messageOf(error)}`);
      return undefined;
    }
    const line = `max-shrink-percent: the backup before this one could not be looked at, so that a shrunk source would not be noticed (${messageOf(error)})`;
    log.warn(line);
    recorder.warn(line);
    return undefined;
  }
}

async function fetchLatest(
  { githubToken, namespace, artifactName: given }: BackupInputs,
  deps: Deps,
): Promise<string> {
  const { env, startedAt } = deps;
  const { artifactName, ownWorkflow, seriesOf } = await import('../github/index.js');
  const query = { workflow: ownWorkflow(env), branch: branchOf(env) };
  const series = seriesOf(artifactName(namespace, startedAt, given));
  const { path } = await fetchArtifact({ from: 'latest' }, { githubToken, query, series }, deps);
  return dirname(path);
}

/** The branch this run is of; undefined for a tag, whose runs are not trusted, and for the merge of a pull request. */
const branchOf = ({ GITHUB_REF: ref = '' }: NodeJS.ProcessEnv) => /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
