import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chooseBackup, readKeys } from '../../src/bundle/select.js';
import { writeBackup } from '../../src/bundle/write.js';
import { EXIT } from '../../src/errors.js';
import { identity, optionsFor, refusal, withFolder, writeSample } from './sample.js';

describe('chooseBackup', () => {
  test('a file is the backup, whether or not it is there', async () => {
    await withFolder(async (folder) => {
      const { path } = await writeSample(folder);
      expect(chooseBackup(path)).toBe(path);
      expect(chooseBackup(join(folder, 'none.age'))).toBe(join(folder, 'none.age'));
    });
  });

  test('a link that leads nowhere, or to itself, is one like any other file', async () => {
    await withFolder(async (folder) => {
      symlinkSync('/nowhere/at/all', join(folder, 'a.tar.gz.age'));
      symlinkSync('b.tar.gz.age', join(folder, 'b.tar.gz.age'));
      expect(chooseBackup(folder)).toMatch(/[ab]\.tar\.gz\.age$/);
      expect(chooseBackup(join(folder, 'b.tar.gz.age'))).toBe(join(folder, 'b.tar.gz.age'));
      for (const name of ['a', 'b'])
        expect((await refusal(join(folder, `${name}.tar.gz.age`))).exitCode).not.toBe(EXIT.unexpected);
    });
  });

  test('of a folder, the newest by its receipts, not by its name or its age on disk', async () => {
    await withFolder(async (folder) => {
      for (const [name, createdAt] of [
        ['b.tar.gz.age', '2026-11-23T20:00:00.000Z'],
        ['a.tar.gz.age', '2026-11-23T21:00:00.000Z'],
        ['c.tar.gz.age', '2026-11-22T21:00:00.000Z'],
      ] as const) {
        const options = optionsFor(join(folder, name));
        await writeBackup({ ...options, receipt: { ...options.receipt, createdAt } });
      }
      expect(chooseBackup(folder)).toBe(join(folder, 'a.tar.gz.age'));
    });
  });

  test('a newer backup counts without a good receipt too: an older one must not pass for it', async () => {
    await withFolder(async (folder) => {
      await writeSample(folder);
      const newer = 'argocd-argocd-29990101T000000Z';
      writeFileSync(join(folder, `${newer}.tar.gz.age`), 'x');
      expect(chooseBackup(folder)).toBe(join(folder, `${newer}.tar.gz.age`));
      writeFileSync(join(folder, `${newer}.receipt.json`), 'junk');
      expect(chooseBackup(folder)).toBe(join(folder, `${newer}.tar.gz.age`));
    });
  });

  test('a folder without a backup has none, and the message says what to give', async () => {
    await withFolder(async (folder) => {
      mkdirSync(join(folder, 'y.receipt.json'));
      writeFileSync(join(folder, '.x.tar.gz.age.partial'), 'x');
      expect(() => chooseBackup(folder)).toThrow(`the folder ${folder} holds no backup`);
      expect(() => chooseBackup(folder)).toThrow(expect.objectContaining({ exitCode: EXIT.invalidInput }));
    });
  });

  test('a receipt cannot name a file outside its folder', async () => {
    await withFolder(async (folder) => {
      const { path } = await writeSample(folder);
      const receiptPath = path.replace('.tar.gz.age', '.receipt.json');
      const receipt = JSON.parse(readFileSync(receiptPath, 'utf8'));
      for (const file of ['../other.age', '/etc/passwd', 'a/../../b', '..', '']) {
        writeFileSync(receiptPath, JSON.stringify({ ...receipt, file }));
        expect(chooseBackup(folder)).toBe(path);
      }
    });
  });
});

describe('readKeys', () => {
  test('from the input', async () => {
    expect(await readKeys({ identity })).toEqual({ identities: [identity], passphrase: undefined });
  });

  test('from a file, comments and all, before the input', async () => {
    await withFolder(async (folder) => {
      const identityFile = join(folder, 'key.txt');
      writeFileSync(identityFile, `# created: today\n${identity}\n`);
      expect((await readKeys({ identityFile, identity: 'unused' })).identities).toEqual([identity]);
    });
  });

  test('a passphrase alone is a key too', async () => {
    expect(await readKeys({ passphrase: 'p' })).toEqual({ identities: [], passphrase: 'p' });
  });
});
