import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type KindDeps, type KindOptions, startKind } from '../../../src/cluster/kind/kind.js';
import { EXIT } from '../../../src/errors.js';
import type { Kube } from '../../../src/kube/api.js';
import { silentLog } from '../../../src/log.js';
import { noRunner } from '../../../src/runner.js';
import { Scope } from '../../../src/scope.js';
import { type Answer, type Call, FakeDocker, fakeExec } from './fake-docker.js';

const OPTIONS: KindOptions = {
  name: 'c',
  argocdVersion: '3.1.9',
  kubernetesVersion: 'auto',
  workers: 1,
  portMappings: [],
  registryMirrors: [],
};

let dir: string;
let scope: Scope;
let stop: AbortController;
let fake: FakeDocker;
let warnings: string[];
/** How many nodes the API knows each time it is asked; the last one stands. */
let registered: number[];
let creation: (call: Call) => Answer | Promise<Answer>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kind-test-'));
  scope = new Scope();
  stop = new AbortController();
  fake = new FakeDocker();
  warnings = [];
  registered = [2];
  creation = makeNodes;
});
afterEach(async () => {
  await scope.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What kind does: a container for each node of its configuration, with its mounts. */
function makeNodes({ options }: Call): Answer {
  const { nodes } = JSON.parse(options.stdin as string) as {
    nodes: { role: string; extraMounts: { containerPath: string }[] }[];
  };
  for (const { role, extraMounts } of nodes)
    fake.add(
      'c',
      [role],
      extraMounts.map(({ containerPath }) => containerPath),
    );
  return undefined;
}

function setUp() {
  const runner = fakeExec((call) => {
    if (call.command === '/kind' && call.args[0] === 'create') return creation(call);
    if (call.command === '/kind' && call.args[0] === 'export') {
      writeFileSync(join(call.args[2]!, 'events.txt'), 'what happened\n');
      return undefined;
    }
    return fake.answer(call);
  });
  const deps = {
    exec: runner.exec,
    scope,
    signal: stop.signal,
    env: {},
    log: silentLog,
    tools: { get: async () => ({ path: '/kind' }) },
    runner: noRunner,
    recorder: { warn: (line: string) => void warnings.push(line) },
  } as unknown as KindDeps;
  const kube = {
    server: 'https://127.0.0.1:6443',
    get: async () => ({}),
    async *list() {
      const count = registered.length > 1 ? registered.shift()! : registered[0]!;
      for (let index = 0; index < count; index++) yield {};
    },
  } as unknown as Kube;
  const start = (options: Partial<KindOptions> = {}) =>
    startKind({ ...OPTIONS, ...options }, deps, () => kube);
  const creations = () => runner.calls.filter(({ args }) => args[0] === 'create');
  return { ...runner, start, creations };
}

describe('a cluster that comes up', () => {
  test('is told by its nodes, its host and its private kubeconfig', async () => {
    const { start, creations } = setUp();
    registered = [0, 1, 2];
    const cluster = await start();
    expect(cluster.nodes).toEqual([
      { name: 'c-control-plane', role: 'control-plane', address: '172.18.0.2' },
      { name: 'c-worker', role: 'worker', address: '172.18.0.3' },
    ]);
    expect(cluster).toMatchObject({ provider: 'kind', name: 'c', hostAddress: '172.18.0.1' });
    expect(cluster.target.context).toBe('kind-c');
    expect(existsSync(dirname(cluster.target.kubeconfig!))).toBe(true);
    expect(creations()[0]!.args).toContain(cluster.target.kubeconfig);
    expect(registered).toEqual([2]);
  });

  test('runs programs in its nodes, with standard input only where there is some', async () => {
    const { start, calls } = setUp();
    const { inNode } = await start();
    await inNode('c-worker', ['ls', '/']);
    await inNode('c-worker', ['cat'], 'text');
    expect(calls.slice(-2).map(({ args }) => args.join(' '))).toEqual([
      'exec c-worker ls /',
      'exec --interactive c-worker cat',
    ]);
    expect(calls.at(-1)!.options.stdin).toBe('text');
  });

  test('has its mirrors in every node', async () => {
    const { start, calls } = setUp();
    await start({ registryMirrors: ['docker.io=https://m.example'] });
    const written = calls.filter(({ args }) => args[0] === 'exec').map(({ args }) => args[2]);
    expect(written.sort()).toEqual(['c-control-plane', 'c-worker']);
  });

  test('has its kubeconfig in the folder that was given', async () => {
    const { start } = setUp();
    expect((await start({ dir })).target.kubeconfig).toBe(join(dir, 'kubeconfig'));
  });

  test.each([
    ['goes with the scope', undefined, 0],
    ['goes where keep says no', () => false, 0],
    ['stays where keep says so', () => true, 2],
  ])('%s', async (_, keep, left) => {
    await setUp().start(keep ? { keep } : {});
    await scope.close();
    expect(fake.containers).toHaveLength(left);
  });

  test('is removed by stop, whatever keep says', async () => {
    const cluster = await setUp().start({ keep: () => true });
    await cluster.stop();
    expect(fake.containers).toEqual([]);
  });

  test('warns of what is not as asked', async () => {
    fake.info = { MemTotal: 5 * 2 ** 30, DockerRootDir: '/nowhere' };
    registered = [3];
    await setUp().start({ workers: 3, kubernetesVersion: '1.31.12', argocdVersion: '3.5.7' });
    expect(warnings).toEqual([
      expect.stringContaining('too little for a control plane and 3 workers'),
      expect.stringContaining('not tested with Kubernetes 1.31.12'),
    ]);
  });
});

describe('what is refused before anything is made', () => {
  const refused = async (options: Partial<KindOptions>, exitCode: number, message: RegExp) => {
    const { start, creations } = setUp();
    await expect(start(options)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
    expect(creations()).toEqual([]);
  };

  test('a name that a cluster has, which is left alone', async () => {
    fake.add('c', ['control-plane']);
    await refused({}, EXIT.infra, /the name c is taken.*cluster-name/);
    await scope.close();
    expect(fake.containers).toHaveLength(1);
  });

  test('a name whose containers are there without a cluster', async () => {
    fake.containers = [{ name: 'c-worker2', cluster: '', role: '', mounts: [] }];
    await refused({}, EXIT.infra, /the name c is taken/);
  });

  test('names that only begin or end alike are free', async () => {
    fake.containers = ['c-worker-x', 'abc-worker', 'c-redis'].map((name) => ({
      name,
      cluster: '',
      role: '',
      mounts: [],
    }));
    await setUp().start();
  });

  test.each<[string, Partial<KindOptions>, RegExp]>([
    ['a port mapping', { portMappings: ['x'] }, /port-mappings/],
    ['a mirror', { registryMirrors: ['x'] }, /registry-mirrors/],
    ['a version', { kubernetesVersion: '1.2.3' }, /kubernetes-version 1\.2\.3/],
    [
      'a configuration that is not there',
      { kindConfig: '/nowhere/kind.yaml' },
      /kind-config \/nowhere\/kind\.yaml cannot be read/,
    ],
  ])('%s', async (_, options, message) => {
    await refused(options, EXIT.invalidInput, message);
  });

  test('too little memory', async () => {
    fake.info = { MemTotal: 2 ** 30, DockerRootDir: '/nowhere' };
    await refused({}, EXIT.infra, /1\.0 GiB of memory/);
  });
});

describe('a creation that fails', () => {
  test('is told with its remedy, its logs are kept, and its nodes go with the scope, even where keep says so', async () => {
    creation = (call) => {
      makeNodes(call);
      return { code: 1, stderr: 'docker: Bind for 0.0.0.0:80 failed: port is already allocated' };
    };
    const logsDir = join(dir, 'logs');
    await expect(setUp().start({ logsDir, keep: () => true })).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringContaining('0.0.0.0:80 on this machine is in use'),
    });
    expect(existsSync(join(logsDir, 'events.txt'))).toBe(true);
    await scope.close();
    expect(fake.containers).toEqual([]);
  });

  test("does not take another's nodes along that took the name meanwhile", async () => {
    creation = () => {
      fake.add('c', ['control-plane'], ['/kind/argocd-dr/another']);
      return { code: 1, stderr: 'node(s) already exist for a cluster with the name "c"' };
    };
    await expect(setUp().start()).rejects.toThrow(/the name c is taken/);
    await scope.close();
    expect(fake.containers).toHaveLength(1);
  });
});

describe('a run that ends meanwhile', () => {
  test('removes what kind has made until it was stopped', async () => {
    creation = (call) =>
      new Promise((_, reject) => {
        makeNodes(call);
        call.options.signal!.addEventListener('abort', () => reject(new Error('killed')));
        stop.abort();
      });
    const { start, calls } = setUp();
    await expect(start({ logsDir: join(dir, 'logs') })).rejects.toThrow();
    await scope.close();
    expect(fake.containers).toEqual([]);
    expect(calls.some(({ args }) => args[0] === 'export')).toBe(false);
  });

  test('stops a creation that is still under way when only the scope closes, and waits for its end', async () => {
    let begun!: () => void;
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    creation = (call) =>
      new Promise((_, reject) => {
        call.options.signal!.addEventListener('abort', () => {
          makeNodes(call);
          reject(new Error('killed'));
        });
        begun();
      });
    const starting = setUp().start();
    starting.catch(() => {});
    await beginning;
    await scope.close();
    expect(fake.containers).toEqual([]);
    await expect(starting).rejects.toThrow();
  });

  test('starts nothing in a scope that has closed', async () => {
    const { start, creations } = setUp();
    await scope.close();
    await expect(start()).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(creations()).toEqual([]);
  });
});
