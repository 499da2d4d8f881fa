import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { bed, startSource } from '../bed/bed.js';
import type { GitHubBed } from '../bed/github/server.js';
import { OWN, watched } from './repository.js';
import {
  artifactsOf,
  ended,
  filesIn,
  leftInTemp,
  outputsIn,
  passed,
  reportsOf,
  repositoryWith,
  runOn,
  showingOutputs,
  startOctoRepo,
  template,
} from './templates.js';

const BACKUP = 'argocd-backup.yml';
const DRILL = 'argocd-drill.yml';
const FLEET = 'argocd-fleet.yml';
const APPLICATIONS = 20;

let server: GitHubBed;
/** The only secrets and variables of the repositories here: those that the templates' heads name. */
let toBackUp: { secrets: { ARGOCD_BACKUP_KUBECONFIG: string }; vars: { ARGOCD_BACKUP_RECIPIENTS: string } };
let toDrill: { secrets: { ARGOCD_BACKUP_IDENTITY: string } };
let token: string;

beforeAll(async () => {
  const { plane } = await startSource(APPLICATIONS);
  const kubeconfig = readFileSync(plane.target.kubeconfig!, 'utf8');
  token = /"token": "([^"]+)"/.exec(kubeconfig)![1]!;
  const identity = await generateIdentity();
  toBackUp = {
    secrets: { ARGOCD_BACKUP_KUBECONFIG: kubeconfig },
    vars: { ARGOCD_BACKUP_RECIPIENTS: await identityToRecipient(identity) },
  };
  toDrill = { secrets: { ARGOCD_BACKUP_IDENTITY: identity } };
});
beforeEach(async () => {
  server = await startOctoRepo();
});
afterAll(() => bed.close());

const backUp = () => runOn({ server, ...repositoryWith(BACKUP), event: 'schedule', ...toBackUp });

describe(BACKUP, () => {
  const JOB = 'backup/backup/backup';

  test('on its schedule: one artifact, sealed, with its receipt', async () => {
    const run = await backUp();
    expect(ended(run)).toEqual(passed(JOB));
    const artifacts = artifactsOf(server, 'argocd-argocd');
    expect(artifacts).toHaveLength(1);
    const name = expect.stringMatching(/^argocd-argocd-\d{8}T\d{6}Z\.(receipt\.json|tar\.gz\.age)$/);
    expect(await filesIn(artifacts[0]!)).toEqual([name, name]);
    expect(run.log).toMatch(/\| ✓ PASS /);
    expect(run.log).not.toContain(token);
  });

  test('by the button: compared with the one before; outputs for the caller; sealed files and the report are left', async () => {
    await backUp();
    const run = await runOn({
      ...{ server, ...repositoryWith(BACKUP, showingOutputs(template(BACKUP), 'backup')) },
      ...{ event: 'workflow_dispatch', inputs: {}, watched: true, ...toBackUp },
    });
    expect(ended(run)).toEqual(passed(JOB, 'argocd-backup/after'));
    const [before, artifact] = artifactsOf(server, 'argocd-argocd');
    expect(run.log).toContain(`| backup: artifact ${before!.name} (${before!.id})`);
    expect(run.log).toMatch(/20 Applications, at least 1 wanted; \d+ objects, \d+ in the backup before/);
    expect(outputsIn(run.log)).toEqual({
      verdict: 'PASS',
      applications: String(APPLICATIONS),
      'artifact-id': String(artifact!.id),
      'artifact-digest': artifact!.digest!.replace('sha256:', ''),
      'artifact-url': `https://github.com/octo-org/octo-repo/actions/runs/${server.runId}/artifacts/${artifact!.id}`,
    });
    const [left] = leftInTemp(run.log);
    expect(left!.length).toBeGreaterThan(3);
    for (const path of left!)
      expect(path).toMatch(
        /^argocd-(backups\/.*(\.receipt\.json|\.tar\.gz\.age)|backup-report\/(report|junit)\..*)$/,
      );
  });

  test('cancelled in the middle: all is taken away, the kubeconfig first', async () => {
    const { code, jobs, log, left } = await runOn({
      ...{ server, ...repositoryWith(BACKUP), event: 'schedule', watched: true, ...toBackUp },
      cancelWhen: (now) => now.log.includes('source: Argo CD'),
    });
    expect({ code, jobs, left }).toEqual({ code: 1, jobs: { [JOB]: 'failed' }, left: [] });
    expect(log).toMatch(/this step has been cancelled: signal: killed/);
    expect(leftInTemp(log)).toEqual([[]]);
    expect(server.artifacts).toEqual([]);
    expect(log).not.toContain(token);
  });

  test('without its secret and its variable it says which are missing', async () => {
    const { code, log } = await runOn({ server, ...repositoryWith(BACKUP), event: 'schedule' });
    expect(code).toBe(1);
    expect(log).toMatch(/There is no secret ARGOCD_BACKUP_KUBECONFIG/);
    expect(log).toMatch(
      /There is no variable ARGOCD_BACKUP_RECIPIENTS in environment argocd-backup or the repository/,
    );
  });
});

