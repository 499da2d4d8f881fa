import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('a credential plugin sees what the kubeconfig sets and what clouds need, and no secret of this run', async () => {
  const path = join(home, 'config');
  const said = join(home, 'said');
  const credential =
    '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}';
  const script = `env >'${said}'; echo '${credential}'`;
  const plugin = (env?: object[]) => ({ command: 'sh', args: ['-c', script], ...(env && { env }) });
  process.env.ACTIONS_RUNTIME_TOKEN = 'secret';
  process.env.INPUT_IDENTITY = 'secret';
  process.env.AWS_PROFILE = 'prod';
  for (const env of [undefined, [{ name: 'OF_KUBECONFIG', value: 'x' }]]) {
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'me' } }],
      users: [{ name: 'me', user: { exec: plugin(env) } }],
      'current-context': 'c',
    };
    writeFileSync(path, JSON.stringify(config));
    const options = {};
    await loadKubeConfig({ kubeconfig: path }).applyToHTTPSOptions(options);
    expect(options).toMatchObject({ headers: { Authorization: 'Bearer t' } });
    const seen = readFileSync(said, 'utf8');
    expect(seen).not.toContain('secret');
    expect(seen).toContain(`HOME=${home}`);
    expect(seen).toContain('AWS_PROFILE=prod');
    if (env) expect(seen).toContain('OF_KUBECONFIG=x');
  }
});
