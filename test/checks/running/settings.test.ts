import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { settingsFinding } from '../../../src/checks/running/settings.js';
import { EXIT } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { type Answer, type Call, fakeExec } from '../../cluster/kind/fake-docker.js';
import { ARGOCD_SECRET, configMap, runningWith, secret } from './fakes.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const VALID = '✅ general\nSSO is not configured\n\n✅ accounts\n1 accounts\n';
const INVALID = '❌ general\ninvalid dex.config: no key "hunter2"\n\n✅ accounts\n1 accounts\n';
const POLICY: Answer = { stdout: 'Policy is valid.\n' };
const BAD_POLICY: Answer = { code: 1, stdout: 'first\nPolicy is invalid: policy syntax error\n' };

const CM = configMap('argocd-cm', { url: 'https://argocd.example' });
const RBAC = configMap('argocd-rbac-cm', { 'policy.csv': 'g, ci, role:admin' });

interface Said {
  /** Of the restored settings, and of the backup's own. */
  live?: Answer;
  before?: Answer;
  policyLive?: Answer;
  policyBefore?: Answer;
}

async function find(
  { live = { stdout: VALID }, before = { stdout: VALID }, policyLive = POLICY, policyBefore = POLICY }: Said,
  objects: KubeObject[] = [CM, ARGOCD_SECRET, RBAC],
) {
  const { exec, calls } = fakeExec(({ args }: Call) => {
    if (args[2] === 'rbac') return args.includes('--policy-file') ? policyBefore : policyLive;
    return args.includes('--load-cluster-settings') ? live : before;
  });
  return { finding: await settingsFinding(runningWith({ exec, objects }), dir), calls };
}

test('passes where all is valid', async () => {
  const { finding, calls } = await find({});
  expect(finding).toEqual({
    status: 'pass',
    evidence: 'argocd finds valid: general, accounts, rbac.',
    details: ['general: valid (SSO is not configured)', 'accounts: valid (1 accounts)', 'rbac: valid'],
  });
  const cluster = '--kubeconfig /private/kubeconfig --context drill';
  expect(calls.map(({ args }) => args.join(' ').replaceAll(dir, ''))).toEqual([
    `admin settings validate --load-cluster-settings --namespace argocd ${cluster}`,
    'admin settings validate --argocd-cm-path /argocd-cm.json --argocd-secret-path /argocd-secret.json',
    `admin settings rbac validate --namespace argocd ${cluster}`,
    `admin settings rbac validate --policy-file /argocd-rbac-cm.json ${cluster}`,
  ]);
});

test("the backup's own settings are validated from files that only this user can read", async () => {
  await find({});
  const read = (name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8'));
  const files: [string, KubeObject][] = [
    ['argocd-cm.json', CM],
    ['argocd-secret.json', ARGOCD_SECRET],
    ['argocd-rbac-cm.json', RBAC],
  ];
  for (const [name, expected] of files) {
    expect(read(name)).toEqual(expected);
    expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  }
});

describe('what is invalid after the restore', () => {
  test.each<[string, Said, string]>([
    ['settings', { live: { stdout: INVALID } }, 'general (invalid dex.config: no key "hunter2").'],
    ['the policy', { policyLive: BAD_POLICY }, 'rbac (Policy is invalid: policy syntax error).'],
    ['the policy, told by stderr', { policyLive: { code: 20, stderr: 'x\nempty\n' } }, 'rbac (empty).'],
    [
      'both, of which one was so before',
      { live: { stdout: INVALID }, policyLive: BAD_POLICY, policyBefore: BAD_POLICY },
      'general (invalid dex.config: no key "hunter2").',
    ],
  ])('and was valid in the backup fails: %s', async (_what, said, named) => {
    const { finding } = await find(said);
    expect(finding.status).toBe('fail');
    expect(finding.evidence).toBe(`argocd finds invalid what was valid in the backup: ${named}`);
    expect(finding.details).toContainEqual(expect.stringMatching(/: invalid \(/));
  });

  test.each<[string, Said, string]>([
    ['settings', { live: { stdout: INVALID }, before: { stdout: INVALID } }, 'general'],
    ['the policy', { policyLive: BAD_POLICY, policyBefore: BAD_POLICY }, 'rbac'],
  ])('and was so in the backup passes, and is told: %s', async (_what, said, carried) => {
    expect((await find(said)).finding).toMatchObject({
      status: 'pass',
      evidence: `validated by argocd: general, accounts, rbac; invalid in the backup as well, and restored as they were: ${carried}.`,
    });
  });

  test('what was invalid only in the backup is no loss', async () => {
    const { finding } = await find({ before: { stdout: INVALID }, policyBefore: BAD_POLICY });
    expect(finding).toMatchObject({
      status: 'pass',
      evidence: 'argocd finds valid: general, accounts, rbac.',
    });
  });

  test('is told without the values of Secrets', async () => {
    const objects = [CM, ARGOCD_SECRET, RBAC, secret('sso', { clientSecret: 'hunter2' })];
    const { finding } = await find({ live: { stdout: INVALID } }, objects);
    expect(JSON.stringify(finding)).not.toMatch(/hunter2/);
    expect(finding.evidence).toMatch(/no key "\*\*\*"/);
  });
});

test.each([
  ['no argocd-rbac-cm', []],
  [
    'an empty policy',
    [configMap('argocd-rbac-cm', { 'policy.csv': '\n', 'policy.default': 'role:readonly' })],
  ],
])('with %s there is no policy to validate', async (_what, rbac) => {
  const { finding, calls } = await find({ policyLive: BAD_POLICY }, [CM, ARGOCD_SECRET, ...rbac]);
  expect(finding).toMatchObject({ status: 'pass', evidence: 'argocd finds valid: general, accounts.' });
  expect(calls).toHaveLength(2);
});

test.each<[string, Said]>([
  ['says nothing', { live: { stdout: '', stderr: 'a\nb\nhelp\n' } }],
  ['ends with an error', { before: { code: 1, stdout: VALID, stderr: 'b\nhelp\n' } }],
])('a program that %s proves nothing, whatever its exit code', async (_what, said) => {
  await expect(find(said)).rejects.toMatchObject({
    exitCode: EXIT.infra,
    message: expect.stringMatching(/^argocd admin settings validate ended with exit code [01] .*: b\nhelp$/),
  });
});

test('a Secret that the backup lacks counts as an empty one, as for Argo CD', async () => {
  const { finding } = await find({}, [CM, RBAC]);
  expect(finding.status).toBe('pass');
  const written = JSON.parse(readFileSync(join(dir, 'argocd-secret.json'), 'utf8'));
  expect(written).toMatchObject({ kind: 'Secret', metadata: { name: 'argocd-secret' }, data: {} });
});