describe(DRILL, () => {
  const JOB = 'drill/drill/drill';
  const NOT_PROVEN = /runs no pods: that Argo CD comes up on the restored data, .* is not proven/;

  test('on its schedule: the latest backup restores, and the report says what a runner without Docker leaves open', async () => {
    await backUp();
    const run = await runOn({ server, ...repositoryWith(DRILL), event: 'schedule', ...toDrill });
    expect(ended(run)).toEqual(passed(JOB));
    expect(run.log).toMatch(/backup: artifact argocd-argocd-\d{8}T\d{6}Z \(\d+\) of run \d+ \(schedule, /);
    expect(run.log).toMatch(NOT_PROVEN);
    const [report] = reportsOf(server, 'restore-verify');
    expect(await filesIn(report!)).toEqual(expect.arrayContaining(['report.html', 'report.json']));
  });

  test('without its secret it says which is missing, and where it was looked for', async () => {
    const { code, log } = await runOn({ server, ...repositoryWith(DRILL), event: 'schedule' });
    expect(code).toBe(1);
    expect(log).toMatch(
      /There is no secret ARGOCD_BACKUP_IDENTITY in environment argocd-drill or the repository/,
    );
  });

  test('by the button, of one artifact and to a level: outputs for the caller, and no backup is left', async () => {
    await backUp();
    const [artifact] = artifactsOf(server, 'argocd-argocd');
    const run = await runOn({
      ...{ server, ...repositoryWith(DRILL, showingOutputs(template(DRILL), 'drill')) },
      ...{ event: 'workflow_dispatch', watched: true, ...toDrill },
      inputs: {
        backup: 'latest',
        artifact: String(artifact!.id),
        level: 'restore',
        'argocd-version': 'auto',
      },
    });
    expect(ended(run)).toEqual(passed(JOB, 'argocd-drill/after'));
    const [report] = reportsOf(server, 'restore-verify');
    expect(outputsIn(run.log)).toEqual({
      ...{ verdict: 'PASS', 'exit-code': '0', applications: String(APPLICATIONS) },
      ...{ 'rpo-seconds': expect.stringMatching(/^\d+$/), 'rto-seconds': expect.stringMatching(/^\d+$/) },
      'report-url': `https://github.com/octo-org/octo-repo/actions/runs/${server.runId}/artifacts/${report!.id}`,
    });
    expect(run.log).toContain(`(${artifact!.id}) of run`);
    expect(run.log).not.toMatch(NOT_PROVEN);
    for (const path of leftInTemp(run.log)[0]!)
      expect(path).toMatch(/^argocd-drill-report\/(report|junit)\./);
  });

  test('by the button, of any backup of the last thirty days, as far as it opens', async () => {
    await backUp();
    const run = await runOn({
      ...{ server, ...repositoryWith(DRILL), event: 'workflow_dispatch', ...toDrill },
      inputs: { backup: 'random:30d', artifact: '', level: 'integrity', 'argocd-version': 'auto' },
    });
    expect(ended(run)).toEqual(passed(JOB));
    expect(run.log).toMatch(/\| ✓ PASS /);
  });

  test('of the demonstration it takes no secrets, and says that it is one', async () => {
    const run = await runOn({
      ...{ server, ...repositoryWith(DRILL), event: 'workflow_dispatch' },
      inputs: { backup: 'demonstration', artifact: '', level: 'auto', 'argocd-version': 'auto' },
    });
    expect(ended(run)).toEqual(passed(JOB));
    expect(run.log).toMatch(/demonstration source: the drill says nothing about your own backups/);
  });

  test('that finds no backup fails as an objective that is missed, and says what it looked at', async () => {
    const { code, jobs, log } = await runOn({
      ...{ server, ...repositoryWith(DRILL), event: 'schedule', ...toDrill },
    });
    expect({ code, jobs }).toEqual({ code: 1, jobs: { [JOB]: 'failed' } });
    expect(log).toMatch(
      /::error::There is no backup to restore among the runs of argocd-backup\.yml on main/,
    );
    expect(log).toMatch(/exit code 6/);
  });

  test('to a level that needs Docker it fails where there is none, and says so', async () => {
    const { code, log } = await runOn({
      ...{ server, ...repositoryWith(DRILL), event: 'workflow_dispatch' },
      inputs: { backup: 'demonstration', artifact: '', level: 'running', 'argocd-version': 'auto' },
    });
    expect(code).toBe(1);
    expect(log).toMatch(/::error::level running needs a cluster that runs pods, and Docker does not answer/);
  });

  test('killed in the middle of the restore: the control plane ends and the backup goes, by what is left of the run or the post step', async () => {
    await backUp();
    const { code, jobs, log, left } = await runOn({
      ...{ server, ...repositoryWith(DRILL), event: 'schedule', watched: true, ...toDrill },
      cancelWhen: ({ processes }) => processes().some((line) => line.includes('/kube-apiserver ')),
    });
    expect({ code, jobs, left }).toEqual({ code: 1, jobs: { [JOB]: 'failed' }, left: [] });
    expect(log).toMatch(/this step has been cancelled: signal: killed/);
    expect(leftInTemp(log)).toEqual([[]]);
  });
});

describe(FLEET, () => {
  test('backs up each instance into a series of its own, of which a drill takes the one that is named', async () => {
    // One after the other: act may end where the jobs of a matrix look for the same action at once.
    const text = watched(template(FLEET)).replace(/( +)matrix:/, '$1max-parallel: 1\n$&');
    const vars = { ...toBackUp.vars, ARGOCD_INSTANCES: '["prod-eu", "prod-us"]' };
    const run = await runOn({
      ...{ server, ...repositoryWith(FLEET, text), event: 'schedule', ...toBackUp, vars },
    });
    expect(ended(run)).toEqual({
      ...passed(),
      jobs: Object.fromEntries(Object.entries(run.jobs).map(([job]) => [job, 'succeeded'])),
    });
    for (const instance of ['prod-eu', 'prod-us']) {
      const artifacts = artifactsOf(server, `argocd-${instance}`);
      expect(artifacts).toHaveLength(1);
      expect(await filesIn(artifacts[0]!)).toHaveLength(2);
    }
    const left = leftInTemp(run.log);
    expect(left).toHaveLength(2);
    expect(left.flat().filter((path) => !/^argocd-backup(s|-report)\//.test(path))).toEqual([]);

    // As docs/recipes/fleet.md has it, a drill of an instance says which.
    const drill = `
name: argocd-drill
on: workflow_dispatch
permissions: {}
jobs:
  drill:
    uses: ${OWN}/.github/workflows/drill.yml@${'0'.repeat(40)}
    with:
      workflow: ${FLEET}
      artifact-name: argocd-prod-us
      level: integrity
    secrets:
      ARGOCD_BACKUP_IDENTITY: \${{ secrets.ARGOCD_BACKUP_IDENTITY }}
`;
    const drilled = await runOn({
      ...{ server, ...repositoryWith(DRILL, drill), event: 'workflow_dispatch', ...toDrill },
    });
    expect(ended(drilled)).toEqual(passed('drill/drill/drill'));
    expect(drilled.log).toMatch(/backup: artifact argocd-prod-us-\d{8}T\d{6}Z /);
  });
});
