import type { Exec, ExecOptions, ExecResult } from '../../exec.js';
import type { KubeTarget } from '../../kube/config.js';

/** Runs kubectl on the cluster in question; only the arguments that follow the connection's are given. */
export type Kubectl = (args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

interface KubectlOptions {
  exec: Exec;
  /** Path of the kubectl program. */
  path: string;
  target: KubeTarget;
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

/** Binds kubectl to a cluster. */
export function kubectlFor({ exec, path, target, signal, env }: KubectlOptions): Kubectl {
  const connection = [
    ...(target.kubeconfig ? ['--kubeconfig', target.kubeconfig] : []),
    ...(target.context ? ['--context', target.context] : []),
  ];
  return (args, options = {}) => exec(path, [...connection, ...args], { env, signal, ...options });
}
