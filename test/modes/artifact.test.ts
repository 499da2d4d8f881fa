import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Deps } from '../../src/deps.js';
import { EXIT } from '../../src/errors.js';
import type { ArtifactSource } from '../../src/inputs/backup-source.js';
import type { BackupInputs } from '../../src/inputs.js';
import { fetchArtifact } from '../../src/modes/artifact.js';
import { fetchPrevious } from '../../src/modes/previous.js';
import { Recorder } from '../../src/report/recorder.js';
import { Scope } from '../../src/scope.js';
import type { GitHubBed } from '../bed/github/server.js';
import { artifactShape, type RunShape, runShape, TIP } from '../bed/github/shapes.js';
import { zipOf } from '../bed/github/zip.js';
import { sha256, writeSample } from '../bundle/sample.js';
import { errorOf, github } from '../github/bench.js';
import { cleanUp, recordingLog, tempDir } from '../tools/bench.js';

const EVIL = 'e'.repeat(40);
const TIME = '2026-11-20T04:17:00Z';

/** A server whose runs each have a backup, the first the newest. */
async function withBackups(...runs: Partial<RunShape>[]): Promise<GitHubBed> {
  const bed = await github();
  const { path, receiptPath } = await writeSample(tempDir());
  const zip = zipOf([path, receiptPath].map((file) => ({ name: basename(file), body: readFileSync(file) })));
  const stored = { size_in_bytes: zip.length, digest: `sha256:${sha256(zip)}` };
  bed.runs = runs.map((over, index) => runShape({ id: index + 1, ...over }));
  bed.artifacts = runs.map((_, index) => {
    const created_at = new Date(Date.parse(TIME) - index * 60_000).toISOString();
    return { ...artifactShape(index + 1, { id: index + 1, created_at, ...stored }), zip };
  });
  return bed;
}

function depsFor(bed: GitHubBed, env: NodeJS.ProcessEnv = {}) {
  const scope = new Scope(tempDir());
  cleanUp(() => scope.close());
  const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
  const log = recordingLog();
  const { signal } = new AbortController();
  const parts = { env: { ...bed.env, ...env }, log, recorder, scope, signal, startedAt: new Date(TIME) };
  return { deps: parts as unknown as Deps, log, recorder };
}

/** The warnings that a report of the run has. */
const warningsOf = (recorder: Recorder) =>
  recorder.finish({ verdict: 'PASS', exitCode: 0, message: '' }).warnings;

describe('a backup that an ID names', () => {
  const SOURCES: ArtifactSource[] = [
    { from: 'run', id: 1 },
    { from: 'artifact', id: 1 },
  ];
  const wanted = { githubToken: 'T0KEN', query: { workflow: 'backup.yml' }, series: undefined };

  test.each(SOURCES)('of a run that is trusted, warns of nothing: $from', async (source) => {
    const { deps, recorder } = depsFor(await withBackups({}));
    await fetchArtifact(source, { ...wanted, allowUntrusted: true }, deps);
    expect(warningsOf(recorder)).toEqual([]);
  });

  test.each(SOURCES)(
    'of a run that is not, is a warning of the report and the log: $from',
    async (source) => {
      const { deps, recorder, log } = depsFor(await withBackups({ event: 'release', head_sha: EVIL }));
      await errorOf(fetchArtifact(source, wanted, deps), EXIT.invalidInput);
      expect(warningsOf(recorder)).toEqual([]);
      await fetchArtifact(source, { ...wanted, allowUntrusted: true }, deps);
      const told = expect.stringMatching(
        /^The backup is of a run that is not trusted, by allow-untrusted: run 1 \(release, .*\), its event is release/,
      );
      expect(warningsOf(recorder)).toEqual([told]);
      expect(log.lines).toContainEqual(told);
    },
  );

  test('is told of before it is opened, so that a report of a failure has it too', async () => {
    const bed = await withBackups({ head_sha: EVIL });
    bed.artifacts[0]!.digest = `sha256:${'0'.repeat(64)}`;
    const { deps, recorder } = depsFor(bed);
    await errorOf(fetchArtifact(SOURCES[0]!, { ...wanted, allowUntrusted: true }, deps), EXIT.cannotOpen);
    expect(warningsOf(recorder)).toEqual([expect.stringContaining('is not on the branch main')]);
  });
});

describe('the backup before', () => {
  const OWN = { GITHUB_WORKFLOW_REF: 'octo-org/octo-repo/.github/workflows/backup.yml@refs/heads/main' };
  const inputs = { githubToken: 'T0KEN', namespace: 'argocd' } as BackupInputs;

  const found = async (bed: GitHubBed, env: NodeJS.ProcessEnv) => {
    const { deps, log, recorder } = depsFor(bed, { ...OWN, ...env });
    const folder = await fetchPrevious(inputs, deps);
    const [, run] = /of run (\d+) /.exec(log.lines.join('\n')) ?? [];
    return { folder, run, log, recorder };
  };

  test('is of the same branch', async () => {
    const bed = await withBackups({}, { head_branch: 'dr' });
    bed.refs['heads/dr'] = TIP;
    expect((await found(bed, { GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main' })).run).toBe('1');
    expect((await found(bed, { GITHUB_REF: 'refs/heads/dr', GITHUB_REF_NAME: 'dr' })).run).toBe('2');
  });

  test.each([
    ['a tag that is named like a branch', 'refs/tags/dr', 'dr'],
    ['the merge of a pull request', 'refs/pull/7/merge', '7/merge'],
  ])('in a run of %s is one of the default branch', async (_, GITHUB_REF, GITHUB_REF_NAME) => {
    const bed = await withBackups({ head_branch: GITHUB_REF_NAME }, {});
    bed.refs['heads/dr'] = TIP;
    const GITHUB_REF_TYPE = GITHUB_REF.startsWith('refs/tags/') ? 'tag' : 'branch';
    expect((await found(bed, { GITHUB_REF, GITHUB_REF_NAME, GITHUB_REF_TYPE })).run).toBe('2');
  });

  test('is never that of a tag with the name of the branch', async () => {
    const bed = await withBackups({ event: 'push', head_sha: EVIL }, {});
    expect((await found(bed, { GITHUB_REF: 'refs/heads/main' })).run).toBe('2');
    bed.runs.pop();
    const { folder, log } = await found(bed, { GITHUB_REF: 'refs/heads/main' });
    expect(folder).toBeUndefined();
    expect(log.lines.join('\n')).toMatch(
      /no backup before this one .* its commit e{12} is not on the branch/,
    );
  });

  test('that may not be asked for is a warning with the permission', async () => {
    const bed = await withBackups({});
    bed.fail(/git\/ref/, (_, response) => response.writeHead(403).end('{}'));
    const { folder, recorder } = await found(bed, { GITHUB_REF: 'refs/heads/main' });
    expect(folder).toBeUndefined();
    expect(warningsOf(recorder)).toEqual([expect.stringMatching(/would not be noticed .*`contents: read`/)]);
  });
});
