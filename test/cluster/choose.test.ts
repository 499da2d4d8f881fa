import { describe, expect, test } from '@jest/globals';
import { asksForKind, chooseProvider, uniqueName } from '../../src/cluster/choose.js';
import type { Exec } from '../../src/exec.js';

const docker =
  (answers: boolean): Exec =>
  async () => ({ code: answers ? 0 : 1, stdout: answers ? '28.0.0\n' : '', stderr: '' });
const deps = (answers: boolean) => ({ exec: docker(answers), env: {} });

describe('chooseProvider', () => {
  test.each([
    ['auto', undefined, true, 'kind'],
    ['auto', undefined, false, 'control-plane'],
    ['auto', 'level engine', true, 'kind'],
    ['kind', undefined, false, 'kind'],
    ['control-plane', undefined, true, 'control-plane'],
    ['existing', 'level engine', true, 'existing'],
  ] as const)('%s, pods for %s, Docker answers %s: %s', async (wanted, podsFor, answers, provider) => {
    expect(await chooseProvider(wanted, podsFor, deps(answers))).toBe(provider);
  });

  test('pods are needed and Docker does not answer: an infrastructure error with the ways out', async () => {
    await expect(chooseProvider('auto', 'level engine', deps(false))).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(
        /^level engine needs a cluster that runs pods, .*cluster: control-plane/,
      ),
    });
  });
});

test.each([
  [{}, false],
  [{ nodeImage: 'kindest/node:v1' }, true],
  [{ kindConfig: 'kind.yaml' }, true],
  [{ portMappings: ['31000:31000'] }, true],
  [{ registryMirrors: ['docker.io=https://mirror.example'] }, true],
])('asksForKind(%j) is %s', (wishes, asks) => {
  expect(asksForKind({ portMappings: [], registryMirrors: [], ...wishes })).toBe(asks);
});

test('a unique name is a DNS label, and another each time', () => {
  const names = new Set(Array.from({ length: 50 }, uniqueName));
  expect(names.size).toBe(50);
  for (const name of names) expect(name).toMatch(/^argocd-dr-[0-9a-f]{8}$/);
});
