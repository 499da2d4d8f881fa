import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backupFileName } from '../../src/bundle/names.js';
import type { Written } from '../../src/bundle/write.js';
import { cancelled, EXIT } from '../../src/errors.js';
import {
  type ArtifactClient,
  actionsArtifacts,
  type UploadOptions,
  uploadBackup,
} from '../../src/github/artifacts.js';
import { isPlainFileName } from '../../src/github/zip-entries.js';
import { answer, type GitHubBed } from '../bed/github/server.js';
import { zipOf } from '../bed/github/zip.js';
import { sha256, writeSample } from '../bundle/sample.js';
import { tempDir } from '../tools/bench.js';
import { asRunner, errorOf, github, linesOf, privateDir } from './bench.js';

const NAME = 'argocd-argocd-20261123T205120Z';

function optionsOf(
  written: Pick<Written, 'path' | 'receiptPath'>,
  client: ArtifactClient,
  env: NodeJS.ProcessEnv,
) {
  const { path, receiptPath } = written;
  return { path, receiptPath, name: NAME, client, env, scratchDir: privateDir() } satisfies UploadOptions;
}

describe('with the real client', () => {
  async function real(written: Written, over: Partial<UploadOptions> = {}) {
    const bed = await github();
    const printed = asRunner(bed);
    const options = { ...optionsOf(written, await actionsArtifacts(), bed.env), ...over };
    return { bed, options, printed };
  }

  const uploaded = (bed: GitHubBed) => linesOf(bed).filter((line) => /Artifact$|^PUT/.test(line));

  test('uploads the backup and its receipt, and downloads them again', async () => {
    const { bed, options, printed } = await real(await writeSample(tempDir()), { retentionDays: 14 });
    const made = await uploadBackup(options);
    const [artifact] = bed.artifacts;
    expect(made).toEqual({
      id: artifact!.id,
      digest: sha256(artifact!.zip!),
      url: `https://github.com/octo-org/octo-repo/actions/runs/30433642/artifacts/${artifact!.id}`,
    });
    expect(artifact).toMatchObject({ name: NAME, digest: `sha256:${made.digest}` });
    // Stored as it is: sealed data does not shrink.
    expect(artifact!.zip!.includes(readFileSync(options.path))).toBe(true);
    expect(readdirSync(options.scratchDir)).toEqual([]);
    const days = (Date.parse(artifact!.expires_at!) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(14);
    expect(linesOf(bed).some((line) => line.startsWith('GET /blobs/'))).toBe(true);
    expect(printed()).not.toContain('::error');
  });

  test('a backup of several blocks', async () => {
    const random = randomBytes(17 * 1024 * 1024);
    const content = { exportYaml: random, extrasYaml: Buffer.from('b') };
    const { bed, options } = await real(await writeSample(tempDir(), 'x.tar.gz.age', content));
    await uploadBackup(options);
    expect(uploaded(bed).filter((line) => line.includes('comp=block&'))).toHaveLength(3);
    expect(bed.artifacts[0]!.zip!.includes(readFileSync(options.path))).toBe(true);
  });

  test('nothing is sent of a backup that is not sealed', async () => {
    const { bed, options } = await real(await writeSample(tempDir(), 'x.tar.gz'));
    await errorOf(uploadBackup(options), EXIT.invalidInput);
    expect(bed.asked).toEqual([]);
  });

  test.each(['a[1].tar.gz.age', 'a##b.tar.gz.age', '-x.tar.gz.age'])(
    'nothing is sent of a backup named %s, which no drill would take from an artifact',
    async (name) => {
      const { bed, options } = await real(await writeSample(tempDir(), name));
      const { message } = await errorOf(uploadBackup(options), EXIT.invalidInput);
      expect(message).toMatch(/^output: a backup named .* is not uploaded, .* letters, digits/);
      expect(bed.asked).toEqual([]);
    },
  );

  test('a name of our own making is always one to upload', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (instance) => {
        expect(isPlainFileName(backupFileName(instance, new Date(), true))).toBe(true);
      }),
    );
  });

  test('nothing is sent of plaintext in a sealed name, nor with a receipt of something else', async () => {
    const dir = tempDir();
    const written = await writeSample(dir);
    const plain = await writeSample(dir, 'y.tar.gz');
    const sealed = readFileSync(written.path);
    copyFileSync(plain.path, written.path);
    const { bed, options } = await real(written);
    await errorOf(uploadBackup(options), EXIT.invalidInput);
    writeFileSync(written.path, sealed);
    writeFileSync(written.receiptPath, readFileSync(plain.receiptPath));
    await errorOf(uploadBackup(options), EXIT.cannotOpen);
    expect(bed.asked).toEqual([]);
  });

  test('a name that is taken', async () => {
    const { bed, options } = await real(await writeSample(tempDir()));
    await uploadBackup(options);
    const error = await errorOf(uploadBackup(options), EXIT.infra);
    expect(error.message).toMatch(
      /^The artifact argocd-\S+ could not be uploaded: .*409.*already exists on the/,
    );
    expect(bed.artifacts).toHaveLength(1);
  });

  test('a service that refuses', async () => {
    const { bed, options } = await real(await writeSample(tempDir()));
    bed.fail(/CreateArtifact/, answer(403, { code: 'permission_denied', msg: 'token has expired' }));
    expect((await errorOf(uploadBackup(options), EXIT.infra)).message).toMatch(/token has expired/);
    expect(uploaded(bed)).toHaveLength(1);
  });

  test('bytes that change in the storage', async () => {
    const { bed, options } = await real(await writeSample(tempDir()));
    bed.fail(/^GET \/blobs/, (_, response) => {
      const zip = Buffer.from(bed.artifacts[0]!.zip!);
      zip[zip.length >> 1]! ^= 1;
      response.writeHead(200, { 'content-type': 'application/zip' }).end(zip);
    });
    const error = await errorOf(uploadBackup(options), EXIT.infra);
    expect(error.message).toMatch(
      /reads back otherwise than it was uploaded \(its digest is another\): delete it/,
    );
    expect(readdirSync(options.scratchDir)).toEqual([]);
  });

  test('a file that is gone between the look at it and its turn', async () => {
    const client = await actionsArtifacts();
    const { options } = await real(await writeSample(tempDir()));
    const hasty: ArtifactClient = {
      downloadArtifact: (id, how) => client.downloadArtifact(id, how),
      uploadArtifact(name, files, root, how) {
        const uploading = client.uploadArtifact(name, [files[0]!], root, how);
        return uploading.finally(() => rmSync(options.receiptPath));
      },
    };
    const error = await errorOf(uploadBackup({ ...options, client: hasty }), EXIT.infra);
    expect(error.message).toMatch(
      /reads back otherwise .*holds 1 entries, and not a backup and its receipt alone/,
    );
  });
});

