import { basename } from 'node:path';
import { infraError, messageOf } from '../errors.js';
import type { Report } from '../report/report.js';

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

/**
 * Signs a statement and stores it on GitHub.
 * @returns the attestation's address
 * @throws DrError (infra error) with the remedy; private repositories have attestations in GitHub Enterprise Cloud only
 */
export async function attestStatement(
  statement: Statement,
  { token, env, attest }: { token: string; env: NodeJS.ProcessEnv; attest: Attest },
): Promise<string> {
  try {
    const { attestationID } = await attest({ ...statement, token });
    const server = env.GITHUB_SERVER_URL ?? 'https://github.com';
    return `${server}/${env.GITHUB_REPOSITORY}/attestations/${attestationID ?? ''}`;
  } catch (error) {
    throw infraError(
      `attest: the attestation could not be made (${messageOf(error)}): the job needs the permissions id-token: write and attestations: write, and attestations of private repositories need GitHub Enterprise Cloud; without it, leave attest out`,
      error,
    );
  }
}
