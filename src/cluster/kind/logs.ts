import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Deps } from '../../deps.js';
import { infraError, messageOf } from '../../errors.js';
import { tail } from '../../exec.js';
import type { Kube } from '../../kube/api.js';
import { EVENT, type KubeObject } from '../../kube/objects.js';
import type { Redactor } from '../../redact.js';
import { DEFAULT_VERSIONS } from '../../tools/versions.js';
import { kindEnvironment } from './docker.js';

/** Whose logs to keep. */
export interface LogSource {
  name: string;
  /** Where the API answers: its events are kept too. */
  kube?: Kube;
}

export interface ExportOptions {
  /** Takes secret values out of every file. */
  redact: Redactor;
  /** Bytes of one file, of which the end is kept. */
  fileBytes?: number;
  totalBytes?: number;
}

/** Where the logs of a kind cluster go. */
export const logsDir = (reportDir: string) => join(reportDir, 'kind-logs');

const FILE_BYTES = 2 ** 20;
const TOTAL_BYTES = 16 * 2 ** 20;
const EXPORT_MS = 120_000;

/**
 * Keeps a kind cluster's logs: events, the pods' logs, those of kubelet, containerd and the containers themselves.
 * Of all that `kind export logs` gathers nothing else is kept: the rest repeats these, or shows the environment of
 * this machine (`docker inspect`, `docker info`). Secret values are replaced, long files cut at their beginning.
 * @param dir made if it is not there
 * @returns the kept files, relative to `dir`
 * @throws DrError (infrastructure) where kind cannot export
 */
export async function exportLogs(
  source: LogSource,
  dir: string,
  { redact, fileBytes = FILE_BYTES, totalBytes = TOTAL_BYTES }: ExportOptions,
  { exec, tools, scope, env }: Pick<Deps, 'exec' | 'tools' | 'scope' | 'env'>,
): Promise<string[]> {
  const raw = scope.privateDir('kind-logs');
  try {
    const [kind] = await Promise.all([
      tools.get('kind', DEFAULT_VERSIONS.kind),
      // An API that does not answer any more is no reason to do without the other logs.
      source.kube && writeEvents(source.kube, join(raw, EVENTS)).catch(() => undefined),
    ]);
    // Where it fails, or takes too long, it has gathered a part.
    const said = await exec(kind.path, ['export', 'logs', raw, '--name', source.name], {
      env: kindEnvironment(env),
      signal: AbortSignal.timeout(EXPORT_MS),
    }).then(({ stderr }) => tail(stderr, 2), messageOf);
    const files = await keptFiles(raw);
    if (files.length === 0)
      throw infraError(`kind export logs gave nothing of cluster ${source.name}: ${said}`);
    return await copyFiles(files, raw, dir, { redact, fileBytes, totalBytes });
  } finally {
    await rm(raw, { recursive: true, force: true });
  }
}

const EVENTS = 'events.txt';

/** The files that are kept, by their path within the export, most telling first. */
const KEPT: readonly RegExp[] = [
  /^events\.txt$/,
  /^[^/]+\/pods\/argocd_[^/]+\/[^/]+\/[^/]+\.log$/,
  /^[^/]+\/kubelet\.log$/,
  /^[^/]+\/containerd\.log$/,
  /^[^/]+\/serial\.log$/,
  /^[^/]+\/pods\/[^/]+\/[^/]+\/[^/]+\.log$/,
];

/** The place of a file among those that are kept; undefined for one that is not. */
export function logRank(path: string): number | undefined {
  const rank = KEPT.findIndex((pattern) => pattern.test(path));
  return rank < 0 ? undefined : rank;
}

async function keptFiles(raw: string): Promise<string[]> {
  const entries = await readdir(raw, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(raw, join(entry.parentPath, entry.name)))
    .filter((path) => logRank(path) !== undefined)
    .sort((a, b) => logRank(a)! - logRank(b)! || (a < b ? -1 : 1));
}

async function copyFiles(
  files: readonly string[],
  from: string,
  to: string,
  { redact, fileBytes, totalBytes }: Required<ExportOptions>,
): Promise<string[]> {
  const kept: string[] = [];
  let left = totalBytes;
  for (const file of files) {
    const text = redact(joinPartial(await endOf(join(from, file), Math.min(fileBytes, left))));
    if (text === '') continue;
    left -= Buffer.byteLength(text);
    await mkdir(dirname(join(to, file)), { recursive: true });
    await writeFile(join(to, file), text);
    kept.push(file);
    if (left <= 0) break;
  }
  return kept;
}

/** The last bytes of a file, from the start of a line on: a value that was cut apart could not be redacted. */
async function endOf(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, bytes));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    const text = buffer.toString('utf8');
    if (size === buffer.length) return text;
    const newline = text.indexOf('\n');
    return newline < 0 ? '' : text.slice(newline + 1);
  } finally {
    await file.close();
  }
}

const PARTIAL = /^(\S+ (stdout|stderr)) P (.*)\n\S+ \2 ([PF]) /gm;

/** Puts lines together that containerd has written in parts (CRI log format): a value may lie across them. */
export function joinPartial(text: string): string {
  const joined = text.replace(PARTIAL, '$1 $4 $3');
  return joined === text ? text : joinPartial(joined);
}

async function writeEvents(kube: Kube, path: string): Promise<void> {
  const lines: string[] = [];
  for await (const event of kube.list(EVENT)) lines.push(eventLine(event));
  await writeFile(path, lines.sort().join(''), { mode: 0o600 });
}

interface Event extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  involvedObject?: { kind?: string; namespace?: string; name?: string };
}

function eventLine(object: KubeObject): string {
  const { type, reason, message, lastTimestamp, eventTime, involvedObject, metadata } = object as Event;
  const at = lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
  const { kind, namespace, name } = involvedObject ?? {};
  const about = [kind, namespace, name].filter(Boolean).join('/');
  return `${at} ${type} ${reason} ${about}: ${(message ?? '').trim().replaceAll('\n', ' ')}\n`;
}