describe('with a client of the tests', () => {
  const ENV = {
    ACTIONS_RUNTIME_TOKEN: 'x',
    ACTIONS_RESULTS_URL: 'x',
    GITHUB_RUN_ID: '7',
    GITHUB_REPOSITORY: 'o/r',
  };

  /** Keeps what it is given, and gives it back. */
  function fake(over: { zip?: Buffer; digest?: string; mismatch?: boolean; id?: number } = {}) {
    const calls: unknown[][] = [];
    let zip: Buffer = Buffer.alloc(0);
    const client: ArtifactClient = {
      async uploadArtifact(...call) {
        calls.push(call);
        const names = ['x.tar.gz.age', 'x.receipt.json'];
        zip =
          over.zip ??
          zipOf(call[1].map((file, index) => ({ name: names[index]!, body: readFileSync(file) })));
        return 'id' in over && over.id === undefined
          ? {}
          : { id: over.id ?? 5, digest: over.digest ?? sha256(zip) };
      },
      async downloadArtifact(id, options) {
        calls.push([id, { ...options, path: '' }]);
        writeFileSync(join(options.path, 'a.zip'), zip);
        return { digestMismatch: over.mismatch ?? false };
      },
    };
    return { client, calls };
  }

  test('is told to store, and to compare with the digest in the form it compares with', async () => {
    const { client, calls } = fake();
    const written = await writeSample(tempDir());
    const { digest, url } = await uploadBackup(optionsOf(written, client, ENV));
    expect(url).toBe('https://github.com/o/r/actions/runs/7/artifacts/5');
    expect(calls).toEqual([
      [NAME, [written.path, written.receiptPath], expect.any(String), { compressionLevel: 0 }],
      [5, { path: '', expectedHash: `sha256:${digest}`, skipDecompress: true }],
    ]);
  });

  test.each([
    ['a mismatch that the client tells', { mismatch: true }, /its digest is another/],
    ['another digest than the client tells', { digest: '0'.repeat(64) }, /its digest is another/],
    ['no digest', { digest: '' }, /without an ID and a digest/],
    ['a digest in another form', { digest: `sha256:${'0'.repeat(64)}` }, /without an ID and a digest/],
    ['no ID', { id: undefined }, /without an ID and a digest/],
    ['another content', { zip: zipOf([{ name: 'x' }]) }, /reads back otherwise .*holds 1 entries/],
  ])('%s', async (_, over, message) => {
    const { client } = fake(over as object);
    const options = optionsOf(await writeSample(tempDir()), client, ENV);
    expect((await errorOf(uploadBackup(options), EXIT.infra)).message).toMatch(message);
    expect(readdirSync(options.scratchDir)).toEqual([]);
  });

  test('a sealed backup in it that is another', async () => {
    const other = await writeSample(tempDir());
    const names = [other.path, other.receiptPath].map((file, index) => ({
      name: ['x.tar.gz.age', 'x.receipt.json'][index]!,
      body: readFileSync(file),
    }));
    const options = optionsOf(await writeSample(tempDir()), fake({ zip: zipOf(names) }).client, ENV);
    expect((await errorOf(uploadBackup(options), EXIT.infra)).message).toMatch(/the backup in it is another/);
  });

  test.each(Object.keys(ENV))('outside of GitHub Actions, without %s, nothing is uploaded', async (name) => {
    const { client, calls } = fake();
    const options = optionsOf(await writeSample(tempDir()), client, { ...ENV, [name]: undefined });
    await errorOf(uploadBackup(options), EXIT.invalidInput);
    expect(calls).toEqual([]);
  });

  test('a run that is stopped does not wait for it', async () => {
    const client: ArtifactClient = { ...fake().client, uploadArtifact: () => new Promise(() => {}) };
    const stop = new AbortController();
    const options = { ...optionsOf(await writeSample(tempDir()), client, ENV), signal: stop.signal };
    const uploading = uploadBackup(options);
    setTimeout(() => stop.abort(cancelled()), 20);
    await errorOf(uploading, EXIT.cancelled);
  });
});
