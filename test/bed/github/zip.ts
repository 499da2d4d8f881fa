import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip, and what its headers claim where that is not the truth. */
export interface ZipEntry {
  name: string;
  body?: Buffer | string;
  deflate?: boolean;
  /** Type and permissions on Unix, such as 0o120777 of a link. */
  mode?: number;
  flags?: number;
  method?: number;
  crc?: number;
  size?: number;
  compressedSize?: number;
  dosFolder?: boolean;
  extra?: Buffer;
}

/** A zip of any entries, written byte by byte: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function zipOf(entries: readonly ZipEntry[], { count = entries.length } = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { fields, name, data } = headerOf(entry);
    const local = Buffer.concat([u32(0x04034b50), u16(20), fields, u16(name.length), u16(0), name, data]);
    const extra = entry.extra ?? Buffer.alloc(0);
    const attributes = (((entry.mode ?? 0o100644) << 16) | (entry.dosFolder ? 0x10 : 0)) >>> 0;
    centrals.push(
      ...[u32(0x02014b50), u16((3 << 8) | 20), u16(20), fields, u16(name.length), u16(extra.length)],
      ...[u16(0), u16(0), u16(0), u32(attributes), u32(offset), name, extra],
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = [u32(0x06054b50), u16(0), u16(0), u16(count), u16(count), u32(directory.length), u32(offset)];
  return Buffer.concat([...locals, directory, ...end, u16(0)]);
}

const u16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** What local and central header have in common, from the flags to the sizes. */
function headerOf(entry: ZipEntry) {
  const body = Buffer.from(entry.body ?? '');
  const data = entry.deflate ? deflateRawSync(body) : body;
  const fields = Buffer.concat([
    u16(entry.flags ?? 0),
    u16(entry.method ?? (entry.deflate ? 8 : 0)),
    u16(0),
    u16(0x21),
    u32(entry.crc ?? crc32(body)),
    u32(entry.compressedSize ?? data.length),
    u32(entry.size ?? body.length),
  ]);
  return { fields, name: Buffer.from(entry.name, 'utf8'), data };
}
