import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { APPLICATION } from '../../src/kube/objects.js';
import { type Job, startJob, startStep } from '../bed/action.js';
import { bed, startSource } from '../bed/bed.js';
import { type GitHubBed, startGitHub } from '../bed/github/server.js';
import { runShape, TIP } from '../bed/github/shapes.js';
import { killBoth, processesOf, until } from '../bed/processes.js';

let github: GitHubBed;
let job: Job;
let identity: string;
let source: Record<string, string>;
let removeApplication: () => Promise<void>;

beforeAll(async () => {
  github = await startGitHub();
  job = startJob(github.env);
  identity = await generateIdentity();
  const { plane, objects } = await startSource(20);
  const victim = objects.find(({ kind, metadata }) => kind === 'Application' && !metadata.finalizers)!;
  removeApplication = async () => {
    const { namespace, name } = victim.metadata;
    await plane.kube.delete(APPLICATION, namespace ?? 'argocd', name);
  };
  source = { kubeconfig: plane.target.kubeconfig!, recipients: await identityToRecipient(identity) };
});
afterAll(async () => {
  await bed.close();
  await github.close();
});

/** Reports are uploaded as well. */
const backups = () => github.artifacts.filter(({ name }) => /Z$/.test(name));
const forgetAllBut = (count: number) => {
  github.artifacts = backups().slice(0, count);
};

const OWN_WORKFLOW = 'octo-org/octo-repo/.github/workflows/backup.yml@refs/heads/main';

const run = async (inputs: Record<string, string>, around: Job = job) => {
  const step = startStep(around, { 'github-token': 'T0KEN', ...inputs });
  const end = await step.ended;
  return { ...end, after: await step.post() };
};

describe('a backup in a job', () => {
  test('is uploaded sealed, with its receipt and nothing else', async () => {
    const { code, log, outputs } = await run({ mode: 'backup', ...source });
    expect(`${code} ${log}`).toMatch(/^0 /);
    const [artifact] = backups();
    expect(artifact!.name).toMatch(/^argocd-argocd-\d{8}T\d{6}Z$/);
    expect(outputs).toMatchObject({
      verdict: 'PASS',
      'artifact-id': String(artifact!.id),
      'artifact-digest': artifact!.digest!.replace('sha256:', ''),
      'artifact-url': expect.stringMatching(/\/octo-org\/octo-repo\/actions\/runs\/\d+\/artifacts\/\d+$/),
    });
    expect(backups()).toHaveLength(1);
  });

  test('of a source that has shrunk since the one before is refused, though the disk is empty', async () => {
    const [before] = backups();
    const shrunk = { ...job, env: { ...job.env, GITHUB_WORKFLOW_REF: OWN_WORKFLOW } };
    const gone = bed.privateDir('test-gone');
    const inputs = { mode: 'backup', ...source, 'max-shrink-percent': '0' };
    const { code, log } = await run({ ...inputs, output: `${gone}/` }, shrunk);
    expect(`${code} ${log}`).toMatch(/^0 /);
    expect(log).toContain(`backup: artifact ${before!.name} (${before!.id})`);
    await removeApplication();
    const refused = await run({ ...inputs, output: `${gone}-2/` }, shrunk);
    expect(`${refused.code} ${refused.log}`).toMatch(/^3 /);
    expect(refused.log).toMatch(
      /the source has 19 Applications, 5 % fewer than the 20 of .*artifact|previous/,
    );
    expect(readdirSync(`${gone}-2`)).toEqual([]);
    forgetAllBut(1);
  });

  test('whose predecessor may not be looked at is made all the same, and says so', async () => {
    github.fail(/\/runs\?/, (_, response) => response.writeHead(403).end('{}'));
    const around = { ...job, env: { ...job.env, GITHUB_WORKFLOW_REF: OWN_WORKFLOW } };
    const { code, log } = await run({ mode: 'backup', ...source }, around);
    expect(`${code} ${log}`).toMatch(/^0 /);
    expect(log).toMatch(/::warning::max-shrink-percent: .*would not be noticed .*actions: read/);
    forgetAllBut(1);
  });

  test('that is not sealed is not uploaded, whatever else', async () => {
    const { code, outputs } = await run({
      ...{ mode: 'backup', kubeconfig: source.kubeconfig!, encryption: 'none' },
      output: join(job.temp, 'plain/'),
    });
    expect([code, outputs['artifact-id']]).toEqual([0, undefined]);
    const asked = { mode: 'backup', ...source, recipients: '', encryption: 'none', upload: 'true' };
    expect((await run(asked)).outputs).toMatchObject({ 'exit-code': '2' });
    expect(backups()).toHaveLength(1);
  });

  test('that cannot be uploaded is an infrastructure error, and stays on the disk', async () => {
    github.fail(/CreateArtifact/, (_, response) => response.writeHead(403).end('{}'));
    const { code, outputs, log } = await run({ mode: 'backup', ...source, 'artifact-name': 'other' });
    expect([code, outputs['exit-code']]).toEqual([4, '4']);
    expect(log).toMatch(/The artifact other-\d{8}T\d{6}Z could not be uploaded/);
    expect(readdirSync(join(job.workspace, 'argocd-dr-backups')).length).toBeGreaterThan(2);
  });
});

