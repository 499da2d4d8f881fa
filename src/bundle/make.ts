import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Gathered } from '../argocd/gather.js';
import type { FileIndex } from '../argocd/index.js';
import type { Source } from '../argocd/source.js';
import { objectRecords } from '../checks/integrity.js';
import type { ToolUse } from '../report/report.js';
import { rootDigest } from './digest.js';
import { FORMAT_VERSION, type Manifest, type Receipt } from './manifest.js';

/** The manifest of a backup about to be written. */
export async function buildManifest(
  gathered: Gathered,
  extras: FileIndex,
  source: Source,
  tools: ToolUse[],
): Promise<Manifest> {
  const objects = [...objectRecords('export.yaml', gathered.index), ...objectRecords('extras.yaml', extras)];
  return {
    formatVersion: FORMAT_VERSION,
    ...receiptOf(gathered, source),
    ...source.scope,
    objects,
    rootDigest: rootDigest(objects),
    members: {
      'export.yaml': await measure(gathered.exportPath),
      'extras.yaml': await measure(gathered.extrasPath),
    },
    ownerReferences: gathered.owners,
    coverage: {
      leftOut: gathered.leftOut,
      changedDuringExport: gathered.completeness.changed,
      unresolvedReferences: gathered.extras.unresolved,
    },
    tools,
  };
}

/** What a receipt says of a backup, beside the file's own name, size and digest. */
export function receiptOf(
  gathered: Gathered,
  source: Source,
): Omit<Receipt, 'formatVersion' | 'file' | 'bytes' | 'sha256'> {
  return {
    createdAt: gathered.startedAt.toISOString(),
    argocdVersion: source.argocdVersion,
    kubernetesVersion: source.kubernetesVersion,
    source: { uid: source.uid, server: source.server },
    counts: gathered.index.counts,
  };
}

/** Size and SHA-256 of a file. */
export async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
