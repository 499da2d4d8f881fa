import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { backoffMs, download, downloadText, type Net, retryAfterMs } from '../../src/tools/download.js';
import { type Answer, recordingLog, serve, sha256, status, tempDir, text } from './bench.js';

const BODY = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const HALF = 150_000;

/** Sends the first half, and resets the connection once the client has something of it. */
const half =
  (received: Promise<void>, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': String(BODY.length), ...headers });
    response.write(BODY.subarray(0, HALF));
    received.then(() => response.socket?.resetAndDestroy());
  };

/** Sends what the Range header asks for. */
const rest: Answer = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
  response.writeHead(206, { 'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}` });
  response.end(BODY.subarray(from));
};

function fixture() {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const { promise: received, resolve } = Promise.withResolvers<void>();
  const net: Net = { fetch, log: { ...recordingLog(), progress: () => resolve() }, signal: undefined, sleep };
  return { net, waits, received, to: join(tempDir(), 'file') };
}

describe('download', () => {
  test('writes the bytes and returns their digest', async () => {
    const { net, to } = fixture();
    const { url } = await serve({ '/f': text(BODY) });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(readFileSync(to)).toEqual(BODY);
  });

  test('goes on where a reset broke it off', async () => {
    const { net, to, waits, received } = fixture();
    const { url, requests } = await serve({ '/f': [half(received), rest] });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(readFileSync(to)).toEqual(BODY);
    expect(requests[1]).toMatch(/^\/f bytes=[1-9]\d*-$/);
    expect(waits).toHaveLength(1);
  });

  test('starts over where the server does not resume, or the file changed meanwhile', async () => {
    const { net, to, received } = fixture();
    let condition: string | undefined;
    const whole: Answer = (request, response) => {
      condition = request.headers['if-range'] as string;
      response.end(BODY);
    };
    const { url } = await serve({ '/f': [half(received, { etag: '"one"' }), whole] });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(readFileSync(to)).toEqual(BODY);
    expect(condition).toBe('"one"');
  });

  test.each<[string, Answer]>([
    ['a range that is refused', status(416)],
    [
      'another range than asked for',
      (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 7-9/${BODY.length}` }).end('abc');
      },
    ],
  ])('starts over after %s', async (_, answer) => {
    const { net, to, received } = fixture();
    const { url, requests } = await serve({ '/f': [half(received), answer, text(BODY)] });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(readFileSync(to)).toEqual(BODY);
    expect(requests[2]).toBe('/f');
  });

  test('waits as long as 429 asks for', async () => {
    const { net, to, waits } = fixture();
    const { url } = await serve({ '/f': [status(429, { 'retry-after': '7' }), text(BODY)] });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(waits).toEqual([7000]);
  });

  test('does not wait for hours', async () => {
    const { net, to, waits } = fixture();
    const { url } = await serve({ '/f': status(429, { 'retry-after': '7200' }) });
    await expect(download(`${url}/f`, to, net)).rejects.toThrow(/answered 429 and asks to wait 7200 s/);
    expect(waits).toEqual([]);
  });

  test('tries again after 503', async () => {
    const { net, to, waits } = fixture();
    const { url } = await serve({ '/f': [status(503), status(503), text(BODY)] });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
    expect(waits).toHaveLength(2);
  });

  test('gives up after five attempts', async () => {
    const { net, to } = fixture();
    const { url, requests } = await serve({ '/f': status(500) });
    await expect(download(`${url}/f`, to, net)).rejects.toThrow(`${url}/f answered 500`);
    expect(requests).toHaveLength(5);
  });

  test('does not repeat a 404', async () => {
    const { net, to } = fixture();
    const { url, requests } = await serve({});
    await expect(download(`${url}/f`, to, net)).rejects.toThrow(`${url}/f answered 404`);
    expect(requests).toHaveLength(1);
  });

  test.each(['http://127.0.0.1:9/f', 'http://argocd-dr.invalid/f'])('does not repeat %s', async (url) => {
    const { net, to, waits } = fixture();
    await expect(download(url, to, net)).rejects.toThrow(url);
    expect(waits).toEqual([]);
  });
});

describe('what a server may not do', () => {
  /** Answers each address with the next redirect. No server can be had here whose certificate is trusted. */
  function leading(...locations: string[]) {
    const asked: string[] = [];
    const fetch: Net['fetch'] = async (url) => {
      asked.push(String(url));
      const location = locations.shift();
      return location ? new Response(null, { status: 302, headers: { location } }) : new Response('text');
    };
    return { asked, net: { ...fixture().net, fetch } };
  }

  test('redirects are followed while they are https, relative ones too', async () => {
    const { net, asked } = leading('https://b.example/two', '/three');
    expect(await downloadText('https://a.example/one', net)).toBe('text');
    expect(asked).toEqual(['https://a.example/one', 'https://b.example/two', 'https://b.example/three']);
  });

  test.each([
    'http://a.example/two',
    'http://127.0.0.1:8001/api',
    'file:///etc/passwd',
    'data:text/plain,abc',
    'http://[::1]/',
  ])('lead from https to %s', async (location) => {
    const { net, asked } = leading('https://b.example/two', location);
    await expect(downloadText('https://a.example/one', net)).rejects.toThrow(
      /^https:\/\/a\.example\/one leads to .*, which is not https$/,
    );
    expect(asked).toHaveLength(2);
  });

  test('lead from this machine to http elsewhere', async () => {
    const { net, asked } = leading('http://a.example/');
    await expect(downloadText('http://127.0.0.1/one', net)).rejects.toThrow(/not https/);
    expect(asked).toHaveLength(1);
  });

  test.each(['http://a.example/one', 'ftp://a.example/one'])('be asked without TLS: %s', async (url) => {
    const { net, asked } = leading();
    await expect(downloadText(url, net)).rejects.toThrow(`${url} is not https`);
    expect(asked).toEqual([]);
  });

  test('lead on for ever', async () => {
    const { net, asked } = leading(...Array.from({ length: 50 }, (_, i) => `https://a.example/${i}`));
    await expect(downloadText('https://a.example/one', net)).rejects.toThrow(/leads on more than 5 times/);
    expect(asked).toHaveLength(6);
  });

  test('a real redirect is followed, and the connection goes on', async () => {
    const { net, to } = fixture();
    const { url } = await serve({ '/f': status(302, { location: '/g' }), '/g': text(BODY) });
    expect(await download(`${url}/f`, to, net)).toBe(sha256(BODY));
  });

  test('lead on by a real redirect to an address that is not looked at', async () => {
    const { net } = fixture();
    const { url } = await serve({ '/f': status(302, { location: 'http://127.0.0.2:9/g' }) });
    await expect(downloadText(`${url}/f`, net)).rejects.toThrow(
      `${url}/f leads to http://127.0.0.2:9, which is not https`,
    );
  });

  test('send more than was asked for, without a length', async () => {
    const { net, to } = fixture();
    const endless: Answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(BODY));
        response.once('drain', more);
      };
      more();
    };
    const { url } = await serve({ '/f': endless });
    await expect(download(`${url}/f`, to, net, 5_000_000)).rejects.toThrow(
      `${url}/f is larger than it may be`,
    );
    expect(statSync(to).size).toBeLessThanOrEqual(5_000_000);
    await expect(downloadText(`${url}/f`, net)).rejects.toThrow(`${url}/f is larger than it may be`);
  });

  test('get past the limit by breaking off and going on', async () => {
    const { net, to, received } = fixture();
    const { url } = await serve({ '/f': [half(received), rest] });
    await expect(download(`${url}/f`, to, net, HALF + 1)).rejects.toThrow(/larger than it may be/);
  });
});

describe('waits', () => {
  test('the backoff doubles up to its limit, with full jitter', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, 0.5))).toEqual([500, 1000, 2000]);
    expect(backoffMs(20, 0.5)).toBe(10_000);
    expect(backoffMs(3, 0)).toBe(0);
  });

  test.each<[string | null, number | undefined]>([
    ['3', 3000],
    [' 3 ', 3000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('retryAfterMs(%s)', (header, expected) => {
    expect(retryAfterMs(header, 30_000)).toBe(expected);
  });
});
