import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import pMap from 'p-map';
import { kubeArguments } from '../cluster/cluster.js';
import { CutOff } from '../errors.js';
import { type Exec, tail } from '../exec.js';
import { goUnquoted } from '../go-text.js';
import type { KubeTarget } from '../kube/config.js';
import { label } from '../kube/objects.js';
import { some } from '../log.js';
import { keyOf, type ObjectKey } from './diff.js';
import { argocdEnv } from './environment.js';
import type { IndexedObject } from './index.js';
import { type InstanceScope, namespaceFlags } from './namespaces.js';

export interface ImportOptions {
  exec: Exec;
  /** Path of the argocd program. */
  argocd: string;
  target: KubeTarget;
  scope: InstanceScope;
  /** The export, and where its objects stand in it. */
  path: string;
  objects: IndexedObject[];
  /** How many `argocd admin import` run side by side; each is capped at 100 requests a second. */
  concurrency: number;
  /** Called with the number of objects imported so far. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal | undefined;
}

/** What went wrong in an import: a line of argocd's own, or an object it never mentioned. */
export interface ImportProblems {
  /** Warnings, errors and exit codes, as argocd words them. */
  lines: string[];
  /** Objects that argocd did not report as created, updated or unchanged. */
  unreported: ObjectKey[];
}

export interface ImportResult extends ImportProblems {
  processes: number;
}

/** Below this, another process costs more than it brings. */
const MIN_SHARD = 150;

/**
 * Splits an export into stages of disjoint shards: settings and projects first, then Applications and
 * ApplicationSets. A pure function; every object is in exactly one shard, in the file's order.
 */
export function planShards(objects: IndexedObject[], concurrency: number): IndexedObject[][][] {
  if (objects.length <= MIN_SHARD || concurrency <= 1) return objects.length > 0 ? [[objects]] : [];
  const isLate = ({ kind }: IndexedObject) => kind === 'Application' || kind === 'ApplicationSet';
  const stages = [objects.filter((object) => !isLate(object)), objects.filter(isLate)];
  return stages.filter((stage) => stage.length > 0).map((stage) => shards(stage, concurrency));
}

function shards(objects: IndexedObject[], concurrency: number): IndexedObject[][] {
  const count = Math.max(1, Math.min(concurrency, Math.floor(objects.length / MIN_SHARD)));
  const shard = (index: number) =>
    objects.slice(
      Math.floor((index * objects.length) / count),
      Math.floor(((index + 1) * objects.length) / count),
    );
  return Array.from({ length: count }, (_, index) => shard(index));
}

/**
 * Imports an export by `argocd admin import`, sharded. What the command leaves out without a word, and its
 * warnings with exit code 0, are in the result.
 * @throws DrError (infrastructure) where argocd cannot be started, was killed, or lost the API server
 */
export async function importExport(options: ImportOptions): Promise<ImportResult> {
  const result: ImportResult = { lines: [], unreported: [], processes: 0 };
  let done = 0;
  const onImported = () => options.onProgress?.(++done);
  for (const stage of planShards(options.objects, options.concurrency)) {
    const outcomes = await pMap(stage, (shard) => importShard(options, shard, onImported));
    result.processes += stage.length;
    for (const { lines, unreported } of outcomes) {
      result.lines.push(...lines);
      result.unreported.push(...unreported);
    }
  }
  return result;
}

/** After so many objects that argocd ended at, what stands behind them in the shard is left alone: each may cost a minute. */
const MAX_CULPRITS = 20;

/**
 * Imports a shard. `argocd admin import` ends at the first object that the API server does not take; that must not cost
 * those behind it, which may be another team's: they are imported by another process, without that object.
 */
async function importShard(
  options: ImportOptions,
  shard: IndexedObject[],
  onImported: () => void,
): Promise<ImportProblems> {
  const expected = new Map(shard.map((object) => [keyOf(object), object]));
  const lines: string[] = [];
  let last: string | undefined;
  const onLine = (line: string) => {
    const object = reportedObject(line, options.scope.namespace, expected);
    if (object && expected.delete(keyOf(object))) onImported();
    // An "unchanged" line names no namespace: it may be about a namesake that stands elsewhere in the file.
    if (object && !line.endsWith(' unchanged')) last = keyOf(object);
    if (isProblem(line)) lines.push(problemText(line));
  };
  let rest = shard;
  for (let culprits = 0; rest.length > 0 && culprits < MAX_CULPRITS; culprits++) {
    const failure = await runImport(options, rest, onLine);
    if (!failure) break;
    const at = culpritIndex(rest, last, expected);
    const where = at < 0 ? '' : ` at ${label(rest[at]!)}`;
    lines.push(`argocd admin import ended with exit code ${failure.code}${where}: ${failure.words}`);
    rest = at < 0 ? [] : rest.slice(at + 1);
  }
  return {
    lines,
    unreported: [...expected.values()].map(({ kind, namespace, name }) => ({ kind, namespace, name })),
  };
}

/**
 * Where the object stands that an import likely ended at, or -1: argocd goes by the file, so it is the first unreported
 * one behind the last that was reported.
 */
function culpritIndex(
  objects: IndexedObject[],
  last: string | undefined,
  unreported: ReadonlyMap<string, unknown>,
): number {
  const done = objects.findIndex((object) => keyOf(object) === last);
  return objects.findIndex((object, index) => index > done && unreported.has(keyOf(object)));
}

/**
 * One `argocd admin import`.
 * @returns how it failed, if it did
 * @throws CutOff where it was killed or lost the API server
 */
async function runImport(
  { exec, argocd, target, scope, path, signal }: ImportOptions,
  objects: IndexedObject[],
  onLine: (line: string) => void,
): Promise<{ code: number; words: string } | undefined> {
  const args = ['admin', 'import', ...kubeArguments(target, scope.namespace), ...namespaceFlags(scope)];
  const { code, stderr } = await exec(argocd, [...args, '--verbose', '--prompts-enabled=false', '-'], {
    env: argocdEnv(),
    stdin: Readable.from(shardBytes(path, objects)),
    onLine,
    ...(signal ? { signal } : {}),
  });
  const words = problemText(tail(stderr, 1));
  if (code > 128) throw new CutOff(`argocd admin import was killed (exit code ${code}): run the drill again`);
  if (code !== 0 && tail(stderr, 3).split('\n').some(isCutOff))
    throw new CutOff(`argocd admin import lost the API server (${words}): run the drill again`);
  return code === 0 ? undefined : { code, words };
}

/** The shard as one YAML stream. Neighbours in the file are read in one go. */
async function* shardBytes(path: string, shard: IndexedObject[]): AsyncGenerator<Buffer> {
  const first = shard[0];
  const last = shard.at(-1);
  if (!first || !last) return;
  if (shard.every((object, index) => index === 0 || follows(object, shard[index - 1]!))) {
    const end = last.offset + last.length - 1;
    yield* createReadStream(path, { start: first.offset, end, highWaterMark: 1 << 20 });
    return;
  }
  for (const { offset, length } of shard) {
    yield* createReadStream(path, { start: offset, end: offset + length - 1 });
    yield Buffer.from('\n---\n');
  }
}

/** Whether nothing but a separator stands between two objects. */
function follows(object: IndexedObject, before: IndexedObject): boolean {
  return object.offset - before.offset - before.length <= '---\r\n'.length;
}

const REPORTED =
  /^\S*\/(?<kind>\w+) (?<name>\S+) (?:in namespace (?<namespace>\S+) (?:created|updated)|unchanged)$/;

/** The object that a line of `argocd admin import --verbose` reports as done. */
function reportedObject(
  line: string,
  argocdNamespace: string,
  expected: ReadonlyMap<string, ObjectKey>,
): ObjectKey | undefined {
  const groups = REPORTED.exec(line)?.groups;
  if (!groups) return undefined;
  const { kind = '', name = '', namespace } = groups;
  if (namespace !== undefined) return { kind, namespace, name };
  // "unchanged" lines name no namespace.
  const own = { kind, namespace: argocdNamespace, name };
  if (expected.has(keyOf(own))) return own;
  return [...expected.values()].find((object) => object.kind === kind && object.name === name);
}

/** What argocd's Kubernetes client says when the API server goes away, in the words of Go's net package and etcd. */
const CUT_OFF =
  /connection refused|connection reset by peer|: (unexpected )?EOF\b|client connection lost|i\/o timeout|TLS handshake timeout|etcdserver: |server is currently unable to handle the request|no route to host/;

/** The API server's answers about the object itself; the second quotes the object's values, whatever they say. */
const OBJECTS_FAULT = /etcdserver: request is too large| is invalid: /;

const isCutOff = (line: string): boolean => CUT_OFF.test(line) && !OBJECTS_FAULT.test(line);

/** The API server's advice on names of finalizers comes once for each Application and means nothing here. */
const NOISE = /prefer a domain-qualified finalizer name/;
const PROBLEM =
  /"level":"(warning|error|fatal|panic)"|level=(warning|error|fatal|panic)|^Failed to update|^panic:/;

export function isProblem(line: string): boolean {
  return PROBLEM.test(line) && !NOISE.test(line);
}

/** The message of a line of argocd's log, whichever of its formats it is in. */
function problemText(line: string): string {
  try {
    return (JSON.parse(line) as { msg?: string }).msg ?? line;
  } catch {
    const quoted = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
    return quoted === undefined ? line : goUnquoted(quoted);
  }
}

/** The names of objects, for a message: the first few, and how many more. */
export const nameSome = (objects: ObjectKey[], limit = 5): string => some(objects.map(label), limit);
