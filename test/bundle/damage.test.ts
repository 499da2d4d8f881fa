import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { identity, opened, refusal, withFolder, writeSample } from './sample.js';

/** A copy of the sample without a receipt, so that only the file itself can tell the damage. */
async function loneCopy(folder: string, name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const copy = join(folder, `copy-${name}`);
  writeFileSync(copy, change(Buffer.from(readFileSync(join(folder, name)))));
  return copy;
}

const flipped = (position: number, mask: number) => (bytes: Buffer) => {
  bytes[position]! ^= mask;
  return bytes;
};

describe.each(['x.tar.gz.age', 'x.tar.gz'])('%s without a receipt', (name) => {
  test('a change of any one byte is refused', async () => {
    await withFolder(async (folder) => {
      const { bytes } = await writeSample(folder, name);
      for (let position = 0; position < bytes; position++) {
        for (const mask of [0x01, 0x80]) {
          const error = await refusal(await loneCopy(folder, name, flipped(position, mask)));
          if (error.exitCode !== EXIT.cannotOpen) throw new Error(`byte ${position}: ${error.message}`);
        }
      }
    });
  }, 120_000);

  test('a file cut short at any length is refused', async () => {
    await withFolder(async (folder) => {
      const { bytes } = await writeSample(folder, name);
      for (let length = 0; length < bytes; length++) {
        const error = await refusal(await loneCopy(folder, name, (whole) => whole.subarray(0, length)));
        if (error.exitCode !== EXIT.cannotOpen) throw new Error(`length ${length}: ${error.message}`);
      }
    });
  }, 120_000);

  test.each([
    ['a zero byte', Buffer.from([0])],
    ['a whole gzip member', Buffer.from('H4sIAAAAAAAAAwMAAAAAAAAAAAA=', 'base64')],
    ['a page of zeros', Buffer.alloc(4096)],
  ])('%s behind the end is refused', async (_what, extra) => {
    await withFolder(async (folder) => {
      await writeSample(folder, name);
      const error = await refusal(await loneCopy(folder, name, (whole) => Buffer.concat([whole, extra])));
      expect(error.exitCode).toBe(EXIT.cannotOpen);
    });
  });

  test('the unchanged copy opens', async () => {
    await withFolder(async (folder) => {
      await writeSample(folder, name);
      const copy = await loneCopy(folder, name, (whole) => whole);
      await opened(copy, (backup) => expect(backup.receipt).toBeUndefined());
    });
  });
});

test('a large sealed file damaged or cut in a later chunk is refused, and its plaintext removed', async () => {
  await withFolder(async (folder) => {
    const content = { exportYaml: randomBytes(300_000), extrasYaml: Buffer.from('x') };
    const { bytes } = await writeSample(folder, 'x.tar.gz.age', content);
    expect(bytes).toBeGreaterThan(3 * 65_536);
    for (const position of [bytes - 1, bytes - 20, 140_000, 65_536 + 300]) {
      await refusal(await loneCopy(folder, 'x.tar.gz.age', flipped(position, 1)));
      await refusal(await loneCopy(folder, 'x.tar.gz.age', (whole) => whole.subarray(0, position)));
    }
  });
});

describe('with a receipt', () => {
  test('a changed byte is laid to the file or its receipt', async () => {
    await withFolder(async (folder) => {
      const { path } = await writeSample(folder);
      writeFileSync(path, flipped(300, 1)(readFileSync(path)));
      const error = await refusal(path);
      expect(error.message).toMatch(/does not match its receipt .*SHA-256/);
    });
  });

  test('a lost end is told by the size', async () => {
    await withFolder(async (folder) => {
      const { path, bytes } = await writeSample(folder);
      writeFileSync(path, readFileSync(path).subarray(0, 500));
      const error = await refusal(path);
      expect(error.message).toContain(`has 500 bytes, while the receipt says ${bytes}`);
    });
  });

  test('any changed byte of the receipt is refused, or changes nothing it says', async () => {
    await withFolder(async (folder) => {
      const { path, receiptPath } = await writeSample(folder);
      const whole = readFileSync(receiptPath);
      const said = { ...JSON.parse(whole.toString()), file: undefined };
      for (let position = 0; position < whole.length; position++) {
        writeFileSync(receiptPath, flipped(position, 0x01)(Buffer.from(whole)));
        await opened(path, ({ receipt }) => expect({ ...receipt, file: undefined }).toEqual(said)).catch(
          (error) => {
            if (error.exitCode !== EXIT.cannotOpen) throw error;
          },
        );
      }
    });
  }, 60_000);

  test.each([
    ['', /it is not JSON/],
    ['{"formatVersion": 1, "formatVersion": 1}', /holds a key twice/],
    ['{"formatVersion": 1}', /createdAt/],
    ['{"formatVersion": 3}', /made by a newer argocd-dr \(format version 3.*update/],
    [`"${'x'.repeat(1024 * 1024)}"`, /bytes long/],
  ])('a receipt that is none is refused: %#', async (text, message) => {
    await withFolder(async (folder) => {
      const { path, receiptPath } = await writeSample(folder);
      writeFileSync(receiptPath, text);
      const error = await refusal(path);
      expect(error.exitCode).toBe(EXIT.cannotOpen);
      expect(error.message).toMatch(message);
      expect(error.message).toContain(receiptPath);
    });
  });
});

test('nothing is written beside the backup by opening it', async () => {
  await withFolder(async (folder) => {
    const { path } = await writeSample(folder);
    const before = readdirSync(folder);
    await opened(path, () => undefined, { identities: [identity] });
    expect(readdirSync(folder)).toEqual(before);
  });
});
