/**
 * `npm run test:workflows`: gets act and the tools, then runs test/workflows, workflows as GitHub would run them with
 * the action as it is in dist/, and ends with `N passed, N failed`. Arguments go to jest.
 */
import { assertNode, conclude, getTools, load, runJest, say, step } from './lib/suite.mjs';

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
