import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EXIT, messageOf } from '../../src/errors.js';
import { artifactName, seriesNamed, seriesOf } from '../../src/github/artifact-name.js';
import { type FindOptions, findBackup } from '../../src/github/find.js';
import { whyNoBackups } from '../../src/github/workflow-state.js';
import { answer, type GitHubBed } from '../bed/github/server.js';
import {
  type ArtifactShape,
  artifactShape,
  ERRORS,
  FORK,
  type RunShape,
  refShape,
  runShape,
  TIP,
  workflowShape,
} from '../bed/github/shapes.js';
import { recordingLog } from '../tools/bench.js';
import { apiOf, errorOf, github, linesOf, repository } from './bench.js';
import { FOREIGN, WORDS } from './hostile.js';

const NOW = new Date('2026-11-25T12:00:00Z');
const day = (count: number) =>
  new Date(Date.parse('2026-11-25T04:17:00Z') - count * 86_400_000).toISOString();

const minutesAfter = (time: string, count: number) =>
  new Date(Date.parse(time) + count * 60_000).toISOString();

function optionsFor(bed: GitHubBed, over: Partial<FindOptions> = {}): FindOptions {
  const query = { workflow: '.github/workflows/backup.yml' };
  return { api: apiOf(bed).api, repository, query, now: NOW, random: () => 0, log: recordingLog(), ...over };
}

/** A server with runs, newest first; each has a backup whose ID is a thousand times the run's. */
async function withRuns(...runs: Partial<RunShape>[]): Promise<GitHubBed> {
  const bed = await github();
  bed.runs = runs.map((over, index) => {
    const created_at = over.created_at ?? day(index);
    return runShape({ id: index + 1, created_at, updated_at: minutesAfter(created_at, 3), ...over });
  });
  bed.artifacts = bed.runs.map(({ id, created_at }) =>
    artifactShape(id as number, {
      id: (id as number) * 1000,
      name: artifactName('argocd', new Date(created_at)),
      created_at: minutesAfter(created_at, 1),
    }),
  );
  return bed;
}

const change = (bed: GitHubBed, id: number, over: Partial<ArtifactShape>) =>
  Object.assign(bed.artifacts.find((artifact) => artifact.id === id)!, over);

const latest = (bed: GitHubBed, over: Partial<FindOptions> = {}) =>
  findBackup({ from: 'latest' }, optionsFor(bed, over));
const missed = (bed: GitHubBed, over: Partial<FindOptions> = {}) =>
  errorOf(latest(bed, over), EXIT.objectiveMissed);

