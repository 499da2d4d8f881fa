import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../children.js';
import { cancelled, infraError } from '../errors.js';
import { tail } from '../exec.js';
import { Kube } from '../kube/api.js';
import { loadKubeConfig } from '../kube/config.js';
import type { Scope } from '../scope.js';
import type { Cluster } from './cluster.js';

export interface ControlPlaneOptions {
  name: string;
  /** A private folder (mode 0700) that holds data, keys, logs and the kubeconfig; removed by `stop`. */
  dir: string;
  /** Paths of the two programs. */
  etcd: string;
  kubeApiserver: string;
  /** Removes the cluster when it is closed; without one the processes outlive this one. */
  scope?: Scope;
  signal?: AbortSignal;
}

export interface ControlPlane extends Cluster {
  readonly provider: 'control-plane';
  /** Of etcd and kube-apiserver. */
  readonly pids: number[];
}

const READY_TIMEOUT_MS = 90_000;
const POLL_MS = 50;
const PORT_ATTEMPTS = 3;
const CONTEXT = 'argocd-dr';
/** In the folder that both processes work in: the path of a socket has room for a hundred characters or so. */
const ETCD = 'unix://etcd.sock';

/**
 * Kubernetes without nodes: etcd and kube-apiserver as child processes on this machine. Nothing runs in it,
 * so nothing that is restored into it can act. etcd listens on a socket in the private folder only, the API
 * server on a loopback port with TLS and a random token.
 * @throws DrError (infrastructure) with the end of the log of the process that failed
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const plane = launch(options, port);
    try {
      await ready(plane, options.signal);
      const kube = connect(options, plane);
      return controlPlane(options, plane, kube);
    } catch (error) {
      kill(plane.children);
      const portTaken = readLog(options.dir, 'kube-apiserver').includes('address already in use');
      if (!portTaken || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

interface Launched {
  options: ControlPlaneOptions;
  server: string;
  token: string;
  children: ChildProcess[];
}

function controlPlane(options: ControlPlaneOptions, { children }: Launched, kube: Kube): ControlPlane {
  return {
    provider: 'control-plane',
    name: options.name,
    target: { kubeconfig: kubeconfigPath(options.dir), context: CONTEXT },
    kube,
    pids: children.map((child) => child.pid!),
    async stop() {
      await Promise.all(children.map(endOf));
      rmSync(options.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** Starts both processes side by side: the API server waits for etcd by itself. */
function launch(options: ControlPlaneOptions, port: number): Launched {
  const token = randomBytes(24).toString('hex');
  writeKeys(options.dir, token);
  const children = [
    launchProcess(options, 'etcd', options.etcd, etcdArguments(options.dir)),
    launchProcess(options, 'kube-apiserver', options.kubeApiserver, apiserverArguments(options.dir, port)),
  ];
  return { options, server: `https://127.0.0.1:${port}`, token, children };
}

function launchProcess(
  { dir, scope }: ControlPlaneOptions,
  name: string,
  path: string,
  args: string[],
): ChildProcess {
  const log = openSync(join(dir, `${name}.log`), 'w', 0o600);
  // Fewer garbage collections, as these processes live for a minute; the limit keeps large instances in bounds.
  const env = { PATH: process.env.PATH, HOME: dir, GOGC: '800', GOMEMLIMIT: '3GiB' };
  const lasting = !scope;
  const stdio = ['ignore' as const, log, log];
  const child = startChild(path, args, { cwd: dir, env, detached: lasting, lasting, stdio });
  // A program that cannot be started shows as one without a pid, see `ready`.
  child.on('error', () => {});
  if (!scope) child.unref();
  scope?.defer(
    () => endOf(child),
    () => kill([child]),
  );
  return child;
}

