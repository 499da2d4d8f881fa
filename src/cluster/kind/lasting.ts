import { rmSync } from 'node:fs';
import type { InstallInputs } from '../../inputs.js';
import type { KindCluster } from '../cluster.js';
import { claimName } from '../registry.js';
import { type KindDeps, startKind } from './kind.js';
import { logsDir } from './logs.js';

/** What the inputs say of a kind cluster, and its name. */
export interface LastingKind
  extends Pick<
    InstallInputs,
    | 'argocdVersion'
    | 'kubernetesVersion'
    | 'nodeImage'
    | 'workers'
    | 'portMappings'
    | 'kindConfig'
    | 'registryMirrors'
    | 'reportDir'
  > {
  name: string;
  /** Asked when the run ends: whether to leave the cluster up. */
  keep: () => boolean;
}

/**
 * Starts a kind cluster that may outlive the run: its kubeconfig is in the folder of clusters that were left up, and
 * goes with the cluster.
 * @throws DrError, see startKind and claimName
 */
export async function startLastingKind(options: LastingKind, deps: KindDeps): Promise<KindCluster> {
  const dir = claimName(deps.env, options.name);
  let up = false;
  const remove = () => {
    if (!(up && options.keep())) rmSync(dir, { recursive: true, force: true });
  };
  deps.scope.defer(remove, remove);
  const cluster = await startKind({ ...options, dir, logsDir: logsDir(options.reportDir) }, deps);
  up = true;
  return {
    ...cluster,
    async stop() {
      await cluster.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
