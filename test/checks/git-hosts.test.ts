import { expect, test } from '@jest/globals';
import { endpointOf, gitHosts } from '../../src/checks/git-hosts.js';
import type { KubeObject } from '../../src/kube/objects.js';

test.each([
  ['https://github.com/argoproj/argo-cd.git', 'github.com:443'],
  ['https://user:pa55@Git.Corp.example:8443/x', 'git.corp.example:8443'],
  ['http://git.corp.example/x', 'git.corp.example:80'],
  ['ssh://git@git.corp.example:2222/x.git', 'git.corp.example:2222'],
  ['ssh://git@git.corp.example/x.git', 'git.corp.example:22'],
  ['git@github.com:argoproj/argo-cd.git', 'github.com:22'],
  ['org-123@github.com:443/x.git', 'github.com:22'],
  ['git@git.corp.example:/abs/path.git', 'git.corp.example:22'],
  ['git://git.corp.example/x', 'git.corp.example:9418'],
  ['oci://registry.corp.example/charts', 'registry.corp.example:443'],
  ['oci://registry.corp.example:5000/charts', 'registry.corp.example:5000'],
  ['registry.corp.example/charts', 'registry.corp.example:443'],
  ['registry.corp.example:5000/charts', 'registry.corp.example:5000'],
  ['registry-1.docker.io', 'registry-1.docker.io:443'],
  ['https://10.1.2.3/x', '10.1.2.3:443'],
  ['https://[2001:db8::1]:8443/x', '2001:db8::1:8443'],
  ['  https://github.com/x  ', 'github.com:443'],
])('%s is served by %s', (url, expected) => {
  const { host, port } = endpointOf(url)!;
  expect(`${host}:${port}`).toBe(expected);
});

test.each(['', 'file:///srv/repo', '/srv/repo', './repo', 'https://', 'ftp://x/y', 'https://bad host/x'])(
  '%p is no network address',
  (url) => expect(endpointOf(url)).toBeUndefined(),
);

const application = (spec: object): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'a' },
  spec,
});
const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

const NAMES: Record<string, string[]> = {
  'git.corp.example': ['10.0.0.2', '10.0.0.1', '10.0.0.2'],
  'github.com': ['192.0.2.1'],
  'api.github.com': ['192.0.2.2'],
  'ghe.corp.example': ['10.0.0.3'],
  'proxy.corp.example': ['10.0.0.4'],
};
const resolve = async (host: string) => {
  const addresses = NAMES[host];
  if (!addresses) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
  return addresses;
};

test('doors for every source, proxy and token, each once; what has no address is told', async () => {
  const { doors, unresolved } = await gitHosts(
    [
      application({ source: { repoURL: 'https://git.corp.example/a' } }),
      application({
        sources: [{ repoURL: 'https://git.corp.example/b' }, { repoURL: 'git@github.com:x/y' }],
      }),
      application({ sourceHydrator: { drySource: { repoURL: 'https://gone.corp.example/x' } } }),
      application({}),
    ],
    [
      secret({ url: 'https://github.com/x/y', githubAppID: '1', proxy: 'http://proxy.corp.example:3128' }),
      secret({
        url: 'https://10.9.9.9:8443/z',
        githubAppID: '2',
        githubAppEnterpriseBaseUrl: 'https://ghe.corp.example/api/v3',
      }),
      secret({ url: 'https://[2001:db8::1]/x', useAzureWorkloadIdentity: 'false' }),
      secret({}),
    ],
    resolve,
  );
  expect(doors).toEqual([
    { host: '10.9.9.9', port: 8443, addresses: ['10.9.9.9'] },
    { host: 'api.github.com', port: 443, addresses: ['192.0.2.2'] },
    { host: 'ghe.corp.example', port: 443, addresses: ['10.0.0.3'] },
    { host: 'git.corp.example', port: 443, addresses: ['10.0.0.1', '10.0.0.2'] },
    { host: 'github.com', port: 22, addresses: ['192.0.2.1'] },
    { host: 'github.com', port: 443, addresses: ['192.0.2.1'] },
    { host: 'proxy.corp.example', port: 3128, addresses: ['10.0.0.4'] },
  ]);
  expect(unresolved).toEqual(['2001:db8::1:443', 'gone.corp.example:443']);
});
