/**
 * `npm run test:e2e`: makes the test bed for kind, then runs test/e2e on real clusters, one after the other, and ends
 * with `N passed, N failed`. Arguments, such as `npm run test:e2e -- test/e2e/bed.e2e.ts`, go to jest.
 */
import { assertNode, conclude, load, log, runJest, say, step } from './lib/suite.mjs';

assertNode('npm run test:e2e');
if (await step('test bed for kind', makeBed))
  runJest(['--config=test/e2e/jest.config.mjs', '--runInBand', ...process.argv.slice(2)]);
conclude();

/** Names the Docker daemon, and the node image if the bed has built one, for the tests and all that they start. */
async function makeBed() {
  say('where no image registry can be reached, this builds all images: about twenty minutes the first time');
  const { kindBed } = await load('test/bed/kind/bed.ts');
  const { dockerHost, nodeImage } = await kindBed(log);
  process.env.DOCKER_HOST = dockerHost;
  if (nodeImage) process.env.NODE_IMAGE = nodeImage;
}
