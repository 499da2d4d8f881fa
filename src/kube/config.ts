import type { SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { startChild } from '../children.js';
import { childEnvironment } from '../environment.js';
import { invalidInput, messageOf } from '../errors.js';

/** Which cluster to talk to: a kubeconfig file (or the machine's default) and a context in it. */
export interface KubeTarget {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

/** What the library falls back to where it finds nothing; a kubeconfig may name the same server on purpose. */
const isFallback = (config: KubeConfig) =>
  config.getCurrentContext() === 'loaded-context' &&
  config.getCurrentCluster()?.server === 'http://localhost:8080';

/**
 * Reads the kubeconfig and chooses the context.
 * Without a file: KUBECONFIG, ~/.kube/config, then the service account of the pod this runs in.
 * @throws DrError (invalid input) that names the file or the context, and the contexts there are
 */
export function loadKubeConfig(target: KubeTarget): KubeConfig {
  const config = new KubeConfig();
  guardPlugins(config);
  const path = target.kubeconfig ?? process.env.KUBECONFIG;
  const from = path ? `kubeconfig ${path}` : 'the default kubeconfig';
  if (target.kubeconfig && !existsSync(target.kubeconfig))
    throw invalidInput(`${from} does not exist: give the path of a kubeconfig file`);
  try {
    if (target.kubeconfig) config.loadFromFile(target.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    // Only the first line of the reason: the others would show the file, which holds credentials.
    const reason = messageOf(error).split('\n', 1)[0];
    throw invalidInput(`${from} cannot be read as a kubeconfig (${reason}): check that it is a valid one`);
  }
  if (!path && isFallback(config))
    throw invalidInput(
      'no kubeconfig is there: no input kubeconfig, no variable KUBECONFIG, no ~/.kube/config, and no token of a service account as pods have it: give kubeconfig, or in a pod set automountServiceAccountToken',
    );
  if (target.context) config.setCurrentContext(target.context);
  assertContext(config, from, target.context);
  return config;
}

/** The library's own part that starts credential plugins, which would see the whole environment. */
interface PluginStarter {
  execFn?: (command: string, args?: readonly string[], options?: SpawnOptions) => unknown;
}

/** Has credential plugins started like all programs, with what the kubeconfig sets for them and no secret of this run. */
function guardPlugins(config: KubeConfig): void {
  const { authenticators } = config as unknown as { authenticators: PluginStarter[] };
  const starters = authenticators.filter(({ execFn }) => execFn !== undefined);
  if (starters.length === 0) throw new Error('@kubernetes/client-node starts credential plugins another way');
  for (const starter of starters)
    starter.execFn = (command, args = [], { env = {} } = {}) =>
      startChild(command, args, { set: { ...ofPlugins(), ...setBeyond(env, process.env) } });
}

/** Whatever the plugin's name: it may be a shell that leads to another. */
const ofPlugins = () => childEnvironment(process.env, 'credential-plugin');

/** What is set in an environment otherwise than in the one it was made of. */
const setBeyond = (env: NodeJS.ProcessEnv, origin: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => origin[name] !== value));

function assertContext(config: KubeConfig, from: string, wanted: string | undefined): void {
  const contexts = config.getContexts().map((context) => context.name);
  const current = config.getCurrentContext();
  const known = contexts.length > 0 ? `it has: ${contexts.join(', ')}` : 'it has none';
  if (!contexts.includes(current))
    throw invalidInput(
      wanted
        ? `context ${wanted} is not in ${from}; ${known}`
        : `${from} names no usable current context; give one with the input context; ${known}`,
    );
  if (!config.getCurrentCluster()?.server)
    throw invalidInput(`context ${current} in ${from} names a cluster without a server: mend the kubeconfig`);
}
