import type { Deps } from '../deps.js';
import { DEFAULT_VERSIONS } from '../tools/versions.js';
import { type ControlPlane, startControlPlane } from './control-plane.js';

/** Gets the programs and starts an embedded control plane that lives as long as the run. */
export async function startEmbedded(
  name: string,
  kubernetesVersion: string,
  { tools, scope, signal, recorder, log }: Deps,
): Promise<ControlPlane> {
  const [etcd, kubeApiserver] = await recorder.phase(`tools for ${name}`, () =>
    Promise.all([
      tools.get('etcd', DEFAULT_VERSIONS.etcd),
      tools.get('kube-apiserver', wantedKubernetes(kubernetesVersion)),
    ]),
  );
  const dir = scope.privateDir('control-plane');
  const plane = await recorder.phase(`start ${name}`, () =>
    startControlPlane({ name, dir, etcd: etcd.path, kubeApiserver: kubeApiserver.path, scope, signal }),
  );
  log.info(`${name}: Kubernetes ${kubeApiserver.version} answers at ${plane.kube.server}`);
  return plane;
}

/** The version to start where the input says `auto`. */
export function wantedKubernetes(input: string): string {
  return input === 'auto' ? DEFAULT_VERSIONS.kubernetes : input;
}
