import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { CutOff, cancelled, DrError, EXIT, infraError } from '../errors.js';
import { parseJson, stringifyJson } from './json.js';
import { KNOWN_RESOURCES, type KubeObject, type Resource } from './objects.js';

/** An answer of the API server that is not a success. Uncaught it is a fault of the surroundings. */
export class ApiError extends DrError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(EXIT.infra, message);
  }
}

/** An answer that is larger than what is read of one. */
export class AnswerTooLarge extends DrError {
  constructor(url: URL) {
    super(
      EXIT.infra,
      `${url.pathname} was answered with more than the ${MAX_ANSWER_BYTES} bytes that are read: check that ${url.host} is an API server`,
    );
  }
}

export const isNotFound = (error: unknown) => error instanceof ApiError && error.status === 404;
export const isForbidden = (error: unknown) => error instanceof ApiError && error.status === 403;
export const isConflict = (error: unknown) => error instanceof ApiError && error.status === 409;

export interface ListOptions {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  /** Objects a request; the API server continues from there. */
  pageSize?: number;
}

interface Call {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
}

interface Answer {
  status: number;
  text: string;
  retryAfterSeconds: number;
}

const PAGE_SIZE = 500;
/** Objects of 3 MiB are the largest; what dense JSON takes in memory is many times as much. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_SOCKETS = 64;
const THROTTLE_RETRIES = 8;
const DISCOVERY_RETRIES = 10;
const DISCOVERY_PAUSE_MS = 300;
const FIELD_MANAGER = 'argocd-dr';
/** How long a credential from an exec plugin is used before the plugin is asked again. */
const CREDENTIALS_MS = 60_000;

/**
 * A Kubernetes API server, with the authentication of @kubernetes/client-node and answers that keep
 * every digit of large integers (see parseJson), which that package's own calls do not.
 */
export class Kube {
  #options: Promise<RequestOptions> | undefined;
  #optionsAt = 0;
  #agent: RequestOptions['agent'];
  readonly #resources = new Map<string, Promise<Resource[]>>();

  constructor(
    private readonly config: KubeConfig,
    private readonly signal?: AbortSignal,
  ) {}

  /** The API server's URL. */
  get server(): string {
    return this.config.getCurrentCluster()!.server;
  }

  /** The API server's version without a leading `v`, such as `1.34.4`. */
  async version(): Promise<string> {
    const info = (await this.call('GET', '/version')) as { gitVersion: string };
    return info.gitVersion.replace(/^v/, '');
  }

  async get(resource: Resource, namespace: string | undefined, name: string): Promise<KubeObject> {
    return (await this.call('GET', `${collection(resource, namespace)}/${segment(name)}`)) as KubeObject;
  }

  /** The object, or undefined where there is none. */
  async find(
    resource: Resource,
    namespace: string | undefined,
    name: string,
  ): Promise<KubeObject | undefined> {
    return this.get(resource, namespace, name).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** Every object of a kind, a page of memory at a time. */
  async *list(resource: Resource, options: ListOptions = {}): AsyncGenerator<KubeObject> {
    const path = collection(resource, options.namespace);
    const limit = String(options.pageSize ?? PAGE_SIZE);
    for await (const page of pagesOf(this, path, { limit }))
      for (const item of page.items)
        yield { ...item, apiVersion: resource.apiVersion, kind: resource.kind } as KubeObject;
  }

  /** The number that the API server's store stands at for a kind; later changes get higher ones. */
  async collectionVersion(resource: Resource, namespace?: string): Promise<bigint> {
    const query = { limit: '1' };
    const page = (await this.call('GET', collection(resource, namespace), { query })) as KubeList;
    return BigInt(page.metadata.resourceVersion);
  }

  async create(resource: Resource, object: KubeObject): Promise<KubeObject> {
    const path = collection(resource, object.metadata.namespace);
    return (await this.call('POST', path, {
      body: object,
      query: { fieldManager: FIELD_MANAGER },
    })) as KubeObject;
  }

  /** Puts an object in the place of the one that is there, of which nothing stays. */
  async replace(resource: Resource, object: KubeObject): Promise<KubeObject> {
    const path = `${collection(resource, object.metadata.namespace)}/${segment(object.metadata.name)}`;
    return (await this.call('PUT', path, {
      body: object,
      query: { fieldManager: FIELD_MANAGER },
    })) as KubeObject;
  }

  /** Server-side apply with force-conflicts. */
  async apply(resource: Resource, object: KubeObject): Promise<KubeObject> {
    const path = `${collection(resource, object.metadata.namespace)}/${segment(object.metadata.name)}`;
    return (await this.call('PATCH', path, {
      body: object,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
    })) as KubeObject;
  }

  async mergePatch(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    subresource?: 'status',
  ): Promise<void> {
    const path = `${collection(resource, namespace)}/${segment(name)}`;
    await this.call('PATCH', subresource ? `${path}/${subresource}` : path, {
      body: patch,
      contentType: 'application/merge-patch+json',
    });
  }

  async delete(resource: Resource, namespace: string | undefined, name: string): Promise<void> {
    await this.call('DELETE', `${collection(resource, namespace)}/${segment(name)}`);
  }

  /**
   * The resource that serves a kind. Other kinds than the project's own come from the API server's discovery, which
   * follows a new CRD by seconds.
   */
  async resourceFor({ apiVersion, kind }: { apiVersion: string; kind: string }): Promise<Resource> {
    const own = KNOWN_RESOURCES.find((each) => each.apiVersion === apiVersion && each.kind === kind);
    if (own) return own;
    for (let attempt = 0; ; attempt++) {
      const known = await this.discover(apiVersion);
      const found = known.find((resource) => resource.kind === kind);
      if (found) return found;
      if (attempt >= DISCOVERY_RETRIES)
        throw infraError(`the API server ${this.server} does not serve ${apiVersion} ${kind}`);
      this.#resources.delete(apiVersion);
      await sleep(DISCOVERY_PAUSE_MS, undefined, { signal: this.signal });
    }
  }

  /** Sends one request; throttling (429) is waited out, other failures are ApiErrors. */
  async call(method: string, path: string, call: Call = {}): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#send(method, path, call);
      if (answer.status < 300) return parseJson(answer.text);
      if (answer.status !== 429 || attempt >= THROTTLE_RETRIES) throw apiError(answer, `${method} ${path}`);
      await sleep(1000 * answer.retryAfterSeconds * (0.5 + Math.random()), undefined, {
        signal: this.signal,
      });
    }
  }

  private discover(apiVersion: string): Promise<Resource[]> {
    const known = this.#resources.get(apiVersion) ?? this.#fetchResources(apiVersion);
    this.#resources.set(apiVersion, known);
    // A group that comes with a CRD may not be served yet: a failed look-up is not kept.
    known.catch(() => this.#resources.delete(apiVersion));
    return known;
  }

  async #fetchResources(apiVersion: string): Promise<Resource[]> {
    const list = (await this.call('GET', apiRoot(apiVersion))) as { resources: DiscoveredResource[] };
    return list.resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ kind, name, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }));
  }

  async #send(method: string, path: string, { query, body, contentType }: Call): Promise<Answer> {
    const url = new URL(this.server.replace(/\/$/, '') + path);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
    const payload = body === undefined ? undefined : stringifyJson(body);
    const options = await this.#requestOptions();
    const headers = { ...options.headers, accept: 'application/json' } as Record<string, string>;
    if (payload) headers['content-type'] = contentType ?? 'application/json';
    try {
      return await exchange(url, { ...options, method, headers, signal: this.signal }, payload);
    } catch (error) {
      if (this.signal?.aborted) throw cancelled();
      if (error instanceof AnswerTooLarge) throw error;
      throw new CutOff(
        `the API server ${this.server} does not answer: check the address and that it runs`,
        error,
      );
    }
  }

  #requestOptions(): Promise<RequestOptions> {
    if (!this.#options || Date.now() - this.#optionsAt > CREDENTIALS_MS) {
      this.#optionsAt = Date.now();
      this.#options = this.#authenticate();
    }
    return this.#options;
  }

  async #authenticate(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const { agent: plainAgent, ...rest } = options;
    const proxied = this.config.getCurrentCluster()?.proxyUrl !== undefined;
    this.#agent ??= proxied ? plainAgent : keepAliveAgent(options);
    return { ...rest, agent: this.#agent };
  }
}

