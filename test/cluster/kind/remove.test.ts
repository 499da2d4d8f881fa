import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dockerProgram } from '../../../src/cluster/kind/docker.js';
import {
  type Creation,
  newMark,
  removeCreated,
  removeCreatedDetached,
  teardownKind,
} from '../../../src/cluster/kind/remove.js';
import { EXIT } from '../../../src/errors.js';
import { FakeDocker, fakeExec, missing } from './fake-docker.js';

const NODES = ['control-plane', 'worker', 'worker'];
const created = (mark: string, loadBalancer = false): Creation => ({ cluster: 'c', mark, loadBalancer });
const namesIn = (fake: FakeDocker) => fake.containers.map(({ name }) => name);

describe('removing what one creation made', () => {
  test('leaves containers of the same cluster name that another made', async () => {
    const fake = new FakeDocker();
    const [mine, theirs] = [newMark(), newMark()];
    fake.add('c', NODES, ['/var', mine]);
    fake.add('c', ['worker'], ['/var', theirs]);
    await removeCreated(dockerProgram(fakeExec((call) => fake.answer(call)).exec, {}), created(mine));
    expect(fake.containers.map(({ mounts }) => mounts)).toEqual([['/var', theirs]]);
  });

  test('with volumes, and by force', async () => {
    const fake = new FakeDocker();
    const mark = newMark();
    fake.add('c', NODES, [mark]);
    const { exec, calls } = fakeExec((call) => fake.answer(call));
    await removeCreated(dockerProgram(exec, {}), created(mark));
    const removal = calls.find(({ args }) => args[0] === 'rm')!;
    expect(removal.args).toEqual(['rm', '--force', '--volumes', 'c-control-plane', 'c-worker', 'c-worker1']);
  });

  test('takes a load balancer along only where there is one', async () => {
    for (const loadBalancer of [true, false]) {
      const fake = new FakeDocker();
      const mark = newMark();
      fake.add('c', NODES, [mark]);
      fake.add('c', ['external-load-balancer']);
      await removeCreated(
        dockerProgram(fakeExec((call) => fake.answer(call)).exec, {}),
        created(mark, loadBalancer),
      );
      expect(namesIn(fake)).toEqual(loadBalancer ? [] : ['c-external-load-balancer']);
    }
  });

  test('tries again what docker has not removed', async () => {
    const fake = new FakeDocker();
    const mark = newMark();
    fake.add('c', ['worker'], [mark]);
    let refusals = 1;
    const { exec } = fakeExec((call) =>
      call.args[0] === 'rm' && refusals-- > 0
        ? { code: 1, stderr: 'removal is already in progress' }
        : fake.answer(call),
    );
    await removeCreated(dockerProgram(exec, {}), created(mark));
    expect(fake.containers).toEqual([]);
  });

  test('a docker that has gone is told', async () => {
    const { exec } = fakeExec(() => ({
      code: 1,
      stderr: 'Cannot connect to the Docker daemon at unix:///x.',
    }));
    await expect(removeCreated(dockerProgram(exec, {}), created(newMark()))).rejects.toMatchObject({
      exitCode: EXIT.infra,
    });
  });
});

describe('removal by a process that outlives this one', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'remover-test-'));
    // A docker that has two containers under the mark, and one more that appears behind the first removal.
    writeFileSync(
      join(dir, 'docker'),
      `#!/bin/sh
cd ${dir}
echo "$RUNNER_TRACKING_ID $*" >> calls
[ "$1" = ps ] && { [ -e removed2 ] || { [ -e removed ] && echo late || echo one two; }; }
[ "$1" = rm ] && { [ -e removed ] && touch removed2; touch removed; }
exit 0
`,
    );
    chmodSync(join(dir, 'docker'), 0o755);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('looks on for what comes late where kind was at work', async () => {
    const env = { PATH: `${dir}:${process.env.PATH}` };
    const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trimEnd().split('\n');
    removeCreatedDetached({ cluster: 'c', mark: '/kind/argocd-dr/1', loadBalancer: false }, true, env);
    while (!existsSync(join(dir, 'removed2'))) await sleep(50);
    const before = calls().length;
    while (calls().length < before + 2) await sleep(50);
    expect(calls().at(-1)).toMatch(/ps --all/);
  });

  test('removes what it finds by the mark until nothing is left', async () => {
    const env = { PATH: `${dir}:${process.env.PATH}`, RUNNER_TRACKING_ID: 'job-1' };
    removeCreatedDetached({ cluster: 'c', mark: '/kind/argocd-dr/1', loadBalancer: true }, false, env);
    while (!existsSync(join(dir, 'removed2'))) await sleep(50);
    const [list, balancer, removal] = readFileSync(join(dir, 'calls'), 'utf8').split('\n');
    expect(list).toBe(' ps --all --quiet --filter volume=/kind/argocd-dr/1');
    expect(balancer).toBe(
      ' ps --all --quiet --filter label=io.x-k8s.kind.cluster=c --filter label=io.x-k8s.kind.role=external-load-balancer',
    );
    expect(removal).toMatch(/^ rm --force --volumes one two/);
  });
});

describe('teardown by name', () => {
  const teardown = (fake: FakeDocker) =>
    teardownKind('c', { exec: fakeExec((call) => fake.answer(call)).exec, env: {} });

  test('removes a cluster of ours, whichever run made it', async () => {
    const fake = new FakeDocker();
    fake.add('c', NODES, ['/var', newMark()]);
    fake.add('d', NODES, ['/var', newMark()]);
    expect(await teardown(fake)).toBe(true);
    expect(namesIn(fake)).toEqual(['d-control-plane', 'd-worker', 'd-worker1']);
  });

  test('with its load balancer', async () => {
    const fake = new FakeDocker();
    fake.add('c', NODES, ['/var', newMark()]);
    fake.add('c', ['external-load-balancer']);
    expect(await teardown(fake)).toBe(true);
    expect(fake.containers).toEqual([]);
  });

  test.each<[string, (fake: FakeDocker) => void]>([
    ["another's cluster", (fake) => fake.add('c', NODES)],
    ["a load balancer of another's", (fake) => fake.add('c', ['external-load-balancer'])],
    [
      'a cluster of which a part is of another',
      (fake) => {
        fake.add('c', ['control-plane'], [newMark()]);
        fake.add('c', ['worker']);
      },
    ],
  ])('leaves %s alone', async (_, fill) => {
    const fake = new FakeDocker();
    fill(fake);
    const before = namesIn(fake);
    await expect(teardown(fake)).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/c was not made by argocd-dr.*kind delete cluster --name c/),
    });
    expect(namesIn(fake)).toEqual(before);
  });

  test('waits for a node that is half made: it is listed, and can be neither inspected nor removed', async () => {
    const fake = new FakeDocker();
    fake.add('c', NODES, ['/var', newMark()]);
    const refusals = { inspect: 2, rm: 2 };
    const { exec } = fakeExec((call) => {
      const what = call.args[0] as keyof typeof refusals;
      return refusals[what]-- > 0
        ? { code: 1, stderr: 'Error response from daemon: No such container: c-worker' }
        : fake.answer(call);
    });
    expect(await teardownKind('c', { exec, env: {} })).toBe(true);
    expect(fake.containers).toEqual([]);
  });

  test('tells that there is none, also where there is no Docker', async () => {
    expect(await teardown(new FakeDocker())).toBe(false);
    expect(await teardownKind('c', { exec: fakeExec(missing).exec, env: {} })).toBe(false);
  });
});
