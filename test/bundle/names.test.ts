import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { rootDigest } from '../../src/bundle/digest.js';
import { parseIdentities, parseRecipients, RECIPIENTS_LIMIT } from '../../src/bundle/keys.js';
import type { ObjectRecord } from '../../src/bundle/manifest.js';
import { backupFileName, receiptPathOf, resolveTarget } from '../../src/bundle/names.js';
import { latestReceipt } from '../../src/bundle/receipt.js';
import { writeBackup } from '../../src/bundle/write.js';
import { EXIT } from '../../src/errors.js';
import { identity, optionsFor, recipient, sha256, withFolder } from './sample.js';

const at = new Date('2026-11-23T20:51:20.987Z');

test.each([
  ['argocd', true, 'argocd-argocd-20261123T205120Z.tar.gz.age'],
  ['prod', false, 'argocd-prod-20261123T205120Z.tar.gz'],
  ['../a b/ü', true, 'argocd-..-a-b--20261123T205120Z.tar.gz.age'],
])('backupFileName of %s', (instance, sealed, name) => {
  expect(backupFileName(instance, at, sealed)).toBe(name);
});

test.each([
  ['a/x.tar.gz.age', 'a/x.receipt.json'],
  ['a/x.tar.gz', 'a/x.receipt.json'],
  ['a/x.tgz', 'a/x.receipt.json'],
  ['a/x.age', 'a/x.receipt.json'],
  ['a.b/x', 'a.b/x.receipt.json'],
])('receiptPathOf %s', (backup, receipt) => {
  expect(receiptPathOf(backup)).toBe(receipt);
});

describe('resolveTarget', () => {
  const options = { instance: 'prod', at, sealed: true };
  const name = backupFileName('prod', at, true);

  test('puts the backup into a folder, made for its owner alone where it is missing', async () => {
    await withFolder(async (folder) => {
      expect(resolveTarget(folder, options)).toBe(join(folder, name));
      expect(resolveTarget(`${folder}/new.age/`, options)).toBe(join(folder, 'new.age', name));
      expect(resolveTarget(`${folder}/a/b`, options)).toBe(join(folder, 'a/b', name));
      expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
      mkdirSync(join(folder, 'old.age'), { mode: 0o755 });
      chmodSync(join(folder, 'old.age'), 0o755);
      expect(resolveTarget(join(folder, 'old.age'), options)).toBe(join(folder, 'old.age', name));
      expect(statSync(join(folder, 'old.age')).mode & 0o777).toBe(0o755);
    });
  });

  test('takes a file path with the ending of the encryption', async () => {
    await withFolder(async (folder) => {
      const sealedPath = join(folder, 'in', 'mine.tar.gz.age');
      expect(resolveTarget(sealedPath, options)).toBe(sealedPath);
      expect(existsSync(join(folder, 'in'))).toBe(true);
      const plainPath = join(folder, 'mine.tgz');
      expect(resolveTarget(plainPath, { ...options, sealed: false })).toBe(plainPath);
    });
  });

  test.each([
    ['x.tar.gz', true, /must end in .age.*name it .*x.tar.gz.age/],
    ['x.tar.gz.age', false, /must end in .tar.gz or .tgz.*encryption to age/],
    ['x.gz', false, /must end in .tar.gz or .tgz/],
    ['file/below', true, /cannot be made/],
    ['file', true, /exists already and is not a folder/],
  ])('refuses %s (sealed: %s)', async (output, sealed, message) => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      const before = readdirSync(folder);
      expect(() => resolveTarget(join(folder, output), { ...options, sealed })).toThrow(message);
      expect(readdirSync(folder)).toEqual(before);
    });
  });

  test('refuses nothing at all', () => {
    expect(() => resolveTarget(' ', options)).toThrow(/output is empty/);
  });
});

describe('latestReceipt', () => {
  async function write(folder: string, name: string, createdAt: string, uid = 'c0ffee') {
    const options = optionsFor(join(folder, `${name}.tar.gz`));
    const source = { ...options.receipt.source, uid };
    return await writeBackup({ ...options, receipt: { ...options.receipt, createdAt, source } });
  }

  test('is the newest by its own time, whatever the names and the precision', async () => {
    await withFolder(async (folder) => {
      await write(folder, 'b', '2026-11-23T20:00:00Z');
      const newest = await write(folder, 'a', '2026-11-23T20:00:00.001Z');
      await write(folder, 'c', '2025-11-23T20:00:00Z');
      expect(latestReceipt([folder])).toMatchObject({
        path: newest.receiptPath,
        receipt: { createdAt: '2026-11-23T20:00:00.001Z', file: 'a.tar.gz' },
        notes: [],
      });
    });
  });

  test('is of the source asked for', async () => {
    await withFolder(async (folder) => {
      const ours = await write(folder, 'a', '2026-11-23T20:00:00Z', 'ours');
      await write(folder, 'b', '2026-11-24T20:00:00Z', 'theirs');
      expect(latestReceipt([folder], { sourceUid: 'ours' }).path).toBe(ours.receiptPath);
      expect(latestReceipt([folder], { sourceUid: 'nobody' })).toEqual({ notes: [] });
    });
  });

  test('skips and notes broken ones, and those still being written', async () => {
    await withFolder(async (folder) => {
      const good = await write(folder, 'a', '2026-11-23T20:00:00Z');
      writeFileSync(join(folder, 'b.receipt.json'), '{');
      writeFileSync(join(folder, 'c.receipt.json'), '{"formatVersion": 3}');
      mkdirSync(join(folder, 'd.receipt.json'));
      writeFileSync(join(folder, '.e.receipt.json'), '{');
      const { path, notes } = latestReceipt([folder]);
      expect(path).toBe(good.receiptPath);
      expect(notes.map((note) => note.match(/([bcde])\.receipt\.json was skipped/)?.[1])).toEqual([
        'b',
        'c',
        'd',
      ]);
    });
  });

  test('is none where the folder is missing', () => {
    expect(latestReceipt(['/nowhere/at/all'])).toEqual({ notes: [] });
  });
});

