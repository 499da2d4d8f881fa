import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exportLogs, joinPartial, logRank } from '../../../src/cluster/kind/logs.js';
import { EXIT } from '../../../src/errors.js';
import type { Kube } from '../../../src/kube/api.js';
import { createRedactor } from '../../../src/redact.js';
import { Scope } from '../../../src/scope.js';
import type { Tools } from '../../../src/tools/tools.js';
import { fakeExec } from './fake-docker.js';

const tools = { get: async () => ({ path: '/kind' }) } as unknown as Tools;
const SERVER = 'n/pods/argocd_argocd-server-1_uid/server/0.log';

let dir: string;
let scope: Scope;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'logs-test-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  rmSync(dir, { recursive: true });
});

const events = (...list: object[]) =>
  ({
    async *list() {
      yield* list;
    },
  }) as unknown as Kube;

/** Exports with a kind that writes these files; tells what was kept, and where kind had written. */
async function run(files: Record<string, string>, options: object = {}, kube?: Kube) {
  let raw = '';
  const { exec, calls } = fakeExec(({ args }) => {
    raw = args[2]!;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(raw, path)), { recursive: true });
      writeFileSync(join(raw, path), text);
    }
    return { code: 1, stderr: 'ERROR: a container has gone' };
  });
  const deps = { exec, tools, scope, env: { KUBECONFIG: '/mine', PATH: '/bin' } };
  const source = { name: 'c', ...(kube ? { kube } : {}) };
  const kept = await exportLogs(
    source,
    join(dir, 'out'),
    { redact: createRedactor(['hunter2']), ...options },
    deps,
  );
  return { kept, raw, calls };
}

const read = (path: string) => readFileSync(join(dir, 'out', path), 'utf8');

describe('which files are kept', () => {
  test.each([
    SERVER,
    'n/kubelet.log',
    'n/containerd.log',
    'n/serial.log',
    'n/pods/kube-system_etcd_uid/etcd/0.log',
    'events.txt',
  ])('%s is', (path) => expect(logRank(path)).toBeDefined());
  test.each([
    'docker-info.txt',
    'n/inspect.json',
    'n/journal.log',
    'n/containers/x.log',
    'n/audit.log',
    'n/images.log',
    'n/etc/kubernetes/admin.conf',
    'n/pods/x.log',
  ])('%s is not', (path) => expect(logRank(path)).toBeUndefined());
});

describe('export', () => {
  test('keeps the useful files, secret values replaced, and removes the rest', async () => {
    const { kept, raw, calls } = await run({
      'docker-info.txt': 'proxy hunter2',
      'n/inspect.json': '{"Env":["P=hunter2"]}',
      'n/kubelet.log': 'fine\n',
      'n/serial.log': '',
      [SERVER]: '1 stdout F password is hunter2\n',
    });
    expect(kept).toEqual([SERVER, 'n/kubelet.log']);
    expect(read(SERVER)).toBe('1 stdout F password is ***\n');
    expect(existsSync(join(dir, 'out', 'n/inspect.json'))).toBe(false);
    expect(existsSync(raw)).toBe(false);
    expect(calls[0]).toMatchObject({ command: '/kind', args: ['export', 'logs', raw, '--name', 'c'] });
    expect(calls[0]!.options.env).not.toHaveProperty('KUBECONFIG');
  });

  test('a secret value that containerd wrote in two parts is replaced too', async () => {
    await run({ [SERVER]: '1 stdout P password is hun\n2 stdout F ter2, yes\n' });
    expect(read(SERVER)).toBe('1 stdout F password is ***, yes\n');
  });

  test('long files lose their beginning, up to a whole line', async () => {
    const { kept } = await run(
      { 'n/kubelet.log': 'hunter2 first\nsecond\nthird\n', 'n/containerd.log': 'x'.repeat(99) },
      { fileBytes: 20 },
    );
    expect(kept).toEqual(['n/kubelet.log']);
    expect(read('n/kubelet.log')).toBe('second\nthird\n');
  });

  test('stops at the total, the most telling files first', async () => {
    const line = 'a line\n';
    const { kept } = await run(
      { 'n/serial.log': line, 'n/kubelet.log': line, [SERVER]: line },
      { totalBytes: 14 },
    );
    expect(kept).toEqual([SERVER, 'n/kubelet.log']);
  });

  test('events by time, redacted', async () => {
    const object = {
      metadata: { creationTimestamp: '2026-01-03' },
      type: 'Warning',
      reason: 'Failed',
      message: 'hunter2\nagain',
      involvedObject: { kind: 'Pod', namespace: 'argocd', name: 'p' },
    };
    const { kept } = await run(
      {},
      {},
      events(object, { ...object, lastTimestamp: '2026-01-02', message: 'first' }),
    );
    expect(kept).toEqual(['events.txt']);
    expect(read('events.txt')).toBe(
      '2026-01-02 Warning Failed Pod/argocd/p: first\n2026-01-03 Warning Failed Pod/argocd/p: *** again\n',
    );
  });

  test('an API that does not answer takes only its events away', async () => {
    const gone = {
      list() {
        throw new Error('gone');
      },
    } as unknown as Kube;
    expect((await run({ 'n/kubelet.log': 'x\n' }, {}, gone)).kept).toEqual(['n/kubelet.log']);
  });

  test('nothing at all is an error with what kind said, and leaves nothing', async () => {
    await expect(run({ 'docker-info.txt': 'x' })).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringContaining('cluster c: ERROR: a container has gone'),
    });
    expect(existsSync(join(dir, 'out'))).toBe(false);
  });
});

describe('lines written in parts', () => {
  test.each([
    ['1 stdout P a\n2 stdout P b\n3 stdout F c\n4 stdout F d\n', '1 stdout F abc\n4 stdout F d\n'],
    ['1 stdout P a\n2 stderr F b\n', '1 stdout P a\n2 stderr F b\n'],
    ['no such format\n', 'no such format\n'],
  ])('%j', (text, joined) => expect(joinPartial(text)).toBe(joined));
});
