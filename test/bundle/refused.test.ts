import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { armor, generateX25519Identity } from 'age-encryption';
import { openBackup } from '../../src/bundle/open.js';
import { LIMITS } from '../../src/bundle/unpack.js';
import { writeBackup } from '../../src/bundle/write.js';
import { DrError, EXIT } from '../../src/errors.js';
import {
  type CraftedEntry,
  craft,
  identity,
  manifestFor,
  opened,
  optionsFor,
  pipelineTo,
  properEntries,
  refusal,
  small,
  withFolder,
  writeSample,
} from './sample.js';

const FILES = ['x.tar.gz.age', 'x.tar.gz'];
const proper = properEntries();
const [exportEntry, extrasEntry, manifestEntry] = proper as [CraftedEntry, CraftedEntry, CraftedEntry];

test.each(FILES)('%s crafted with the proper members opens', async (name) => {
  await withFolder(async (folder) => {
    await craft(join(folder, name), proper);
    await opened(join(folder, name), ({ manifest }) => expect(manifest).toEqual(manifestFor(small)));
  });
});

const TARS: [string, CraftedEntry[], RegExp][] = [
  ['no members', [], /lacks export.yaml and extras.yaml and manifest.json/],
  ['a missing export', [extrasEntry, manifestEntry], /lacks export.yaml:/],
  ['a missing extras', [exportEntry, manifestEntry], /lacks extras.yaml:/],
  ['a missing manifest', [exportEntry, extrasEntry], /lacks manifest.json:/],
  [
    'an extra member',
    [...proper, { header: { name: 'more.yaml' }, body: 'x' }],
    /"more.yaml", which does not belong/,
  ],
  ['a member twice', [exportEntry, ...proper], /holds export.yaml twice/],
  ['a manifest twice', [...proper, manifestEntry], /holds manifest.json twice/],
  [
    'a path that leads out',
    [{ header: { name: '../escaped.yaml' }, body: 'x' }, ...proper],
    /"\.\.\/escaped/,
  ],
  ['a member through a parent', [{ header: { name: 'a/../export.yaml' }, body: 'x' }], /does not belong/],
  ['an absolute path', [{ header: { name: '/tmp/bundle-test-escaped' }, body: 'x' }], /does not belong/],
  ['a name with a dot folder', [{ header: { name: './export.yaml' }, body: 'x' }], /does not belong/],
  ['a long path', [{ header: { name: `${'../'.repeat(60)}escaped` }, body: 'x' }], /does not belong/],
  ['an empty name', [{ header: { name: '' }, body: 'x' }], /"", which does not belong/],
  ['a symlink', [link('symlink')], /is a symlink and not a file/],
  ['a hard link', [link('link')], /is a link and not a file/],
  ['a directory', [{ header: { name: 'export.yaml', type: 'directory' } }], /is a directory/],
  ['a device', [{ header: { name: 'export.yaml', type: 'character-device' } }], /is a character-device/],
  ['a block device', [{ header: { name: 'export.yaml', type: 'block-device' } }], /is a block-device/],
  ['a fifo', [{ header: { name: 'export.yaml', type: 'fifo' } }], /is a fifo/],
];

function link(type: 'symlink' | 'link'): CraftedEntry {
  return { header: { name: 'export.yaml', type, linkname: '/etc/passwd' } };
}

describe.each(FILES)('%s with', (name) => {
  test.each(TARS)('%s is refused', async (_what, entries, message) => {
    await withFolder(async (folder) => {
      await craft(join(folder, name), entries);
      const error = await refusal(join(folder, name));
      expect(error.exitCode).toBe(EXIT.cannotOpen);
      expect(error.message).toMatch(message);
      expect(readdirSync(folder)).toEqual([name]);
    });
  });

  test('something else than a tar inside is refused', async () => {
    await withFolder(async (folder) => {
      for (const content of [Buffer.from('no tar'), Buffer.alloc(5000, 'x'), Buffer.alloc(0)]) {
        await pipelineTo(join(folder, name), bytes(content));
        expect((await refusal(join(folder, name))).exitCode).toBe(EXIT.cannotOpen);
      }
    });
  });
});

async function* bytes(content: Buffer) {
  yield content;
}

