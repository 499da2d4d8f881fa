import { z } from 'zod';
import type { Platform } from './platform.js';
import type { ToolName } from './tools.js';
import { parseVersion } from './versions.js';

/** What the Go toolchain has to build for a tool. */
export interface GoBuild {
  module: string;
  package: string;
  /** Link-time settings, such as the version the program tells. */
  ldflags: string;
}

const goModSchema = z.object({
  Go: z.string(),
  Require: z.array(z.object({ Path: z.string(), Version: z.string() })).nullish(),
  Replace: z
    .array(
      z.object({
        Old: z.object({ Path: z.string(), Version: z.string().optional() }),
        New: z.object({ Path: z.string(), Version: z.string().optional() }),
      }),
    )
    .nullish(),
});

/** The part of `go mod edit -json` that matters here. */
export type GoMod = z.infer<typeof goModSchema>;

/** Reads what `go mod edit -json` prints. */
export const parseGoMod = (json: string): GoMod => goModSchema.parse(JSON.parse(json));

/**
 * Whether a version can be built from its Go module at all. From Argo CD 3.3 on, its go.mod replaces
 * gitops-engine by a folder of the repository, which the module does not hold.
 */
export function canBuild(name: ToolName, version: string): boolean {
  const { major, minor } = parseVersion(version);
  return name !== 'argocd' || major < 3 || (major === 3 && minor < 3);
}

/**
 * What to build for a tool.
 * @throws Error where a version cannot be built from Go modules
 */
export function goBuild(name: ToolName, version: string): GoBuild {
  switch (name) {
    case 'argocd':
      return argocdBuild(version);
    case 'etcd':
      return { module: 'go.etcd.io/etcd/server/v3', package: 'go.etcd.io/etcd/server/v3', ldflags: '' };
    case 'helm': {
      const module = `helm.sh/helm/v${parseVersion(version).major}`;
      return {
        module,
        package: `${module}/cmd/helm`,
        ldflags: `-X ${module}/internal/version.version=v${version}`,
      };
    }
    case 'kind':
      return { module: 'sigs.k8s.io/kind', package: 'sigs.k8s.io/kind', ldflags: '' };
    case 'kube-apiserver':
    case 'kubectl':
      return {
        module: 'k8s.io/kubernetes',
        package: `k8s.io/kubernetes/cmd/${name}`,
        ldflags: kubernetesFlags(version),
      };
  }
}

/**
 * The path of Argo CD's module for a version.
 * @throws Error for versions that have none
 */
export function argocdModule(version: string): string {
  const { major } = parseVersion(version);
  if (major < 2) throw new Error(`Argo CD ${version} is no Go module; 2.0 and later are`);
  return `github.com/argoproj/argo-cd/v${major}`;
}

/**
 * The go.mod of a module whose only purpose is to build a program of another module. `go install pkg@version`
 * refuses a module with replace directives, so those that point at a version are repeated here. Those that
 * point at a folder of the repository cannot be: the module leaves the folder out.
 * @param name names the generated module
 */
export function generatedGoMod(name: string, module: string, version: string, upstream: GoMod): string {
  const carried = (upstream.Replace ?? [])
    .filter(({ New }) => New.Version !== undefined)
    .map(({ Old, New }) => `replace ${spec(Old)} => ${spec(New)}`);
  const staging = module === 'k8s.io/kubernetes' ? stagingReplaces(version, upstream) : [];
  const head = [`module argocd-dr/${name}`, `go ${upstream.Go}`, `require ${module} v${version}`];
  return [...head, ...carried, ...staging].map((line) => `${line}\n`).join('\n');
}

/** The Go file that keeps the program's package in the generated module. */
export const toolsFile = (goPackage: string) =>
  `//go:build tools\n\npackage tools\n\nimport _ "${goPackage}"\n`;

/** What would otherwise change or break a build. */
export const FIXED_GO_ENV = {
  CGO_ENABLED: '0',
  GO111MODULE: 'on',
  GOFLAGS: '-buildvcs=false',
  GOWORK: 'off',
} as const;

/** The environment of every `go` command: the user's, but for what is fixed. */
export const goEnv = (env: NodeJS.ProcessEnv, { os, arch }: Platform): NodeJS.ProcessEnv => ({
  ...env,
  ...FIXED_GO_ENV,
  GOARCH: arch,
  GOOS: os,
});

function argocdBuild(version: string): GoBuild {
  const module = argocdModule(version);
  if (!canBuild('argocd', version)) throw new Error('Argo CD 3.3 and later cannot be built from Go modules');
  return { module, package: `${module}/cmd`, ldflags: `-X ${module}/common.version=${version}` };
}

function kubernetesFlags(version: string): string {
  const { major, minor } = parseVersion(version);
  const settings = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
  };
  return Object.entries(settings)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Kubernetes' own libraries are required as v0.0.0 and released as v0.<minor>.<patch>. */
function stagingReplaces(version: string, upstream: GoMod): string[] {
  const release = version.replace(/^\d+/, 'v0');
  return (upstream.Require ?? [])
    .filter(({ Path, Version }) => Path.startsWith('k8s.io/') && Version === 'v0.0.0')
    .map(({ Path }) => `replace ${Path} => ${Path} ${release}`);
}

const spec = ({ Path, Version }: { Path: string; Version?: string | undefined }) =>
  Version ? `${Path} ${Version}` : Path;
