import { load } from 'js-yaml';
import { z } from 'zod';
import type { ManifestFile } from '../github/manifest-lines.js';

const strings = z.array(z.string()).catch([]);
const patches = z
  .array(
    z.object({
      path: z.string().optional(),
      /** The patch itself. */
      patch: z.string().optional(),
      target: z.object({ kind: z.string().optional(), name: z.string().optional() }).optional(),
    }),
  )
  .catch([]);

/**
 * What is read of a kustomization: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/. What is of
 * another form is left out: kustomize tells of it.
 */
const kustomizationSchema = z.object({
  resources: strings,
  bases: strings,
  components: strings,
  patches,
  patchesStrategicMerge: strings,
  patchesJson6902: patches,
  replicas: z.array(z.object({ name: z.string() })).catch([]),
});

export type Kustomization = z.infer<typeof kustomizationSchema>;
type Patch = Kustomization['patches'][number];

/** Reads a kustomization as far as it is one. */
export function readKustomization(text: string): Kustomization {
  return kustomizationSchema.catch(kustomizationSchema.parse({})).parse(loaded(text));
}

function loaded(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

/** An operation of a JSON patch. */
interface Operation {
  op?: string;
  path?: string;
}

const patchesOf = ({ patches, patchesJson6902 }: Kustomization) => [...patches, ...patchesJson6902];

/** The files of patches; those within the kustomization have none. */
export const patchPaths = (kustomization: Kustomization): string[] => [
  ...patchesOf(kustomization).flatMap(({ path }) => path ?? []),
  ...kustomization.patchesStrategicMerge.filter((entry) => !entry.includes('\n')),
];

/**
 * What a kustomization says of objects in its own file, as manifests of which each line stands where it does in that
 * file: patches within it, JSON patches, and `replicas`.
 */
export function inlineFiles({ file, text }: ManifestFile, kustomization: Kustomization): ManifestFile[] {
  const lines = text.split(/\r?\n/);
  const merges = [
    ...patchesOf(kustomization).map(({ patch }) => patch),
    ...kustomization.patchesStrategicMerge,
  ].flatMap((patch) => (patch?.includes('\n') ? inPlace(lines, patch) : []));
  const operations = patchesOf(kustomization).flatMap((patch) => operationsIn(lines, patch));
  const replicas = kustomization.replicas.flatMap(({ name }) => replicasIn(lines, name));
  return [...merges, ...operations, ...replicas].map((own) => ({ file, text: own }));
}

/** The patch behind as many empty lines as stand before it. */
function inPlace(lines: readonly string[], patch: string): string[] {
  const start = startOf(lines, patch);
  return start === undefined ? [] : ['\n'.repeat(start) + patch];
}

/** Where a block begins: its first lines, further in, one below the other. */
function startOf(lines: readonly string[], block: string): number | undefined {
  const wanted = block
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const start = lines.findIndex((_, index) =>
    wanted.every((line, offset) => lines[index + offset]?.trim() === line),
  );
  return start < 0 ? undefined : start;
}

function operationsIn(lines: readonly string[], { patch, target }: Patch): string[] {
  if (!patch || !target?.kind || !target.name) return [];
  const start = startOf(lines, patch) ?? 0;
  return operationsOf(patch).flatMap(({ path }) => {
    if (path === undefined) return [];
    const line = lines.findIndex((each, index) => index >= start && pathOf(each) === path);
    const keys = path.split('/').slice(1);
    return line < 0 ? [] : manifestWith({ kind: target.kind!, name: target.name! }, keys, line);
  });
}

const pathOf = (line: string) => /^[\s-]*["']?path["']?:\s*["']?([^"'\s]+)["']?\s*$/.exec(line)?.[1];

function operationsOf(patch: string): Operation[] {
  const value = loaded(patch);
  return Array.isArray(value) ? (value as Operation[]) : [];
}

/** `replicas` names Deployments and StatefulSets alike. */
function replicasIn(lines: readonly string[], name: string): string[] {
  const start = lines.findIndex((line) => /^replicas:/.test(line));
  const line = lines.findIndex(
    (each, index) => index > start && /^[\s-]*name:\s*["']?([^"'\s#]+)/.exec(each)?.[1] === name,
  );
  if (start < 0 || line < 0) return [];
  return ['Deployment', 'StatefulSet'].flatMap((kind) =>
    manifestWith({ kind, name }, ['spec', 'replicas'], line),
  );
}

/** A manifest with a field on a given line, from 0; none where there is no room for what has to stand before. */
function manifestWith(
  { kind, name }: { kind: string; name: string },
  keys: readonly string[],
  line: number,
): string[] {
  const above = keys.slice(0, -1).map((key, depth) => `${'  '.repeat(depth)}${key}:`);
  const head = [`kind: ${kind}`, 'metadata:', `  name: ${name}`, ...above];
  if (head.length > line) return [];
  const padding: string[] = Array(line - head.length).fill('');
  return [[...head, ...padding, `${'  '.repeat(above.length)}${keys.at(-1)}: x`].join('\n')];
}
