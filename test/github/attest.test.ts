import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cancelled, EXIT, messageOf } from '../../src/errors.js';
import {
  type Attest,
  actionsAttest,
  attestStatement,
  backupStatement,
  drillStatement,
  PREDICATE_TYPES,
} from '../../src/github/attest.js';
import { backup, fail, infraError, pass, rehearsal, samples } from '../fixtures/reports.js';
import { serve } from '../tools/bench.js';
import { errorOf } from './bench.js';

const SHA256 = 'ab'.repeat(32);

describe('what is attested of a backup', () => {
  test('the sealed file by its digest, with the checks and the facts', () => {
    const statement = backupStatement(backup, '/home/runner/work/_temp/argocd-x.tar.gz.age')!;
    expect(statement.subjects).toEqual([
      { name: 'argocd-x.tar.gz.age', digest: { sha256: backup.backup!.sha256 } },
    ]);
    expect(statement.predicateType).toBe(PREDICATE_TYPES.backup);
    expect(statement.predicate).toMatchObject({ verdict: 'PASS', exitCode: 0, backup: backup.backup });
  });

  test('nothing without a PASS, a backup, or its file', () => {
    const path = 'x.tar.gz.age';
    expect(backupStatement({ ...backup, verdict: 'FAIL' }, path)).toBeUndefined();
    expect(backupStatement({ ...backup, verdict: 'INFRA_ERROR' }, path)).toBeUndefined();
    expect(backupStatement({ ...backup, verdict: 'PARTIAL' }, path)).toBeUndefined();
    expect(backupStatement({ ...backup, backup: null }, path)).toBeUndefined();
    expect(backupStatement(backup, undefined)).toBeUndefined();
  });
});

describe('what is attested of a drill', () => {
  test.each([
    ['PASS', pass],
    ['FAIL', fail],
  ])('the report and the backup that it opened, whatever the verdict: %s', (verdict, report) => {
    const statement = drillStatement(report, SHA256);
    expect(statement.subjects).toEqual([
      { name: 'report.json', digest: { sha256: SHA256 } },
      { name: 'backup', digest: { sha256: report.backup!.sha256 } },
    ]);
    expect(statement.predicateType).toBe(PREDICATE_TYPES.drill);
    const { exitCode, rpoSeconds, rtoSeconds, level, startedAt, finishedAt, drill } = report;
    expect(statement.predicate).toMatchObject({ verdict, exitCode, rpoSeconds, rtoSeconds, level, drill });
    expect(statement.predicate).toMatchObject({ startedAt, finishedAt, backup: report.backup });
  });

  test('the report alone where no backup was opened', () => {
    expect(drillStatement(infraError, SHA256).subjects).toEqual([
      { name: 'report.json', digest: { sha256: SHA256 } },
    ]);
  });
});

// In the hostile sample the IDs of checks are texts as well.
const { hostile: _, ...ordinary } = samples;

// An attestation of a public repository is public for good.
test.each(Object.entries(ordinary))(
  '%s: no text of the report is in it, only names of checks',
  (_, report) => {
    const texts = [
      report.message,
      ...report.warnings,
      ...report.checks.flatMap(({ evidence, doesNotProve, details = [] }) => [
        evidence,
        doesNotProve,
        ...details,
      ]),
      ...report.differences.flatMap(({ namespace, name, path }) => [`${namespace}/${name}`, name, path]),
      ...(report.changes ?? []).flatMap(({ name, path }) => [name, path]),
    ].filter((text) => text.length > 3);
    const statements = [drillStatement(report, SHA256), backupStatement(report, 'x.tar.gz.age')];
    for (const statement of statements.filter(Boolean)) {
      const said = JSON.stringify(statement);
      expect(texts.filter((text) => said.includes(JSON.stringify(text).slice(1, -1)))).toEqual([]);
      const { checks } = statement!.predicate as { checks: object[] };
      expect(checks).toHaveLength(report.checks.length);
      for (const check of checks) expect(Object.keys(check)).toEqual(['id', 'level', 'status']);
    }
  },
);

test('the samples have texts that would be found', () => {
  const said = JSON.stringify(rehearsal);
  expect(rehearsal.checks.every(({ evidence }) => said.includes(JSON.stringify(evidence).slice(1, -1)))).toBe(
    true,
  );
});

const ENV = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'octo-org/octo-repo' };
const statement = drillStatement(pass, SHA256);
const failing = (error: unknown) =>
  errorOf(
    attestStatement(statement, { token: 'T0KEN', env: ENV, attest: () => Promise.reject(error) }),
    EXIT.infra,
  );

