import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { childEnvironment } from '../src/environment.js';

const SECRETS = [
  ...[
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_RUNTIME_URL',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_RESULTS_URL',
  ],
  ...['GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STATE'],
  ...['INPUT_IDENTITY', 'INPUT_GITHUB-TOKEN', 'INPUT_MODE', 'STATE_tempDir'],
  ...['ARGOCD_DR_IDENTITY', 'ARGOCD_AUTH_TOKEN', 'ARGOCD_DR_OWNER', 'ARGOCD_DR_SUPERVISOR'],
  ...[
    'NODE_OPTIONS',
    'NODE_AUTH_TOKEN',
    'NPM_TOKEN',
    'npm_config__auth',
    'LD_PRELOAD',
    'BASH_ENV',
    'SOME_SECRET',
  ],
];
const CLOUD = [
  'KUBECONFIG',
  'AWS_PROFILE',
  'AZURE_CLIENT_ID',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'CLOUDSDK_CONFIG',
];
const ALL = ['PATH', 'HOME', 'TMPDIR', 'LC_ALL', 'https_proxy', 'SSL_CERT_FILE', 'XDG_CACHE_HOME'];
const OTHER = [
  'DOCKER_HOST',
  'KIND_EXPERIMENTAL_PROVIDER',
  'GOPROXY',
  'GOFLAGS',
  'SSH_AUTH_SOCK',
  'HELM_DEBUG',
];

const seenBy = (program: string, more: NodeJS.ProcessEnv = {}) => {
  const env = Object.fromEntries([...SECRETS, ...CLOUD, ...ALL, ...OTHER].map((name) => [name, name]));
  return Object.keys(childEnvironment({ ...env, ...more }, program));
};

describe('of the environment a program sees', () => {
  test.each([
    ['argocd', CLOUD],
    ['/cache/kubectl/1.34.4/kubectl', CLOUD],
    ['docker', ['DOCKER_HOST', 'KIND_EXPERIMENTAL_PROVIDER', 'SSH_AUTH_SOCK']],
    ['kind', ['DOCKER_HOST', 'KIND_EXPERIMENTAL_PROVIDER', 'SSH_AUTH_SOCK']],
    ['go', ['GOPROXY', 'GOFLAGS', 'SSH_AUTH_SOCK']],
    ['helm', ['HELM_DEBUG']],
    ['git', []],
    ['etcd', []],
    ['kube-apiserver', []],
    ['bash', []],
    ['aws-iam-authenticator', [...CLOUD, ...OTHER]],
  ])('%s: what all need, and what it needs itself', (program, besides) => {
    expect(seenBy(program).toSorted()).toEqual([...ALL, ...besides].toSorted());
  });

  test('what the user names, for every program', () => {
    const more = { ARGOCD_DR_PASS_ENV: 'SOME_SECRET, ACTIONS_RUNTIME_URL * LD_*' };
    expect(seenBy('git', more).toSorted()).toEqual([...ALL, 'SOME_SECRET', 'ACTIONS_RUNTIME_URL'].toSorted());
  });
});

// The supervisor starts this same program again.
const MAY_SPAWN = ['children.ts', 'supervisor.ts'];

test('no program is started but by startChild(), which gives it that environment', () => {
  const root = join(import.meta.dirname, '..', 'src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const starters = files.filter((file) =>
    /^import (?!type ).*'(?:node:)?child_process'|\bimport\('(?:node:)?child_process'\)|@actions\/exec/m.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  );
  expect(starters.toSorted()).toEqual(MAY_SPAWN);
});