test('nothing outside the folder is written by a path that leads out', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz');
    const intoDir = join(folder, 'deep', 'into');
    mkdirSync(intoDir, { recursive: true });
    await craft(path, [...proper, { header: { name: '../escaped.yaml' }, body: 'x' }]);
    await expect(openBackup({ path, identities: [], intoDir })).rejects.toBeInstanceOf(DrError);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['into']);
    expect(readdirSync(intoDir)).toEqual([]);
    expect(existsSync('/tmp/bundle-test-escaped')).toBe(false);
  });
});

const changed = (change: object) => ({ ...manifestFor(small), ...change });
const MANIFESTS: [string, unknown, RegExp][] = [
  ['not JSON', '{"formatVersion": 1,', /manifest.json is not valid \(it is not JSON\)/],
  ['a key twice', JSON.stringify(changed({})).replace('{', '{"namespace":"other",'), /holds a key twice/],
  [
    'a key twice deep inside, spelled with an escape',
    JSON.stringify(changed({})).replace('"uid":', '"u\\u0069d" : "other", "uid":'),
    /holds a key twice/,
  ],
  ['an unknown field', changed({ extra: 1 }), /not valid \(.*extra/],
  ['a wrong digest', changed({ rootDigest: 'x' }), /not valid \(rootDigest: /],
  [
    'a fault deep inside',
    changed({ objects: [{ ...manifestFor(small).objects[0], kind: '' }] }),
    /objects\.0\.kind/,
  ],
  ['no format version', changed({ formatVersion: undefined }), /formatVersion/],
  [
    'a newer format',
    { formatVersion: 3, novel: true },
    /made by a newer argocd-dr \(format version 3.*update/,
  ],
  ['an array', [], /not valid/],
  ['null', 'null', /not valid/],
  ['text that is not UTF-8', 'latin1', /not UTF-8/],
];

test.each(MANIFESTS)('a manifest that has %s is refused', async (_what, manifest, message) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz.age');
    const entries = properEntries(small, manifest);
    if (manifest === 'latin1') entries[2]!.body = Buffer.from('{"namespace": "\xe4"}', 'latin1');
    await craft(path, entries);
    const error = await refusal(path);
    expect(error.exitCode).toBe(EXIT.cannotOpen);
    expect(error.message).toMatch(message);
  });
});

test.each(['export.yaml', 'extras.yaml'])('%s other than its manifest says is refused', async (member) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.tar.gz.age');
    for (const body of ['', 'apiVersion: v1\n']) {
      await craft(
        path,
        proper.map((entry) => (entry.header.name === member ? { ...entry, body } : entry)),
      );
      expect((await refusal(path)).message).toContain(`${member} is not the one its manifest describes`);
    }
  });
});

describe('limits', () => {
  const zeros = { exportYaml: Buffer.alloc(3_000_000), extrasYaml: Buffer.alloc(0) };
  test.each([
    ['a bomb', { floor: 100_000, ratio: 10 }, /unpacks to more than 100000 bytes/],
    ['a large member', { member: 1_000_000 }, /export.yaml has 3000000 bytes, more than the 1000000/],
    ['a large manifest', { manifest: 100 }, /manifest.json has \d+ bytes, more than the 100 /],
  ])('%s is refused', async (_what, limits, message) => {
    await withFolder(async (folder) => {
      const { path } = await writeSample(folder, 'x.tar.gz.age', zeros);
      const error = await refusal(path, { limits: { ...LIMITS, ...limits } });
      expect(error.exitCode).toBe(EXIT.cannotOpen);
      expect(error.message).toMatch(message);
      await opened(path, () => undefined);
    });
  });

  test('an age header without an end is refused unread', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      writeFileSync(path, `age-encryption.org/v1\n-> X25519 ${'a'.repeat(2 * 1024 * 1024)}`);
      expect((await refusal(path)).message).toMatch(/its age header has no end/);
    });
  });
});

