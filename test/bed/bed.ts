import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import { applyManifests } from '../../src/argocd/manifests.js';
import { type ControlPlane, startControlPlane } from '../../src/cluster/control-plane.js';
import { createDemo } from '../../src/demo/create.js';
import { type DemoObject, demoObjects } from '../../src/demo/demo.js';
import { exec } from '../../src/exec.js';
import { execute } from '../../src/execute.js';
import { silentLog } from '../../src/log.js';
import type { OutputValues } from '../../src/outputs.js';
import type { Mode, Report } from '../../src/report/report.js';
import { noRunner, type Runner } from '../../src/runner.js';
import { Scope } from '../../src/scope.js';
import { createTools } from '../../src/tools/chain.js';
import { DEFAULT_VERSIONS } from '../../src/tools/versions.js';

/** Folders and clusters of a test file; closed in afterAll. */
export const bed = new Scope();

// A temporary folder of this test file's own, so that what is left in it can be told from others' work.
process.env.RUNNER_TEMP = bed.privateDir('test-tmp');

export const tools = createTools({ source: 'auto', exec, log: silentLog });

export const ARGOCD = DEFAULT_VERSIONS.argocd;

/** A real control plane: etcd and kube-apiserver. */
export async function startPlane(name = 'plane'): Promise<ControlPlane> {
  const [etcd, kubeApiserver] = await Promise.all([
    tools.get('etcd', DEFAULT_VERSIONS.etcd),
    tools.get('kube-apiserver', DEFAULT_VERSIONS.kubernetes),
  ]);
  const dir = bed.privateDir(`test-${name}`);
  return startControlPlane({ name, dir, etcd: etcd.path, kubeApiserver: kubeApiserver.path, scope: bed });
}

/** A control plane with Argo CD's HA manifests in a namespace, and nothing else. */
export async function startArgoCd(namespace = 'argocd'): Promise<ControlPlane> {
  const [plane, manifests] = await Promise.all([
    startPlane(),
    loadManifests({ ha: true, argocdVersion: ARGOCD, namespace }, tools),
  ]);
  await applyManifests(plane.kube, manifests, namespace);
  return plane;
}

export interface Source {
  plane: ControlPlane;
  objects: DemoObject[];
}

/** A control plane with the demonstration's objects. */
export async function startSource(applications = 60, namespace = 'argocd'): Promise<Source> {
  const plane = await startArgoCd(namespace);
  const objects = demoObjects({ applications, seed: 'test', namespace });
  await createDemo(plane.kube, objects, () => {});
  return { plane, objects };
}

export interface Ended {
  code: number;
  report: Report;
  /** Where its report and what goes with it is. */
  reportDir: string;
  outputs: OutputValues;
  /** All that was logged or printed. */
  text: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  runner?: Partial<Runner>;
  onLine?: (line: string) => void;
}

/** Runs a mode in this process, as the command line does: inputs as text, real clusters, report from the disk. */
export async function runMode(
  mode: Mode,
  values: Record<string, string>,
  options: RunOptions = {},
): Promise<Ended> {
  const reportDir = bed.privateDir('test-report');
  const lines: string[] = [];
  const outputs: OutputValues = {};
  const print = (line: string) => {
    lines.push(line);
    options.onLine?.(line);
  };
  const code = await execute(
    { mode, values: { 'report-dir': reportDir, ...values } },
    {
      log: { info: print, warn: print, progress: print },
      env: { ...process.env, ...options.env },
      signal: options.signal ?? new AbortController().signal,
      runner: { ...noRunner, ...options.runner },
      screen: { write: (text: string) => lines.push(text) },
      color: false,
      setOutputs: (values) => void Object.assign(outputs, values),
      fail: print,
    },
  );
  const report = JSON.parse(readFileSync(join(reportDir, 'report.json'), 'utf8')) as Report;
  return { code, report, reportDir, outputs, text: lines.join('\n') };
}

/** The folders that argocd-dr has under way in the temporary folder: plaintext may only be in these. */
export function leftovers(): string[] {
  return readdirSync(process.env.RUNNER_TEMP!).filter((name) => !name.startsWith('argocd-dr-test-'));
}

/** A new folder of a test. */
export const tempDir = () => bed.privateDir('test-dir');
