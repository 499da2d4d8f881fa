import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { kubeArguments } from '../cluster/cluster.js';
import { DrError, EXIT, infraError } from '../errors.js';
import { type Exec, tail } from '../exec.js';
import type { Kube } from '../kube/api.js';
import type { KubeTarget } from '../kube/config.js';
import type { KubeObject } from '../kube/objects.js';
import { type SetAside, viewWithout } from './aside.js';
import { keyOf } from './diff.js';
import { DocumentError, readDocuments, readSlice, splitDocuments } from './documents.js';
import { argocdEnv } from './environment.js';
import { type FileIndex, indexDocuments } from './index.js';
import type { InstanceScope } from './namespaces.js';

export interface ExportOptions {
  exec: Exec;
  /** Path of the argocd program. */
  argocd: string;
  target: KubeTarget;
  /** Argo CD's own namespace. */
  namespace: string;
  /** See sourceNamespaceFlags() and namespaceFlags(). */
  flags: string[];
  /** The file to write, in a private folder; replaced if it is there. */
  path: string;
  /** Called for each object while it is in memory. */
  visit?: (object: KubeObject) => void;
  signal?: AbortSignal | undefined;
}

/** `argocd admin export` ended with an exit code other than 0; above 128 a signal ended it. */
export class ExportFailed extends DrError {
  constructor(
    readonly code: number,
    said: string,
  ) {
    super(EXIT.infra, `argocd admin export failed with exit code ${code}: ${said}`);
  }
}

/**
 * Runs `argocd admin export` into a private file, and reads what it writes while it writes.
 * Its exit code and its output both have to be right; whether the output is complete, only a comparison with an
 * independent listing shows.
 * @throws DrError (infrastructure) if the command fails or writes something that is not an export
 */
export async function exportArgoCd(options: ExportOptions): Promise<FileIndex> {
  const { exec, argocd, target, namespace, flags, path, signal, visit } = options;
  const file = await open(path, 'w', 0o600);
  try {
    const output = new PassThrough({ highWaterMark: 1 << 20 });
    const args = ['admin', 'export', ...kubeArguments(target, namespace), ...flags];
    const running = exec(argocd, args, { env: argocdEnv(), stdout: output, ...(signal ? { signal } : {}) });
    running.catch((error) => output.destroy(error));
    // Who stops reading at a broken text must not break the pipe: the command's end would pass for a cancellation.
    const chunks = output.iterator({ destroyOnReturn: false });
    const looking = { ...(visit && { visit }), signal };
    const reading = indexDocuments(splitDocuments(saved(chunks, file)), namespace, looking).catch(
      async (error) => {
        // A broken text is most often the trace of a failed command, whose own words say more.
        output.resume();
        await running.then(assertExported);
        throw error;
      },
    );
    const [result, index] = await Promise.all([running, reading]);
    assertExported(result);
    return index;
  } catch (error) {
    if (error instanceof DocumentError)
      throw infraError(`argocd admin export wrote something that is not an export: ${error.message}`, error);
    throw error;
  } finally {
    await file.close();
  }
}

/** What was exported, and what that does not carry. */
export interface Carried extends SetAside {
  index: FileIndex;
}

/**
 * The same where objects hold what YAML does not carry: `argocd admin export` sees the cluster without these, which are
 * handed back as the API shows them.
 * @throws DrError, see exportArgoCd()
 */
export async function exportCarried(
  options: ExportOptions & { kube: Kube; scope: InstanceScope },
): Promise<Carried> {
  const { kube, scope, path } = options;
  const view = await viewWithout(kube, scope, dirname(path));
  try {
    const index = await exportArgoCd({ ...options, target: view.target });
    const { kept, refused } = view;
    return { index: await withoutKept(options, index, kept), kept, refused };
  } finally {
    await view.close();
  }
}

/** Takes out what only stands in for a ConfigMap that is kept elsewhere. */
async function withoutKept(
  { path, namespace, signal }: ExportOptions,
  index: FileIndex,
  kept: SetAside['kept'],
): Promise<FileIndex> {
  const carried = index.objects.filter((object) => !kept.has(keyOf(object)));
  if (carried.length === index.objects.length) return index;
  const rest = await open(`${path}.carried`, 'w', 0o600);
  try {
    for (const { offset, length } of carried) {
      await rest.writeFile(await readSlice(path, offset, length));
      await rest.writeFile('---\n');
    }
  } finally {
    await rest.close();
  }
  await rename(`${path}.carried`, path);
  return indexDocuments(readDocuments(path), namespace, { signal });
}

function assertExported({ code, stderr }: { code: number; stderr: string }): void {
  if (code !== 0) throw new ExportFailed(code, tail(stderr, 2) || 'it said nothing');
}

async function* saved(chunks: AsyncIterable<Buffer>, file: FileHandle): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await file.writeFile(chunk);
    yield chunk;
  }
}