describe('a drill in a job', () => {
  test('takes the latest backup, and uploads its report', async () => {
    const { code, log, outputs, after } = await run({
      ...{ mode: 'restore-verify', cluster: 'control-plane', backup: 'latest', identity },
      ...{ workflow: 'backup.yml', 'rpo-target': '1h' },
    });
    expect(`${code} ${log}`).toMatch(/^0 /);
    expect(outputs).toMatchObject({ verdict: 'PASS', applications: '20' });
    expect(outputs['backup-path']).toBeUndefined();
    expect(log).toMatch(/backup: artifact argocd-argocd-\d{8}T\d{6}Z \(5000\) of run 30433642/);
    expect(github.artifacts.at(-1)!.name).toMatch(/^argocd-dr-report-restore-verify-[0-9a-f]{8}$/);
    expect(after).toMatchObject({ code: 0, log: expect.not.stringMatching(/removed|ended/) });
    expect(readdirSync(job.temp)).not.toContainEqual(expect.stringMatching(/^argocd-dr-step/));
  });

  test('that finds none misses its objective, and says what it looked at', async () => {
    const { code, log, outputs } = await run({
      ...{ mode: 'restore-verify', cluster: 'control-plane', backup: 'latest', identity },
      ...{ workflow: 'backup.yml', 'artifact-name': 'eu-west' },
    });
    expect([code, outputs.verdict]).toEqual([6, 'FAIL']);
    expect(log).toMatch(/There is no backup to restore among the runs of backup.yml on main/);
  });

  test('whose backup is too old names the schedule that GitHub disabled', async () => {
    github.workflows[0]!.state = 'disabled_inactivity';
    const { code, log } = await run({
      ...{ mode: 'restore-verify', level: 'integrity', backup: 'latest', identity },
      ...{ workflow: 'backup.yml', 'rpo-target': '1s' },
    });
    expect(code).toBe(6);
    expect(log).toMatch(/RPO target missed: .*disabled its schedule, as it does after 60 days/);
  });

  test('of a demonstration needs no secrets', async () => {
    const { code, outputs, log } = await run({
      ...{ mode: 'restore-verify', cluster: 'control-plane', backup: 'demonstration' },
    });
    expect(`${code} ${log}`).toMatch(/^0 /);
    expect(outputs).toMatchObject({ verdict: 'PASS', applications: '60' });
    expect(log).toMatch(/demonstration source: the drill says nothing about your own backups/);
  });
});

