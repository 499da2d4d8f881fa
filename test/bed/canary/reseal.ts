import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { openBackup } from '../../../src/bundle/open.js';
import { writeBackup } from '../../../src/bundle/write.js';
import { tempDir } from '../bed.js';

/**
 * A copy of a backup with another export in it, whose sizes and digests fit: what is wrong lies deeper.
 * @returns its path
 */
export async function resealed(
  backup: string,
  identity: string,
  edit: (exportYaml: string) => string,
): Promise<string> {
  const dir = tempDir();
  const { exportPath, extrasPath, manifest } = await openBackup({
    path: backup,
    identities: [identity],
    intoDir: dir,
  });
  const text = edit(readFileSync(exportPath, 'utf8'));
  writeFileSync(exportPath, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  manifest.members['export.yaml'] = { bytes: Buffer.byteLength(text), sha256 };
  const { createdAt, argocdVersion, kubernetesVersion, source, counts } = manifest;
  const target = join(dir, 'resealed.tar.gz.age');
  await writeBackup({
    members: {
      'export.yaml': exportPath,
      'extras.yaml': extrasPath,
      'manifest.json': Buffer.from(JSON.stringify(manifest)),
    },
    target,
    receipt: { createdAt, argocdVersion, kubernetesVersion, source, counts },
    seal: { recipients: [await identityToRecipient(identity)] },
  });
  return target;
}
