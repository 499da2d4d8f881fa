import { measure } from './bundle/make.js';
import { messageOf } from './errors.js';
import type { ArtifactClient } from './github/artifacts.js';
import type { Attest } from './github/attest.js';
import type { Inputs } from './inputs.js';
import type { OutputValues } from './outputs.js';
import { renderComment } from './report/summary.js';
import type { Evidence, Surroundings } from './session.js';

type Saved = Parameters<Evidence>[1];

/** What of GitHub's is used; tests hand in their own. */
export interface GitHubParts {
  artifacts?: () => Promise<ArtifactClient>;
  attest?: Attest;
}

/**
 * Hands a finished report on to GitHub, as the inputs ask: as an artifact, as an attestation, as a comment on the
 * pull request. What fails here changes no verdict: it is a warning.
 */
export async function handOver(
  inputs: Inputs,
  saved: Saved,
  around: Surroundings,
  parts: GitHubParts = {},
): Promise<OutputValues> {
  // A cancelled run has seconds left, and they are for cleaning up.
  if (around.signal.aborted) return {};
  let outputs: OutputValues = {};
  const step = async (wanted: boolean, what: string, run: () => Promise<void>) => {
    if (wanted) await run().catch((error) => around.log.warn(`${what}: ${messageOf(error)}`));
  };
  await step(isUploaded(inputs, around.env), 'the report is not uploaded', async () => {
    outputs = await upload(inputs, saved, around, parts);
  });
  await step('attest' in inputs && inputs.attest, 'nothing is attested', () =>
    attest(inputs, saved, around, parts),
  );
  await step(
    'comment' in inputs && inputs.comment,
    'no comment is written, the job summary has all of it',
    () => comment(inputs, saved, around),
  );
  return outputs;
}

/** Mode `backup` uploads the backup itself. */
function isUploaded(inputs: Inputs, env: NodeJS.ProcessEnv): boolean {
  if (!('upload' in inputs) || inputs.mode === 'backup' || inputs.upload === false) return false;
  return Boolean(env.ACTIONS_RUNTIME_TOKEN);
}

async function upload(
  inputs: Inputs,
  { files }: Saved,
  { env, log, signal }: Surroundings,
  parts: GitHubParts,
): Promise<OutputValues> {
  const { actionsArtifacts, reportName, uploadReport } = await import('./github/index.js');
  const client = await (parts.artifacts ?? actionsArtifacts)();
  const retentionDays = 'retentionDays' in inputs ? inputs.retentionDays : undefined;
  const name = reportName(inputs.mode);
  const { id, digest, url } = await uploadReport({
    files: Object.values(files),
    ...{ name, retentionDays, client, env, signal },
  });
  log.info(`report: artifact ${name} (${id}), ${url}`);
  return { 'artifact-id': String(id), 'artifact-digest': digest, 'artifact-url': url };
}

async function attest(
  inputs: Inputs,
  { report, files, outputs }: Saved,
  { env, log }: Surroundings,
  parts: GitHubParts,
): Promise<void> {
  const { actionsAttest, attestStatement, backupStatement, drillStatement } = await import(
    './github/index.js'
  );
  const statement =
    inputs.mode === 'backup'
      ? backupStatement(report, outputs['backup-path'])
      : drillStatement(report, (await measure(files.json)).sha256);
  if (!statement) return;
  const token = 'githubToken' in inputs ? (inputs.githubToken ?? '') : '';
  const url = await attestStatement(statement, { token, env, attest: parts.attest ?? actionsAttest });
  log.info(`attested: ${statement.subjects.map(({ name }) => name).join(', ')}, ${url}`);
}

async function comment(inputs: Inputs, { report }: Saved, { env, log, signal }: Surroundings): Promise<void> {
  const github = await import('./github/index.js');
  const pull = github.pullRequestOf(env);
  if (!pull) throw new Error('this run is for no pull request');
  const token = 'githubToken' in inputs ? inputs.githubToken : undefined;
  const api = github.connectGitHub({ token, env, log, signal });
  const section = { name: inputs.mode, commit: pull.head, text: renderComment(report, github.runUrl(env)) };
  const { url, action } = await github.putComment({
    api,
    repository: github.repositoryOf(env),
    number: pull.number,
    key: 'verdict',
    body: (existing) => github.withSection(existing, section),
  });
  log.info(`comment ${action}: ${url}`);
}
