import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { exec, tail } from '../../src/exec.js';
import { DEFAULT_VERSIONS } from '../../src/tools/versions.js';
import { bed, tools } from '../bed/bed.js';

afterAll(() => bed.close());

/** Runs a program and returns what it printed. */
async function output(command: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await exec(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${tail(stderr)}`);
  return stdout.trim();
}

test('a kind cluster of one node starts, is ready, pulls an image, and goes', async () => {
  const [kind, kubectl] = await Promise.all([
    tools.get('kind', DEFAULT_VERSIONS.kind),
    tools.get('kubectl', DEFAULT_VERSIONS.kubernetes),
  ]);
  const name = `bed-${process.pid}`;
  const kubeconfig = join(bed.privateDir('test-kind'), 'kubeconfig');
  const image = process.env.NODE_IMAGE ? ['--image', process.env.NODE_IMAGE] : [];
  const on = (...args: string[]) => output(kubectl.path, ['--kubeconfig', kubeconfig, ...args]);
  const clusters = async () => (await output(kind.path, ['get', 'clusters'])).split('\n');
  try {
    await output(kind.path, ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, ...image]);
    await on('wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s');
    expect(await on('get', 'nodes', '--output=name')).toBe(`node/${name}-control-plane`);
    await on('wait', '--for=create', 'serviceaccount/default', '--timeout=60s');
    const pod = join(bed.privateDir('test-pod'), 'pod.json');
    writeFileSync(pod, JSON.stringify(podOf(`quay.io/argoproj/argocd:v${DEFAULT_VERSIONS.argocd}`)));
    await on('create', '--filename', pod);
    await on('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/version', '--timeout=300s');
    expect(await on('logs', 'pod/version')).toContain(`v${DEFAULT_VERSIONS.argocd}`);
  } finally {
    await output(kind.path, ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
  }
  expect(await clusters()).not.toContain(name);
});

/** A pod that says what version of Argo CD its image holds. */
const podOf = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'version' },
  spec: {
    restartPolicy: 'Never',
    // A cluster of one node has the control plane's taint only where there are workers; this holds in any case.
    tolerations: [{ operator: 'Exists' }],
    automountServiceAccountToken: false,
    containers: [
      { name: 'version', image, imagePullPolicy: 'Always', command: ['argocd', 'version', '--client'] },
    ],
  },
});
