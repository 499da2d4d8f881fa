import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { measure, openable } from '../../src/bundle/make.js';
import { allowedBytes, LIMITS } from '../../src/bundle/unpack.js';
import { writeBackup } from '../../src/bundle/write.js';
import { EXIT } from '../../src/errors.js';
import { manifestFor, opened, optionsFor, small, withFolder } from './sample.js';

const MIB = 1024 * 1024;
const manifest = manifestFor(small);
const many = <T>(item: T) => Array.from({ length: 250_000 }, () => item);

// 200 Applications of 1.5 MB of one letter: the backup passed, and no drill or restore could open it.
test.each(['x.tar.gz.age', 'x.tar.gz'])('content that packs like a bomb opens again: %s', async (name) => {
  await withFolder(async (folder) => {
    const source = join(folder, 'export-source');
    const document = `${small.exportYaml}data:\n  x: ${'x'.repeat(MIB)}\n---\n`;
    for (let i = 0; i < 300; i++) writeFileSync(source, document, { flag: 'a' });
    const content = { ...manifest, members: { ...manifest.members, 'export.yaml': await measure(source) } };
    const options = optionsFor(join(folder, name));
    const members = { ...options.members, 'export.yaml': source, 'manifest.json': openable(content) };
    const { bytes } = await writeBackup({ ...options, members });
    await opened(options.target, ({ sealed }) => expect(sealed.bytes).toBe(bytes));
  });
});

test('what packs well enough stays packed', async () => {
  await withFolder(async (folder) => {
    const options = optionsFor(join(folder, 'x.tar.gz.age'));
    const members = { ...options.members, 'export.yaml': Buffer.alloc(30 * MIB, 'x') };
    expect((await writeBackup({ ...options, members })).bytes).toBeLessThan(MIB);
  });
});

test('the bound is the floor, then the ratio', () => {
  expect(allowedBytes(1)).toBe(LIMITS.floor);
  expect(allowedBytes(LIMITS.floor)).toBe(LIMITS.floor * LIMITS.ratio);
});

test.each([
  [
    'a member',
    {
      ...manifest,
      members: {
        ...manifest.members,
        'extras.yaml': { bytes: LIMITS.member + 1, sha256: manifest.rootDigest },
      },
    },
    /extras\.yaml has 8589934593 bytes, more than the 8589934592/,
  ],
  [
    'a text',
    { ...manifest, kubernetesVersion: 'x'.repeat(101) },
    /manifest is refused \(kubernetesVersion: /,
  ],
  [
    'all lists together',
    {
      ...manifest,
      tools: many({ name: '', version: '', source: '', sha256: '' }),
      coverage: {
        ...manifest.coverage,
        leftOut: many({ object: '', reason: '' }),
        changedDuringExport: many(''),
      },
    },
    /manifest is refused \(it holds more than 2097152 values\)/,
  ],
])('a manifest that would not open is not made, for what is too large: %s', (_what, refused, message) => {
  const error = (() => {
    try {
      return openable(refused);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ exitCode: EXIT.fail, message: expect.stringMatching(message) });
});

test('nor one of more bytes than are read', () => {
  expect(openable(manifest)).toBeInstanceOf(Buffer);
  expect(() => openable(manifest, { ...LIMITS, manifest: 100 })).toThrow(/manifest\.json has \d+ bytes/);
});
