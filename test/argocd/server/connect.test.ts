import { afterEach, describe, expect, test } from '@jest/globals';
import { commandParameters, logReader, reachServer } from '../../../src/argocd/server/connect.js';
import { EXIT } from '../../../src/errors.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { fakeKube, fakeKubectl } from '../workloads/fakes.js';
import { type Asked, fakeServer, type Reply, VERSION } from './fake-server.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const object = (kind: string, name: string, more: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});
const SERVICE = object('Service', 'dr-argocd-server', {
  spec: { selector: { 'app.kubernetes.io/name': 'argocd-server' }, ports: [{ name: 'https', port: 8443 }] },
});
const params = (data?: Record<string, string>) =>
  object('ConfigMap', 'argocd-cmd-params-cm', data ? { data } : {});

describe('reachServer', () => {
  async function reach(objects: KubeObject[], reply: (asked: Asked) => Reply = () => VERSION) {
    const server = await fakeServer(reply);
    undo.push(server.close);
    const opened: string[] = [];
    const open = async (target: string, port: number | string) => {
      opened.push(`${target} ${port}`);
      return { port: server.port, close: async () => {} };
    };
    const kube = fakeKube(() => objects);
    const client = await reachServer({
      kube,
      namespace: 'argocd',
      open,
      signal: new AbortController().signal,
    });
    undo.push(() => client.close());
    return { client, opened, server };
  }

  test('goes by the Service, whatever it is called', async () => {
    const { client, opened, server } = await reach([SERVICE]);
    expect(opened).toEqual(['svc/dr-argocd-server 8443']);
    expect(client.address).toBe(`127.0.0.1:${server.port}`);
    expect(await client.version()).toBe('3.1.9+8665140');
  });

  test('asks below the root path', async () => {
    const only = ({ path }: Asked): Reply => (path === '/argo/api/version' ? VERSION : [404, '']);
    const { client } = await reach([SERVICE, params({ 'server.rootpath': '/argo' })], only);
    expect(await client.version()).toBe('3.1.9+8665140');
  });

  test('without a Service there is no way', async () => {
    await expect(reach([params({})])).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(
        /^namespace argocd has no Service of argocd-server with a port named https/,
      ),
    });
  });
});

test.each<[string, KubeObject[], Record<string, string>]>([
  ['the settings', [params({ 'server.insecure': 'true' })], { 'server.insecure': 'true' }],
  ['none in an empty ConfigMap', [params()], {}],
  ['none without a ConfigMap', [], {}],
])('commandParameters gives %s', async (_what, objects, expected) => {
  expect(
    await commandParameters(
      fakeKube(() => objects),
      'argocd',
    ),
  ).toEqual(expected);
});

test.each([
  ['gives what kubectl logs says', 'a line\n', 'a line\n'],
  ['has no log where kubectl fails', undefined, ''],
])('logReader %s', async (_what, said, expected) => {
  const calls: string[] = [];
  const kubectl = fakeKubectl((args) => {
    calls.push(args.join(' '));
    return said;
  });
  expect(await logReader(kubectl, 'argocd')('pod/argocd-dex-server-0')).toBe(expected);
  expect(calls).toEqual(['logs --namespace argocd --all-containers --tail=500 pod/argocd-dex-server-0']);
});
