import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBackup } from '../../src/bundle/open.js';
import { writeBackup } from '../../src/bundle/write.js';
import { EXIT, messageOf } from '../../src/errors.js';
import { fetchBackup } from '../../src/github/fetch.js';
import { artifactsOf } from '../../src/github/run-artifacts.js';
import type { Net } from '../../src/tools/download.js';
import { SIGNATURE } from '../bed/github/rest.js';
import { answer, type GitHubBed } from '../bed/github/server.js';
import { type ArtifactShape, artifactShape, ERRORS } from '../bed/github/shapes.js';
import { type ZipEntry, zipOf } from '../bed/github/zip.js';
import { identity, optionsFor, sha256, writeSample } from '../bundle/sample.js';
import { recordingLog, tempDir } from '../tools/bench.js';
import { apiOf, errorOf, github, linesOf, privateDir, repository } from './bench.js';
import { FOREIGN, WORDS } from './hostile.js';

const entryOf = (path: string): ZipEntry => ({ name: basename(path), body: readFileSync(path) });

/** A server with one artifact. */
async function holding(entries: ZipEntry[], over: Partial<ArtifactShape> = {}): Promise<GitHubBed> {
  const bed = await github();
  const zip = zipOf(entries);
  const digest = `sha256:${sha256(zip)}`;
  bed.artifacts = [{ ...artifactShape(bed.runId, { digest, size_in_bytes: zip.length, ...over }), zip }];
  return bed;
}

async function holdingSample(over: Partial<ArtifactShape> = {}) {
  const written = await writeSample(tempDir());
  return { bed: await holding([written.path, written.receiptPath].map(entryOf), over), written };
}

async function fetched(bed: GitHubBed, limit?: number) {
  const { api } = apiOf(bed);
  const [artifact] = await artifactsOf(api, repository, bed.runId);
  const log = { ...recordingLog(), progress: (line: string) => log.info(line) };
  const net: Net = { fetch, log, signal: undefined, sleep: async () => {} };
  const intoDir = privateDir();
  const options = {
    api,
    repository,
    artifact: artifact!,
    intoDir,
    net,
    ...(limit === undefined ? {} : { limit }),
  };
  return { work: fetchBackup(options), log, intoDir };
}

async function refused(bed: GitHubBed, exitCode: 4 | 5 | 6 = EXIT.cannotOpen) {
  const { work, log, intoDir } = await fetched(bed);
  const error = await errorOf(work, exitCode);
  expect(readdirSync(intoDir)).toEqual([]);
  return { error, log };
}

test('a backup comes as it was uploaded, and opens', async () => {
  const { bed, written } = await holdingSample();
  const { work, intoDir } = await fetched(bed);
  const { path, receiptPath, receipt } = await work;
  expect(readdirSync(intoDir).sort()).toEqual(['x.receipt.json', 'x.tar.gz.age']);
  expect(readFileSync(path)).toEqual(readFileSync(written.path));
  expect(receipt).toEqual(JSON.parse(readFileSync(written.receiptPath, 'utf8')));
  for (const file of [path, receiptPath]) expect(statSync(file).mode & 0o777).toBe(0o600);
  const opened = await openBackup({ path, identities: [identity], intoDir: privateDir() });
  expect(opened.receipt).toEqual(receipt);
});

