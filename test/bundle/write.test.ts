import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { type WriteOptions, writeBackup } from '../../src/bundle/write.js';
import { EXIT } from '../../src/errors.js';
import { opened, optionsFor, recipient, withFolder, writeSample } from './sample.js';

const NAME = 'x.tar.gz.age';
const hybridRecipient = await identityToRecipient(await generateHybridIdentity());
const noLinks = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'ENOTSUP' }));
const links: [string, WriteOptions['link']][] = [
  ['by links', undefined],
  ['without links', noLinks],
];

describe.each(links)('%s', (_how, linkAs) => {
  const write = (options: WriteOptions) => writeBackup({ ...options, ...(linkAs && { link: linkAs }) });

  test('of eight concurrent writers to one target exactly one wins', async () => {
    await withFolder(async (folder) => {
      const target = join(folder, NAME);
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => write(optionsFor(target))));
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const { reason } of results.filter((result) => result.status === 'rejected')) {
        expect(reason).toMatchObject({
          exitCode: EXIT.invalidInput,
          message: expect.stringContaining('exists already'),
        });
      }
      expect(readdirSync(folder).sort()).toEqual(['x.receipt.json', NAME].sort());
      await opened(target, ({ sealed }) => expect(sealed.sha256).toBe(won[0]!.value.sha256));
    });
  });

  test('of a sealed and an unsealed one that share a receipt exactly one wins', async () => {
    await withFolder(async (folder) => {
      const targets = [join(folder, NAME), join(folder, 'x.tar.gz')];
      const results = await Promise.allSettled(targets.map((target) => write(optionsFor(target))));
      const won = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value.path);
      expect(won).toHaveLength(1);
      expect(readdirSync(folder)).toHaveLength(2);
      await opened(won[0]!, ({ receipt }) => expect(receipt).toBeDefined());
    });
  });
});

test('a link that fails for another reason leaves nothing', async () => {
  await withFolder(async (folder) => {
    const broken = () => Promise.reject(Object.assign(new Error('input/output error'), { code: 'EIO' }));
    await expect(writeBackup({ ...optionsFor(join(folder, NAME)), link: broken })).rejects.toThrow(
      'input/output',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([NAME, 'x.receipt.json'])('an existing %s is refused and untouched', async (existing) => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, existing), 'older');
    writeFileSync(join(folder, 'older.tar.gz.age'), 'another');
    await expect(writeSample(folder)).rejects.toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringContaining(`${existing} exists already`),
    });
    expect(readFileSync(join(folder, existing), 'utf8')).toBe('older');
    expect(readFileSync(join(folder, 'older.tar.gz.age'), 'utf8')).toBe('another');
    expect(readdirSync(folder)).toHaveLength(2);
  });
});

describe('nothing is left', () => {
  test('where the folder is missing', async () => {
    await withFolder(async (folder) => {
      await expect(writeSample(join(folder, 'missing'))).rejects.toMatchObject({
        exitCode: EXIT.invalidInput,
        message: expect.stringContaining(join(folder, 'missing')),
      });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('where a member cannot be read', async () => {
    await withFolder(async (folder) => {
      const options = optionsFor(join(folder, NAME));
      for (const source of [join(folder, 'missing'), '/proc/self/mem']) {
        const members = { ...options.members, 'export.yaml': source };
        await expect(writeBackup({ ...options, members })).rejects.toThrow();
        expect(readdirSync(folder)).toEqual([]);
      }
    });
  });

  test('where the run is cancelled while it writes', async () => {
    await withFolder(async (folder) => {
      const controller = new AbortController();
      const source = join(folder, 'source');
      writeFileSync(source, Buffer.alloc(30_000_000, 'a line of text\n'));
      const options = optionsFor(join(folder, NAME));
      const writing = writeBackup({
        ...options,
        members: { ...options.members, 'export.yaml': source },
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 20);
      await expect(writing).rejects.toMatchObject({ exitCode: EXIT.cancelled });
      expect(readdirSync(folder)).toEqual(['source']);
    });
  });

  test.each([
    [[], /^No recipient/],
    [['age1nonsense'], /^Recipient 1 \(age1nonsense\) is not an age recipient/],
    [[recipient, 'AGE-SECRET-KEY-1TOPSECRET'], /^Recipient 2 is an identity, which is secret/],
    [['ssh-ed25519 AAAA me@here'], /^Recipient 1 is an SSH key/],
    [[recipient, hybridRecipient], /^1 of 2 recipients are post-quantum.*give one kind only/],
  ])('where a recipient is wrong: %#', async (recipients, message) => {
    await withFolder(async (folder) => {
      const error = await writeBackup({ ...optionsFor(join(folder, NAME)), seal: { recipients } }).catch(
        (e) => e,
      );
      expect(error).toMatchObject({ exitCode: EXIT.invalidInput, message: expect.stringMatching(message) });
      expect(error.message).not.toContain('TOPSECRET');
      expect(readdirSync(folder)).toEqual([]);
    });
  });
});

test('a folder of the same name is refused', async () => {
  await withFolder(async (folder) => {
    mkdirSync(join(folder, NAME));
    await expect(writeSample(folder)).rejects.toMatchObject({ exitCode: EXIT.invalidInput });
  });
});
