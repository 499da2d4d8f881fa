import { dirname } from 'node:path';
import { measure } from './bundle/make.js';
import { messageOf } from './errors.js';
import type { ArtifactClient } from './github/artifacts.js';
import type { Attest } from './github/attest.js';
import type { PullRequest } from './github/event.js';
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
 * @returns the outputs that tell the report's artifact; none in mode `backup`, where they tell the backup's
 */
export async function handOver(
  inputs: Inputs,
  saved: Saved,
  around: Surroundings,
  parts: GitHubParts = {},
): Promise<OutputValues> {
  let outputs: OutputValues = {};
  const step = async (wanted: boolean, what: string, run: () => Promise<void>) => {
    // A cancelled run has seconds left, and they are for cleaning up.
    if (!wanted || around.signal.aborted) return;
    await run().catch((error) => {
      if (!around.signal.aborted) around.log.warn(`${what}: ${messageOf(error)}`);
    });
  };
  const where = `it is in ${dirname(saved.files.json)}`;
  await step(isUploaded(inputs, around.env), `the report is not uploaded, ${where}`, async () => {
    const uploaded = await upload(inputs, saved, around, parts);
    if (inputs.mode !== 'backup') outputs = uploaded;
  });
  await step('attest' in inputs && inputs.attest, 'nothing is attested', () =>
    attest(inputs, saved, around, parts),
  );
  await step('comment' in inputs && inputs.comment, `no comment is written, ${IN_SUMMARY}`, () =>
    comment(inputs, saved, around),
  );
  return outputs;
}

const IN_SUMMARY = 'the job summary has all of it';

/** `true` outside of a run of GitHub Actions is refused with the inputs. */
function isUploaded(inputs: Inputs, env: NodeJS.ProcessEnv): boolean {
  return 'upload' in inputs && inputs.upload !== false && Boolean(env.ACTIONS_RUNTIME_TOKEN);
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
  { env, log, signal }: Surroundings,
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
  const token = 'githubToken' in inputs ? inputs.githubToken : undefined;
  const url = await attestStatement(statement, { token, env, signal, attest: parts.attest ?? actionsAttest });
  log.info(`attested: ${statement.subjects.map(({ name }) => name).join(', ')}, ${url}`);
}

/**
 * Writes this step's section of the comment. That there is nothing to comment on is told, and is no warning: the same
 * workflow may run for pushes as well, and an older run may end after a newer one.
 */
async function comment(inputs: Inputs, { report }: Saved, { env, log, signal }: Surroundings): Promise<void> {
  const github = await import('./github/index.js');
  const none = (why: string) => log.info(`comment: ${why}, so none is written; ${IN_SUMMARY}`);
  const pull = github.pullRequestOf(env);
  if (!pull) return none('this run is for no pull request');
  const token = 'githubToken' in inputs ? inputs.githubToken : undefined;
  const api = github.connectGitHub({ token, env, log, signal });
  const where = { repository: github.repositoryOf(env), number: pull.number };
  try {
    const head = await github.headOf(api, where.repository, pull.number);
    if (head !== pull.head)
      return none(`pull request #${pull.number} has moved on from ${short(pull.head)} to ${short(head)}`);
    const section = sectionOf(inputs, report, pull, env, github);
    const body = (existing: string) => github.withSection(existing, section);
    const { url, action } = await github.putComment({ api, ...where, key: 'verdict', body });
    log.info(`comment ${action}: ${url}`);
  } catch (error) {
    // The remedy would be a permission that such a job cannot have.
    if (pull.fork && github.statusOf(error) === 403)
      throw new Error('runs for pull requests of forks have a token that may only read');
    throw error;
  }
}

const short = (commit: string) => commit.slice(0, 7);

/** A section for each step: those of other jobs, and of other manifests in a matrix, stay beside it. */
function sectionOf(
  inputs: Inputs,
  report: Saved['report'],
  { head }: PullRequest,
  env: NodeJS.ProcessEnv,
  { sectionName, runUrl }: typeof import('./github/index.js'),
) {
  const { GITHUB_WORKFLOW: workflow, GITHUB_JOB: job, GITHUB_ACTION: step } = env;
  const { manifests, chartVersion, values } = 'manifests' in inputs ? inputs : {};
  const subject = manifests ?? values ?? (chartVersion && `chart ${chartVersion}`);
  // What such a run checks out is the base, unless it is made to: no commit is named.
  const isOfCommit = env.GITHUB_EVENT_NAME !== 'pull_request_target';
  const notes = [job && `job ${job}`, subject, isOfCommit && `commit ${short(head)}`].flatMap(
    (note) => note || [],
  );
  return {
    name: sectionName(inputs.mode, workflow, job, step, subject),
    commit: head,
    text: renderComment(report, { runUrl: runUrl(env), notes }),
  };
}
