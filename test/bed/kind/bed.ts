import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PINNED_IMAGES } from '../../../src/cluster/kind/node-images.js';
import { infraError, invalidInput } from '../../../src/errors.js';
import { type Exec, type ExecResult, exec, tail } from '../../../src/exec.js';
import type { Log } from '../../../src/log.js';
import { createTools } from '../../../src/tools/chain.js';
import { argocdModule } from '../../../src/tools/gomodule.js';
import { withLock } from '../../../src/tools/lock.js';
import type { Tools } from '../../../src/tools/tools.js';
import { DEFAULT_VERSIONS } from '../../../src/tools/versions.js';
import { buildParts, moduleSource } from './parts.js';

/** The versions of Argo CD whose images the bed makes: the default, and a newer one for upgrade rehearsals. */
export const ARGOCD_VERSIONS = [DEFAULT_VERSIONS.argocd, '3.2.11'] as const;

/** What the bed makes itself. */
export const BUILT_NODE_IMAGE = `kindest/node:v${DEFAULT_VERSIONS.kubernetes}`;

/** An image of kind's own release: where Docker can pull it, Argo CD's images can be had as well. */
const [RELEASED_NODE_IMAGE = ''] = [...PINNED_IMAGES].map(
  ([tag, digest]) => `kindest/node:v${tag}@${digest}`,
);
const PULL_TIMEOUT_MS = 600_000;

export interface KindBed {
  /** For DOCKER_HOST. */
  dockerHost: string;
  /** The image to make nodes of; undefined: what the program under test chooses by itself. */
  nodeImage: string | undefined;
}

type Plan = 'use' | 'build';

/**
 * Makes it possible to run kind clusters with Argo CD here, and tells how. Where Docker answers and has or can pull
 * kind's node image, that is all. Elsewhere (root, Debian, Go) it starts a Docker daemon, builds the node image and
 * Argo CD's images, and runs a registry for the nodes. What is there already is used; what has stopped is started.
 * ARGOCD_DR_BED=use or =build decides instead.
 * @throws DrError (infrastructure) naming what could not be made
 */
export async function kindBed(log: Log): Promise<KindBed> {
  if ((await plan(process.env, exec, log)) === 'use')
    return { dockerHost: await currentHost(exec), nodeImage: undefined };
  const dir = bedDir(process.env);
  mkdirSync(dir, { recursive: true });
  return withLock(dir, 'test bed for kind', { log, signal: undefined }, () => build({ dir, exec, log }));
}

/** Takes back what kindBed() has built, but for programs, and leaves what is in use. */
export async function resetBed(log: Log): Promise<void> {
  const host = { dir: bedDir(process.env), exec, log };
  await withLock(host.dir, 'test bed for kind', { log, signal: undefined }, async () => {
    const dockerHost = await script('dockerd.sh', [], {}, host);
    await script('reset.sh', [], { DOCKER_HOST: dockerHost }, host);
  });
}

/**
 * Whether the images of this machine's Docker will do, or the bed has to make its own.
 * @throws DrError (invalid input) where ARGOCD_DR_BED is neither `use` nor `build`
 */
export async function plan(env: NodeJS.ProcessEnv, run: Exec, log: Log): Promise<Plan> {
  const { ARGOCD_DR_BED: forced } = env;
  if (forced === 'use' || forced === 'build') return forced;
  if (forced) throw invalidInput(`ARGOCD_DR_BED is "${forced}"; it may be use or build`);
  const docker = (...args: string[]) => succeeds(run('docker', args));
  if (!(await docker('version', '--format', '{{.Server.Version}}'))) return 'build';
  // This daemon holds what the bed has built; it may need repair.
  if (await docker('image', 'inspect', 'bed-node:1')) return 'build';
  if (await docker('image', 'inspect', RELEASED_NODE_IMAGE)) return 'use';
  log.info(`pulling ${RELEASED_NODE_IMAGE}`);
  const signal = AbortSignal.timeout(PULL_TIMEOUT_MS);
  return (await succeeds(run('docker', ['pull', '--quiet', RELEASED_NODE_IMAGE], { signal })))
    ? 'use'
    : 'build';
}

