import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { DEFAULT_VERSIONS } from '../../src/tools/versions.js';
import { ARGOCD, bed, startSource, tempDir, tools } from '../bed/bed.js';
import { answer, type GitHubBed } from '../bed/github/server.js';
import { ERRORS, FORK, REPOSITORY } from '../bed/github/shapes.js';
import { OWN } from './repository.js';
import { ended, passed, repositoryWith, runOn, startOctoRepo, template } from './templates.js';

const VALIDATE = 'argocd-validate.yml';
const MANIFESTS = 'validate/validate/manifests';
const REHEARSAL = 'validate/validate/restore into them';

let server: GitHubBed;
let install: string;

beforeAll(async () => {
  install = readFileSync(await tools.manifests(ARGOCD, { ha: true }), 'utf8');
});
beforeEach(async () => {
  server = await startOctoRepo();
});
afterAll(() => bed.close());

/** What a user keeps in argocd/: Argo CD's own manifests, and a patch of argocd-server. */
const kustomization = (replicas: number) => ({
  'argocd/kustomization.yaml': `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: argocd
resources:
  - install.yaml
patches:
  - path: patches/server.yaml
`,
  'argocd/install.yaml': install,
  'argocd/patches/server.yaml': `# What differs from the defaults.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: argocd-server
spec:
  replicas: ${replicas}
`,
});

/** A push to the branch of pull request 7, and the run for it. */
function pushed(sha: string, repo = REPOSITORY) {
  const head = { ref: 'topic', sha: sha.repeat(40), repo };
  server.pullHead = head.sha;
  return {
    event: 'pull_request',
    eventFile: {
      ...{ action: 'synchronize', number: 7, repository: { ...REPOSITORY, default_branch: 'main' } },
      pull_request: { number: 7, head, base: { ref: 'main', sha: 'b'.repeat(40), repo: REPOSITORY } },
    },
  };
}

const validate = (files: Record<string, string>) => ({
  server,
  ...repositoryWith(VALIDATE, template(VALIDATE), files),
});

describe(VALIDATE, () => {
  test('of good manifests: both jobs pass, and one comment says so, which a later push updates in place', async () => {
    const { plane } = await startSource(20);
    const identity = await generateIdentity();
    await runOn({
      ...{ server, ...repositoryWith('argocd-backup.yml'), event: 'schedule' },
      secrets: { ARGOCD_BACKUP_KUBECONFIG: readFileSync(plane.target.kubeconfig!, 'utf8') },
      vars: { ARGOCD_BACKUP_RECIPIENTS: await identityToRecipient(identity) },
    });
    const secrets = { ARGOCD_BACKUP_IDENTITY: identity };
    const good = { ...validate(kustomization(3)), secrets };
    const first = await runOn({ ...good, ...pushed('1') });
    expect(ended(first)).toEqual(passed(MANIFESTS, REHEARSAL));
    expect(first.log).toMatch(/backup: artifact argocd-argocd-/);
    expect(first.log).toMatch(/runs no pods: that Argo CD comes up on the restored data, .* is not proven/);
    expect(sections()).toEqual([ofMode('install', '1'), ofMode('restore-verify', '1')]);
    expect(server.comments[0]!.body).toMatch(/PASS · Argo CD install/);

    const second = await runOn({ ...good, ...pushed('2') });
    expect(ended(second)).toEqual(passed(MANIFESTS, REHEARSAL));
    expect(sections()).toEqual([ofMode('install', '2'), ofMode('restore-verify', '2')]);
  });

  test('of manifests without high availability: told at the line of the patch, and nothing is started', async () => {
    const run = await runOn({ ...validate(kustomization(1)), ...pushed('1') });
    expect([run.code, run.jobs, run.left]).toEqual([1, { [MANIFESTS]: 'failed' }, []]);
    const message = 'Deployment argocd-server has 1 replica; high availability needs 2';
    expect(run.log).toMatch(
      new RegExp(`::error .*file=argocd/patches/server\\.yaml.*line=7.*::.*${message}`),
    );
    expect(run.log).not.toMatch(/kube-apiserver|etcd|Restore into it/);
    expect(sections()).toEqual([ofMode('install', '1')]);
    expect(server.comments[0]!.body).toContain('FAIL');
  });

  test('of a pull request from a fork: a demonstration source, and the summary alone, as the token only reads', async () => {
    const refused = answer(403, ERRORS[403]);
    server.fail(/^(POST|PATCH) .*\/comments/, refused, refused);
    const run = await runOn({ ...validate(kustomization(3)), ...pushed('1', FORK) });
    expect(ended(run)).toEqual(passed(MANIFESTS, REHEARSAL));
    expect(run.log).toMatch(/demonstration source: the drill says nothing about your own backups/);
    expect(run.log.match(/::warning::no comment is written, the job summary has all of it/g)).toHaveLength(2);
    expect(run.log.match(/Summary - ## ✅ PASS/g)).toHaveLength(2);
    expect(server.comments).toEqual([]);
  });
});

/** A section that a step of a mode wrote about a push. */
const ofMode = (mode: string, sha: string) =>
  expect.stringMatching(new RegExp(`^${mode}\\S* of ${sha.repeat(40)}$`));

/** Of the only comment. */
function sections(): string[] {
  expect(server.comments).toHaveLength(1);
  return [...server.comments[0]!.body!.matchAll(/^<!-- section (.*) -->$/gm)].map(([, name]) => name!);
}

describe('validate.yml', () => {
  test('keeps tools in the cache of GitHub Actions, and takes them from there', async () => {
    const assets = tempDir();
    for (const [name, version] of [
      ['etcd', DEFAULT_VERSIONS.etcd],
      ['kube-apiserver', DEFAULT_VERSIONS.kubernetes],
    ] as const)
      symlinkSync((await tools.get(name, version)).path, join(assets, name));
    const store = join(tempDir(), 'store');
    // All else is here; Argo CD's own manifests are fetched.
    const env = { KUBEBUILDER_ASSETS: assets, ARGOCD_DR_CACHE: store };
    const text = `
name: own manifests
on: push
permissions: {}
jobs:
  validate:
    uses: ${OWN}/.github/workflows/validate.yml@${'0'.repeat(40)}
    with:
      cluster: control-plane
      rehearse: false
`;
    const run = () => runOn({ server, ...repositoryWith('own.yml', text), event: 'push', env });
    const first = await run();
    expect(ended(first)).toEqual(passed(MANIFESTS));
    expect(first.log).toMatch(
      /manifests\/ha\/install\.yaml: kept in GitHub's cache for later runs, key argocd-dr-tools/,
    );
    rmSync(store, { recursive: true });
    const second = await run();
    expect(ended(second)).toEqual(passed(MANIFESTS));
    expect(second.log).toMatch(
      /manifests\/ha\/install\.yaml: taken from GitHub's cache, key argocd-dr-tools/,
    );
  });
});
