import { writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import type { Manifests } from '../../src/argocd/manifests.js';
import { withContainers } from '../../src/argocd/workloads/workload.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { ARGOCD, bed, leftovers, tempDir, tools } from '../bed/bed.js';
import { interruptAt, SMALL } from './interrupt.js';
import {
  type Backup,
  checkOf,
  docker,
  drillOnKind,
  expectNoNodes,
  makeBackup,
  nodeContainers,
  start,
  statuses,
} from './kind.js';

let backup: Backup;

beforeAll(async () => {
  backup = await makeBackup();
}, 300_000);
afterAll(() => bed.close());
afterEach(() => {
  expectNoNodes();
  expect(leftovers()).toEqual([]);
});

/** Argo CD's manifests with one workload edited, as a file of the user's own. */
async function editedManifests(name: string, edit: (workload: KubeObject) => KubeObject): Promise<string> {
  const { crds, objects }: Manifests = await loadManifests(
    { ha: true, argocdVersion: ARGOCD, namespace: 'argocd' },
    tools,
  );
  const changed = objects.map((object) => {
    const isIt = object.metadata.name === name && /Deployment|StatefulSet/.test(object.kind);
    return isIt ? edit(object) : object;
  });
  const path = join(tempDir(), 'install.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...crds, ...changed] }));
  return path;
}

describe('a pod that does not come up ends the drill with its reason', () => {
  test('an image that does not exist', async () => {
    const manifests = await editedManifests('argocd-repo-server', (workload) =>
      withContainers(workload, (container) => ({ ...container, image: 'quay.io/argoproj/argocd:v9.9.9' })),
    );
    const { code, report } = await drillOnKind(backup, { ...SMALL, manifests, level: 'running' });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.message).toMatch(/argocd-repo-server does not come up: .*(ErrImagePull|ImagePullBackOff)/);
    expect(statuses(report)).toMatchObject({ 'restore.objects': 'pass', 'restore.re-export': 'pass' });
  });

  test('a redis that does not start', async () => {
    const manifests = await editedManifests('argocd-redis-ha-server', (workload) =>
      withContainers(workload, (container) =>
        container.name === 'redis' ? { ...container, args: ['/no/such/redis.conf'] } : container,
      ),
    );
    const { code, report } = await drillOnKind(backup, { ...SMALL, manifests, level: 'running' });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.message).toMatch(/argocd-redis-ha-server does not come up: .*container redis: /);
    expect(report.message).toMatch(/last lines of its log:[\s\S]*no\/such\/redis.conf/);
  });
});

describe('what breaks while Argo CD runs', () => {
  test('a quarantine rule removed by hand stops the drill', async () => {
    const onLine = (line: string) => {
      if (!/restore proven after/.test(line)) return;
      const [node] = nodeContainers();
      docker('exec', node!, 'iptables', '-D', 'FORWARD', '-j', 'ARGOCD-DR');
    };
    const { code, report } = await drillOnKind(backup, { ...SMALL, level: 'engine' }, { onLine });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.message).toMatch(
      /the quarantine does not hold: node \S+: iptables: .*the drill is stopped/,
    );
    expect(checkOf(report, 'engine.fence')).toBeUndefined();
  });

  test('a node that is stopped: infrastructure error, not a failure of the backup', async () => {
    const onLine = (line: string) => {
      if (!/restore proven after/.test(line)) return;
      docker('kill', nodeContainers().find((name) => name.endsWith('worker2'))!);
    };
    const { code, report } = await drillOnKind(backup, { ...SMALL, level: 'running' }, { onLine });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.checks.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  test('Docker goes away: infrastructure error; what it then cannot remove is told', async () => {
    const path = await dockerProxy();
    const onLine = (line: string) => {
      if (/restore proven after/.test(line)) path.close();
    };
    const env = { DOCKER_HOST: `unix://${path.socket}` };
    const { code, report } = await drillOnKind(
      backup,
      { level: 'running', 'cluster-name': 'e2e-lost' },
      { env, onLine },
    );
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.warnings.join('\n')).toMatch(/Clean-up failed, something may be left behind: .*Docker/);
    const removal = start(['teardown', '--cluster-name', 'e2e-lost']);
    expect(await removal.ended).toBe(0);
  });
});

/** A way to Docker that can be shut. */
async function dockerProxy(): Promise<{ socket: string; close: () => void }> {
  const socket = join(tempDir(), 'docker.sock');
  const real = process.env.DOCKER_HOST!.replace('unix://', '');
  const open = new Set<Socket>();
  // Docker closes one direction of a connection before the other.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connectTo({ path: real, allowHalfOpen: true });
    for (const [each, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(each);
      each.on('error', () => other.destroy());
      each.on('close', () => open.delete(each));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = () => {
    server.close();
    for (const each of open) each.destroy();
  };
  bed.defer(close, close);
  return { socket, close };
}

describe('a signal', () => {
  test.each<[string, (text: string) => boolean]>([
    ['while the servers start', (text: string) => /restore proven after/.test(text)],
    ['during the canary', (text: string) => /canary: /.test(text)],
  ])('SIGINT %s: exit code 130, the cluster gone, nothing left', (_when, moment) =>
    interruptAt(moment, backup),
  );
});
