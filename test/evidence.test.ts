import { appendFileSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import yauzl from 'yauzl';
import { type GitHubParts, handOver } from '../src/evidence.js';
import type { ArtifactClient } from '../src/github/artifacts.js';
import type { Attest, PREDICATE_TYPES } from '../src/github/attest.js';
import { parseInputs } from '../src/inputs.js';
import type { OutputValues } from '../src/outputs.js';
import type { Report } from '../src/report/report.js';
import { writeReport } from '../src/report/write.js';
import { noRunner } from '../src/runner.js';
import type { Surroundings } from '../src/session.js';
import { answer, type GitHubBed } from './bed/github/server.js';
import { ERRORS, HEAD } from './bed/github/shapes.js';
import { fail, backup as madeBackup, pass } from './fixtures/reports.js';
import { asRunner, github, linesOf } from './github/bench.js';
import { eventEnv } from './github/events.js';
import { sha256, tempDir } from './tools/bench.js';

const install: Report = { ...pass, mode: 'install', level: null, backup: null, rpoSeconds: null };
const REPORTS = { install, backup: madeBackup, 'restore-verify': pass };
type ActionMode = keyof typeof REPORTS;

/** What each mode cannot do without. */
const NEEDED: Record<ActionMode, Record<string, string>> = {
  install: { cluster: 'control-plane' },
  backup: { recipients: 'age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq' },
  'restore-verify': { backup: 'demonstration' },
};

interface Case {
  mode: ActionMode;
  values?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
  report?: Report;
  outputs?: OutputValues;
  parts?: GitHubParts;
  signal?: AbortSignal;
}

/** Hands over a report that is written as a run writes it; `said` is what the log has of it. */
async function hand({ mode, values = {}, env = {}, report = REPORTS[mode], outputs = {}, ...more }: Case) {
  const files = await writeReport(report, join(tempDir(), 'out'));
  const kubeconfig = join(dirname(files.json), 'kubeconfig');
  appendFileSync(kubeconfig, '');
  const needed = { ...NEEDED[mode], ...(mode === 'backup' ? { kubeconfig } : {}) };
  const inputs = { ...(await inputsOf(mode, { ...needed, ...values }, env)) };
  const said = { info: [] as string[], warn: [] as string[] };
  const around = {
    log: {
      info: (line: string) => void said.info.push(line),
      warn: (line: string) => void said.warn.push(line),
      progress() {},
    },
    env,
    signal: more.signal ?? new AbortController().signal,
    runner: noRunner,
    screen: { write: () => true },
    color: false,
    setOutputs() {},
    fail: () => expect(true).toBe(false),
  } satisfies Surroundings;
  const kept = await handOver(inputs, { report, files, outputs }, around, more.parts ?? {});
  return { kept, said, files };
}

const inputsOf = (mode: ActionMode, values: Record<string, string>, env: NodeJS.ProcessEnv) =>
  parseInputs({ mode, values }, { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: 'x' });

const QUIET = { info: [], warn: [] };

describe('the report as an artifact', () => {
  test.each(['install', 'restore-verify', 'backup'] as const)('of mode %s', async (mode) => {
    const bed = await github();
    asRunner(bed);
    const { kept, said, files } = await hand({ mode, values: { 'retention-days': '14' }, env: bed.env });
    const [artifact, ...others] = bed.artifacts;
    expect(others).toEqual([]);
    expect(artifact!.name).toMatch(new RegExp(`^argocd-dr-report-${mode}-[0-9a-f]{8}$`));
    const url = `https://github.com/octo-org/octo-repo/actions/runs/${bed.runId}/artifacts/${artifact!.id}`;
    expect(said).toEqual({
      info: [`report: artifact ${artifact!.name} (${artifact!.id}), ${url}`],
      warn: [],
    });
    // In mode backup these outputs tell the artifact with the backup.
    expect(kept).toEqual(
      mode === 'backup'
        ? {}
        : {
            'artifact-id': String(artifact!.id),
            'artifact-digest': sha256(artifact!.zip!),
            'artifact-url': url,
          },
    );
    const zip = await yauzl.fromBufferPromise(artifact!.zip!);
    const names: string[] = [];
    for await (const { fileName } of zip.eachEntry()) names.push(fileName);
    // In any order: GitHub's client reads the files side by side.
    expect(names.sort()).toEqual(
      Object.values(files)
        .map((path) => basename(path))
        .sort(),
    );
    expect(Math.round((Date.parse(artifact!.expires_at!) - Date.now()) / 86_400_000)).toBe(14);
  });

  test('is uploaded where the backup is not, as it is not sealed', async () => {
    const bed = await github();
    asRunner(bed);
    const { said } = await hand({
      mode: 'backup',
      values: { encryption: 'none', recipients: '' },
      env: bed.env,
    });
    expect(bed.artifacts.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^argocd-dr-report-backup-/),
    ]);
    expect(said.warn).toEqual([]);
  });

  test('two steps of a run do not take one name', async () => {
    const bed = await github();
    asRunner(bed);
    for (let step = 0; step < 2; step++) await hand({ mode: 'install', env: bed.env });
    expect(new Set(bed.artifacts.map(({ name }) => name)).size).toBe(2);
  });

  test.each([
    ['auto outside of GitHub Actions', { upload: 'auto' }, {}],
    ['false in GitHub Actions', { upload: 'false' }, { ACTIONS_RUNTIME_TOKEN: 'x' }],
  ])('%s: nothing is uploaded, and nothing said', async (_, values, env) => {
    let asked = 0;
    const artifacts = async () => {
      asked++;
      return {} as ArtifactClient;
    };
    const { kept, said } = await hand({ mode: 'install', values, env, parts: { artifacts } });
    expect([kept, said, asked]).toEqual([{}, QUIET, 0]);
  });

  test.each(['auto', 'true'])(
    'upload %s: a failure is a warning, and changes nothing else',
    async (upload) => {
      const bed = await github();
      asRunner(bed);
      bed.fail(/CreateArtifact/, answer(403, { code: 'permission_denied', msg: 'quota has been hit' }));
      const { kept, said, files } = await hand({ mode: 'install', values: { upload }, env: bed.env });
      expect(kept).toEqual({});
      expect(said.warn).toEqual([
        expect.stringMatching(
          /^the report is not uploaded, it is in \/.*\/out: .*quota has been hit.*Run again, and look at githubstatus\.com/,
        ),
      ]);
      expect(readFileSync(files.json, 'utf8')).toContain('"verdict": "PASS"');
    },
  );
});

