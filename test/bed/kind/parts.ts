import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { infraError } from '../../../src/errors.js';
import { type Exec, tail } from '../../../src/exec.js';
import type { Log } from '../../../src/log.js';
import { generatedGoMod, goBuild, goEnv, parseGoMod, toolsFile } from '../../../src/tools/gomodule.js';
import { assertPlatform } from '../../../src/tools/platform.js';

const CNI_PLUGINS = '1.9.1';

/** Programs that are built from one version of a Go module. */
interface GoModule {
  /** The folder in `mod/`. */
  name: string;
  module: string;
  version: string;
  ldflags: string;
  /** Of each program, in the module. */
  packages: readonly string[];
}

export interface PartsHost {
  exec: Exec;
  log: Log;
  /** Holds `bin/` and `mod/`. */
  dir: string;
}

/**
 * Builds what a node of a kind cluster runs and no user has on the machine: kubeadm, kubelet, the other parts of
 * the control plane, CoreDNS, the CNI plugins. Into `bin/`; what is there in the right version is left.
 * @returns the images that kubeadm asks for
 */
export async function buildParts(kubernetes: string, host: PartsHost): Promise<string[]> {
  await mkdir(join(host.dir, 'bin'), { recursive: true });
  await buildModule(kubernetesModule(kubernetes), host);
  await buildModule(cniModule(), host);
  const images = await kubeadmImages(kubernetes, host);
  await buildModule(corednsModule(images), host);
  return images;
}

/** The folder of a Go module in Go's module cache, fetched if need be. */
export async function moduleSource(module: string, version: string, exec: Exec): Promise<string> {
  // Outside of every module, so that no other go.mod has a say.
  const json = await go(['mod', 'download', '-json', `${module}@v${version}`], '/', exec);
  return (JSON.parse(json) as { Dir: string }).Dir;
}

const kubernetesModule = (version: string): GoModule => ({
  name: 'kubernetes',
  module: 'k8s.io/kubernetes',
  version,
  ldflags: goBuild('kube-apiserver', version).ldflags,
  packages: ['kubelet', 'kubeadm', 'kube-proxy', 'kube-controller-manager', 'kube-scheduler'].map(
    (name) => `k8s.io/kubernetes/cmd/${name}`,
  ),
});

const cniModule = (): GoModule => ({
  name: 'cni',
  module: 'github.com/containernetworking/plugins',
  version: CNI_PLUGINS,
  ldflags: '',
  packages: ['main/ptp', 'main/loopback', 'ipam/host-local', 'meta/portmap'].map(
    (path) => `github.com/containernetworking/plugins/plugins/${path}`,
  ),
});

/** CoreDNS in the version that kubeadm asks for. */
function corednsModule(images: readonly string[]): GoModule {
  const [, version] = images.map((image) => /\/coredns:v(.+)$/.exec(image)).find(Boolean) ?? [];
  if (!version) throw infraError(`kubeadm asks for no image of CoreDNS: ${images.join(', ')}`);
  const module = 'github.com/coredns/coredns';
  return { name: 'coredns', module, version, ldflags: '', packages: [module] };
}

async function kubeadmImages(version: string, { exec, dir }: PartsHost): Promise<string[]> {
  const kubeadm = join(dir, 'bin', 'kubeadm');
  const list = await exec(kubeadm, ['config', 'images', 'list', '--kubernetes-version', `v${version}`]);
  if (list.code === 0) return list.stdout.trim().split('\n');
  throw infraError(`${kubeadm} does not list its images: ${tail(list.stderr)}`);
}

async function buildModule(module: GoModule, host: PartsHost): Promise<void> {
  const folder = join(host.dir, 'mod', module.name);
  if (!(await isPrepared(folder, module))) await prepare(folder, module, host);
  for (const path of module.packages) await buildProgram(path, folder, module.ldflags, host);
}

/** The go.mod of a folder tells what version the programs in `bin/` are of. */
async function isPrepared(folder: string, { module, version }: GoModule): Promise<boolean> {
  if (!existsSync(join(folder, 'go.sum'))) return false;
  const lines = (await readFile(join(folder, 'go.mod'), 'utf8')).split('\n');
  return lines.some((line) => line.trim().replace(/^require /, '') === `${module} v${version}`);
}

/** A module that requires the programs' one (see generatedGoMod); programs of another version go first. */
async function prepare(folder: string, module: GoModule, { exec, dir }: PartsHost): Promise<void> {
  for (const path of module.packages) await rm(join(dir, 'bin', programOf(path)), { force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const source = await moduleSource(module.module, module.version, exec);
  const upstream = parseGoMod(await go(['mod', 'edit', '-json', join(source, 'go.mod')], folder, exec));
  await writeFile(
    join(folder, 'go.mod'),
    generatedGoMod(module.name, module.module, module.version, upstream),
  );
  for (const path of module.packages)
    await writeFile(join(folder, `tools-${programOf(path)}.go`), toolsFile(path));
  await go(['mod', 'tidy'], folder, exec);
}

async function buildProgram(
  path: string,
  folder: string,
  ldflags: string,
  { exec, log, dir }: PartsHost,
): Promise<void> {
  const program = join(dir, 'bin', programOf(path));
  if (existsSync(program)) return;
  log.info(`building ${programOf(path)} from Go modules: a minute or more the first time`);
  const unfinished = `${program}.unfinished`;
  await go(['build', '-trimpath', '-ldflags', `-s -w ${ldflags}`, '-o', unfinished, path], folder, exec);
  await rename(unfinished, program);
}

const programOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

async function go(args: readonly string[], cwd: string, exec: Exec): Promise<string> {
  const result = await exec('go', args, { cwd, env: goEnv(process.env, assertPlatform()) });
  if (result.code === 0) return result.stdout;
  const said = tail(result.stderr || result.stdout, 10);
  throw infraError(`go ${args.slice(0, 2).join(' ')} in ${cwd} ended with ${result.code}: ${said}`);
}
