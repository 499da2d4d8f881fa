import { createHash } from 'node:crypto';
import type { ObjectRecord } from './manifest.js';

/**
 * One digest over a whole inventory, whatever its order: SHA-256 (hex) over the lines
 * `member\0kind\0namespace\0name\0sha256\n`, sorted by their bytes.
 */
export function rootDigest(objects: readonly ObjectRecord[]): string {
  const hash = createHash('sha256');
  for (const line of objects.map(lineOf).sort(Buffer.compare)) hash.update(line);
  return hash.digest('hex');
}

function lineOf({ member, kind, namespace, name, sha256 }: ObjectRecord): Buffer {
  return Buffer.from(`${[member, kind, namespace, name, sha256].join('\0')}\n`);
}
