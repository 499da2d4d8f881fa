import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Gathered } from '../argocd/gather.js';
import type { FileIndex } from '../argocd/index.js';
import type { Source } from '../argocd/source.js';
import { objectRecords } from '../checks/integrity.js';
import type { ToolUse } from '../report/report.js';
import { rootDigest } from './digest.js';
import type { Manifest, Receipt } from './manifest.js';

/** The manifest of a backup about to be written. */
export async function buildManifest(
  gathered: Gathered,
  extras: FileIndex,
  source: Source,
  tools: ToolUse[],
): Promise<Manifest> {
  const { namespace, applicationNamespaces, applicationsetNamespaces } = source.scope;
  const objects = [...objectRecords('export.yaml', gathered.index), ...objectRecords('extras.yaml', extras)];
  return {
    ...receiptOf(gathered, source),
    namespace,
    applicationNamespaces,
    applicationsetNamespaces,
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
    ...(gathered.anyJson ? { besideExport: gathered.besideExport } : {}),
    tools,
  };
}

/** What a receipt says of a backup, beside the file's own name, size and digest. */
export function receiptOf(gathered: Gathered, source: Source): Omit<Receipt, 'file' | 'bytes' | 'sha256'> {
  return {
    formatVersion: gathered.anyJson ? 2 : 1,
    createdAt: gathered.startedAt.toISOString(),
    argocdVersion: source.argocdVersion,
    kubernetesVersion: source.kubernetesVersion,
    source: { uid: source.uid, server: source.server },
    counts: gathered.counts,
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
