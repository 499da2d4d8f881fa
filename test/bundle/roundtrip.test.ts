import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { writeBackup } from '../../src/bundle/write.js';
import { manifestFor, opened, optionsFor, sha256, small, withFolder, writeSample } from './sample.js';

describe.each(['x.tar.gz.age', 'x.tar.gz'])('%s', (name) => {
  test('what is packed opens byte for byte, whatever the bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 200_000, size: 'max' }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (exportYaml, extrasYaml) => {
        const content = { exportYaml, extrasYaml };
        await withFolder(async (folder) => {
          const { path } = await writeSample(folder, name, content);
          await opened(path, (backup) => {
            expect(readFileSync(backup.exportPath).equals(exportYaml)).toBe(true);
            expect(readFileSync(backup.extrasPath).equals(extrasYaml)).toBe(true);
            expect(backup.manifest).toEqual(manifestFor(content));
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  test('reports the file as it is stored, in the result and in the receipt', async () => {
    await withFolder(async (folder) => {
      const written = await writeSample(folder, name);
      const stored = readFileSync(written.path);
      expect(written).toEqual({
        path: join(folder, name),
        receiptPath: join(folder, 'x.receipt.json'),
        bytes: stored.length,
        sha256: sha256(stored),
      });
      expect(JSON.parse(readFileSync(written.receiptPath, 'utf8'))).toEqual({
        formatVersion: 1,
        ...optionsFor(written.path).receipt,
        file: name,
        bytes: stored.length,
        sha256: sha256(stored),
      });
      await opened(written.path, (backup) => {
        expect(backup.sealed).toEqual({ bytes: stored.length, sha256: sha256(stored) });
        expect(backup.receipt?.file).toBe(name);
        expect(backup.encryption).toBe(name.endsWith('.age') ? 'age' : 'none');
      });
    });
  });

  test('files are readable by their owner only, and no others are left', async () => {
    await withFolder(async (folder) => {
      const { path, receiptPath } = await writeSample(folder, name);
      expect(readdirSync(folder).sort()).toEqual(['x.receipt.json', name].sort());
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(receiptPath).mode & 0o777).toBe(0o600);
      await opened(path, ({ exportPath, extrasPath }) => {
        for (const member of [exportPath, extrasPath]) expect(statSync(member).mode & 0o777).toBe(0o600);
      });
    });
  });
});

test('the same members make the same unsealed bytes', async () => {
  await withFolder(async (folder) => {
    await writeSample(folder, 'a.tar.gz');
    await writeSample(folder, 'b.tar.gz');
    expect(readFileSync(join(folder, 'a.tar.gz')).equals(readFileSync(join(folder, 'b.tar.gz')))).toBe(true);
  });
});

test('members may be files', async () => {
  await withFolder(async (folder) => {
    const source = join(folder, 'export-source');
    writeFileSync(source, small.exportYaml);
    const options = optionsFor(join(folder, 'x.tar.gz.age'));
    await writeBackup({ ...options, members: { ...options.members, 'export.yaml': source } });
    await opened(options.target, ({ exportPath }) => {
      expect(readFileSync(exportPath).equals(small.exportYaml)).toBe(true);
    });
  });
});

test('a passphrase seals and opens', async () => {
  await withFolder(async (folder) => {
    const options = optionsFor(join(folder, 'x.tar.gz.age'));
    await writeBackup({ ...options, seal: { passphrase: 'correct horse battery staple' } });
    await opened(options.target, ({ encryption }) => expect(encryption).toBe('age'), {
      identities: [],
      passphrase: 'correct horse battery staple',
    });
  });
});

test.each([
  ['X25519', generateX25519Identity],
  ['post-quantum', generateHybridIdentity],
])('any one of several recipients opens: %s', async (_, generate) => {
  const identities = [await generate(), await generate()];
  const recipients = await Promise.all(identities.map(identityToRecipient));
  await withFolder(async (folder) => {
    const options = optionsFor(join(folder, 'x.tar.gz.age'));
    await writeBackup({ ...options, seal: { recipients } });
    const [one, other] = await Promise.all(
      identities.map((own) => opened(options.target, ({ manifest }) => manifest, { identities: [own] })),
    );
    expect(one).toEqual(other);
  });
});

test('a large member streams: no buffer grows with it', async () => {
  await withFolder(async (folder) => {
    const source = join(folder, 'export-source');
    const line = Buffer.from('- name: an application that is like the one before it\n'.repeat(20_000));
    for (let i = 0; i < 150; i++) writeFileSync(source, line, { flag: 'a' });
    const options = optionsFor(join(folder, 'x.tar.gz.age'));
    const before = process.resourceUsage().maxRSS;
    await writeBackup({ ...options, members: { ...options.members, 'export.yaml': source } });
    const grownMiB = (process.resourceUsage().maxRSS - before) / 1024;
    expect(statSync(source).size / 1024 ** 2).toBeGreaterThan(150);
    expect(grownMiB).toBeLessThan(120);
  });
});
