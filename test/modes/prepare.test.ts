import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OpenedBackup } from '../../src/bundle/open.js';
import { exec } from '../../src/exec.js';
import { parseInputs } from '../../src/inputs.js';
import { silentLog } from '../../src/log.js';
import type { Stoppable } from '../../src/modes/levels/drill.js';
import { prepare } from '../../src/modes/prepare.js';
import { Recorder } from '../../src/report/recorder.js';
import { noRunner } from '../../src/runner.js';
import { Scope } from '../../src/scope.js';
import type { Tools } from '../../src/tools/tools.js';

const dir = mkdtempSync(join(tmpdir(), 'prepare-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A file of manifests that install one version of Argo CD. */
function manifestsOf(version: string, pod: object = {}): string {
  const path = join(dir, `${version}${Object.keys(pod).join()}.json`);
  const labels = { 'app.kubernetes.io/name': 'argocd-server', 'app.kubernetes.io/component': 'server' };
  const containers = [{ name: 'argocd-server', image: `quay.io/argoproj/argocd:v${version}` }];
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'argocd-server', labels },
    spec: { template: { spec: { containers, ...pod } } },
  };
  writeFileSync(path, JSON.stringify(object));
  return path;
}

/** The versions of whatever was fetched. */
const fetched: string[] = [];
beforeEach(() => void fetched.splice(0));

/** Prepares a drill of a backup of Argo CD 3.1.9, or of what it says. */
async function prepared(
  values: Record<string, string>,
  cluster: 'control-plane' | 'kind' | 'existing' = 'control-plane',
  backedUp = '3.1.9',
  ofThisRun?: boolean,
) {
  const recorder = new Recorder({ mode: 'drill', startedAt: new Date() });
  const tools = {
    get: async (name: string, version: string) => {
      fetched.push(version);
      return { name, version, path: `/tools/${name}-${version}` };
    },
    manifests: async (version: string) => {
      fetched.push(version);
      return manifestsOf(version);
    },
    used: () => [],
  } as unknown as Tools;
  const scope = new Scope();
  const { signal } = new AbortController();
  const deps = {
    log: silentLog,
    runner: noRunner,
    exec,
    tools,
    scope,
    signal,
    env: {},
    startedAt: new Date(),
    recorder,
  };
  const manifest = { namespace: 'argocd', argocdVersion: backedUp };
  const opened = { manifest, ofThisRun } as unknown as OpenedBackup;
  const inputs = await parseInputs({ mode: 'drill', values }, {});
  const plan = { ...inputs, level: 'restore', cluster } as const;
  const stoppable: Stoppable = { ...deps, stop() {} };
  const { argocdVersion, argocd, rehearsal } = await prepare(opened, {} as never, plan, stoppable);
  return { argocdVersion, argocd, rehearsal, warnings: recorder.finish(OUTCOME).warnings };
}

const OUTCOME = { verdict: 'PASS', exitCode: 0, message: '' } as const;

describe('the version to restore into', () => {
  test("is the backup's, and no rehearsal", async () => {
    expect(await prepared({})).toEqual({
      argocdVersion: '3.1.9',
      argocd: '/tools/argocd-3.1.9',
      rehearsal: false,
      warnings: [],
    });
  });

  test.each([
    ['as asked for', () => ({ 'argocd-version': '3.2.11' })],
    ["that of the user's manifests", () => ({ manifests: manifestsOf('3.2.11') })],
  ])('is newer, %s: a rehearsal, told as a warning', async (_what, values) => {
    expect(await prepared(values())).toEqual({
      argocdVersion: '3.2.11',
      argocd: '/tools/argocd-3.2.11',
      rehearsal: true,
      warnings: ["Restored into Argo CD 3.2.11, newer than the backup's 3.1.9."],
    });
  });

  test("the user's manifests of the same version are a rehearsal too", async () => {
    const given = await prepared({ manifests: manifestsOf('3.1.9') });
    expect(given).toMatchObject({ argocdVersion: '3.1.9', rehearsal: true, warnings: [] });
  });

  test.each([
    ['argocd-version', () => ({ 'argocd-version': '3.1.8' }), /^argocd-version 3\.1\.8 is older/],
    [
      'manifests',
      () => ({ manifests: manifestsOf('3.0.20') }),
      /^the Argo CD of the manifests, 3\.0\.20 is older than the backup's 3\.1\.9.*give manifests of 3\.1\.9/,
    ],
  ])('older by %s is refused', async (_input, values, message) => {
    await expect(prepared(values())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });
});

test("a demonstration's version is the one that the inputs name, whichever it is", async () => {
  const made = await prepared({}, 'control-plane', '3.2.0-rc1', true);
  expect(made).toMatchObject({ argocdVersion: '3.2.0-rc1', rehearsal: false });
});

describe('a forged backup', () => {
  const FORGED = ['2.3.0', '1.0.0', '3.1.9-0.20240102030405-0123456789ab', '3.1.9-rc1'];

  test.each(FORGED)('that names Argo CD %s fetches and runs nothing of it', async (version) => {
    await expect(prepared({}, 'control-plane', version)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(`of Argo CD ${version}, which is no release`),
    });
    expect(fetched).toEqual([]);
  });

  test.each(FORGED)("that names %s is restored into the user's own version", async (version) => {
    const given = await prepared({ 'argocd-version': '3.1.9' }, 'control-plane', version);
    expect(given).toMatchObject({ argocdVersion: '3.1.9', rehearsal: true });
    expect(new Set(fetched)).toEqual(new Set(['3.1.9']));
  });
});

test('manifests that a quarantine cannot hold are refused where pods run', async () => {
  const values = { manifests: manifestsOf('3.1.9', { hostNetwork: true }) };
  await expect(prepared(values, 'kind')).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/Deployment (argocd\/)?argocd-server: hostNetwork; leave/),
  });
  for (const cluster of ['control-plane', 'existing'] as const) await prepared(values, cluster);
});
