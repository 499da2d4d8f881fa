import { expect, test } from '@jest/globals';
import { isAdminEnabled } from '../../../src/argocd/server/accounts.js';
import { enableAdmin } from '../../../src/argocd/server/admin.js';
import { FakeCluster } from '../engine/fake-argocd.js';

test.each<Record<string, string>>([
  { 'admin.enabled': 'false' },
  { 'accounts.admin.enabled': 'false', 'admin.enabled': 'true' },
  { 'accounts.admin.enabled': '0' },
])('admin is enabled whatever has disabled it, and no other setting is touched: %j', async (disabled) => {
  const cluster = new FakeCluster();
  const data = { url: 'https://argocd.example', 'accounts.ci.enabled': 'false', ...disabled };
  cluster.put({ kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data });
  expect(isAdminEnabled(cluster.objects.get('ConfigMap/argocd-cm'))).toBe(false);
  await enableAdmin(cluster.kube, 'argocd');
  const after = cluster.objects.get('ConfigMap/argocd-cm')!;
  expect(isAdminEnabled(after)).toBe(true);
  expect(after.data).toMatchObject({ url: 'https://argocd.example', 'accounts.ci.enabled': 'false' });
  expect(cluster.calls).toEqual(['patch ConfigMap argocd-cm']);
});