describe('keys', () => {
  test('a key file with comments, as age-keygen writes it', async () => {
    const second = await generateX25519Identity();
    const text = `# created: 2026-11-23\r\n# public key: ${recipient}\r\n${identity}\r\n\r\n  ${second}  \n`;
    expect(parseIdentities(text)).toEqual([identity, second]);
    expect(parseIdentities('# nothing\n')).toEqual([]);
  });

  test.each([
    [
      'a mistyped one',
      `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`,
      /is not an age identity/,
    ],
    ['a recipient', recipient, /is a recipient/],
    ['a plugin', 'AGE-PLUGIN-YUBIKEY-1SECRET', /needs an age plugin/],
    ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----', /is an SSH key/],
    ['an encrypted key file', '-----BEGIN AGE ENCRYPTED FILE-----', /decrypt it first/],
    ['a word', 'SECRETWORD', /is not an age identity/],
  ])('%s is refused by its line and not shown', (_what, line, message) => {
    const parse = () => parseIdentities(`# comment\n${line}`);
    expect(parse).toThrow(message);
    expect(parse).toThrow(
      expect.objectContaining({ exitCode: EXIT.cannotOpen, message: expect.stringContaining('Line 2') }),
    );
    expect(parse).not.toThrow(line);
  });

  test('recipients are trimmed, and each counts once', async () => {
    const second = await identityToRecipient(await generateX25519Identity());
    expect(parseRecipients([` ${recipient}`, second, recipient])).toEqual([recipient, second]);
  });

  test('there are no more than whoever opens the backup has to try', async () => {
    const many = await Promise.all(
      Array.from({ length: RECIPIENTS_LIMIT + 1 }, async () =>
        identityToRecipient(await generateX25519Identity()),
      ),
    );
    expect(() => parseRecipients(many.slice(1))).not.toThrow();
    expect(() => parseRecipients(many)).toThrow(
      /^129 recipients are more than the 128 that a backup can have/,
    );
  });
});

describe('rootDigest', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '-', 'ü', '😀', '\uffff'),
    minLength: 1,
    maxLength: 3,
  });
  const record: fc.Arbitrary<ObjectRecord> = fc.record({
    member: fc.constantFrom('export.yaml', 'extras.yaml'),
    kind: fc.constantFrom('Application', 'Secret'),
    namespace: fc.oneof(fc.constant(''), name),
    name,
    sha256: fc.constantFrom(sha256('a'), sha256('b')),
  });
  const records = fc.array(record, { maxLength: 8 });

  test('does not depend on the order', () => {
    const shuffled = records.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([list, other]) => rootDigest(list) === rootDigest(other)));
  });

  test('changes with any field of any record, and with a record more or less', () => {
    const edits = fc.record({
      list: fc.array(record, { minLength: 1, maxLength: 8 }),
      at: fc.nat(),
      other: record,
    });
    fc.assert(
      fc.property(edits, ({ list, at, other }) => {
        const position = at % list.length;
        const fields = Object.keys(other) as (keyof ObjectRecord)[];
        const variants = fields.map((field) =>
          list.with(position, { ...list[position]!, [field]: other[field] }),
        );
        const changed = variants.filter((variant) => JSON.stringify(variant) !== JSON.stringify(list));
        for (const variant of [...changed, [...list, other], list.toSpliced(position, 1)]) {
          expect(rootDigest(variant)).not.toBe(rootDigest(list));
        }
      }),
    );
  });

  test('is the SHA-256 that docs/bundle-format.md shows how to make', () => {
    const fields = ['export.yaml', 'Application', 'argocd', 'shop', sha256('x')] as const;
    const [member, kind, namespace, itsName, digest] = fields;
    expect(rootDigest([{ member, kind, namespace, name: itsName, sha256: digest }])).toBe(
      sha256(`${fields.join('\0')}\n`),
    );
    expect(rootDigest([])).toBe(sha256(''));
  });
});
