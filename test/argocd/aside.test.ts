import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type View, viewWithout } from '../../src/argocd/aside.js';
import { ApiError, type Kube } from '../../src/kube/api.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { withFolder } from '../bundle/sample.js';

const scope = { namespace: 'argocd', applicationNamespaces: ['team-*'], applicationsetNamespaces: [] };
const ODD = 'x\u007f';

const object = (kind: string, place: string, more: object = {}) => {
  const [namespace, name] = place.split('/');
  return { kind, metadata: { name, namespace, ...more } } as KubeObject;
};
const application = (place: string, note = 'x') => ({
  ...object('Application', place, { annotations: { note } }),
  apiVersion: 'argoproj.io/v1alpha1',
});

const PAGES: Record<string, KubeObject[]> = {
  '': [application('argocd/a'), application('argocd/odd', ODD)],
  next: [application('team-a/odd', ODD), application('other/odd', ODD), application('kube-system/b')],
};
const ANSWERS: Record<string, unknown> = {
  '/api/v1/namespaces/argocd/configmaps/argocd-cm': {
    ...object('ConfigMap', 'argocd/argocd-cm'),
    apiVersion: 'v1',
    data: { url: ODD },
  },
  '/api/v1/namespaces/argocd/configmaps/argocd-cmd-params-cm': {
    ...object('ConfigMap', 'argocd/argocd-cmd-params-cm'),
    apiVersion: 'v1',
    data: { x: ODD },
  },
  '/api/v1/namespaces/argocd/secrets': {
    apiVersion: 'v1',
    kind: 'SecretList',
    metadata: { resourceVersion: '7' },
    items: [
      object('', 'argocd/argocd-secret', { annotations: { note: ODD } }),
      object('', 'argocd/other', { annotations: { note: ODD } }),
    ],
  },
};

/** An API server of two pages of Applications. */
const kube = {
  async call(_method: string, path: string, { query }: { query: Record<string, string> }) {
    if (path in ANSWERS) return ANSWERS[path];
    if (!path.endsWith('/applications')) throw new ApiError(404, `${path} is not there`);
    const items = PAGES[query.continue ?? '']!;
    const metadata = { resourceVersion: '7', ...(query.continue ? {} : { continue: 'next' }) };
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationList', metadata, items };
  },
} as unknown as Kube;

async function viewed(use: (server: string, view: View) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    const view = await viewWithout(kube, scope, dir);
    const path = view.target.kubeconfig!;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { clusters } = JSON.parse(readFileSync(path, 'utf8'));
    try {
      await use(clusters[0].cluster.server, view);
    } finally {
      await view.close();
    }
  });
}

const names = (list: { items: KubeObject[] }) =>
  list.items.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);

describe('a view without what an export does not carry', () => {
  test('joins the pages of a list, and keeps what is odd or never restored out of it', async () => {
    await viewed(async (server, { kept, refused }) => {
      const list = (await (await fetch(`${server}/apis/argoproj.io/v1alpha1/applications`)).json()) as never;
      // Where Argo CD does not look, export leaves it out by itself.
      expect(names(list)).toEqual([
        'Application argocd/a',
        'Application other/odd',
        'Application kube-system/b',
      ]);
      expect([...kept.values()].map(({ object, reason }) => [object.metadata.namespace, reason])).toEqual([
        ['argocd', 'U+007F'],
        ['team-a', 'U+007F'],
      ]);
      expect([...refused.values()]).toEqual([]);
    });
  });

  test('says of core kinds what they are, and leaves other Secrets as they are', async () => {
    await viewed(async (server, { kept }) => {
      const list = (await (await fetch(`${server}/api/v1/namespaces/argocd/secrets`)).json()) as never;
      expect(names(list)).toEqual(['Secret argocd/other']);
      expect(
        [...kept.values()].map(({ object: { apiVersion, kind, metadata } }) => [
          apiVersion,
          kind,
          metadata.name,
        ]),
      ).toEqual([['v1', 'Secret', 'argocd-secret']]);
    });
  });

  test('empties settings that have to be there, and keeps them; what an export only reads stays as it is', async () => {
    await viewed(async (server, { kept }) => {
      const get = async (name: string) =>
        (await fetch(`${server}/api/v1/namespaces/argocd/configmaps/${name}`)).json();
      expect(await get('argocd-cm')).toEqual({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-cm', namespace: 'argocd' },
      });
      expect(await get('argocd-cmd-params-cm')).toMatchObject({ data: { x: ODD } });
      expect([...kept.values()].map(({ object }) => object.data)).toEqual([{ url: ODD }]);
    });
  });

  test('names what a backup cannot hold as JSON either', async () => {
    const large = { ...application('team-a/large', ODD), spec: ','.repeat(1_600_000) };
    PAGES.next!.push(large);
    await viewed(async (server, { kept, refused }) => {
      await (await fetch(`${server}/apis/argoproj.io/v1alpha1/applications`)).json();
      expect([...kept.values()].map(({ object }) => object.metadata.name)).not.toContain('large');
      const key = { kind: 'Application', namespace: 'team-a', name: 'large' };
      expect([...refused.values()]).toEqual([
        { ...key, reason: 'it has more than the 1572864 values that are read' },
      ]);
    });
    PAGES.next!.pop();
  });

  test('is for reading, below its path, and passes errors on', async () => {
    await viewed(async (server) => {
      const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
      const { origin } = new URL(server);
      expect(await status(`${origin}/api/v1/namespaces/argocd/secrets`)).toBe(403);
      expect(await status(`${server}x/../../api/v1/namespaces/argocd/secrets`)).toBe(403);
      expect(await status(`${server}/api/v1/namespaces/argocd/secrets`, { method: 'DELETE' })).toBe(405);
      expect(await status(`${server}/api/v1/namespaces/argocd/secrets?watch=true`)).toBe(405);
      const answer = await fetch(`${server}/api/v1/nodes`);
      expect(await answer.json()).toMatchObject({
        kind: 'Status',
        code: 404,
        reason: 'NotFound',
        message: '/api/v1/nodes is not there',
      });
    });
  });
});