/** Keeps what it is given to attest. */
function attester(error?: Error) {
  const given: Parameters<Attest>[0][] = [];
  const attest: Attest = async (options) => {
    given.push(options);
    if (error) throw error;
    return { attestationID: '4711' };
  };
  return { given, attest };
}

describe('the attestation', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'octo-org/octo-repo',
    GITHUB_TOKEN: 'T0KEN',
  };
  const type = (name: keyof typeof PREDICATE_TYPES) =>
    `https://github.com/argocd-dr/argocd-dr/attestations/${name}/v1`;

  test('of a drill is of the report as it was written, and of the backup', async () => {
    const { given, attest } = attester();
    const { said, files } = await hand({
      mode: 'restore-verify',
      values: { attest: 'true' },
      env,
      report: fail,
      parts: { attest },
    });
    expect(given).toEqual([
      expect.objectContaining({
        token: 'T0KEN',
        predicateType: type('drill'),
        predicate: expect.objectContaining({ verdict: 'FAIL' }),
        subjects: [
          { name: 'report.json', digest: { sha256: sha256(readFileSync(files.json)) } },
          { name: 'backup', digest: { sha256: fail.backup!.sha256 } },
        ],
      }),
    ]);
    expect(said).toEqual({
      info: ['attested: report.json, backup, https://github.com/octo-org/octo-repo/attestations/4711'],
      warn: [],
    });
  });

  test('of a backup is of the sealed file alone, and of a PASS only', async () => {
    const { given, attest } = attester();
    const attested = { mode: 'backup', values: { attest: 'true' }, env, parts: { attest } } as const;
    const outputs = { 'backup-path': '/backups/argocd-x.tar.gz.age' };
    await hand({ ...attested, outputs });
    expect(given).toEqual([
      expect.objectContaining({
        predicateType: type('backup'),
        subjects: [{ name: 'argocd-x.tar.gz.age', digest: { sha256: madeBackup.backup!.sha256 } }],
      }),
    ]);
    const { said } = await hand({
      ...attested,
      outputs,
      report: { ...madeBackup, verdict: 'FAIL', exitCode: 3 },
    });
    expect(given).toHaveLength(1);
    expect(said).toEqual(QUIET);
  });

  test('is made where it is asked for only', async () => {
    const { given, attest } = attester();
    await hand({ mode: 'restore-verify', env, parts: { attest } });
    expect(given).toEqual([]);
  });

  test('that fails is a warning with the remedy, and the rest goes on', async () => {
    const bed = await github();
    const { attest } = attester(
      new Error('Failed to persist attestation: Feature not available for user-owned private repositories.'),
    );
    const { said } = await hand({
      mode: 'restore-verify',
      values: { attest: 'true', comment: 'true', upload: 'false' },
      env: { ...bed.env, ...eventEnv('pull_request') },
      parts: { attest },
    });
    expect(said.warn).toEqual([
      expect.stringMatching(
        /^nothing is attested: attest: .*user-owned private.*Leave attest out without it$/,
      ),
    ]);
    expect(bed.comments).toHaveLength(1);
  });
});

