import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { connectArgoCd } from '../../src/argocd/server/client.js';
import { bed, runMode, tempDir } from '../bed/bed.js';
import {
  checkOf,
  expectNoNodes,
  filesBelow,
  flags,
  nodeContainers,
  nodeImage,
  start,
  statuses,
} from './kind.js';

afterAll(() => bed.close());
afterEach(expectNoNodes);

/** A port of this machine that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('install leaves a ready Argo CD HA that survives the loss of a node, and teardown removes it', async () => {
  const hostPort = await freePort();
  const values = {
    cluster: 'kind',
    'cluster-name': 'e2e-install',
    'fast-start': 'true',
    chaos: 'node',
    workers: '3',
    'port-mappings': `127.0.0.1:${hostPort}:31000`,
    ...nodeImage(),
  };
  const { code, report, outputs, text } = await runMode('install', values);
  expect([code, report.verdict, report.message]).toEqual([
    0,
    'PASS',
    expect.stringContaining('highly available'),
  ]);
  expect(statuses(report)).toEqual({
    'install.manifests': 'pass',
    'install.workloads': 'pass',
    'install.redis': 'pass',
    'install.high-availability': 'pass',
    'install.node-loss': 'pass',
  });
  expect(checkOf(report, 'install.node-loss').evidence).toMatch(/redis failed over from \S+ to \S+/);
  expect(report.drill).toMatchObject({ clusterProvider: 'kind', clusterName: 'e2e-install', nodes: 4 });
  expect(outputs).toMatchObject({ 'cluster-name': 'e2e-install', 'argocd-server': `localhost:${hostPort}` });
  const password = outputs['admin-password']!;
  expect(password).not.toBe('');
  expect(text).not.toContain(password);

  const client = await connectArgoCd({ port: hostPort, signal: AbortSignal.timeout(60_000) });
  expect(await client.login('admin', password)).toBeDefined();
  client.close();

  const taken = await runMode('install', values);
  expect([taken.code, taken.report.verdict]).toEqual([2, 'INFRA_ERROR']);
  expect(taken.report.message).toContain('e2e-install is taken');
  expect(nodeContainers()).toHaveLength(4);

  const removal = start(['teardown', '--cluster-name', 'e2e-install'], {
    RUNNER_TEMP: process.env.RUNNER_TEMP,
  });
  expect([await removal.ended, removal.text()]).toEqual([
    0,
    expect.stringContaining('removed cluster e2e-install'),
  ]);
});

test('two nodes are too few for HA: the reason and the remedy, long before the time is over; nothing left', async () => {
  const config = join(tempDir(), 'kind.yaml');
  const nodes = [{ role: 'control-plane' }, { role: 'worker' }];
  writeFileSync(config, JSON.stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes }));
  const run = start(['install', ...flags({ cluster: 'kind', 'kind-config': config, ...nodeImage() })]);
  expect(await run.ended).toBe(4);
  expect(run.text()).toMatch(
    /does not come up: .*Unschedulable: .*anti-affinity[\s\S]*give workers: 3, or ha: false/,
  );
  expect(filesBelow(join(run.reportDir, 'kind-logs')).join()).toMatch(/events\.txt/);
});

test('a port that is taken: infrastructure error that names it and the remedy', async () => {
  const server = createServer().listen(0, '0.0.0.0');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { code, report } = await runMode('install', {
    cluster: 'kind',
    'port-mappings': `${port}:31000`,
    ...nodeImage(),
  });
  server.close();
  expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
  expect(report.message).toMatch(new RegExp(`:${port} on this machine is in use .*port-mappings`));
});

test('Docker out of reach: infrastructure error with the remedy, and no cluster is asked for', async () => {
  const { code, report } = await runMode(
    'install',
    { cluster: 'kind' },
    { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } },
  );
  expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
  expect(report.message).toMatch(/Docker does not answer at unix:\/\/\/nowhere\/docker.sock: start it/);
});
