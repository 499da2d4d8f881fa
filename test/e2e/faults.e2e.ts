import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { argocdWith } from '../bed/argocd-with.js';
import { bed, leftovers, tempDir } from '../bed/bed.js';
import { interruptAt, SMALL } from './interrupt.js';
import {
  type Backup,
  drillOnKind,
  expectNoNodes,
  flags,
  makeBackup,
  nodeContainers,
  nodeImage,
  reportOf,
  start,
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

/** An `argocd` whose imports do something before, as often as the file says. */
function firstImports(times: number, script: string) {
  const count = join(tempDir(), 'count');
  writeFileSync(count, String(times));
  return argocdWith(`
if [ "$2" = import ]; then
  exec 9> ${count}.lock; flock 9
  left=$(cat ${count}); echo $((left - 1)) > ${count}
  flock -u 9
  if [ "$left" -gt 0 ]; then ${script}; fi
fi`);
}

/** Again and again for a few seconds, at a Docker that argocd is not told of: the kubelet starts it anew faster than an import begins. */
const KILL_API_SERVER = `
${process.env.DOCKER_HOST ? `export DOCKER_HOST=${process.env.DOCKER_HOST}` : ''}
nodes=$(docker ps --format '{{.Names}}' --filter label=io.x-k8s.kind.role=control-plane)
kill_all() { for node in $nodes; do docker exec "$node" pkill -9 kube-apiserver; done; }
(for _ in $(seq 20); do kill_all; sleep 0.3; done) >&- 2>&- &
sleep 1`;

describe('a restore that is cut off', () => {
  test('the API server restarts during the import: the cluster is made anew, once, and the drill passes', async () => {
    const env = await firstImports(1, KILL_API_SERVER);
    const { code, report } = await drillOnKind(backup, { ...SMALL, level: 'restore' }, { env });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^0 PASS: /);
    expect(report.warnings.join('\n')).toMatch(/cut off and begun again in a new cluster/);
  });

  test('the import is killed: once more in a new cluster; killed again, it says nothing of the backup', async () => {
    const env = await firstImports(2, 'kill -9 $$');
    const { code, report } = await drillOnKind(backup, { ...SMALL, level: 'restore' }, { env });
    expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^4 INFRA_ERROR: /);
    expect(report.message).toMatch(/argocd admin import was killed/);
    expect(report.phases.filter(({ name }) => name === 'quarantine')).toHaveLength(2);
    expect(report.checks.filter(({ id }) => id === 'restore.quarantine')).toHaveLength(1);
  });
});

describe('a signal', () => {
  test.each<[string, (text: string) => boolean]>([
    ['while nodes are made', () => nodeContainers().length > 0],
    ['while the quarantine is raised', (text: string) => /answers at https/.test(text)],
    ['during the restore', (text: string) => /imported \d+ of/.test(text)],
  ])('SIGINT %s: exit code 130, the cluster gone, nothing left', (_when, moment) =>
    interruptAt(moment, backup),
  );
});

test('two drills at the same time on one machine both pass', async () => {
  const { path, identity } = backup;
  const values = { backup: path, cluster: 'kind', level: 'restore', ...SMALL, ...nodeImage() };
  const both = [1, 2].map(() =>
    start(['restore-verify', ...flags(values)], { ARGOCD_DR_IDENTITY: identity }),
  );
  expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
  const names = both.map((run) => reportOf(run).drill!.clusterName);
  expect(new Set(names).size).toBe(2);
});