describe('the comment', () => {
  const run = {
    GITHUB_WORKFLOW: 'Argo CD',
    GITHUB_JOB: 'check',
    GITHUB_ACTION: '__argocd-dr_argocd-dr',
  };
  const commenting = (bed: GitHubBed, more: Partial<Case> = {}) =>
    hand({
      mode: 'install',
      ...more,
      values: { comment: 'true', upload: 'false', ...more.values },
      env: { ...bed.env, ...run, ...eventEnv('pull_request'), ...more.env },
    });
  const bodyOf = (bed: GitHubBed) => bed.comments[0]!.body!;
  const writes = (bed: GitHubBed) => linesOf(bed).filter((line) => /^(POST|PATCH) \/repos/.test(line));

  test('is created, and says what the report says, of which commit, and where the rest is', async () => {
    const bed = await github();
    const { said, kept } = await commenting(bed, { values: { manifests: 'argocd/overlays/prod' } });
    expect(kept).toEqual({});
    expect(said).toEqual({
      info: ['comment created: https://github.com/octo-org/octo-repo/pull/7#issuecomment-1000'],
      warn: [],
    });
    const [marker, opening, headline] = bodyOf(bed).split('\n');
    expect([marker, opening, headline]).toEqual([
      '<!-- argocd-dr: verdict -->',
      `<!-- section install-argo-cd-check-argocd-dr-argocd-dr-argocd-overlays-prod of ${HEAD} -->`,
      expect.stringMatching(/^## ✅ PASS · /),
    ]);
    expect(bodyOf(bed)).toContain(
      `[Job summary and report](https://github.com/octo-org/octo-repo/actions/runs/${bed.runId}) · job check · argocd/overlays/prod · commit ${HEAD.slice(0, 7)}\n`,
    );
  });

  test('has a section for each step, each brought up to date in its place', async () => {
    const bed = await github();
    await commenting(bed, { values: { manifests: 'staging' } });
    await commenting(bed, { values: { manifests: 'production' } });
    await commenting(bed, { mode: 'restore-verify', report: fail });
    await commenting(bed, {
      values: { manifests: 'staging' },
      report: { ...install, verdict: 'FAIL', exitCode: 3 },
    });
    const { said } = await commenting(bed, { env: { GITHUB_JOB: 'other' } });
    expect(said.info).toEqual([expect.stringMatching(/^comment updated: /)]);
    expect(bed.comments).toHaveLength(1);
    expect(bodyOf(bed).match(/^## .*?(PASS|FAIL)/gm)).toEqual(
      ['❌ FAIL', '✅ PASS', '❌ FAIL', '✅ PASS'].map((verdict) => `## ${verdict}`),
    );
    expect(
      bodyOf(bed)
        .match(/^<!-- section \S+/gm)!
        .map((line) => line.slice(13)),
    ).toEqual([
      'install-argo-cd-check-argocd-dr-argocd-dr-staging',
      'install-argo-cd-check-argocd-dr-argocd-dr-production',
      'restore-verify-argo-cd-check-argocd-dr-argocd-dr',
      'install-argo-cd-other-argocd-dr-argocd-dr',
    ]);
  });

  test('is not one of the mode that has none, nor where it is not asked for', async () => {
    const bed = await github();
    const env = { ...bed.env, ...eventEnv('pull_request') };
    await hand({ mode: 'backup', values: { upload: 'false' }, env });
    await hand({ mode: 'install', values: { upload: 'false' }, env });
    expect(bed.asked).toEqual([]);
  });

  test.each(['push', 'schedule', 'workflow_dispatch', 'merge_group', 'issue_comment'] as const)(
    'in a run for %s there is none, which is told and no warning',
    async (event) => {
      const bed = await github();
      const { said } = await commenting(bed, { env: eventEnv(event) });
      expect(said).toEqual({
        info: ['comment: this run is for no pull request, so none is written; the job summary has all of it'],
        warn: [],
      });
      expect(bed.asked).toEqual([]);
    },
  );

  test('in a run for pull_request_target it is written, and names no commit: its checkout is the base', async () => {
    const bed = await github();
    await commenting(bed, { env: eventEnv('pull_request_target') });
    expect(bodyOf(bed)).toMatch(/actions\/runs\/\d+\) · job check\n/);
  });

  test('of a run for an older push is not written over that of a newer one', async () => {
    const bed = await github();
    bed.pullHead = '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d';
    const { said } = await commenting(bed);
    expect(said).toEqual({
      info: [
        'comment: pull request #7 has moved on from ec26c3e to 009b8a3, so none is written; the job summary has all of it',
      ],
      warn: [],
    });
    expect(writes(bed)).toEqual([]);
  });

  describe('where the token may only read', () => {
    const refused = async (event: Parameters<typeof eventEnv>[0]) => {
      const bed = await github();
      bed.fail(/^POST \/repos/, answer(403, ERRORS[403]));
      const { said, kept } = await commenting(bed, { env: eventEnv(event) });
      expect(kept).toEqual({});
      expect(bed.comments).toEqual([]);
      return said;
    };

    test.each(['pull_request of a fork', 'pull_request of a fork that is deleted'] as const)(
      'as for a %s: no permission is asked for, as such a job cannot have it',
      async (event) => {
        expect(await refused(event)).toEqual({
          info: [],
          warn: [
            'no comment is written, the job summary has all of it: runs for pull requests of forks have a token that may only read',
          ],
        });
      },
    );

    test('as by the permissions of the job: a warning names the permission', async () => {
      expect(await refused('pull_request')).toEqual({
        info: [],
        warn: [
          expect.stringMatching(
            /^no comment is written, the job summary has all of it: GitHub could not comment on pull request #7 .*Give the job the permission `pull-requests: write`/,
          ),
        ],
      });
    });
  });

  test('on a fork whose repository gives its runs a token that may write is written', async () => {
    const bed = await github();
    await commenting(bed, { env: eventEnv('pull_request of a fork') });
    expect(bed.comments).toHaveLength(1);
  });

  test.each([
    [
      'a token that is no more valid',
      {},
      /could not list the comments .*answered 401: the token is not valid/,
    ],
    ['no token', { GITHUB_TOKEN: '' }, /github-token is missing/],
    ['no repository', { GITHUB_REPOSITORY: '' }, /GITHUB_REPOSITORY/],
    ['no event', { GITHUB_EVENT_PATH: '/nowhere/event.json' }, /\/nowhere\/event\.json .*cannot be read/],
  ])('%s: a warning, and nothing else changes', async (_, env, message) => {
    const bed = await github();
    bed.fail(/comments/, answer(401, ERRORS[401]));
    const { said, kept } = await commenting(bed, { env });
    expect(kept).toEqual({});
    expect(said).toEqual({ info: [], warn: [expect.stringMatching(message)] });
    expect(said.warn[0]).toMatch(/^no comment is written, the job summary has all of it: /);
  });
});

describe('a run that is cancelled', () => {
  const everything = { attest: 'true', comment: 'true' };

  test('before: nothing is handed over, and nothing said', async () => {
    const bed = await github();
    asRunner(bed);
    const { given, attest } = attester();
    const { kept, said } = await hand({
      mode: 'restore-verify',
      values: everything,
      env: { ...bed.env, ...eventEnv('pull_request') },
      parts: { attest },
      signal: AbortSignal.abort(),
    });
    expect([kept, said, given, bed.asked]).toEqual([{}, QUIET, [], []]);
  });

  test('during the upload: it is waited for no longer, and nothing follows', async () => {
    const bed = await github();
    const stop = new AbortController();
    const { given, attest } = attester();
    const uploadArtifact = () => {
      stop.abort(new Error('cancelled'));
      return new Promise<never>(() => {});
    };
    const { kept, said } = await hand({
      mode: 'restore-verify',
      values: everything,
      env: { ...bed.env, ...eventEnv('pull_request') },
      parts: { attest, artifacts: async () => ({ uploadArtifact }) as unknown as ArtifactClient },
      signal: stop.signal,
    });
    expect([kept, said, given, bed.asked]).toEqual([{}, QUIET, [], []]);
  });
});
