import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Gathered } from '../argocd/gather.js';
import type { FileIndex } from '../argocd/index.js';
import type { Source } from '../argocd/source.js';
import { objectRecords } from '../checks/integrity.js';
import { failed } from '../errors.js';
import type { ToolUse } from '../report/report.js';
import { rootDigest } from './digest.js';
import { type Manifest, manifestSchema, type Receipt, TEXT_LIMIT } from './manifest.js';

/** The manifest of a backup about to be written. */
export async function buildManifest(
  gathered: Gathered,
  extras: FileIndex,
  source: Source,
  tools: ToolUse[],
): Promise<Manifest> {
  const { namespace, applicationNamespaces, applicationsetNamespaces } = source.scope;
  const objects = [...objectRecords('export.yaml', gathered.index), ...objectRecords('extras.yaml', extras)];
  return opening({
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
      // Tenants' templates may stand in them, as long as they like.
      unresolvedReferences: gathered.extras.unresolved.map((line) =>
        line.slice(0, TEXT_LIMIT).toWellFormed(),
      ),
    },
    ...(gathered.anyJson ? { besideExport: gathered.besideExport } : {}),
    tools,
  });
}

/**
 * A manifest that opens again, as what is not read back is no backup.
 * @throws DrError (fail) that names the field
 */
function opening(manifest: Manifest): Manifest {
  const { error } = manifestSchema.safeParse(manifest);
  if (!error) return manifest;
  const { path, message } = error.issues[0]!;
  throw failed(`the backup would not open again: its manifest's ${path.join('.')} is refused (${message}).`);
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
