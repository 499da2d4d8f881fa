import { afterAll, afterEach, expect, test } from '@jest/globals';
import { expectedChecks } from '../../src/checks/catalog.js';
import { bed } from '../bed/bed.js';
import { ARGOCD_VERSIONS } from '../bed/kind/bed.js';
import { drillOnKind, expectNoNodes, makeBackup, statuses } from './kind.js';

afterAll(() => bed.close());
afterEach(expectNoNodes);

test('an upgrade rehearsal: the backup of one version restores into, and runs on, a newer one', async () => {
  const [older, newer] = ARGOCD_VERSIONS;
  const { code, report } = await drillOnKind(await makeBackup(), {
    'argocd-version': newer,
    level: 'engine',
  });
  const expected = ['running.login', ...expectedChecks({ level: 'engine', render: 'none' })];
  expect(statuses(report)).toEqual(Object.fromEntries(expected.map((id) => [id, 'pass'])));
  expect(`${code} ${report.verdict}: ${report.message}`).toMatch(/^0 PASS: /);
  expect([report.backup!.argocdVersion, report.drill!.argocdVersion]).toEqual([older, newer]);
  expect(report.warnings).toContain(`Restored into Argo CD ${newer}, newer than the backup's ${older}.`);
  expect((report.changes ?? []).filter((change) => change.class === 'loss')).toEqual([]);
});
