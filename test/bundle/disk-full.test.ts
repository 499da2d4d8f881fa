import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBackup } from '../../src/bundle/open.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import { identity, small, withFolder, writeSample } from './sample.js';

const bulky = { ...small, exportYaml: randomBytes(3_000_000) };

/** A file system of one MiB; false where this user may not mount one. */
async function mountSmall(folder: string): Promise<boolean> {
  mkdirSync(folder);
  const { code } = await exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  return code === 0;
}

/** Runs `use` on a full-to-be disk; says so where that cannot be had here. */
async function onSmallDisk(use: (disk: string, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const disk = join(folder, 'disk');
    if (!(await mountSmall(disk))) return console.warn('not run: this user may not mount a tmpfs');
    try {
      await use(disk, folder);
    } finally {
      await exec('umount', [disk]);
    }
  });
}

describe('a full disk', () => {
  test('fails the backup in one sentence, leaves nothing, and older backups as they are', async () => {
    await onSmallDisk(async (disk) => {
      const older = await writeSample(disk, 'older.tar.gz.age');
      const before = readFileSync(older.path);
      const files = readdirSync(disk);
      await expect(writeSample(disk, 'x.tar.gz.age', bulky)).rejects.toMatchObject({
        exitCode: EXIT.infra,
        message: expect.stringContaining(`No room left in ${disk} (ENOSPC): free space`),
      });
      expect(readdirSync(disk)).toEqual(files);
      expect(readFileSync(older.path).equals(before)).toBe(true);
    });
  });

  test('fails the opening in one sentence that lays nothing to the backup', async () => {
    await onSmallDisk(async (disk, folder) => {
      const { path } = await writeSample(folder, 'x.tar.gz.age', bulky);
      await expect(openBackup({ path, identities: [identity], intoDir: disk })).rejects.toMatchObject({
        exitCode: EXIT.infra,
        message: expect.stringContaining(`No room left in ${disk} (ENOSPC)`),
      });
      expect(readdirSync(disk)).toEqual([]);
    });
  });

  test('for the receipt alone takes the backup back', async () => {
    await onSmallDisk(async (disk) => {
      const room = await roomFor(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(room));
      await expect(writeSample(disk)).rejects.toMatchObject({ exitCode: EXIT.infra });
      expect(readdirSync(disk)).toEqual(['filler']);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(room - 4096));
      await writeSample(disk);
    });
  });
});

/** What must be taken of the small disk so that a sealed sample (one page) fits, and its receipt no more. */
async function roomFor(disk: string): Promise<number> {
  const { path, receiptPath } = await writeSample(disk, 'probe.tar.gz.age');
  const pages = (file: string) => Math.ceil(readFileSync(file).length / 4096);
  expect(pages(receiptPath)).toBe(1);
  const sealedPages = pages(path);
  await exec('rm', [path, receiptPath]);
  return 1024 * 1024 - sealedPages * 4096;
}

test('a limit on the size of files is told like a full disk', async () => {
  await withFolder(async (folder) => {
    const script = join(import.meta.dirname, 'write-once.ts');
    const result = await exec(
      'bash',
      ['-c', 'ulimit -f 512 && exec "$0" --import tsx "$@"', process.execPath, script, folder],
      { env: { ...process.env, TSX_DISABLE_CACHE: '1', NODE_OPTIONS: '' } },
    );
    expect(result.stdout).toContain(`${EXIT.infra} No room left in ${folder} (EFBIG): free space`);
    expect(readdirSync(folder)).toEqual([]);
  });
});
