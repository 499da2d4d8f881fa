import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { KubeObject } from '../../src/kube/objects.js';
import { SECRET } from '../../src/kube/objects.js';
import { type Report, reportSchema } from '../../src/report/report.js';
import { bed, type Ended, runMode, startSource, tempDir } from '../bed/bed.js';

const root = join(import.meta.dirname, '..', '..');
const MAIN = join(root, 'dist', 'index.js');

/** What `docker` prints. */
export const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** The names of all containers that are nodes of kind clusters. */
export const nodeContainers = (): string[] =>
  docker('ps', '--all', '--filter', 'label=io.x-k8s.kind.cluster', '--format', '{{.Names}}')
    .split('\n')
    .filter(Boolean);

/** That no node is left; one that is goes, so that the next test does not meet it. */
export function expectNoNodes(): void {
  const left = nodeContainers();
  if (left.length > 0) docker('rm', '--force', '--volumes', ...left);
  expect(left).toEqual([]);
}

/** IPv4 of this machine in the network of kind's nodes. */
export function gateway(): string {
  const found = docker(
    'network',
    'inspect',
    'kind',
    '--format',
    '{{range .IPAM.Config}}{{.Gateway}} {{end}}',
  );
  return found.split(' ').find((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address))!;
}

/** The image that nodes are made of here, as inputs; empty: argocd-dr's own choice. */
export const nodeImage = (): Record<string, string> =>
  process.env.NODE_IMAGE ? { 'node-image': process.env.NODE_IMAGE } : {};

export interface Backup {
  path: string;
  identity: string;
}

/**
 * A sealed backup of a demonstration source.
 * @param change is done to the source before
 */
export async function makeBackup(
  applications = 60,
  change: (source: Awaited<ReturnType<typeof startSource>>) => Promise<void> = async () => {},
): Promise<Backup> {
  const source = await startSource(applications);
  await change(source);
  const identity = await generateIdentity();
  const { outputs, text } = await runMode('backup', {
    kubeconfig: source.plane.target.kubeconfig!,
    recipients: await identityToRecipient(identity),
    output: `${tempDir()}/`,
  });
  await source.plane.stop();
  if (!outputs['backup-path']) throw new Error(text);
  return { path: outputs['backup-path'], identity };
}

/** A restore drill on kind in this process. */
export function drillOnKind(
  { path, identity }: Backup,
  values: Record<string, string> = {},
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; onLine?: (line: string) => void } = {},
): Promise<Ended> {
  return runMode(
    'restore-verify',
    { backup: path, identity, cluster: 'kind', ...nodeImage(), ...values },
    options,
  );
}

/** Each check that was made, with its status. */
export const statuses = ({ checks }: Report) =>
  Object.fromEntries(checks.map(({ id, status }) => [id, status]));

export const checkOf = ({ checks }: Report, id: string) => checks.find((check) => check.id === id)!;

/** A TCP server of this machine's, in the network of the nodes, that counts who comes. */
export interface Watchtower {
  address: string;
  port: number;
  contacts: () => number;
}

export async function watchtower(): Promise<Watchtower> {
  let contacts = 0;
  const server: Server = createServer((socket) => {
    contacts++;
    socket.destroy();
  });
  const address = gateway();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  bed.defer(
    () => void server.close(),
    () => void server.close(),
  );
  const { port } = server.address() as { port: number };
  return { address, port, contacts: () => contacts };
}

/** A cluster Secret as Argo CD keeps it. */
export function clusterSecret(name: string, server: string): KubeObject {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = JSON.stringify({ bearerToken: 'of-production', tlsClientConfig: { insecure: true } });
  return {
    apiVersion: SECRET.apiVersion,
    kind: SECRET.kind,
    metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    type: 'Opaque',
    data: { name: base64(name), server: base64(server), config: base64(config) },
  };
}

export interface Running {
  child: ChildProcess;
  tmp: string;
  reportDir: string;
  text: () => string;
  ended: Promise<number | null>;
}

/** Starts the bundle as users do, with folders of its own. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const [tmp, reportDir] = [tempDir(), tempDir()];
  const report = args[0] === 'teardown' ? [] : ['--report-dir', reportDir];
  const child = spawn(process.execPath, [MAIN, ...args, ...report], {
    env: { ...process.env, RUNNER_TEMP: tmp, XDG_STATE_HOME: tmp, ...env },
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, tmp, reportDir, text: () => said, ended };
}

/** The same input names as flags. */
export const flags = (values: Record<string, string>) =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);

export const reportOf = ({ reportDir }: Running): Report =>
  reportSchema.parse(JSON.parse(readFileSync(join(reportDir, 'report.json'), 'utf8')));

/** Every file below a folder. */
export const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Waits for a condition, or for the run to end. */
export async function until(condition: () => boolean, run?: Running): Promise<void> {
  let over = false;
  void run?.ended.then(() => (over = true));
  while (!condition()) {
    if (over) throw new Error(`the run ended first:\n${run!.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
