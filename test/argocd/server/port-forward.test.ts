import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ForwardOptions,
  forward,
  forwardArguments,
  parseForwarding,
} from '../../../src/argocd/server/port-forward.js';
import { EXIT } from '../../../src/errors.js';
import { Scope } from '../../../src/scope.js';

let dir: string;
let scope: Scope;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'port-forward-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  rmSync(dir, { recursive: true, force: true });
});

const FORWARDS = "echo 'Forwarding from 127.0.0.1:40123 -> 8080'; exec sleep 60";
const HANGS = 'exec sleep 60';
const FAILS = "echo 'error: unable to forward port because pod is not running' >&2; exit 1";

/** A kubectl that does one thing after the other, once at each start; the last one stays. */
function kubectl(...turns: string[]): string {
  const path = join(dir, 'kubectl');
  const cases = turns.map((turn, index) => `${index === turns.length - 1 ? '*' : index + 1}) ${turn};;`);
  const script = `#!/bin/sh
echo "$@" >>'${dir}/calls'
echo $$ >>'${dir}/pids'
case $(wc -l <'${dir}/calls' | tr -d ' ') in
${cases.join('\n')}
esac
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** Whole lines only: a kubectl may be killed between opening a file and writing to it. */
const lines = (file: string) => {
  try {
    return readFileSync(join(dir, file), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
};
const calls = () => lines('calls');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
const alive = () => lines('pids').map(Number).filter(isAlive);

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt++) {
    if (attempt > 500) throw new Error('it has not come about');
    await sleep(20);
  }
}

const open = (path: string, more: Partial<ForwardOptions> = {}) =>
  forward({
    kubectl: path,
    cluster: { kubeconfig: '/k', context: 'c' },
    namespace: 'argocd',
    target: 'svc/argocd-server',
    port: 443,
    scope,
    signal: new AbortController().signal,
    ...more,
  });

describe('a forward', () => {
  test("stands on the port that kubectl chose, and ends with the run's scope", async () => {
    const { port } = await open(kubectl(FORWARDS));
    expect(port).toBe(40123);
    expect(calls()).toEqual([
      'port-forward --kubeconfig /k --context c --namespace argocd --address 127.0.0.1 svc/argocd-server :443',
    ]);
    expect(alive()).toHaveLength(1);
    await scope.close();
    expect(alive()).toEqual([]);
  });

  test('gives kubectl of the environment what it needs', async () => {
    const path = kubectl(`echo "$AWS_PROFILE$GITHUB_TOKEN" >'${dir}/said'; ${FORWARDS}`);
    await open(path, { env: { PATH: process.env.PATH, AWS_PROFILE: 'yes', GITHUB_TOKEN: 'no' } });
    expect(lines('said')).toEqual(['yes']);
  });

  test('comes up after kubectl failed at first', async () => {
    expect((await open(kubectl(FAILS, FORWARDS))).port).toBe(40123);
    expect(calls()).toHaveLength(2);
  });

  test('comes back on the same port when kubectl ends, however often it fails then', async () => {
    const ends = "echo 'Forwarding from 127.0.0.1:40123 -> 8080'; sleep 0.1; exit 1";
    const { port } = await open(kubectl(ends, FAILS, ends, FORWARDS));
    await until(() => calls().length === 4 && alive().length === 1);
    expect(port).toBe(40123);
    expect(calls().map((call) => call.split(' ').at(-1))).toEqual([
      ':443',
      '40123:443',
      '40123:443',
      '40123:443',
    ]);
  });

  test('comes back after a kubectl that hung, which is ended', async () => {
    const ends = "echo 'Forwarding from 127.0.0.1:40123 -> 8080'; exit 1";
    await open(kubectl(ends, HANGS, FORWARDS), { timeoutMs: 1_500 });
    await until(() => lines('pids').length === 3);
    expect(alive()).toEqual([Number(lines('pids').at(-1))]);
  });

  test('once closed does not come back', async () => {
    const standing = await open(kubectl(FORWARDS));
    await standing.close();
    expect(alive()).toEqual([]);
    await standing.close();
    await sleep(700);
    expect(calls()).toHaveLength(1);
  });

  test('closed between two attempts does not come back either', async () => {
    const standing = await open(kubectl("echo 'Forwarding from 127.0.0.1:40123 -> 8080'", FAILS));
    await until(() => calls().length === 2 && alive().length === 0);
    await standing.close();
    await sleep(700);
    expect(calls()).toHaveLength(2);
  });

  test('is ended at once when the process goes down', async () => {
    await open(kubectl(FORWARDS));
    scope.closeNow();
    await until(() => alive().length === 0);
  });
});

describe('no forward stands in time', () => {
  const within = { timeoutMs: 800 };
  test.each<[string, string, RegExp]>([
    ['kubectl fails', FAILS, /: error: unable to forward port because pod is not running; check/],
    ['kubectl says nothing', 'exit 0', /did not come up: it said nothing; check that its pods are ready$/],
    [
      'kubectl listens elsewhere',
      "echo 'Forwarding from [::1]:40123 -> 8080'; exit 0",
      /did not come up: it said nothing/,
    ],
    ['kubectl hangs', `echo 'still trying' >&2; ${HANGS}`, /did not come up: still trying;/],
  ])('%s: told with its last words, and nothing is left', async (_what, turn, message) => {
    await expect(open(kubectl(turn), within)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/^kubectl port-forward to svc\/argocd-server in namespace argocd /),
    });
    await expect(open(kubectl(turn), within)).rejects.toThrow(message);
    expect(alive()).toEqual([]);
  });

  test('there is no kubectl', async () => {
    const path = join(dir, 'none');
    await expect(open(path, within)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/none cannot be started: .*ENOENT; check/),
    });
  });

  test.each([
    ['fails again and again', FAILS],
    ['hangs', HANGS],
  ])(
    'the run is cancelled while kubectl %s',
    async (_what, turn) => {
      const abort = new AbortController();
      const opening = open(kubectl(turn), { signal: abort.signal });
      void until(() => calls().length > 0).then(() => abort.abort());
      await expect(opening).rejects.toMatchObject({ exitCode: EXIT.cancelled });
      expect(alive()).toEqual([]);
    },
    10_000,
  );

  test('the run ends while kubectl hangs', async () => {
    const opening = open(kubectl(HANGS));
    void until(() => calls().length > 0).then(() => scope.close());
    await expect(opening).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(alive()).toEqual([]);
  });

  test('the run has ended before: kubectl is not started', async () => {
    await scope.close();
    await expect(open(kubectl(FORWARDS))).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(calls()).toEqual([]);
  });
});

test.each<[string, Partial<ForwardOptions>, number, string]>([
  ['the default kubeconfig', { cluster: {} }, 0, '--namespace argocd --address 127.0.0.1 pod/x :metrics'],
  [
    'a kubeconfig',
    { cluster: { kubeconfig: '/k' } },
    0,
    '--kubeconfig /k --namespace argocd --address 127.0.0.1 pod/x :metrics',
  ],
  [
    'a context, and a port again',
    { cluster: { context: 'c' }, port: 80 },
    40123,
    '--context c --namespace argocd --address 127.0.0.1 pod/x 40123:80',
  ],
])("kubectl's arguments: %s", (_what, more, port, expected) => {
  const options = { cluster: {}, namespace: 'argocd', target: 'pod/x', port: 'metrics', ...more };
  expect(forwardArguments(options, port).join(' ')).toBe(`port-forward ${expected}`);
});

test.each([
  ['Forwarding from 127.0.0.1:40123 -> 8080', 40123],
  ['Forwarding from 127.0.0.1:1 -> metrics', 1],
  ['Forwarding from [::1]:40123 -> 8080', undefined],
  ['Handling connection for 40123', undefined],
  ['error: Forwarding from 127.0.0.1:40123 -> 8080', undefined],
  ['Forwarding from 127.0.0.1: -> 8080', undefined],
  ['', undefined],
])('%j tells port %s', (line, port) => expect(parseForwarding(line)).toBe(port));
