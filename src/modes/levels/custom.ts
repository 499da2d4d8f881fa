import { delimiter, dirname } from 'node:path';
import { makeCheck } from '../../checks/check.js';
import { runCustom } from '../../checks/custom.js';
import type { KindDrill } from './drill.js';
import type { Served } from './running.js';

/** The user's own command against the drill's Argo CD; it finds the drill's own argocd and kubectl first. */
export async function customCommand(
  drill: KindDrill,
  { client, token }: Served,
  command: string,
): Promise<void> {
  const { deps, plan, cluster, secretValues, argocd, kubectlPath } = drill;
  const { recorder, env, exec, log, signal, runner } = deps;
  const transport = client.scheme === 'https' ? '--insecure' : '--plaintext';
  const root = client.rootPath ? ` --grpc-web-root-path /${client.rootPath}` : '';
  const path = [dirname(argocd), dirname(kubectlPath), env.PATH].filter(Boolean).join(delimiter);
  const run = () =>
    runner.foreign(() =>
      runCustom({
        command,
        env: {
          KUBECONFIG: cluster.target.kubeconfig ?? '',
          ARGOCD_SERVER: client.address,
          ARGOCD_AUTH_TOKEN: token,
          ARGOCD_OPTS: `--grpc-web ${transport}${root}`,
        },
        inherited: { ...env, PATH: path },
        timeoutMs: plan.verifyTimeout,
        exec,
        log,
        secrets: secretValues,
        signal,
      }),
    );
  await recorder.phase('verify-command', () => makeCheck(recorder, 'custom.command', run));
}
