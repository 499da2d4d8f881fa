import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { loadKubeConfig } from '../../src/kube/config.js';

let home: string;
const before = { ...process.env };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'config-test-'));
  process.env.HOME = home;
  delete process.env.KUBECONFIG;
});

afterEach(() => {
  process.env = { ...before };
  rmSync(home, { recursive: true });
});

test('where there is none, as in a pod without a token, nothing is guessed', () => {
  process.env.KUBERNETES_SERVICE_HOST = '10.96.0.1';
  expect(() => loadKubeConfig({})).toThrow(
    expect.objectContaining({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/^no kubeconfig is there: .*automountServiceAccountToken/),
    }),
  );
});

test('one for kubectl proxy is not taken for none', () => {
  const path = join(home, 'config');
  const cluster = { name: 'proxy', cluster: { server: 'http://localhost:8080' } };
  const context = { name: 'proxy', context: { cluster: 'proxy', user: 'me' } };
  const config = { clusters: [cluster], contexts: [context], users: [], 'current-context': 'proxy' };
  writeFileSync(path, JSON.stringify(config));
  expect(loadKubeConfig({ kubeconfig: path }).getCurrentContext()).toBe('proxy');
});

test('a context that it does not have is named, and those it has', () => {
  const path = join(home, 'config');
  const cluster = { name: 'prod', cluster: { server: 'https://192.0.2.1:6443' } };
  const context = { name: 'prod', context: { cluster: 'prod', user: 'me' } };
  writeFileSync(
    path,
    JSON.stringify({ clusters: [cluster], contexts: [context], users: [], 'current-context': 'prod' }),
  );
  expect(loadKubeConfig({ kubeconfig: path }).getCurrentCluster()?.server).toBe('https://192.0.2.1:6443');
  expect(() => loadKubeConfig({ kubeconfig: path, context: 'dev' })).toThrow(
    `context dev is not in kubeconfig ${path}; it has: prod`,
  );
});
