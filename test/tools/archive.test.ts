import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type Header, pack } from 'tar-stream';
import { extractMember, sha256OfMember } from '../../src/tools/archive.js';
import { sha256, tempDir } from './bench.js';

interface Member {
  name: string;
  type?: Header['type'];
  linkname?: string;
  body?: string | Buffer;
}

/** A tar.gz of any members, links and devices too. */
async function archiveOf(...members: Member[]) {
  const dir = tempDir();
  const tar = pack();
  for (const { body, ...header } of members) tar.entry(header, body ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const path = join(dir, 'archive');
  writeFileSync(path, gzipSync(Buffer.concat(chunks)));
  return { path, dir, to: join(dir, 'to') };
}

describe('a member of an archive', () => {
  test('is written and hashed', async () => {
    const { path, to } = await archiveOf({ name: 'a/tool', body: 'tool' }, { name: 'a/other', body: 'x' });
    await extractMember(path, 'a/tool', to);
    expect(readFileSync(to, 'utf8')).toBe('tool');
    expect(await sha256OfMember(path, 'a/tool')).toBe(sha256('tool'));
  });

  test('of two of the same name the first counts', async () => {
    const { path, to } = await archiveOf({ name: 'tool', body: 'one' }, { name: 'tool', body: 'two' });
    await extractMember(path, 'tool', to);
    expect(readFileSync(to, 'utf8')).toBe('one');
    expect(await sha256OfMember(path, 'tool')).toBe(sha256('one'));
  });

  test.each<Header['type']>(['symlink', 'link', 'character-device', 'block-device', 'fifo', 'directory'])(
    'that is a %s is none',
    async (type) => {
      const { path, to } = await archiveOf({ name: 'tool', type, linkname: '/bin/sh' });
      await expect(extractMember(path, 'tool', to)).rejects.toThrow('holds no file tool');
      expect(existsSync(to)).toBe(false);
    },
  );

  test.each(['../tool', '/tool', './tool', 'a/../tool'])(
    'by the name %s is none, and nothing is written',
    async (name) => {
      const { path, to, dir } = await archiveOf({ name, body: 'evil' });
      await expect(extractMember(path, 'tool', to)).rejects.toThrow('holds no file tool');
      expect(existsSync(to)).toBe(false);
      expect(existsSync(join(dir, '..', 'tool'))).toBe(false);
    },
  );

  test.each(['tool', 'before'])('is not looked for in what unpacks a thousandfold: %s', async (name) => {
    const { path, to } = await archiveOf({ name, body: Buffer.alloc(20_000_000) });
    expect(readFileSync(path).length).toBeLessThan(100_000);
    await expect(extractMember(path, 'tool', to, 1_000_000)).rejects.toThrow('unpacks to more than 1 MB');
  });
});