test('the storage is not shown the token', async () => {
  const { bed } = await holdingSample();
  await (await fetched(bed)).work;
  const storage = bed.asked.filter(({ path }) => path.startsWith('/blobs/'));
  expect(storage.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(linesOf(bed)).toContain(`GET /repos/octo-org/octo-repo/actions/artifacts/11/zip`);
});

describe('the address is shown nowhere', () => {
  const parts = [SIGNATURE, ...SIGNATURE.split('/')];

  test('in a log', async () => {
    const { bed } = await holdingSample();
    bed.fail(/^GET \/blobs/, answer(503));
    const { work, log } = await fetched(bed);
    await work;
    expect(log.lines.join('\n')).toMatch(/\/blobs\/download\/11 answered 503; attempt 2 of 5/);
    expect(log.lines.join('\n')).toMatch(/downloading artifact argocd-argocd-20261120T041800Z \(11\): 0 MB/);
    for (const part of parts) expect(log.lines.join('\n')).not.toContain(part);
  });

  test('in an error', async () => {
    const { bed } = await holdingSample();
    bed.fail(/^GET \/blobs/, answer(403));
    const { error } = await refused(bed, EXIT.infra);
    expect(error.message).toMatch(
      /^artifact argocd-\S+ \(11\) could not be downloaded: http.*\/11 answered 403\. Run/,
    );
    for (const part of parts)
      expect(messageOf(error) + error.stack + String(error.cause)).not.toContain(part);
  });
});

describe('the digest', () => {
  test('is not that of what comes', async () => {
    const { bed } = await holdingSample();
    bed.artifacts[0]!.digest = `sha256:${'0'.repeat(64)}`;
    const { error } = await refused(bed);
    expect(error.message).toMatch(
      /\(11\) is not what was uploaded: its SHA-256 is [0-9a-f]{64}, and GitHub lists 0{64}/,
    );
  });

  test.each([null, undefined, '', 'md5:abc', '0'.repeat(64)])(
    'is %j: nothing is downloaded',
    async (digest) => {
      const { bed } = await holdingSample({ digest: digest as string });
      const { error } = await refused(bed);
      expect(error.message).toMatch(/has no SHA-256 on GitHub/);
      expect(linesOf(bed).some((line) => line.includes('/zip'))).toBe(false);
    },
  );
});

test('a size over the limit is not downloaded', async () => {
  const { bed } = await holdingSample({ size_in_bytes: 2 ** 40 });
  expect((await refused(bed)).error.message).toMatch(
    /has 1099511627776 bytes, more than the \d+ that are opened/,
  );
  expect(linesOf(bed).some((line) => line.includes('/zip'))).toBe(false);
});

test('a download that is longer than its size says ends at the limit', async () => {
  const { bed } = await holdingSample();
  const { length } = bed.artifacts[0]!.zip!;
  await (await fetched(bed, length)).work;
  bed.artifacts[0]!.zip = Buffer.concat([bed.artifacts[0]!.zip!, Buffer.alloc(1)]);
  const { work, intoDir } = await fetched(bed, length);
  expect((await errorOf(work, EXIT.infra)).message).toMatch(
    /could not be downloaded: .*it is longer than \d+ bytes/,
  );
  expect(readdirSync(intoDir)).toEqual([]);
});

test('one that has expired meanwhile is an objective missed', async () => {
  const { bed } = await holdingSample();
  bed.artifacts[0]!.expired = true;
  expect((await refused(bed, EXIT.objectiveMissed)).error.message).toMatch(
    /is gone: artifact .* \(11\) has expired/,
  );
});

test.each([
  [401, /answered 401: the token is not valid/],
  [403, /answered 403: .*`actions: read`/],
  [404, /answered 404: it is not there, or the token may not see it/],
] as const)('%i to the question for its address', async (status, message) => {
  const { bed } = await holdingSample();
  bed.fail(/\/zip$/, answer(status, ERRORS[status]));
  expect((await refused(bed, EXIT.infra)).error.message).toMatch(message);
});

describe('what strangers name is not told', () => {
  test.each(WORDS)('%j as a digest, or as a name in the zip', async (word) => {
    const name = `${word}.tar.gz.age`;
    const beds = [
      (await holdingSample({ digest: word })).bed,
      await holding([
        { name, flags: 0x800 },
        { name: `${word}.receipt.json`, flags: 0x800 },
      ]),
    ];
    for (const bed of beds) {
      const { error, log } = await refused(bed);
      expect([...log.lines, error.message].join(' ').replaceAll(bed.url, '')).not.toMatch(FOREIGN);
    }
  });

  test('as the name of the artifact itself', async () => {
    for (const word of WORDS) {
      const { bed } = await holdingSample({ name: `argocd-${word}-20261127T000000Z`, expired: true });
      const { error } = await refused(bed, EXIT.objectiveMissed);
      expect(error.message).toBe('The backup is gone: artifact 11 has expired.');
    }
  });
});

describe('what is in it', () => {
  test('is refused where it is anything else', async () => {
    const bed = await holding([{ name: '../x.tar.gz.age' }, { name: 'x.receipt.json' }]);
    expect((await refused(bed)).error.message).toMatch(/^artifact-11\.zip .*invalid relative path/);
  });

  test('is refused where the receipt is of another backup', async () => {
    const [one, other] = [await writeSample(tempDir()), await writeSample(tempDir())];
    const bed = await holding([entryOf(one.path), entryOf(other.receiptPath)]);
    expect((await refused(bed)).error.message).toMatch(/is not the file of the receipt/);
  });

  test('is refused where it is plaintext in a sealed name', async () => {
    const written = await writeBackup(optionsFor(`${tempDir()}/x.tar.gz`));
    const bed = await holding([
      { ...entryOf(written.path), name: 'x.tar.gz.age' },
      entryOf(written.receiptPath),
    ]);
    expect((await refused(bed)).error.message).toMatch(/is not encrypted/);
  });
});
