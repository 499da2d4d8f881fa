import { expect, test } from '@jest/globals';
import { namespacesTold } from '../../../src/argocd/workloads/namespaces-told.js';
import type { Container } from '../../../src/argocd/workloads/workload.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { haManifest } from './installed.js';

const workload = (container: Partial<Container>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'argocd-server' },
  spec: { template: { spec: { containers: [{ name: 'c', ...container }] } } },
});
const variable = (value: string) => ({ env: [{ name: 'ARGOCD_APPLICATION_NAMESPACES', value }] });

test.each<[string, Partial<Container>[], string[], string[]]>([
  ['an option', [{ args: ['--application-namespaces=team-a, team-b'] }], ['team-a', 'team-b'], []],
  [
    'an option in two words',
    [{ command: ['argocd-server', '--application-namespaces', 'team-*'] }],
    ['team-*'],
    [],
  ],
  ['a variable', [variable('team-a')], ['team-a'], []],
  ['both: the option wins', [{ args: ['--application-namespaces=a'], ...variable('b') }], ['a'], []],
  ['an option for ApplicationSets', [{ args: ['--applicationset-namespaces=sets'] }], [], ['sets']],
  [
    'two workloads',
    [variable('team-a,team-b'), { args: ['--application-namespaces=team-b,c'] }],
    ['team-a', 'team-b', 'c'],
    [],
  ],
])('%s', (_, containers, applicationNamespaces, applicationsetNamespaces) => {
  const told = namespacesTold(containers.map(workload));
  expect(told).toEqual({ applicationNamespaces, applicationsetNamespaces });
});

test("Argo CD's own manifests leave it to argocd-cmd-params-cm", () => {
  expect(namespacesTold(haManifest())).toEqual({ applicationNamespaces: [], applicationsetNamespaces: [] });
});
