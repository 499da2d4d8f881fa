import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OpenForward } from '../../../src/argocd/server/port-forward.js';
import { dexSays, scrape } from '../../../src/argocd/server/scrape.js';
import { EXIT } from '../../../src/errors.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

type Page = [status: number, body: string];

/** Forwards to a server that gives these pages one after the other, or that fail with an error. */
async function forwards(pages: (Page | Error)[]) {
  let nth = 0;
  const next = () => pages[Math.min(nth, pages.length - 1)]!;
  const paths: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    paths.push(url);
    const [status, body] = next() as Page;
    nth++;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const opened: string[] = [];
  let closed = 0;
  const open: OpenForward = async (target, port) => {
    opened.push(`${target} ${port}`);
    const page = next();
    if (page instanceof Error) {
      nth++;
      throw page;
    }
    return { port: (server.address() as AddressInfo).port, close: async () => void closed++ };
  };
  return { open, opened, paths, closed: () => closed };
}

const ENDPOINT = { target: 'svc/argocd-metrics', port: 'metrics' };
const { signal } = new AbortController();

describe('scrape', () => {
  test('reads /metrics through a forward of its own, and closes that', async () => {
    const { open, opened, paths, closed } = await forwards([[200, '# HELP m\nm{a="b"} 1\n']]);
    expect(await scrape(open, ENDPOINT, signal)).toEqual({
      samples: [{ name: 'm', labels: { a: 'b' }, value: 1 }],
    });
    expect([opened, paths, closed()]).toEqual([['svc/argocd-metrics metrics'], ['/metrics'], 1]);
  });

  test('tries again where a forward, an answer or its form fails', async () => {
    const { open, opened, closed } = await forwards([new Error('no pod'), [503, ''], [200, 'm 1']]);
    expect(await scrape(open, ENDPOINT, signal)).toMatchObject({ samples: [{ value: 1 }] });
    expect([opened.length, closed()]).toEqual([3, 2]);
  });

  test('tells what is wrong after the third time', async () => {
    const failing: [Page | Error, string][] = [
      [new Error('kubectl port-forward did not come up'), 'kubectl port-forward did not come up'],
      [[404, 'm 1'], 'it answers with 404'],
      [[200, '# HELP m\n'], 'it answers without a metric'],
      [[200, '<html>'], "line 1 is not in Prometheus' text format"],
    ];
    const found = await Promise.all(
      failing.map(async ([page]) => {
        const { open, opened } = await forwards([page]);
        return [await scrape(open, ENDPOINT, signal), opened.length];
      }),
    );
    expect(found).toEqual(failing.map(([, problem]) => [{ problem }, 3]));
  });

  test('ends when the run is cancelled', async () => {
    const abort = new AbortController();
    const { open, opened } = await forwards([new Error('no pod')]);
    const scraping = scrape(open, ENDPOINT, abort.signal);
    setTimeout(() => abort.abort(), 20);
    await expect(scraping).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    await expect(scrape(open, ENDPOINT, abort.signal)).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(opened).toHaveLength(1);
  });
});

describe('what the log of argocd-dex says', () => {
  const STARTED = '{"level":"info","msg":"ArgoCD Dex Server is starting"}\n';
  const UNCONFIGURED = '{"level":"info","msg":"dex is not configured"}\n';
  const RESTARTED = '{"level":"info","msg":"dex config modified. restarting dex"}\n';
  const UNREACHABLE =
    'failed to initialize server: server: Failed to open connector corp: failed to open connector: failed to create connector corp: failed to get provider: Get "https://sso.corp.example/.well-known/openid-configuration": dial tcp: no such host\n';
  test.each<[string, string, ReturnType<typeof dexSays>]>([
    ['nothing', '', undefined],
    [
      'that it listens',
      `${STARTED}time=x level=info msg="listening (https/web) on 0.0.0.0:5556"\n`,
      undefined,
    ],
    ['that it is not configured', STARTED + UNCONFIGURED, 'not configured'],
    ['that a provider is out of reach', STARTED + UNREACHABLE, 'provider out of reach'],
    ['that it was not configured at first', UNCONFIGURED + RESTARTED, undefined],
    ['that the new settings hold no connector', UNREACHABLE + RESTARTED + UNCONFIGURED, 'not configured'],
    [
      'that the new provider is out of reach',
      UNCONFIGURED + RESTARTED + UNREACHABLE,
      'provider out of reach',
    ],
  ])('%s', (_what, log, expected) => expect(dexSays(log)).toBe(expected));
});
