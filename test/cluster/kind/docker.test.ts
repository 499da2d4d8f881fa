import { describe, expect, test } from '@jest/globals';
import {
  assertRoom,
  dockerAnswers,
  dockerFacts,
  dockerProgram,
  freeBytes,
  inspectNodes,
  kindEnvironment,
  listContainers,
  localTags,
} from '../../../src/cluster/kind/docker.js';
import { EXIT } from '../../../src/errors.js';
import { exec as realExec } from '../../../src/exec.js';
import { type Answer, FakeDocker, fakeExec, missing } from './fake-docker.js';

const UNREACHABLE = 'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?';
const GIB = 2 ** 30;

const dockerThat = (answer: () => Answer | Promise<Answer>) => dockerProgram(fakeExec(answer).exec, {});

describe('whether Docker answers', () => {
  test.each<[boolean, string, () => Answer | Promise<Answer>]>([
    [true, 'a version', () => ({ stdout: '28.2.2\n' })],
    [false, 'nothing', () => ({ stdout: '\n' })],
    [false, 'a failure', () => ({ code: 1, stderr: UNREACHABLE })],
    [false, 'no such program', missing],
  ])('%s: %s', async (expected, _, answer) => {
    expect(await dockerAnswers(fakeExec(answer).exec, {})).toBe(expected);
  });

  test('asks with a time limit, and the real adapter agrees that a socket that is not there does not', async () => {
    const { exec, calls } = fakeExec(() => undefined);
    await dockerAnswers(exec, {});
    expect(calls[0]!.options.signal).toBeInstanceOf(AbortSignal);
    expect(
      await dockerAnswers(realExec, { PATH: process.env.PATH, DOCKER_HOST: 'unix:///nowhere.sock' }),
    ).toBe(false);
  });
});

describe('the environment of kind and docker', () => {
  test('reaches the daemon, and never the other clusters', () => {
    const env = {
      PATH: '/bin',
      DOCKER_HOST: 'tcp://d',
      KUBECONFIG: '/k',
      KIND_CLUSTER_NAME: 'x',
      KIND_EXPERIMENTAL_PROVIDER: 'podman',
    };
    expect(kindEnvironment(env)).toEqual({
      PATH: '/bin',
      DOCKER_HOST: 'tcp://d',
      KIND_EXPERIMENTAL_PROVIDER: 'docker',
    });
  });
});

describe('what Docker says of itself', () => {
  test('memory and the folder of its data', async () => {
    const docker = dockerProgram(fakeExec((call) => new FakeDocker().answer(call)).exec, {});
    expect(await dockerFacts(docker)).toEqual({ memoryBytes: 16 * GIB, cpus: 8, rootDir: '/nowhere/docker' });
  });

  test.each<[string, () => Answer | Promise<Answer>, RegExp]>([
    ['not installed', missing, /Docker is not installed.*cluster: control-plane/],
    [
      'not running',
      () => ({ code: 1, stderr: UNREACHABLE }),
      /does not answer at unix:\/\/\/x\.sock: start it/,
    ],
    [
      'not running, told by an old program',
      () => ({ stdout: JSON.stringify({ ServerErrors: [UNREACHABLE] }) }),
      /does not answer/,
    ],
    [
      'not allowed',
      () => ({ code: 1, stderr: 'permission denied while trying to connect to the Docker daemon socket' }),
      /may not use Docker/,
    ],
    ['anything else', () => ({ code: 3, stderr: 'one\ntwo\nthree' }), /docker info failed: two\nthree$/],
    ['without a word', () => ({ code: 3 }), /exit code 3/],
  ])('%s', async (_, answer, message) => {
    await expect(dockerFacts(dockerThat(answer))).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(message),
    });
  });
});

describe('room for the nodes', () => {
  const room = (memory: number, free: number | undefined, nodes: number) => () =>
    assertRoom(
      { memoryBytes: memory * GIB, cpus: 8, rootDir: '/data' },
      free === undefined ? undefined : free * GIB,
      nodes,
    );

  test.each([
    [4, 6, 4],
    [2, 1.5, 1],
    [16, undefined, 4],
  ])('%d GiB of memory, %d GiB free: enough for %d nodes', (memory, free, nodes) => {
    expect(room(memory, free, nodes)).not.toThrow();
  });

  test.each<[number, number | undefined, number, RegExp]>([
    [3.9, 100, 4, /3\.9 GiB of memory, and 4 nodes need 4\.0.*fewer workers/],
    [1.9, 100, 1, /1 nodes need 2\.0/],
    [16, 5.9, 4, /\/data, .* has 5\.9 GiB free, and 4 nodes need 6\.0.*docker system prune/],
  ])('%d GiB of memory, %d GiB free: refused for %d nodes', (memory, free, nodes, message) => {
    expect(room(memory, free, nodes)).toThrow(
      expect.objectContaining({ exitCode: EXIT.infra, message: expect.stringMatching(message) }),
    );
  });

  test('free space is unknown where the data is not on this machine', async () => {
    expect(await freeBytes('/nowhere/at/all')).toBeUndefined();
    expect(await freeBytes('/')).toBeGreaterThan(0);
  });
});

describe('images and containers', () => {
  const fake = new FakeDocker();
  fake.tags = ['v1.34.4', '<none>', 'v1.34.4'];
  fake.add('a', ['control-plane', 'worker'], ['/var', '/kind/argocd-dr/1']);
  fake.add('b', ['control-plane']);
  const docker = dockerProgram(fakeExec((call) => fake.answer(call)).exec, {});

  test('tags once each, without images that have none', async () => {
    expect(await localTags(docker, 'kindest/node')).toEqual(['v1.34.4']);
  });

  test('containers that match every filter', async () => {
    expect(await listContainers(docker, ['label=io.x-k8s.kind.cluster=a'])).toEqual([
      'a-control-plane',
      'a-worker',
    ]);
    expect(
      await listContainers(docker, ['label=io.x-k8s.kind.cluster=a', 'label=io.x-k8s.kind.role=worker']),
    ).toEqual(['a-worker']);
  });

  test('a node with its address and its host', async () => {
    expect(await inspectNodes(docker, ['a-worker'])).toEqual([
      {
        name: 'a-worker',
        role: 'worker',
        address: '172.18.0.2',
        gateway: '172.18.0.1',
        mounts: ['/var', '/kind/argocd-dr/1'],
      },
    ]);
    expect(await inspectNodes(docker, [])).toEqual([]);
  });
});
