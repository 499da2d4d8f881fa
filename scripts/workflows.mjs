/**
 * `npm run test:workflows`: gets act and the tools, then runs test/workflows, workflows as GitHub would run them with
 * the action as it is in dist/, and ends with `N passed, N failed`. Arguments go to jest.
 */
import { assertNode, conclude, load, log, runJest, say, step } from './lib/suite.mjs';

assertNode('npm run test:workflows');
const ready = [
  await step('get act', getAct),
  await step('get etcd, kube-apiserver, argocd and kubectl', getTools),
];
if (ready.every(Boolean))
  runJest(['--config=test/workflows/jest.config.mjs', '--runInBand', ...process.argv.slice(2)]);
conclude();

async function getAct() {
  say('act is built from Go modules: half a minute the first time');
  const { actProgram } = await load('test/workflows/act-program.ts');
  say(await actProgram());
}

/** What the action's drills and installs run, so that no test waits for it. */
async function getTools() {
  const { createTools } = await load('src/tools/chain.ts');
  const { exec } = await load('src/exec.ts');
  const { DEFAULT_VERSIONS: versions } = await load('src/tools/versions.ts');
  const tools = createTools({ source: 'auto', exec, log });
  await Promise.all([
    tools.get('etcd', versions.etcd),
    tools.get('kube-apiserver', versions.kubernetes),
    tools.get('argocd', versions.argocd),
    tools.get('kubectl', versions.kubernetes),
    tools.manifests(versions.argocd, { ha: true }),
  ]);
}
