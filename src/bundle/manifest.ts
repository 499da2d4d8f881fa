import { z } from 'zod';

/** The version of the backup file's format that this code writes, and the newest it reads. */
export const FORMAT_VERSION = 1;

/** The members of a backup's tar, in their order. */
export const MEMBERS = ['export.yaml', 'extras.yaml', 'manifest.json'] as const;
export type MemberName = (typeof MEMBERS)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z.record(z.string(), z.int().nonnegative());

const objectRecord = z.strictObject({
  member: z.enum(['export.yaml', 'extras.yaml']),
  kind: z.string().min(1),
  namespace: z.string(),
  name: z.string().min(1),
  /** Of the object's canonical form. */
  sha256,
});

const ownerRecord = z.strictObject({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  owners: z.array(
    z.strictObject({
      apiVersion: z.string(),
      kind: z.string(),
      name: z.string(),
      controller: z.boolean(),
      blockOwnerDeletion: z.boolean(),
    }),
  ),
});

const toolRecord = z.strictObject({
  name: z.string(),
  version: z.string(),
  source: z.string(),
  sha256: z.string(),
});

/** What a backup says of its own completeness. */
const coverageSchema = z.strictObject({
  /** Objects of Argo CD's kinds that were seen and left out, with the reason. */
  leftOut: z.array(z.strictObject({ object: z.string(), reason: z.string() })),
  /** Objects that changed, came or went while the export ran, so that the listing could not confirm their text. */
  changedDuringExport: z.array(z.string()),
  /** `$secret:key` references in the settings whose target was not there to be backed up. */
  unresolvedReferences: z.array(z.string()),
});

/** manifest.json inside the sealed backup. */
export const manifestSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  /** RFC 3339, UTC: when the export began. */
  createdAt: z.iso.datetime(),
  /** Identity of the source: UID of its kube-system Namespace, and its API server's URL. */
  source: z.strictObject({ uid: z.string(), server: z.string() }),
  argocdVersion: z.string().regex(/^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/),
  kubernetesVersion: z.string(),
  /** Argo CD's own namespace. */
  namespace: z.string().min(1),
  applicationNamespaces: z.array(z.string()),
  applicationsetNamespaces: z.array(z.string()),
  counts,
  objects: z.array(objectRecord),
  /** SHA-256 over the sorted object records; see rootDigest(). */
  rootDigest: sha256,
  members: z.record(z.enum(['export.yaml', 'extras.yaml']), z.strictObject({ bytes: z.int(), sha256 })),
  ownerReferences: z.array(ownerRecord),
  coverage: coverageSchema,
  tools: z.array(toolRecord),
});

/** The receipt beside a backup: nothing secret, no digest of a Secret. */
export const receiptSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  createdAt: z.iso.datetime(),
  /** The sealed file's name, without a folder. */
  file: z.string().regex(/^(?!\.{1,2}$)[^/]+$/),
  bytes: z.int().nonnegative(),
  sha256,
  argocdVersion: z.string(),
  kubernetesVersion: z.string(),
  source: z.strictObject({ uid: z.string(), server: z.string() }),
  counts,
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Receipt = z.infer<typeof receiptSchema>;
export type ObjectRecord = z.infer<typeof objectRecord>;
export type OwnerRecord = z.infer<typeof ownerRecord>;
export type Coverage = z.infer<typeof coverageSchema>;