describe('what strangers left for a drill to find', () => {
  const look = (inputs: Record<string, string>) =>
    run({ mode: 'restore-verify', level: 'integrity', workflow: 'backup.yml', identity, ...inputs });
  /** Artifacts are numbered by how many there are: a test takes back what it adds. */
  let before: typeof github.artifacts;
  beforeEach(() => {
    before = [...github.artifacts];
  });
  afterEach(() => {
    github.artifacts = before;
    github.runs = github.runs.filter(({ id }) => id === github.runId);
    github.refs = { 'heads/main': TIP };
  });

  /** The genuine backup once more, in another place; the newest of all. */
  function leave(over: Partial<(typeof before)[number]>) {
    const created_at = new Date(Date.now() + 60_000).toISOString();
    github.artifacts.push({ ...backups()[0]!, id: 9000, created_at, ...over });
  }

  test('an artifact whose name switches the masking off is never named', async () => {
    leave({ name: 'argocd-##[stop-commands]tok-20261127T000000Z' });
    for (const backup of ['latest', 'random:30d', `run:${github.runId}`]) {
      const { code, log } = await look({ backup });
      expect(`${code} ${log}`).toMatch(/^0 /);
      expect(log).toMatch(/backup: artifact argocd-argocd-\d{8}T\d{6}Z \(5000\)/);
      expect(log).not.toMatch(/##|tok-2026/);
    }
    const { outputs, log, summary } = await look({ backup: 'artifact:9000' });
    expect(outputs).toMatchObject({ 'exit-code': '2' });
    expect(log).toMatch(/backup artifact:9000: its name has characters that no backup's has/);
    expect(log + summary).not.toMatch(/##\[|tok-2026/);
  });

  test('the backup of a tag with the name of the branch is not taken, unless its ID is and it is asked for', async () => {
    const evil = 'e'.repeat(40);
    const made = new Date().toISOString();
    const run = { id: 666, event: 'push', head_sha: evil, created_at: made, updated_at: made };
    github.runs.push(runShape(run));
    github.refs['tags/main'] = evil;
    leave({ workflow_run: { id: 666 } });
    const latest = await look({ backup: 'latest' });
    expect(latest.log).toMatch(/backup: artifact \S+ \(5000\) of run 30433642/);
    expect((await look({ backup: 'run:666' })).outputs).toMatchObject({ 'exit-code': '2' });
    const asked = await look({ backup: 'run:666', 'allow-untrusted': 'true' });
    expect(`${asked.code} ${asked.log}`).toMatch(/^0 /);
    const told =
      /of a run that is not trusted, by allow-untrusted: run 666 .* its commit e{12} is not on the branch main/;
    expect(asked.log).toMatch(told);
    expect(asked.summary).toMatch(told);
    expect(readFileSync(join(job.workspace, asked.outputs.report!), 'utf8')).toMatch(told);
  });
});

describe('a step that is killed', () => {
  test('leaves nothing behind once its post step has run, which says what it removed', async () => {
    const step = startStep(job, {
      mode: 'restore-verify',
      cluster: 'control-plane',
      backup: 'demonstration',
    });
    await until(() => /source: Kubernetes .* answers/.test(step.printed()));
    killBoth(step.child.pid);
    const { state } = await step.ended;
    expect(processesOf(state.tempDir!)).not.toEqual([]);
    const { code, log } = await step.post();
    expect(code).toBe(0);
    expect(log).toMatch(/ended processes: .*kube-apiserver/);
    expect(log).toMatch(/removed private folders: .*argocd-dr-control-plane-/);
    expect(processesOf(state.tempDir!)).toEqual([]);
    expect(readdirSync(job.temp)).not.toContainEqual(expect.stringMatching(/^argocd-dr-step/));
  });

  test('while it installs: the post step removes the cluster', async () => {
    const step = startStep(job, { mode: 'install', cluster: 'control-plane', 'cluster-name': 'killed' });
    const folder = join(job.temp, 'argocd-dr', 'clusters', 'killed');
    await until(() => processesOf(folder).length > 1);
    killBoth(step.child.pid);
    await step.ended;
    expect((await step.post()).log).toMatch(/removed cluster killed/);
    expect(processesOf(folder)).toEqual([]);
  });
});
