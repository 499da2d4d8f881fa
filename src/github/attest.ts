import { basename } from 'node:path';
import { infraError, messageOf } from '../errors.js';
import type { Report } from '../report/report.js';
import { fullName, repositoryOf } from './repository.js';
import { unlessStopped } from './stopping.js';

/** A file by its digest, as attestations name it. */
export interface Subject {
  name: string;
  digest: { sha256: string };
}

/** The part of @actions/attest that is used. */
export type Attest = (options: {
  subjects: Subject[];
  predicateType: string;
  predicate: object;
  token: string;
}) => Promise<{ attestationID?: string }>;

/** Says whose format a predicate is in: an address of this project's, which need not lead anywhere. */
const TYPES = 'https://github.com/argocd-dr/argocd-dr/attestations';
export const PREDICATE_TYPES = { backup: `${TYPES}/backup/v1`, drill: `${TYPES}/drill/v1` } as const;

/** The toolkit's own; it signs by Sigstore, and takes long to load. */
export const actionsAttest: Attest = async (options) => (await import('@actions/attest')).attest(options);

/** What is attested: of which files what is said. */
export interface Statement {
  subjects: Subject[];
  predicateType: string;
  predicate: object;
}

/** A backup was made, with these proofs; undefined where there is none. */
export function backupStatement(report: Report, path: string | undefined): Statement | undefined {
  const { backup } = report;
  if (!backup || path === undefined || report.verdict !== 'PASS') return undefined;
  const subjects = [{ name: basename(path), digest: { sha256: backup.sha256 } }];
  return { subjects, predicateType: PREDICATE_TYPES.backup, predicate: { ...verdictOf(report), backup } };
}

/** A drill ended with this verdict, whichever it is. The report is a subject, and the backup where it was opened. */
export function drillStatement(report: Report, reportSha256: string): Statement {
  const { backup, drill, rpoSeconds, rtoSeconds } = report;
  const subjects = [
    { name: 'report.json', digest: { sha256: reportSha256 } },
    ...(backup ? [{ name: 'backup', digest: { sha256: backup.sha256 } }] : []),
  ];
  const predicate = { ...verdictOf(report), rpoSeconds, rtoSeconds, backup, drill };
  return { subjects, predicateType: PREDICATE_TYPES.drill, predicate };
}

/** No evidence texts: they are in the report, whose digest is attested. */
function verdictOf({ verdict, exitCode, level, startedAt, finishedAt, checks }: Report) {
  const made = checks.map(({ id, level, status }) => ({ id, level, status }));
  return { verdict, exitCode, level, startedAt, finishedAt, checks: made };
}

export interface AttestOptions {
  /** It needs `attestations: write`; the signature takes `id-token: write` of the job. */
  token: string | undefined;
  /** GITHUB_SERVER_URL and GITHUB_REPOSITORY are read. */
  env: NodeJS.ProcessEnv;
  attest: Attest;
  signal?: AbortSignal | undefined;
}

/**
 * Signs a statement and stores it on GitHub.
 * @returns the attestation's address
 * @throws DrError: infra error with the remedy; private repositories have attestations in GitHub Enterprise Cloud only
 */
export async function attestStatement(
  statement: Statement,
  { token, env, attest, signal }: AttestOptions,
): Promise<string> {
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com';
  if (!isGitHubCloud(server))
    throw infraError(
      `attest: ${server} is a GitHub Enterprise Server, which has no attestations. Leave attest out`,
    );
  if (!token)
    throw infraError('attest: github-token is missing: give a token, or set the variable GITHUB_TOKEN');
  const page = `${server}/${fullName(repositoryOf(env))}/attestations`;
  try {
    const { attestationID } = await unlessStopped(attest({ ...statement, token }), signal);
    return attestationID === undefined ? page : `${page}/${attestationID}`;
  } catch (error) {
    signal?.throwIfAborted();
    throw attestError(error);
  }
}

/** github.com, or GitHub Enterprise Cloud with data residency, as @actions/attest has it. */
const isGitHubCloud = (server: string) => /^https:\/\/(github\.com|[a-z0-9-]+\.ghe\.com)\/?$/.test(server);

/**
 * What @actions/attest 3 and GitHub say, and the way out. @sigstore/sign has no cause but `CI: no tokens available`
 * where the job may not have an identity; its second message holds whatever came in the token's place.
 */
const REMEDIES: { said: RegExp; what?: string; remedy: string }[] = [
  {
    said: /^(error retrieving|invalid) identity token|ACTIONS_ID_TOKEN_REQUEST_URL/,
    what: 'GitHub gives this job no identity to sign with',
    remedy:
      'Give the job the permission `id-token: write`; runs for pull requests of forks never have it, leave attest out of them',
  },
  {
    said: /Feature not available/,
    remedy:
      'Private and internal repositories have attestations in GitHub Enterprise Cloud only. Leave attest out without it',
  },
  {
    said: /Resource not accessible by integration/,
    remedy: 'Give the job the permission `attestations: write`',
  },
  { said: /Bad credentials/, remedy: 'The token is not valid, or no more: give another with github-token' },
  {
    said: /^error (creating|fetching) (signing certificate|tlog entry|timestamp)/,
    remedy:
      'The signing service has trouble: look at status.sigstore.dev and githubstatus.com, and run again',
  },
];

function attestError(error: unknown) {
  const said = messageOf(error);
  const found = REMEDIES.find((each) => each.said.test(said));
  const remedy =
    found?.remedy ??
    'Check that the job has the permissions `id-token: write` and `attestations: write`, and run again';
  const what = found?.what;
  return what === undefined
    ? infraError(`attest: the attestation could not be made: ${said}. ${remedy}`, error)
    : infraError(`attest: ${what}. ${remedy}`);
}