describe('latest', () => {
  test('is the newest backup of the default branch', async () => {
    const bed = await withRuns({}, {}, {});
    bed.defaultBranch = 'trunk';
    bed.refs = { 'heads/trunk': TIP };
    bed.runs[1]!.head_branch = 'trunk';
    const log = recordingLog();
    const { artifact, run } = await latest(bed, { log });
    expect([artifact.id, run.id]).toEqual([2000, 2]);
    expect(linesOf(bed)[1]).toBe(
      'GET /repos/octo-org/octo-repo/actions/workflows/backup.yml/runs?branch=trunk&per_page=100&page=1',
    );
    expect(log.lines[0]).toMatch(
      /^backup: artifact argocd-argocd-2026\d+T041700Z \(2000\) of run 2 \(schedule, /,
    );
  });

  test('of a branch and an event that are given', async () => {
    const bed = await withRuns({}, { event: 'push' }, { head_branch: 'dr', event: 'push' });
    bed.refs['heads/dr'] = TIP;
    const query = { workflow: 'backup.yml', branch: 'dr', event: 'push' };
    expect((await latest(bed, { query })).run.id).toBe(3);
    expect(linesOf(bed)[0]).toContain('runs?branch=dr&event=push&');
  });

  test.each<[string, Partial<RunShape>]>([
    ['repeated and failed', { run_attempt: 2, updated_at: NOW.toISOString(), conclusion: 'failure' }],
    ['being repeated', { run_attempt: 2, status: 'in_progress', conclusion: null }],
  ])('is of the newest run, though an older one is %s', async (_, repeated) => {
    expect((await latest(await withRuns({}, repeated))).artifact.id).toBe(1000);
  });

  test('is of an old run that was repeated and made a backup anew', async () => {
    const bed = await withRuns({}, {}, { run_attempt: 2, updated_at: NOW.toISOString() });
    const again = minutesAfter(NOW.toISOString(), -2);
    const name = artifactName('argocd', new Date(again));
    bed.artifacts.push(artifactShape(3, { id: 3001, name, created_at: again }));
    expect((await latest(bed)).artifact.id).toBe(3001);
  });

  test('asks of no more runs than may hold it', async () => {
    const bed = await withRuns({}, {}, {});
    await latest(bed);
    expect(linesOf(bed).filter((line) => line.includes('/artifacts'))).toHaveLength(1);
  });

  test('goes back past runs without a backup, other artifacts, and expired ones', async () => {
    const bed = await withRuns({}, {}, {}, {});
    change(bed, 1000, { workflow_run: { id: 99 } });
    change(bed, 2000, { name: 'argocd-dr-report' });
    change(bed, 3000, { expired: true });
    bed.artifacts.push(artifactShape(4, { id: 4001, name: 'argocd-dr-report', created_at: day(0) }));
    expect((await latest(bed)).artifact.id).toBe(4000);
  });

  test('is the newer one of two attempts', async () => {
    const bed = await withRuns({});
    const again = { id: 900, name: artifactName('argocd', NOW), created_at: NOW.toISOString() };
    bed.artifacts.push(artifactShape(1, again));
    expect((await latest(bed)).artifact.id).toBe(900);
  });

  test('several instances in a run have to be told apart', async () => {
    const bed = await withRuns({});
    bed.artifacts.push(artifactShape(1, { id: 2, name: artifactName('argocd', NOW, 'prod eu') }));
    bed.artifacts.push(artifactShape(1, { id: 3, name: artifactName('prod', NOW) }));
    const error = await errorOf(latest(bed), EXIT.invalidInput);
    expect(error.message).toMatch(
      /run 1 .* several instances \(argocd-argocd, argocd-prod\): say which with artifact-name/,
    );
    expect((await latest(bed, { series: 'argocd-prod' })).artifact.id).toBe(3);
    expect((await latest(bed, { series: seriesNamed('prod eu') })).artifact.id).toBe(2);
  });

  test('looks at the runs of further pages', async () => {
    const bed = await withRuns(
      ...Array.from({ length: 101 }, (_, index) => ({ event: index < 100 ? 'pull_request' : 'push' })),
    );
    expect((await latest(bed)).run.id).toBe(101);
  });

  test('looks at a hundred runs, and no more', async () => {
    const bed = await withRuns(...Array.from({ length: 120 }, () => ({})));
    bed.artifacts = [];
    const error = await missed(bed);
    expect(error.message).toMatch(
      /looked at 100 runs: run 1 .*: no backup among its 0 artifacts, .* and 90 more/,
    );
    expect(linesOf(bed).filter((line) => line.includes('/artifacts'))).toHaveLength(100);
  });

  /** How the run ended as a whole: a backup is uploaded once it is proven. */
  const ENDED: [string, Partial<RunShape>][] = [
    ['failed, as with another instance in a matrix', { conclusion: 'failure' }],
    ['was cancelled afterwards', { conclusion: 'cancelled' }],
    ['is under way, as in a job that comes after', { conclusion: null, status: 'in_progress' }],
  ];

  test.each(ENDED)('may be of a run that %s', async (_, over) => {
    expect((await latest(await withRuns(over, {}))).run.id).toBe(1);
  });
});

describe('never taken, even where GitHub lists it', () => {
  const MISTRUSTED: [string, Partial<RunShape>, RegExp][] = [
    ['a fork', { head_repository: FORK }, /it is of the fork mallory\/octo-repo/],
    ['a fork that is gone', { head_repository: null }, /was a fork/],
    ['pull_request', { event: 'pull_request' }, /a run of a pull request \(pull_request\)/],
    [
      'pull_request_target',
      { event: 'pull_request_target' },
      /a run of a pull request \(pull_request_target\)/,
    ],
    ['pull_request_review', { event: 'pull_request_review' }, /a run of a pull request/],
  ];
  test.each([
    ...MISTRUSTED,
    [
      'workflow_run',
      { event: 'workflow_run' },
      /its event is workflow_run, not schedule or workflow_dispatch/,
    ] as const,
    ['issue_comment', { event: 'issue_comment' }, /its event is issue_comment/] as const,
    ['another branch', { head_branch: 'feature' }, /its branch is feature, not main/] as const,
    ['no branch', { head_branch: null }, /its branch is none, not main/] as const,
  ])('by latest and random: %s', async (_, over, why) => {
    const bed = await withRuns(over, {});
    // A server that does not filter.
    const listed = () => answer(200, { total_count: 2, workflow_runs: bed.runs });
    bed.fail(/\/runs\?/, listed(), listed(), listed(), listed());
    expect((await latest(bed)).run.id).toBe(2);
    const random = findBackup({ from: 'random', withinMs: 30 * 86_400_000 }, optionsFor(bed));
    expect((await random).run.id).toBe(2);
    bed.runs.pop();
    expect((await missed(bed)).message).toMatch(why);
    expect(linesOf(bed)).not.toContain(
      'GET /repos/octo-org/octo-repo/actions/runs/1/artifacts?per_page=100&page=1',
    );
  });

  test.each(MISTRUSTED)('by ID, even by allow-untrusted: %s', async (_, over, why) => {
    const bed = await withRuns(over);
    for (const source of [{ from: 'run', id: 1 } as const, { from: 'artifact', id: 1000 } as const]) {
      const options = optionsFor(bed, { allowUntrusted: true });
      const error = await errorOf(findBackup(source, options), EXIT.invalidInput);
      expect(error.message).toMatch(why);
      expect(error.message).toMatch(new RegExp(`^backup ${source.from}:${source.id}: run 1 .* is not taken`));
    }
  });

  test.each(['pull_request', 'pull_request_target'])('nor may they be asked for: %s', async (event) => {
    const bed = await withRuns({ event });
    const query = { workflow: 'backup.yml', event };
    const error = await errorOf(latest(bed, { query }), EXIT.invalidInput);
    expect(error.message).toMatch(
      new RegExp(`^event ${event}: backups are never taken from runs of pull requests`),
    );
  });
});

/** A commit that no branch holds. */
const EVIL = 'e'.repeat(40);
const OLD = '0'.repeat(40);

describe('a tag that is named like the branch', () => {
  /** A run that a stranger's tag started is newer than that of the branch. */
  async function tagged(over: Partial<RunShape>, ...more: Partial<RunShape>[]) {
    const bed = await withRuns({ event: 'push', head_sha: EVIL, ...over }, ...more);
    bed.refs['tags/main'] = (over.head_sha ?? EVIL) as string;
    return bed;
  }
  const random = (bed: GitHubBed) =>
    findBackup({ from: 'random', withinMs: 30 * 86_400_000 }, optionsFor(bed));

  test('on a commit of its own: its run is not taken, by latest and random, though it has the branch for its name', async () => {
    const bed = await tagged({}, {});
    expect((await latest(bed)).run.id).toBe(2);
    expect((await random(bed)).run.id).toBe(2);
    expect(linesOf(bed).filter((line) => /runs\/1\/artifacts/.test(line))).toEqual([]);
    bed.runs.pop();
    for (const finding of [latest(bed), random(bed)])
      expect((await errorOf(finding, EXIT.objectiveMissed)).message).toMatch(
        /run 1 \(push, .*\): not taken, its commit e{12} is not on the branch main/,
      );
  });

  test('nor after it has been deleted', async () => {
    const bed = await tagged({}, {});
    delete bed.refs['tags/main'];
    expect((await latest(bed)).run.id).toBe(2);
  });

  test('nor on a commit that grew out of the branch, or beside it', async () => {
    for (const parent of [TIP, OLD]) {
      const bed = await tagged({}, {});
      bed.parents = { [EVIL]: [parent], [TIP]: [OLD] };
      // It need not be there any more when somebody looks.
      delete bed.refs['tags/main'];
      expect((await latest(bed)).run.id).toBe(2);
    }
  });

  test.each(['push', 'workflow_dispatch'])(
    'on a commit of the branch: a %s may be of either, and is refused with the way out',
    async (event) => {
      const bed = await tagged({ event, head_sha: OLD });
      bed.parents = { [TIP]: [OLD] };
      expect((await missed(bed)).message).toMatch(
        /not taken, it may be of the tag main, which is named like the branch: delete that tag/,
      );
      delete bed.refs['tags/main'];
      expect((await latest(bed)).run.id).toBe(1);
    },
  );

  test('schedules are never of a tag', async () => {
    const bed = await tagged({ event: 'schedule', head_sha: OLD });
    bed.parents = { [TIP]: [OLD] };
    expect((await latest(bed)).run.id).toBe(1);
    expect(linesOf(bed).filter((line) => line.includes('tags'))).toEqual([]);
  });

  test('is not asked for by a name that could be either', async () => {
    const bed = await tagged({ head_sha: OLD }, { head_sha: OLD, event: 'push' });
    bed.parents = { [TIP]: [OLD] };
    await missed(bed);
    const asked = linesOf(bed).filter((line) => /git\/ref|compare/.test(line));
    // Each once, whatever the number of runs.
    expect(asked).toEqual([
      'GET /repos/octo-org/octo-repo/git/ref/heads%2Fmain',
      `GET /repos/octo-org/octo-repo/compare/${TIP}...${OLD}?per_page=1`,
      'GET /repos/octo-org/octo-repo/git/ref/tags%2Fmain',
    ]);
  });

  test('a branch with slashes in its name', async () => {
    const bed = await withRuns({ head_branch: 'release/1.0', event: 'push' });
    bed.refs['heads/release/1.0'] = TIP;
    const query = { workflow: 'backup.yml', branch: 'release/1.0' };
    expect((await latest(bed, { query })).run.id).toBe(1);
  });

  test('a run of the head of the branch takes two requests more than finding it', async () => {
    const bed = await withRuns({ event: 'workflow_dispatch' }, {}, {});
    await latest(bed);
    expect(linesOf(bed)).toHaveLength(5);
  });

  test('a merge keeps the commits of both its sides', async () => {
    const bed = await withRuns({ event: 'push', head_sha: OLD });
    bed.parents = { [TIP]: ['a'.repeat(40), 'b'.repeat(40)], ['b'.repeat(40)]: [OLD] };
    expect((await latest(bed)).run.id).toBe(1);
  });

  test.each([
    ['the branch', /git\/ref/],
    ['the commit', /compare/],
  ])('without the permission to ask for %s it says which', async (_, line) => {
    const bed = await withRuns({ head_sha: OLD });
    bed.parents = { [TIP]: [OLD] };
    bed.fail(line, answer(403, ERRORS[403]));
    expect((await errorOf(latest(bed), EXIT.infra)).message).toMatch(/permission `contents: read`/);
  });

  test('an answer about another reference passes for none', async () => {
    const bed = await withRuns({});
    bed.fail(/git\/ref/, answer(200, refShape('heads/main-2', TIP)));
    await errorOf(latest(bed), EXIT.infra);
  });
});

describe('what strangers name', () => {
  const NAMES = WORDS.flatMap((word) => [word, `${word}-x`]).map((word) => `argocd-${word}-20261127T000000Z`);

  /** What a user reads of it all, without the addresses and the permission that we show ourselves. */
  async function told(work: Promise<unknown>, { lines }: { lines: string[] }): Promise<string> {
    const end = await work.then(() => '', messageOf);
    return [...lines, end].join(' ').replaceAll(/https:\/\/github\.com|`(contents|actions): read`/g, '');
  }

  /** Runs with an artifact of each name, and last one with a backup. */
  async function withNames() {
    const bed = await withRuns(...NAMES.map(() => ({})), {});
    for (const [index, name] of NAMES.entries()) change(bed, (index + 1) * 1000, { name });
    const log = recordingLog();
    return { bed, log, options: optionsFor(bed, { log }), last: NAMES.length + 1 };
  }

  test('artifacts are passed over by latest and random, and not told', async () => {
    const { log, options, last } = await withNames();
    expect((await findBackup({ from: 'latest' }, options)).run.id).toBe(last);
    const random = await findBackup({ from: 'random', withinMs: 365 * 86_400_000 }, options);
    expect(random.run.id).toBe(last);
    expect(await told(Promise.resolve(), log)).not.toMatch(FOREIGN);
  });

  test('nor where there is nothing else', async () => {
    const { bed, log, options } = await withNames();
    bed.runs.pop();
    const text = await told(findBackup({ from: 'latest' }, options), log);
    expect(text).toMatch(/run 1 \(.*\): no backup among its 1 artifacts/);
    expect(text).not.toMatch(FOREIGN);
  });

  test('by run:ID there is no backup, and by artifact:ID it is refused', async () => {
    const { bed, log, options } = await withNames();
    for (const [index, name] of NAMES.entries()) {
      const id = index + 1;
      const text = await told(findBackup({ from: 'run', id }, options), log);
      expect(text).toMatch(new RegExp(`run ${id} \\(.*\\): no backup among its 1 artifacts\\.$`));
      for (const expired of [false, true]) {
        change(bed, id * 1000, { name, expired });
        const refused = await told(findBackup({ from: 'artifact', id: id * 1000 }, options), log);
        expect(refused).toMatch(
          /: its name has characters that no backup's has, or too many, so it is not taken/,
        );
        expect(text + refused).not.toMatch(FOREIGN);
      }
    }
  });

  test('branches are not quoted', async () => {
    const bed = await withRuns({});
    for (const word of WORDS) {
      bed.runs[0]!.head_branch = word;
      const log = recordingLog();
      const byId = await told(findBackup({ from: 'run', id: 1 }, optionsFor(bed, { log })), log);
      expect(byId).toMatch(/its branch is .*, not main/);
      const query = { workflow: 'backup.yml', branch: word };
      const text = byId + (await told(latest(bed, { log, query }), log));
      expect(text).toMatch(/there is no branch .*, or the token may not see it/);
      expect(text).not.toMatch(FOREIGN);
    }
  });

  test('addresses of runs are not shown: they are made of what is known', async () => {
    const bed = await withRuns({ html_url: 'https://evil.example/##[error]' });
    const log = recordingLog();
    await latest(bed, { log, server: 'https://ghe.example' });
    expect(log.lines.join()).toMatch(/, https:\/\/ghe\.example\/octo-org\/octo-repo\/actions\/runs\/1$/);
  });

  test('an event, a fork or a commit of no form that GitHub has is no answer of GitHub', async () => {
    const bed = await withRuns({});
    for (const word of WORDS)
      for (const over of [
        { event: word },
        { head_repository: { ...FORK, full_name: word } },
        { head_sha: word },
      ]) {
        bed.runs = [runShape({ id: 1, ...over })];
        const log = recordingLog();
        const text = await told(findBackup({ from: 'run', id: 1 }, optionsFor(bed, { log })), log);
        expect(text).toMatch(/GitHub's answer cannot be read, asked to show run 1/);
        expect(text.replaceAll(/must match pattern \S+/g, '')).not.toMatch(FOREIGN);
      }
  });
});

describe('run:ID and artifact:ID', () => {
  const BY_ID = [{ from: 'run', id: 2 } as const, { from: 'artifact', id: 2000 } as const];

  test('of any workflow and trusted event, and of any name that a backup may have', async () => {
    const bed = await withRuns({}, { path: '.github/workflows/other.yml', event: 'push' });
    const options = optionsFor(bed);
    expect((await findBackup({ from: 'run', id: 2 }, options)).artifact.id).toBe(2000);
    change(bed, 2000, { name: 'kept-by-hand' });
    expect(await findBackup({ from: 'artifact', id: 2000 }, options)).not.toHaveProperty('untrusted');
  });

  test('of another branch that is given', async () => {
    const bed = await withRuns({}, { head_branch: 'dr' });
    bed.refs['heads/dr'] = TIP;
    for (const source of BY_ID) {
      const given = optionsFor(bed, { query: { workflow: 'backup.yml', branch: 'dr' } });
      expect((await findBackup(source, given)).run.id).toBe(2);
      await errorOf(findBackup(source, optionsFor(bed)), EXIT.invalidInput);
    }
  });

  /** Runs that somebody who may not write to the default branch can have started, or filled. */
  const UNTRUSTED: [string, Partial<RunShape>, RegExp][] = [
    ['another branch', { head_branch: 'feature' }, /its branch is feature, not main/],
    ['no branch', { head_branch: null }, /its branch is none, not main/],
    ['another event', { event: 'release' }, /its event is release, not schedule or workflow_dispatch/],
    ['an event that anyone triggers', { event: 'issue_comment' }, /its event is issue_comment/],
    ['what another workflow left', { event: 'workflow_run' }, /its event is workflow_run/],
    ['a commit that is not on the branch', { head_sha: EVIL }, /its commit ee+ is not on the branch main/],
  ];

  test.each(UNTRUSTED)('of %s is not taken', async (_, over, why) => {
    const bed = await withRuns({}, over);
    for (const source of BY_ID) {
      const error = await errorOf(findBackup(source, optionsFor(bed)), EXIT.invalidInput);
      expect(error.message).toMatch(why);
      expect(error.message).toMatch(
        new RegExp(`^backup ${source.from}:${source.id}: run 2 .*set allow-untrusted to true`),
      );
    }
    expect(linesOf(bed).filter((line) => /runs\/2\/artifacts/.test(line))).toEqual([]);
  });

  test.each(UNTRUSTED)('of %s is taken where allow-untrusted says so, and told', async (_, over, why) => {
    const bed = await withRuns({}, over);
    for (const source of BY_ID) {
      const { artifact, untrusted } = await findBackup(source, optionsFor(bed, { allowUntrusted: true }));
      expect(artifact.id).toBe(2000);
      expect(untrusted).toMatch(/^The backup is of a run that is not trusted, by allow-untrusted: run 2 \(/);
      expect(untrusted).toMatch(why);
    }
  });

  test('of a branch that is gone may be taken so too', async () => {
    const bed = await withRuns({ head_branch: 'dr' });
    const options = optionsFor(bed, { query: { workflow: 'backup.yml', branch: 'dr' } });
    const source = { from: 'run', id: 1 } as const;
    const error = await errorOf(findBackup(source, options), EXIT.invalidInput);
    expect(error.message).toMatch(
      /not taken, there is no branch dr, or the token may not see it .*`contents: read`/,
    );
    expect((await findBackup(source, { ...options, allowUntrusted: true })).untrusted).toMatch(
      /no branch dr/,
    );
  });

  test('one that is not there is a wrong input', async () => {
    const bed = await withRuns({});
    for (const from of ['run', 'artifact'] as const) {
      const error = await errorOf(findBackup({ from, id: 77 }, optionsFor(bed)), EXIT.invalidInput);
      expect(error.message).toMatch(new RegExp(`^backup ${from}:77: .*answered 404: .*actions: read`));
    }
  });

  test('one that has expired is an objective missed', async () => {
    const bed = await withRuns({});
    change(bed, 1000, { expired: true });
    for (const source of [{ from: 'run', id: 1 } as const, { from: 'artifact', id: 1000 } as const]) {
      const error = await errorOf(findBackup(source, optionsFor(bed)), EXIT.objectiveMissed);
      expect(error.message).toMatch(/run 1 .*expired 2027-02-18T04:18:30Z/);
    }
  });

  test('a run without a backup', async () => {
    const bed = await withRuns({});
    bed.artifacts = [];
    const error = await errorOf(findBackup({ from: 'run', id: 1 }, optionsFor(bed)), EXIT.objectiveMissed);
    expect(error.message).toMatch(/run 1 \(.*\): no backup among its 0 artifacts/);
  });

  test('an artifact of which GitHub tells no run', async () => {
    const bed = await withRuns({});
    change(bed, 1000, { workflow_run: null });
    const error = await errorOf(
      findBackup({ from: 'artifact', id: 1000 }, optionsFor(bed)),
      EXIT.invalidInput,
    );
    expect(error.message).toMatch(/which run it is of/);
  });
});

describe('random', () => {
  const pick = async (bed: GitHubBed, random: () => number, days = 30) =>
    (await findBackup({ from: 'random', withinMs: days * 86_400_000 }, optionsFor(bed, { random }))).run.id;

  test('any of the last days, and each by its share', async () => {
    const bed = await withRuns({}, {}, {}, {}, {}, {});
    change(bed, 2000, { expired: true });
    const shares = await Promise.all([0, 0.3, 0.5, 0.999].map((share) => pick(bed, () => share, 4)));
    // Of runs 1 to 4 of the last four days, the second has none and leaves the choice to the others.
    expect(shares).toEqual([1, 1, 3, 4]);
    expect(linesOf(bed).find((line) => line.includes('/runs?'))).toContain(
      'created=%3E%3D2026-11-21T12%3A00%3A00.000Z',
    );
  });

  test('none that is older, even where GitHub lists it', async () => {
    const bed = await withRuns({ created_at: day(31) }, { created_at: day(29) });
    bed.fail(/\/runs\?/, answer(200, { total_count: 2, workflow_runs: bed.runs }));
    expect(await pick(bed, () => 0)).toBe(2);
  });

  test('never one without a backup, whatever the dice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
          minLength: 6,
          maxLength: 6,
        }),
        async (kept, dice) => {
          const bed = await withRuns(...kept.map(() => ({})));
          for (const [index, keeps] of kept.entries())
            if (!keeps) change(bed, (index + 1) * 1000, { expired: true });
          const throws = dice.values();
          const picking = pick(bed, () => throws.next().value!);
          if (kept.includes(true)) expect(kept[(await picking) - 1]).toBe(true);
          else await errorOf(picking, EXIT.objectiveMissed);
          await bed.close();
        },
      ),
      { numRuns: 20 },
    );
  });

  test('none in that time', async () => {
    const bed = await withRuns({ created_at: day(31) });
    const error = await errorOf(
      findBackup({ from: 'random', withinMs: 30 * 86_400_000 }, optionsFor(bed)),
      EXIT.objectiveMissed,
    );
    expect(error.message).toMatch(
      /among the runs of .github\/workflows\/backup.yml on main in octo-org\/octo-repo since 2026-10-26T12:00:00.000Z; it has no runs/,
    );
  });
});

