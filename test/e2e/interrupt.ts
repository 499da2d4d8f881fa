import { expect } from '@jest/globals';
import { type Backup, filesBelow, flags, nodeContainers, nodeImage, reportOf, start, until } from './kind.js';

/** Three nodes, the fewest that HA runs on. */
export const SMALL = { workers: '2' };

/**
 * Sends SIGINT to a drill at a moment, which its text or the containers tell, and expects nothing to be left. How long
 * that takes is measured by `npm run bench -- cancel`.
 */
export async function interruptAt(
  moment: (text: string) => boolean,
  { path, identity }: Backup,
): Promise<void> {
  const values = { backup: path, cluster: 'kind', level: 'engine', ...SMALL, ...nodeImage() };
  const run = start(['restore-verify', ...flags(values)], { ARGOCD_DR_IDENTITY: identity });
  await until(() => moment(run.text()), run);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  expect(nodeContainers()).toEqual([]);
  expect(reportOf(run)).toMatchObject({ verdict: 'INFRA_ERROR', message: 'cancelled by SIGINT' });
  expect(filesBelow(run.tmp)).toEqual([]);
}
