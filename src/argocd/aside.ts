import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../errors.js';
import { ApiError, type Kube, type KubeList, pagesOf } from '../kube/api.js';
import type { KubeTarget } from '../kube/config.js';
import { stringifyJson } from '../kube/json.js';
import {
  APP_PROJECT,
  APPLICATION,
  APPLICATION_SET,
  CONFIG_MAP,
  type KubeObject,
  SECRET,
} from '../kube/objects.js';
import { keyOf, type ObjectKey } from './diff.js';
import { excessOf } from './document-limits.js';
import { jsonDocument } from './documents.js';
import { portable } from './extras.js';
import { isArgoCdSecret, keyOfObject, SETTINGS_CONFIG_MAPS } from './listing.js';
import { type InstanceScope, isEnabled } from './namespaces.js';
import { oddityOf } from './odd.js';
import { refusalInExport } from './writable.js';

/** An object of the instance that an export does not carry, whole, and what in it is not carried. */
export interface Kept {
  object: KubeObject;
  reason: string;
}

/** What was kept from `argocd admin export`. */
export interface SetAside {
  /** By keyOf(): what its YAML would not carry. */
  kept: ReadonlyMap<string, Kept>;
  /** By keyOf(): what no restore would write, and why. */
  refused: ReadonlyMap<string, ObjectKey & { reason: string }>;
}

/** A reading view of an API server in which no object is odd. */
export interface View extends SetAside {
  /** For programs. */
  target: KubeTarget;
  close(): Promise<void>;
}

/**
 * Serves a cluster for reading on a loopback port, below a random path, without those objects of an instance that
 * `argocd admin export` does not carry: one of them makes it fail for all. They are remembered as they were read.
 * @param dir a private folder, for the kubeconfig: whoever knows the path may read
 */
export async function viewWithout(kube: Kube, scope: InstanceScope, dir: string): Promise<View> {
  const root = `/${randomBytes(24).toString('hex')}`;
  const kept = new Map<string, Kept>();
  const refused = new Map<string, ObjectKey & { reason: string }>();
  const isAside = (object: KubeObject): boolean => setAside(object, scope, { kept, refused });
  const { address, close } = await listening((request, response) => {
    serve(kube, isAside, root, request, response).catch((error) => answerError(response, error));
  });
  return { target: { kubeconfig: writeKubeconfig(dir, `${address}${root}`) }, kept, refused, close };
}

async function listening(listener: RequestListener): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function setAside(
  object: KubeObject,
  scope: InstanceScope,
  { kept, refused }: { kept: Map<string, Kept>; refused: Map<string, ObjectKey & { reason: string }> },
): boolean {
  if (!isExported(object, scope)) return false;
  const key = keyOfObject(object);
  const reason = oddityOf(portable(object));
  const refusal = refusalInExport(object, scope.namespace) ?? (reason && refusalAsJson(portable(object)));
  if (refusal) refused.set(keyOf(key), { ...key, reason: refusal });
  else if (reason) kept.set(keyOf(key), { object: portable(object), reason });
  return refusal !== undefined || reason !== undefined;
}

/** Why a backup cannot hold an object beside the export, as one line of JSON, either. */
function refusalAsJson(object: KubeObject): string | undefined {
  const excess = excessOf(Buffer.from(jsonDocument(object)));
  return excess && `it ${excess}`;
}

/** Whether `argocd admin export` writes an object that it reads; see listInstance(). */
function isExported(object: KubeObject, scope: InstanceScope): boolean {
  const { namespace, applicationNamespaces, applicationsetNamespaces, patternsFrom } = scope;
  const { kind, metadata } = object;
  const isIn = (patterns: string[]) => isEnabled(metadata.namespace!, namespace, patterns, patternsFrom);
  if (kind === CONFIG_MAP.kind) return SETTINGS_CONFIG_MAPS.some((name) => name === metadata.name);
  if (kind === SECRET.kind) return isArgoCdSecret(object);
  if (kind === APPLICATION.kind) return isIn(applicationNamespaces);
  if (kind === APPLICATION_SET.kind) return isIn(applicationsetNamespaces);
  return kind === APP_PROJECT.kind;
}

/** Kubernetes' client sends no credentials without TLS, so that the path has to do. */
function writeKubeconfig(dir: string, server: string): string {
  const name = 'argocd-dr';
  const path = join(dir, 'view.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    contexts: [{ name, context: { cluster: name } }],
    'current-context': name,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

type IsAside = (object: KubeObject) => boolean;

async function serve(
  kube: Kube,
  isAside: IsAside,
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://view');
  const query = Object.fromEntries(url.searchParams);
  if (!url.pathname.startsWith(`${root}/`)) throw new ApiError(403, 'nothing is here');
  if (request.method !== 'GET' || query.watch) throw new ApiError(405, 'this view is for reading only');
  const path = url.pathname.slice(root.length);
  const pages = pagesOf(kube, path, query) as AsyncGenerator<Answer, undefined>;
  const first = (await pages.next()).value!;
  response.setHeader('content-type', 'application/json');
  if (!('items' in first)) return void response.end(stringifyJson(isAside(first) ? emptied(first) : first));
  await pipeline(
    Readable.from(listText(isAside, first as List, pages as AsyncGenerator<List, undefined>)),
    response,
  );
}

type List = KubeList & KubeObject & { items: KubeObject[]; metadata: { remainingItemCount?: number } };
type Answer = KubeObject | List;

/** A list as one answer, though it is read page by page: the program asks for all at once. */
async function* listText(
  isAside: IsAside,
  first: List,
  others: AsyncGenerator<List, undefined>,
): AsyncGenerator<string> {
  const { items: _, ...head } = first;
  const { continue: __, remainingItemCount: ___, ...metadata } = head.metadata;
  yield `${stringifyJson({ ...head, metadata }).slice(0, -1)},"items":[`;
  let comma = '';
  for (let page: List | undefined = first; page; page = (await others.next()).value) {
    for (const item of page.items) {
      const object = { ...item, ...kindOf(page) } as KubeObject;
      if (isAside(object)) continue;
      yield comma + stringifyJson(object);
      comma = ',';
    }
  }
  yield ']}';
}

/** The items of a list of the core kinds do not say what they are. */
const kindOf = ({ apiVersion, kind }: List) => ({ apiVersion, kind: kind.replace(/List$/, '') });

/** In place of a ConfigMap that export wants to be there; its document is taken out afterwards. */
const emptied = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});

const REASONS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
};

/** As the API server words it, for Kubernetes' client. */
function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const code = error instanceof ApiError ? error.status : 502;
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', message: messageOf(error), code };
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...status, reason: REASONS[code] ?? 'InternalError' }));
}