function etcdArguments(dir: string): string[] {
  // The advertised and peer addresses are never listened on: etcd only wants their form to be host:port.
  const unused = 'http://127.0.0.1:2380';
  return [
    '--name=argocd-dr',
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${unused}`,
    '--listen-peer-urls=unix://peer.sock',
    `--initial-advertise-peer-urls=${unused}`,
    `--initial-cluster=argocd-dr=${unused}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
  ];
}

function apiserverArguments(dir: string, port: number): string[] {
  return [
    `--etcd-servers=${ETCD}`,
    `--cert-dir=${join(dir, 'certs')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--anonymous-auth=false',
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'service-account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // Without a controller manager no ServiceAccount gets its token, which this plugin would wait for.
    '--disable-admission-plugins=ServiceAccount',
    // One client, our own: it needs no fairness between clients, only throughput.
    '--enable-priority-and-fairness=false',
    '--max-requests-inflight=0',
    '--max-mutating-requests-inflight=0',
    '--profiling=false',
  ];
}

function writeKeys(dir: string, token: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(dir, 'service-account.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(dir, 'service-account.pub'), publicKey, { mode: 0o600 });
  writeFileSync(join(dir, 'tokens.csv'), `${token},argocd-dr,argocd-dr,system:masters\n`, { mode: 0o600 });
}

/** Waits until /readyz answers ok, or a process has ended, or time is up. */
async function ready(plane: Launched, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (signal?.aborted) throw cancelled();
    assertAlive(plane);
    if (await answersReady(plane)) return;
    if (Date.now() > deadline)
      throw infraError(
        `the embedded control plane was not ready within ${READY_TIMEOUT_MS / 1000} s; the API server's log ends with: ` +
          tail(readLog(plane.options.dir, 'kube-apiserver')),
      );
    await sleep(POLL_MS);
  }
}

function assertAlive({ options, children }: Launched): void {
  for (const [index, name] of ['etcd', 'kube-apiserver'].entries()) {
    const child = children[index]!;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) continue;
    throw infraError(
      `${name} of the embedded control plane ended at its start; its log ends with: ` +
        (tail(readLog(options.dir, name)) || `(nothing; is ${child.spawnfile} a program that runs here?)`),
    );
  }
}

async function answersReady(plane: Launched): Promise<boolean> {
  try {
    const kube = connect(plane.options, plane);
    // Besides being ready, the namespaces that every cluster has must be there: the drill reads kube-system.
    await kube.call('GET', '/api/v1/namespaces/kube-system');
    await kube.call('GET', '/readyz?verbose=false').catch((error) => {
      // "ok" is no JSON, and that is what is wanted.
      if (!(error instanceof SyntaxError)) throw error;
    });
    return true;
  } catch {
    return false;
  }
}

/** Writes the kubeconfig as soon as the API server has made its certificate, and connects by it. */
function connect({ dir, signal }: ControlPlaneOptions, { server, token }: Launched): Kube {
  const certificate = readFileSync(join(dir, 'certs', 'apiserver.crt'));
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: CONTEXT, cluster: { server, 'certificate-authority-data': certificate.toString('base64') } },
    ],
    users: [{ name: CONTEXT, user: { token } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT, namespace: 'argocd' } }],
    'current-context': CONTEXT,
  };
  // JSON is YAML.
  writeFileSync(kubeconfigPath(dir), JSON.stringify(kubeconfig, null, 2), { mode: 0o600 });
  return new Kube(loadKubeConfig({ kubeconfig: kubeconfigPath(dir) }), signal);
}

const kubeconfigPath = (dir: string) => join(dir, 'kubeconfig');

function readLog(dir: string, name: string): string {
  try {
    return readFileSync(join(dir, `${name}.log`), 'utf8');
  } catch {
    return '';
  }
}

/** A control plane that goes away keeps nothing, so it need not end gracefully. */
function kill(children: ChildProcess[]): void {
  for (const child of children) child.kill('SIGKILL');
}

/** Ends a process and waits until it is gone. */
async function endOf(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  kill([child]);
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(address)));
    });
  });
}
