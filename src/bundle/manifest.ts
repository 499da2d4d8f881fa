import { z } from 'zod';

/** The newest version of the backup file's format that this code reads. */
export const FORMAT_VERSION = 2;

/** The members of a backup's tar, in their order. */
export const MEMBERS = ['export.yaml', 'extras.yaml', 'manifest.json'] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Items of any list of a manifest; see DOCUMENT_LIMITS for that of its objects. */
const LIST_LIMIT = 250_000;

/** Kinds of objects in one backup. */
const KINDS_LIMIT = 100;

/** A list whose check ends at its first bad item: complaints of all of them would fill the memory. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .max(LIST_LIMIT)
    .transform((items, context): z.output<T>[] => {
      const checked: z.output<T>[] = [];
      for (const [index, each] of items.entries()) {
        const { data, error } = item.safeParse(each);
        if (error) {
          const { message, path } = error.issues[0]!;
          context.addIssue({ code: 'custom', message, path: [index, ...path] });
          return z.NEVER;
        }
        checked.push(data);
      }
      return checked;
    });

/** A text for people, or a fact of the source: none is longer, and each may end up in a log line. */
export const TEXT_LIMIT = 4096;
const text = z.string().max(TEXT_LIMIT);

/** What Kubernetes allows: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const name = z.string().max(253);
const namespaceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

/** Patterns become one argument of a program, behind commas; argocd's flags read quotes in it. */
const patterns = listOf(z.string().regex(/^[^\p{Cc}",]{1,10000}$/u)).refine(
  (all) => all.join().length <= 65_536,
  'longer than an argument may be',
);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z
  .record(name, z.unknown())
  .refine((record) => Object.keys(record).length <= KINDS_LIMIT, `more than ${KINDS_LIMIT} kinds`)
  .pipe(z.record(z.string(), z.int().nonnegative()));

const objectRecord = z.strictObject({
  member: z.enum(['export.yaml', 'extras.yaml']),
  kind: name.min(1),
  namespace: name,
  name: name.min(1),
  /** Of the object's canonical form. */
  sha256,
});

const ownerRecord = z.strictObject({
  kind: name,
  namespace: name,
  name,
  owners: listOf(
    z.strictObject({
      apiVersion: name,
      kind: name,
      name,
      controller: z.boolean(),
      blockOwnerDeletion: z.boolean(),
    }),
  ),
});

const toolRecord = z.strictObject({
  name: text,
  version: text,
  source: text,
  sha256: text,
});

/** An object of the instance that stands in extras.yaml, as the export does not carry it. */
const besideRecord = z.strictObject({
  kind: name,
  namespace: name,
  name,
  /** What is in it that YAML does not carry: `U+0085`. */
  reason: text,
});

const formatVersion = z.union([z.literal(1), z.literal(FORMAT_VERSION)]);

/** What a backup says of its own completeness. */
const coverageSchema = z.strictObject({
  /** Objects of Argo CD's kinds that were seen and left out, with the reason. */
  leftOut: listOf(z.strictObject({ object: text, reason: text })),
  /** Objects that changed, came or went while the export ran, so that the listing could not confirm their text. */
  changedDuringExport: listOf(text),
  /** `$secret:key` references in the settings whose target was not there to be backed up. */
  unresolvedReferences: listOf(text),
});

const anyManifest = z.strictObject({
  formatVersion,
  /** RFC 3339, UTC: when the export began. */
  createdAt: z.iso.datetime().max(40),
  /** Identity of the source: UID of its kube-system Namespace, and its API server's URL. */
  source: z.strictObject({ uid: text, server: text }),
  argocdVersion: z
    .string()
    .max(100)
    .regex(/^\d+\.\d+\.\d+(?:[A-Za-z.+-][0-9A-Za-z.+-]*)?$/),
  kubernetesVersion: z.string().max(100),
  /** Argo CD's own namespace. */
  namespace: namespaceName,
  applicationNamespaces: patterns,
  applicationsetNamespaces: patterns,
  counts,
  objects: listOf(objectRecord),
  /** SHA-256 over the sorted object records; see rootDigest(). */
  rootDigest: sha256,
  members: z.record(z.enum(['export.yaml', 'extras.yaml']), z.strictObject({ bytes: z.int(), sha256 })),
  ownerReferences: listOf(ownerRecord),
  coverage: coverageSchema,
  /** Absent in format version 1, whose readers know of no JSON in extras.yaml. */
  besideExport: listOf(besideRecord).optional(),
  tools: listOf(toolRecord),
});

/** manifest.json inside the sealed backup. */
export const manifestSchema = anyManifest.refine(
  ({ formatVersion, besideExport }) => (formatVersion === 1) === (besideExport === undefined),
  { path: ['besideExport'], error: 'not as its format version has it' },
);

/** The receipt beside a backup: nothing secret, no digest of a Secret. */
export const receiptSchema = z.strictObject({
  formatVersion,
  createdAt: z.iso.datetime().max(40),
  /** The sealed file's name, without a folder. */
  file: z.string().regex(/^(?!\.{1,2}$)[^/]+$/),
  bytes: z.int().nonnegative(),
  sha256,
  argocdVersion: z.string().max(100),
  kubernetesVersion: z.string().max(100),
  source: z.strictObject({ uid: text, server: text }),
  counts,
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Receipt = z.infer<typeof receiptSchema>;
/** What a receipt says beside the stored file's own name, size and digest; of format version 1 if it says none. */
export type ReceiptFacts = Omit<Receipt, 'formatVersion' | 'file' | 'bytes' | 'sha256'> &
  Partial<Pick<Receipt, 'formatVersion'>>;
export type BesideRecord = z.infer<typeof besideRecord>;
export type ObjectRecord = z.infer<typeof objectRecord>;
export type OwnerRecord = z.infer<typeof ownerRecord>;
export type Coverage = z.infer<typeof coverageSchema>;
