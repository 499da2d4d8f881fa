import { describe, expect, test } from '@jest/globals';
import { createCluster, stepOf } from '../../../src/cluster/kind/create.js';
import { EXIT } from '../../../src/errors.js';
import type { Exec, ExecOptions, ExecResult } from '../../../src/exec.js';
import { silentLog } from '../../../src/log.js';

/** A kind that prints and ends when told, and rejects when it is killed, as the real adapter does. */
function start(signal: AbortSignal) {
  let options: ExecOptions = {};
  let args: readonly string[] = [];
  let end!: (result: ExecResult) => void;
  const exec: Exec = (_, given, received = {}) => {
    options = received;
    args = given;
    return new Promise((resolve, reject) => {
      end = resolve;
      received.signal!.addEventListener('abort', () => reject(new Error('killed')));
      if (received.signal!.aborted) reject(new Error('killed'));
    });
  };
  const progress: string[] = [];
  const log = { ...silentLog, progress: (line: string) => void progress.push(line) };
  const creating = createCluster(
    { kind: '/kind', name: 'c', image: 'img', config: 'CONFIG', kubeconfig: '/k', signal },
    { exec, env: { KUBECONFIG: '/mine' }, log },
  );
  creating.ended.catch(() => {});
  return {
    creating,
    progress,
    said: (...lines: string[]) => {
      for (const line of lines) options.onLine!(line);
    },
    end: (code = 0) => end({ code, stdout: '', stderr: '' }),
    killed: () => options.signal!.aborted,
    options: () => options,
    args: () => args,
  };
}

const IMAGE = ' • Ensuring node image (kindest/node:v1.34.4) 🖼  ...';
const IMAGE_DONE = ' ✓ Ensuring node image (kindest/node:v1.34.4) 🖼';
const NODES = ' • Preparing nodes 📦 📦   ...';
const NODES_DONE = ' ✓ Preparing nodes 📦 📦 ';
const KUBEADM = ' • Starting control-plane 🕹️  ...';

describe('the steps that kind tells', () => {
  test.each([
    [IMAGE, { text: 'Ensuring node image (kindest/node:v1.34.4)', begins: true }],
    [IMAGE_DONE, { text: 'Ensuring node image (kindest/node:v1.34.4)', begins: false }],
    [NODES, { text: 'Preparing nodes', begins: true }],
    [NODES_DONE, { text: 'Preparing nodes', begins: false }],
    [KUBEADM, { text: 'Starting control-plane', begins: true }],
    ['Creating cluster "c" ...', undefined],
    ['', undefined],
  ])('%j', (line, step) => expect(stepOf(line)).toEqual(step));
});

describe('kind create cluster', () => {
  test('gets what it needs, in a process group of its own and without the kubeconfig of the user', async () => {
    const kind = start(new AbortController().signal);
    kind.said('Creating cluster "c" ...', IMAGE, IMAGE_DONE, NODES);
    kind.end(3);
    expect((await kind.creating.ended).code).toBe(3);
    expect(kind.args().join(' ')).toBe(
      'create cluster --name c --image img --config - --kubeconfig /k --retain',
    );
    expect(kind.options()).toMatchObject({ stdin: 'CONFIG', group: true });
    expect(kind.options().env).not.toHaveProperty('KUBECONFIG');
    expect(kind.progress).toEqual([
      'kind: Ensuring node image (kindest/node:v1.34.4)',
      'kind: Preparing nodes',
    ]);
  });

  test.each([
    ['before its first line', []],
    ['while the image is pulled', [IMAGE]],
    ['once the nodes are there', [IMAGE, IMAGE_DONE, NODES, NODES_DONE, KUBEADM]],
  ])('is stopped at once %s', (_, lines) => {
    const stop = new AbortController();
    const kind = start(stop.signal);
    kind.said(...lines);
    expect(kind.creating.makingContainers()).toBe(false);
    stop.abort();
    expect(kind.killed()).toBe(true);
  });

  test('is let go on while docker makes containers, and stopped behind that', () => {
    const stop = new AbortController();
    const kind = start(stop.signal);
    kind.said(IMAGE, IMAGE_DONE);
    stop.abort();
    expect(kind.killed()).toBe(false);
    kind.said(NODES);
    expect(kind.killed()).toBe(false);
    expect(kind.creating.makingContainers()).toBe(true);
    kind.said(NODES_DONE);
    expect(kind.killed()).toBe(true);
  });

  test('that ends by itself after it was to be stopped counts as cancelled', async () => {
    const stop = new AbortController();
    const kind = start(stop.signal);
    kind.said(IMAGE_DONE, NODES);
    stop.abort();
    kind.end();
    await expect(kind.creating.ended).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(kind.creating.makingContainers()).toBe(false);
  });

  test('is not started for one who has gone', async () => {
    const kind = start(AbortSignal.abort());
    await expect(kind.creating.ended).rejects.toThrow();
  });
});