function keepAliveAgent({
  ca,
  cert,
  key,
  pfx,
  passphrase,
  rejectUnauthorized,
  servername,
}: RequestOptions): Agent {
  const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  return new Agent({ ...given, keepAlive: true, maxSockets: MAX_SOCKETS });
}

export interface KubeList {
  metadata: { resourceVersion: string; continue?: string };
  items: object[];
}

/**
 * The pages of a list. Where one is larger than an answer may be, it and those behind it are asked for with half as
 * many objects: the place to continue from holds for any number. What is no list is handed out as it is.
 * @param query may have its own limit
 */
export async function* pagesOf(
  kube: Pick<Kube, 'call'>,
  path: string,
  query: Record<string, string>,
): AsyncGenerator<KubeList, undefined> {
  let limit = Number(query.limit) || PAGE_SIZE;
  for (let next = query.continue ?? ''; ; ) {
    const more = { ...query, limit: String(limit), ...(next && { continue: next }) };
    const page = await kube.call('GET', path, { query: more }).catch((error: unknown) => {
      if (!(error instanceof AnswerTooLarge) || limit <= 1) throw error;
      limit = Math.floor(limit / 2);
    });
    if (page === undefined) continue;
    yield page as KubeList;
    next = (page as Partial<KubeList>).metadata?.continue ?? '';
    if (!next) return undefined;
  }
}

interface DiscoveredResource {
  name: string;
  kind: string;
  namespaced: boolean;
}

function exchange(url: URL, options: RequestOptions, payload: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= MAX_ANSWER_BYTES) return void chunks.push(chunk);
        reject(new AnswerTooLarge(url));
        outgoing.destroy();
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          retryAfterSeconds: Number(response.headers['retry-after'] ?? 1) || 1,
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function apiError({ status, text }: Answer, what: string): ApiError {
  const said = statusMessage(text) ?? `${what} was answered with ${status}`;
  return new ApiError(status, `${said}${ADVICE[status] ?? ''}`);
}

const ADVICE: Record<number, string> = {
  401: ': the API server refuses the credentials of this kubeconfig; renew them',
  403: '; grant this account the permission',
};

/** The message of the Status object that the API server answers with. */
function statusMessage(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
}

function apiRoot(apiVersion: string): string {
  const path = apiVersion.split('/').map(segment).join('/');
  return apiVersion.includes('/') ? `/apis/${path}` : `/api/${path}`;
}

function collection(resource: Resource, namespace: string | undefined): string {
  const scope = resource.namespaced && namespace ? `/namespaces/${segment(namespace)}` : '';
  return `${apiRoot(resource.apiVersion)}${scope}/${resource.plural}`;
}

/** What no name of any kind is (apimachinery's IsValidPathSegmentName); most kinds have narrower rules. */
const NO_NAME = /^\.{0,2}$|[/%]/;

/** A name in a path. One that would lead to another object's place, as `..` or `a/b`, is never sent. */
function segment(name: string): string {
  if (NO_NAME.test(name)) throw infraError(`${JSON.stringify(name)} cannot be a name in Kubernetes`);
  return encodeURIComponent(name);
}