const MISTAKEN: [string, string, string | Buffer, RegExp][] = [
  ['empty', 'x.tar.gz.age', '', /is empty/],
  [
    'a plain export',
    'argocd.yaml',
    'apiVersion: v1\nkind: ConfigMap\n',
    /plain YAML, as argocd admin export writes it/,
  ],
  ['a plain export with a marker', 'x.yaml', '---\napiVersion: v1\n', /plain YAML/],
  ['a zip', 'x.zip', 'PK\x03\x04rest', /is a zip archive.*unzip it/],
  ['a receipt', 'x.json', '{"formatVersion": 1}', /not a backup: give the .tar.gz.age file/],
  ['an armored age file', 'x.age', armor.encode(Buffer.from('x')), /text armor.*base64 -d/],
  ['a later age', 'x.age', 'age-encryption.org/v2\n', /age format other than v1/],
  [
    'a bare tar',
    'x.tar',
    Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\x0000')]),
    /is a bare tar archive/,
  ],
  ['any gzip', 'x.tar.gz', gzipSync('hello'), /not an unsealed backup as this tool wrote it/],
  ['text', 'x.txt', 'hello', /neither an age file nor gzip/],
];

test.each(MISTAKEN)('%s is recognised as no backup', async (_what, name, content, message) => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, name), content);
    const error = await refusal(join(folder, name));
    expect(error.exitCode).toBe(EXIT.cannotOpen);
    expect(error.message).toMatch(message);
  });
});

test('a path that is not there, and a folder', async () => {
  await withFolder(async (folder) => {
    const missing = await refusal(join(folder, 'x.tar.gz.age'));
    expect(missing.exitCode).toBe(EXIT.invalidInput);
    expect(missing.message).toMatch(/There is no file/);
    const isFolder = await refusal(folder);
    expect(isFolder.exitCode).toBe(EXIT.cannotOpen);
    expect(isFolder.message).toMatch(/is a folder/);
    expect((await refusal('/dev/null')).message).toMatch(/not a regular file/);
  });
});

describe('keys', () => {
  async function keyError(options: Parameters<typeof refusal>[1]) {
    return await withFolder(async (folder) => {
      const { path } = await writeSample(folder);
      const error = await refusal(path, options);
      expect(error.exitCode).toBe(EXIT.cannotOpen);
      return error.message;
    });
  }

  test('the wrong one names the kind of the right one', async () => {
    expect(await keyError({ identities: [await generateX25519Identity()] })).toMatch(
      /^The identity does not open .*sealed to 1 recipient \(X25519\)/,
    );
  });

  test('several wrong ones are counted', async () => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    expect(await keyError({ identities })).toMatch(/^None of the 2 identities opens/);
  });

  test('none', async () => {
    expect(await keyError({ identities: [] })).toMatch(/no identity was given/);
    expect(await keyError({ identities: [], passphrase: 'secret' })).toMatch(/no identity was given/);
  });

  test('a passphrase that is needed, and a wrong one', async () => {
    await withFolder(async (folder) => {
      const write = optionsFor(join(folder, 'x.tar.gz.age'));
      await writeBackup({ ...write, seal: { passphrase: 'right' } });
      expect((await refusal(write.target)).message).toMatch(/is sealed with a passphrase/);
      const wrong = await refusal(write.target, { passphrase: 'wrong-passphrase' });
      expect(wrong.message).toMatch(/The passphrase does not open/);
      expect(wrong.message).not.toContain('wrong-passphrase');
    });
  }, 30_000);
});

test('a folder that holds a member already is left as it is', async () => {
  await withFolder(async (folder) => {
    const { path } = await writeSample(folder);
    writeFileSync(join(folder, 'export.yaml'), 'mine');
    const opening = openBackup({ path, identities: [identity], intoDir: folder });
    await expect(opening).rejects.toMatchObject({ exitCode: EXIT.infra });
    expect(readFileSync(join(folder, 'export.yaml'), 'utf8')).toBe('mine');
  });
});

test('a cancelled run ends as such and leaves nothing', async () => {
  await withFolder(async (folder) => {
    const { path } = await writeSample(folder);
    const controller = new AbortController();
    controller.abort();
    await withFolder(async (intoDir) => {
      const opening = openBackup({ path, identities: [identity], intoDir, signal: controller.signal });
      await expect(opening).rejects.toMatchObject({ exitCode: EXIT.cancelled });
      expect(readdirSync(intoDir)).toEqual([]);
    });
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});