describe('attesting', () => {
  test('hands the statement over, and tells the page of the attestation', async () => {
    const given: unknown[] = [];
    const attest: Attest = async (options) => {
      given.push(options);
      return { attestationID: '4711' };
    };
    expect(await attestStatement(statement, { token: 'T0KEN', env: ENV, attest })).toBe(
      'https://github.com/octo-org/octo-repo/attestations/4711',
    );
    expect(given).toEqual([{ ...statement, token: 'T0KEN' }]);
  });

  test('tells the page of all of them where GitHub tells no ID', async () => {
    const env = { ...ENV, GITHUB_SERVER_URL: 'https://octo.ghe.com' };
    expect(await attestStatement(statement, { token: 'x', env, attest: async () => ({}) })).toBe(
      'https://octo.ghe.com/octo-org/octo-repo/attestations',
    );
  });

  test.each([
    ['https://github.example.com', 'T0KEN', /is a GitHub Enterprise Server, which has no attestations/],
    ['https://github.com.example.com', 'T0KEN', /is a GitHub Enterprise Server/],
    ['https://github.com', undefined, /github-token is missing/],
    ['https://github.com', '', /github-token is missing/],
  ])('does not begin to on %s with the token %j', async (GITHUB_SERVER_URL, token, message) => {
    let asked = 0;
    const attest: Attest = async () => {
      asked++;
      return {};
    };
    const env = { ...ENV, GITHUB_SERVER_URL };
    expect((await errorOf(attestStatement(statement, { token, env, attest }), EXIT.infra)).message).toMatch(
      message,
    );
    expect(asked).toBe(0);
  });

  test('is waited for no longer than until the run is cancelled', async () => {
    const stop = new AbortController();
    const attest: Attest = () => new Promise(() => {});
    const attesting = attestStatement(statement, { token: 'x', env: ENV, attest, signal: stop.signal });
    stop.abort(cancelled());
    await errorOf(attesting, EXIT.cancelled);
  });
});

/** Word for word what users report: https://github.com/actions/attest/issues, and those of its like. */
const SEEN = {
  userOwned:
    'Failed to persist attestation: Feature not available for user-owned private repositories. To enable this feature, please make this repository public. - https://docs.github.com/rest/repos/attestations#create-an-attestation',
  organization:
    'Failed to persist attestation: Feature not available for the octo-org organization. To enable this feature, please upgrade the billing plan, or make this repository public. - https://docs.github.com/rest/repos/attestations#create-an-attestation',
  permission:
    'Failed to persist attestation: Resource not accessible by integration - https://docs.github.com/rest/repos/attestations#create-an-attestation',
  identity: 'Failed to get ID token: Error message: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable',
  server: 'Failed to persist attestation: Server Error',
  fulcio: 'error creating signing certificate - (503) Service Unavailable',
};

describe('an attestation that fails says why, and the way out', () => {
  test.each([
    [SEEN.userOwned, /user-owned private .*GitHub Enterprise Cloud only\. Leave attest out/],
    [SEEN.organization, /octo-org organization.*GitHub Enterprise Cloud only\. Leave attest out/],
    [SEEN.permission, /Resource not accessible.*Give the job the permission `attestations: write`$/],
    [SEEN.identity, /no identity to sign with\. .*`id-token: write`; .*forks/],
    [SEEN.server, /Server Error\. Check that the job has the permissions/],
    [SEEN.fulcio, /\(503\).*status\.sigstore\.dev/],
    ['Failed to persist attestation: Bad credentials - https://docs.github.com/rest', /with github-token/],
  ])('%s', async (said, message) => {
    const error = await failing(new Error(said));
    expect(error.message).toMatch(message);
    // What is printed has GitHub's words once.
    expect(messageOf(error)).toBe(error.message);
  });
});

/**
 * The real client, up to where it would sign. What follows cannot be tried with a server of the tests: the hosts of
 * Sigstore are fixed in @actions/attest.
 */
describe('@actions/attest itself', () => {
  const VARIABLES = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'SIGSTORE_ID_TOKEN'];
  let kept: NodeJS.ProcessEnv;
  beforeEach(() => {
    kept = { ...process.env };
    for (const name of VARIABLES) delete process.env[name];
  });
  afterEach(() => void (process.env = kept));

  const attesting = () =>
    errorOf(attestStatement(statement, { token: 'T0KEN', env: ENV, attest: actionsAttest }), EXIT.infra);

  test('in a job without id-token: write', async () => {
    expect(messageOf(await attesting())).toMatch(
      /^attest: GitHub gives this job no identity to sign with\. Give the job the permission `id-token: write`/,
    );
  });

  test('with a token that is none: it is not shown', async () => {
    const { url, requests } = await serve({
      '/token?audience=sigstore': (_, response) =>
        response.setHeader('content-type', 'application/json').end('{"value": "S3CRET.T0KEN"}'),
    });
    process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `${url}/token`;
    process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'x';
    const error = await attesting();
    expect(requests).toHaveLength(1);
    expect(messageOf(error)).toMatch(/no identity to sign with/);
    expect(messageOf(error) + error.stack).not.toContain('S3CRET');
  });
});
