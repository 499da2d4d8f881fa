import { expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { EXIT } from '../../src/errors.js';
import { Kube } from '../../src/kube/api.js';
import { APPLICATION } from '../../src/kube/objects.js';
import { type Asked, fakeServer, type Reply } from '../argocd/server/fake-server.js';

const MIB = 1024 * 1024;
/** The largest object that an API server takes: 500 of them are more than a string of Node.js holds. */
const TEXT = 'x'.repeat(3 * MIB);
const COUNT = 12;

/** Answers as an API server, by limit and continue. */
function page({ path }: Asked): Reply {
  const query = new URL(path, 'https://server').searchParams;
  const from = Number(query.get('continue') ?? 0);
  const until = Math.min(COUNT, from + Number(query.get('limit')));
  const items = Array.from({ length: until - from }, (_, index) => ({
    metadata: { name: `a-${from + index}`, namespace: 'team-a' },
    spec: TEXT,
  }));
  const next = until < COUNT ? { continue: String(until) } : {};
  return [200, { metadata: { resourceVersion: '1', ...next }, items }];
}

async function asking(
  reply: (asked: Asked) => Reply,
  use: (kube: Kube, asked: Asked[]) => Promise<void>,
): Promise<void> {
  const server = await fakeServer(reply);
  const config = new KubeConfig();
  const cluster = { name: 'a', server: `https://127.0.0.1:${server.port}`, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'a' });
  try {
    await use(new Kube(config), server.asked);
  } finally {
    await server.close();
  }
}

test('pages of large objects are asked for with fewer of them, and none is lost', async () => {
  await asking(page, async (kube, asked) => {
    const names: string[] = [];
    for await (const { metadata } of kube.list(APPLICATION, { pageSize: 20 })) names.push(metadata.name);
    expect(names).toEqual(Array.from({ length: COUNT }, (_, index) => `a-${index}`));
    const limits = asked.map(({ path }) => new URL(path, 'https://server').searchParams.get('limit'));
    expect(limits).toEqual(['20', '10', '10']);
  });
});

test.each([
  ['an object', 200],
  ['an error', 500],
])('%s that is too large is an error that says so', async (_what, status) => {
  const reply = (): Reply => [status, { message: 'x'.repeat(33 * MIB) }];
  await asking(reply, async (kube) => {
    await expect(kube.get(APPLICATION, 'team-a', 'a')).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/applications\/a was answered with more than the 33554432 bytes/),
    });
  });
});

test('so is a page of one object', async () => {
  const reply = (): Reply => [200, { metadata: {}, items: [{ spec: 'x'.repeat(33 * MIB) }] }];
  await asking(reply, async (kube, asked) => {
    await expect(kube.list(APPLICATION, { pageSize: 2 }).next()).rejects.toThrow(/more than the 33554432/);
    expect(asked).toHaveLength(2);
  });
});