/** Where the bed keeps what it builds: `bin/`, `mod/`, `roots/`, `docker/`. */
export const bedDir = (env: NodeJS.ProcessEnv) =>
  join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'argocd-dr-bed');

/** The images that a manifest names, each once. */
export function imagesOf(manifest: string): string[] {
  const names = [...manifest.matchAll(/^\s*(?:- )?image: (\S+)$/gm)].map((match) => match[1]!);
  return [...new Set(names)].sort();
}

interface Host {
  dir: string;
  exec: Exec;
  log: Log;
}

async function build(host: Host): Promise<KindBed> {
  const dockerHost = await script('dockerd.sh', [], {}, host);
  const env = { DOCKER_HOST: dockerHost };
  const tools = createTools({ source: 'auto', exec: host.exec, log: host.log });
  const images: string[] = [];
  for (const version of ARGOCD_VERSIONS) images.push(...(await buildArgocd(version, tools, env, host)));
  await buildNode(tools, env, host);
  await script('registry.sh', [...new Set(images)], env, host);
  return { dockerHost, nodeImage: BUILT_NODE_IMAGE };
}

/** Makes the images of one version of Argo CD, HA or not, and names them. */
async function buildArgocd(
  version: string,
  tools: Tools,
  env: NodeJS.ProcessEnv,
  host: Host,
): Promise<string[]> {
  const manifests = await Promise.all([true, false].map((ha) => tools.manifests(version, { ha })));
  const images = imagesOf(manifests.map((path) => readFileSync(path, 'utf8')).join('\n'));
  if (await areThere(images, env, host)) return images;
  const [argocd, helm, source] = await Promise.all([
    tools.get('argocd', version),
    tools.get('helm', DEFAULT_VERSIONS.helm),
    moduleSource(argocdModule(version), version, host.exec),
  ]);
  const settings = { ARGOCD: argocd.path, HELM: helm.path, ARGOCD_SOURCE: source };
  await script('argocd-images.sh', images, { ...env, ...settings }, host);
  return images;
}

async function buildNode(tools: Tools, env: NodeJS.ProcessEnv, host: Host): Promise<void> {
  if (await areThere([BUILT_NODE_IMAGE], env, host)) return;
  const { kubernetes, etcd, kind } = DEFAULT_VERSIONS;
  const images = await buildParts(kubernetes, host);
  const settings = {
    K8S_VERSION: kubernetes,
    ETCD: (await tools.get('etcd', etcd)).path,
    KUBE_APISERVER: (await tools.get('kube-apiserver', kubernetes)).path,
    KUBECTL: (await tools.get('kubectl', kubernetes)).path,
    KIND_SOURCE: await moduleSource('sigs.k8s.io/kind', kind, host.exec),
    KUBERNETES_SOURCE: await moduleSource('k8s.io/kubernetes', kubernetes, host.exec),
  };
  await script('node-image.sh', images, { ...env, ...settings }, host);
}

const areThere = (images: readonly string[], env: NodeJS.ProcessEnv, { exec }: Host) =>
  succeeds(exec('docker', ['image', 'inspect', ...images], { env: { ...process.env, ...env } }));

/** Runs a script of this folder, tells each line of its standard error, and returns its standard output. */
async function script(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { dir, exec, log }: Host,
): Promise<string> {
  const path = join(import.meta.dirname, name);
  const settings = { ...process.env, ...env, BED: dir };
  const { code, stdout, stderr } = await exec('bash', [path, ...args], {
    set: settings,
    onLine: (line) => log.info(line),
  });
  if (code === 0) return stdout.trim();
  throw infraError(`test/bed/kind/${name} ended with ${code}: ${tail(stderr || stdout)}`);
}

async function currentHost(run: Exec): Promise<string> {
  const args = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'];
  const { code, stdout, stderr } = await run('docker', args);
  if (code === 0) return stdout.trim();
  throw infraError(`Docker does not tell its address: ${tail(stderr)}; install Docker, or set DOCKER_HOST`);
}

/** Whether a program ended well; one that is not there, or takes too long, did not. */
const succeeds = (ended: Promise<ExecResult>) =>
  ended.then(
    ({ code }) => code === 0,
    () => false,
  );