describe('none at all is an objective missed', () => {
  test('and says what was looked at', async () => {
    const bed = await withRuns({}, {});
    change(bed, 1000, { expired: true, expires_at: '2026-11-24T00:00:00Z' });
    change(bed, 2000, { name: 'argocd-dr-report' });
    const { message } = await missed(bed);
    expect(message).toMatch(
      /looked at 2 runs: run 1 \(schedule, 2026-11-25T04:17:00.000Z\): artifact argocd-\S+ \(1000\) expired 2026-11-24/,
    );
    expect(message).toMatch(
      /run 2 \(.*\): no backup among its 1 artifacts\. Run the backup workflow, or give the path/,
    );
  });

  test('a schedule that GitHub disabled is the likely cause', async () => {
    const bed = await withRuns();
    bed.workflows = [workflowShape({ state: 'disabled_inactivity' })];
    expect((await missed(bed)).message).toMatch(
      /it has no runs\. The workflow backup.yml is disabled_inactivity: .* after 60 days without activity .* likely cause; enable it with: gh workflow enable backup.yml\.$/,
    );
  });

  test('whether it is disabled may not be asked', async () => {
    const bed = await withRuns();
    bed.fail(/workflows\/backup.yml$/, answer(403, ERRORS[403]));
    expect((await missed(bed)).message).toMatch(/Whether it is still active could not be asked: .*403/);
  });

  test('but a workflow that is not there is no such thing', async () => {
    const bed = await withRuns();
    const error = await errorOf(latest(bed, { query: { workflow: 'nightly.yml' } }), EXIT.invalidInput);
    expect(error.message).toMatch(
      /^workflow: GitHub could not list the runs of nightly.yml in octo-org\/octo-repo, it answered 404.*actions: read/,
    );
  });

  test('nor a list that cannot be had', async () => {
    const bed = await withRuns({});
    bed.fail(/artifacts/, answer(403, ERRORS[403]));
    expect((await errorOf(latest(bed), EXIT.infra)).message).toMatch(
      /list the artifacts of run 1 .*`actions: read`/,
    );
  });
});

