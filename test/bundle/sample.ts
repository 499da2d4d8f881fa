import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import tar from 'tar-stream';
import { sealWith } from '../../src/bundle/age.js';
import { rootDigest } from '../../src/bundle/digest.js';
import type { Manifest } from '../../src/bundle/manifest.js';
import { type OpenedBackup, type OpenOptions, openBackup } from '../../src/bundle/open.js';
import { addTrailer, fixGzipHeader } from '../../src/bundle/pack.js';
import { type WriteOptions, writeBackup } from '../../src/bundle/write.js';
import { DrError } from '../../src/errors.js';

export const identity = await generateX25519Identity();
export const recipient = await identityToRecipient(identity);

export const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

/** A folder for the length of `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Content {
  exportYaml: Buffer;
  extrasYaml: Buffer;
}

export const small: Content = {
  exportYaml: Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\n---\n'),
  extrasYaml: Buffer.from('apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team-a\n---\n'),
};

export function manifestFor({ exportYaml, extrasYaml }: Content): Manifest {
  const objects: Manifest['objects'] = [
    { member: 'export.yaml', kind: 'ConfigMap', namespace: 'argocd', name: 'argocd-cm', sha256: sha256('a') },
  ];
  return {
    formatVersion: 1,
    createdAt: '2026-11-23T20:51:20.000Z',
    source: { uid: 'c0ffee', server: 'https://127.0.0.1:6443' },
    argocdVersion: '3.1.9',
    kubernetesVersion: '1.32.8',
    namespace: 'argocd',
    applicationNamespaces: ['team-a'],
    applicationsetNamespaces: [],
    counts: { ConfigMap: 1 },
    objects,
    rootDigest: rootDigest(objects),
    members: {
      'export.yaml': { bytes: exportYaml.length, sha256: sha256(exportYaml) },
      'extras.yaml': { bytes: extrasYaml.length, sha256: sha256(extrasYaml) },
    },
    ownerReferences: [],
    coverage: { leftOut: [], changedDuringExport: [], unresolvedReferences: [] },
    tools: [],
  };
}

export function optionsFor(target: string, content: Content = small): WriteOptions {
  const { createdAt, argocdVersion, kubernetesVersion, source, counts } = manifestFor(content);
  return {
    members: {
      'export.yaml': content.exportYaml,
      'extras.yaml': content.extrasYaml,
      'manifest.json': Buffer.from(JSON.stringify(manifestFor(content))),
    },
    target,
    receipt: { createdAt, argocdVersion, kubernetesVersion, source, counts },
    seal: target.endsWith('.age') ? { recipients: [recipient] } : 'none',
  };
}

/** Writes the small sample (or `content`) under `name` in a folder. */
export const writeSample = (folder: string, name = 'x.tar.gz.age', content = small) =>
  writeBackup(optionsFor(join(folder, name), content));

/** Opens into a folder of its own and hands the result on before that folder goes. */
export function opened<T>(
  path: string,
  use: (backup: OpenedBackup) => T | Promise<T>,
  options: Partial<OpenOptions> = {},
): Promise<T> {
  return withFolder(async (intoDir) => {
    const backup = await openBackup({ path, identities: [identity], intoDir, ...options });
    return await use(backup);
  });
}

/** Opens what must not open; proves that nothing is left and that the error names the file in one sentence. */
export async function refusal(path: string, options: Partial<OpenOptions> = {}): Promise<DrError> {
  // The rest of this file is for programs without jest too.
  const { expect } = await import('@jest/globals');
  return withFolder(async (intoDir) => {
    const error = await openBackup({ path, identities: [identity], intoDir, ...options }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DrError))
      throw new Error(`expected a DrError, got ${String(error)}`, { cause: error });
    expect(readdirSync(intoDir)).toEqual([]);
    expect(error.message).toContain(path);
    return error;
  });
}

export interface CraftedEntry {
  header: Partial<tar.Header> & { name: string };
  body?: Buffer | string;
}

/** The entries a proper backup of `content` has. */
export const properEntries = (content = small, manifest: unknown = manifestFor(content)): CraftedEntry[] => [
  { header: { name: 'export.yaml' }, body: content.exportYaml },
  { header: { name: 'extras.yaml' }, body: content.extrasYaml },
  {
    header: { name: 'manifest.json' },
    body: typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
  },
];

/** A backup file with any entries at all, gzipped and sealed as the name's ending says. */
export async function craft(path: string, entries: CraftedEntry[]): Promise<void> {
  const pack = tar.pack();
  for (const { header, body } of entries) pack.entry(header, body ?? '');
  pack.finalize();
  await pipelineTo(path, pack as AsyncIterable<Uint8Array>);
}

/** Gzips and seals any bytes, in place of a tar. */
export async function pipelineTo(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const seal = path.endsWith('.age') ? sealWith({ recipients: [recipient] }) : addTrailer;
  await pipeline(content, createGzip(), fixGzipHeader, seal, async (chunks) => {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(chunk);
    writeFileSync(path, Buffer.concat(all));
  });
}
