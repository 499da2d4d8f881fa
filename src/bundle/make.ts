import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Gathered } from '../argocd/gather.js';
import type { FileIndex } from '../argocd/index.js';
import type { Source } from '../argocd/source.js';
import { objectRecords } from '../checks/integrity.js';
import { failed, messageOf } from '../errors.js';
import type { ToolUse } from '../report/report.js';
import { rootDigest } from './digest.js';
import { parseJson } from './json.js';
import { FORMAT_VERSION, type Manifest, manifestSchema, type Receipt, TEXT_LIMIT } from './manifest.js';
import { LIMITS } from './unpack.js';

/** manifest.json of a backup about to be written. */
export async function buildManifest(
  gathered: Gathered,
  extras: FileIndex,
  source: Source,
  tools: ToolUse[],
): Promise<Buffer> {
  const { namespace, applicationNamespaces, applicationsetNamespaces } = source.scope;
  const objects = [...objectRecords('export.yaml', gathered.index), ...objectRecords('extras.yaml', extras)];
  return openable({
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
 * The bytes of a manifest, as the reader itself reads them and the sizes in it: what does not open again is no backup.
 * @throws DrError (fail) that names what is refused
 */
export function openable(manifest: Manifest, limits = LIMITS): Buffer {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  for (const [name, member] of Object.entries(manifest.members))
    refuseLarge(name, member.bytes, limits.member);
  refuseLarge('manifest.json', bytes.length, limits.manifest);
  try {
    parseJson(bytes, manifestSchema, FORMAT_VERSION);
  } catch (error) {
    throw failed(`the backup would not open again: its manifest is refused (${messageOf(error)}).`, error);
  }
  return bytes;
}

function refuseLarge(member: string, bytes: number, limit: number): void {
  if (bytes > limit)
    throw failed(
      `the backup would not open again: its ${member} has ${bytes} bytes, more than the ${limit} that are opened.`,
    );
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