test.each([
  ['active', undefined],
  ['disabled_inactivity', /60 days without activity/],
  ['disabled_manually', /disabled by hand; enable it with/],
  ['disabled_fork', /in forks; enable it/],
  ['deleted', /it was deleted; add it again/],
])('a workflow that is %s', async (state, why) => {
  const bed = await github();
  bed.workflows = [workflowShape({ state: state as 'active' })];
  const told = await whyNoBackups(apiOf(bed).api, repository, 'backup.yml');
  if (why) expect(told).toMatch(why);
  else expect(told).toBeUndefined();
});

describe('the name of an artifact', () => {
  test.each([
    ['argocd', undefined, 'argocd-argocd-20261125T120000Z', 'argocd-argocd'],
    ['pröd/1', undefined, 'argocd-pr-d-1-20261125T120000Z', 'argocd-pr-d-1'],
    ['argocd', 'prod eu: 1', 'prod-eu-1-20261125T120000Z', 'prod-eu-1'],
  ])('of %s, given %s', (instance, given, name, series) => {
    expect(artifactName(instance, NOW, given)).toBe(name);
    expect(seriesOf(name)).toBe(series);
  });

  test('is one that GitHub takes, with its time at its end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        (instance, given) => {
          const name = artifactName(instance, NOW, given);
          expect(name).toMatch(/^[A-Za-z0-9._-]*-20261125T120000Z$/);
          expect(seriesOf(name)).toBeDefined();
        },
      ),
    );
  });

  test.each(['argocd-dr-report', 'argocd-argocd-2026', 'x-20261125T120000Z-2'])('%s has none', (name) => {
    expect(seriesOf(name)).toBeUndefined();
  });
});
