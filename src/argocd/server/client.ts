import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { cancelled, DrError, EXIT, infraError, messageOf } from '../../errors.js';
import { withoutEnding } from '../../trim.js';

/** An answer of argocd-server that is not a success. */
export class ArgoCdApiError extends DrError {
  constructor(
    readonly endpoint: string,
    readonly status: number,
    message: string,
  ) {
    super(EXIT.infra, message);
  }
}

export interface ConnectOptions {
  /** On 127.0.0.1, see port-forward.ts. */
  port: number;
  /** `server.rootpath` of argocd-cmd-params-cm. */
  rootPath?: string;
  signal: AbortSignal;
  /** Until argocd-server answers; two minutes if absent. */
  timeoutMs?: number;
}

interface Answer {
  status: number;
  text: string;
}

interface Call {
  method?: string;
  token?: string | undefined;
  body?: object;
  timeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 120_000;
const CALL_TIMEOUT_MS = 30_000;
const PAUSE_MS = 500;
/** argocd-server tries to reach every repository that it lists; in quarantine each attempt has to fail first. */
const REPOSITORIES_TIMEOUT_MS = 300_000;
const MANIFESTS_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 5_000;
const RETRIES = 5;
const VERSION = '/api/version';
/** What a proxy or a restarting server answers; the next attempt may succeed. */
const PASSING = [502, 503, 504];

const text = z.string().nullish().default('');
const texts = z.array(z.string()).nullish();
const items = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item).nullish() }).transform((list) => list.items ?? []);

const applicationSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});
const projectSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()).nullish(),
});
const repositorySchema = z.object({ repo: text, type: text, name: text, project: text });
const credentialSchema = z.object({ url: text });
const clusterSchema = z.object({ server: text, name: text, project: text });
const accountSchema = z.object({
  name: z.string(),
  enabled: z.boolean().nullish(),
  capabilities: texts,
});
const userInfoSchema = z.object({ loggedIn: z.boolean().nullish(), username: text, iss: text });

const manifestsSchema = z.object({ manifests: texts });

export type ListedApplication = z.infer<typeof applicationSchema>;
export type ListedProject = z.infer<typeof projectSchema>;
export type ListedRepository = z.infer<typeof repositorySchema>;
export type ListedCredential = z.infer<typeof credentialSchema>;
export type ListedCluster = z.infer<typeof clusterSchema>;
export type ListedAccount = z.infer<typeof accountSchema>;
export type UserInfo = z.infer<typeof userInfoSchema>;

/**
 * argocd-server's REST API, behind a port of this machine. Its certificate is not checked: it signs its own, and
 * the way to it is the cluster's own connection.
 */
export class ArgoCdClient {
  readonly #https = new Agent({ keepAlive: true, rejectUnauthorized: false });
  readonly #http = new PlainAgent({ keepAlive: true });
  /** How long each answered request took, in milliseconds. */
  readonly latenciesMs: number[] = [];

  constructor(
    private readonly options: ConnectOptions,
    readonly scheme: 'https' | 'http',
  ) {}

  /** Host and port, as the argocd program wants them. */
  get address(): string {
    return `127.0.0.1:${this.options.port}`;
  }

  /** `server.rootpath` without slashes at its ends; empty where there is none. */
  get rootPath(): string {
    return withoutEnding(this.options.rootPath ?? '', '/').replace(/^\/+/, '');
  }

  /** argocd-server's version without a leading `v`. */
  async version(): Promise<string> {
    const answer = await this.#get(VERSION, undefined, z.object({ Version: z.string() }));
    return answer.Version.replace(/^v/, '');
  }

  /** Whether argocd-server's API answers, by one request. */
  async answers(): Promise<boolean> {
    return (await this.#send(VERSION, { timeoutMs: PROBE_TIMEOUT_MS })).status === 200;
  }

  /** Whom argocd-server takes the bearer of a token for. It answers whoever asks. */
  userInfo(token: string): Promise<UserInfo> {
    return this.#get('/api/v1/session/userinfo', token, userInfoSchema);
  }

  /** The Applications of all namespaces that argocd-server looks at. */
  applications(token: string): Promise<ListedApplication[]> {
    // argocd-server leaves out all else: the status is most of an Application.
    const fields = 'items.metadata.name,items.metadata.namespace,items.spec';
    return this.#get(`/api/v1/applications?fields=${fields}`, token, items(applicationSchema));
  }

  projects(token: string): Promise<ListedProject[]> {
    return this.#get('/api/v1/projects', token, items(projectSchema));
  }

  repositories(token: string): Promise<ListedRepository[]> {
    return this.#get('/api/v1/repositories', token, items(repositorySchema), REPOSITORIES_TIMEOUT_MS);
  }

  /** Answered with 501 where the source hydrator is off. */
  writeRepositories(token: string): Promise<ListedRepository[]> {
    return this.#get('/api/v1/write-repositories', token, items(repositorySchema), REPOSITORIES_TIMEOUT_MS);
  }

  credentialTemplates(token: string): Promise<ListedCredential[]> {
    return this.#get('/api/v1/repocreds', token, items(credentialSchema));
  }

  clusters(token: string): Promise<ListedCluster[]> {
    return this.#get('/api/v1/clusters', token, items(clusterSchema));
  }

  accounts(token: string): Promise<ListedAccount[]> {
    return this.#get('/api/v1/account', token, items(accountSchema));
  }

  /** Whether the bearer may, by the policy that argocd-server enforces. */
  async can(token: string, resource: string, action: string, object: string): Promise<boolean> {
    // Slashes in the object must be escaped: argocd-server redirects paths with two in a row.
    const path = [resource, action, object].map(encodeURIComponent).join('/');
    const answer = await this.#get(
      `/api/v1/account/can-i/${path}`,
      token,
      z.object({ value: z.enum(['yes', 'no']) }),
    );
    return answer.value === 'yes';
  }

  /** How many objects the repo-server renders of an Application, or argocd-server's message why it cannot. */
  async manifests(
    token: string,
    { name, namespace, project }: { name: string; namespace: string; project: string },
  ): Promise<{ ok: true; count: number } | { ok: false; reason: string }> {
    const query = new URLSearchParams({ appNamespace: namespace, project });
    const endpoint = `/api/v1/applications/${encodeURIComponent(name)}/manifests?${query}`;
    // Not repeated: a source out of reach is answered as if argocd-server were.
    const answer = await this.#send(endpoint, { token, timeoutMs: MANIFESTS_TIMEOUT_MS });
    if (answer.status === 200)
      return { ok: true, count: parse(endpoint, answer, manifestsSchema).manifests?.length ?? 0 };
    return { ok: false, reason: messageIn(answer.text) ?? `argocd-server answers ${answer.status}` };
  }

  /** Logs in as a user does: the session's token, or undefined where name and password are refused. */
  async login(username: string, password: string): Promise<string | undefined> {
    const endpoint = '/api/v1/session';
    // Not repeated: argocd-server counts failed logins.
    const answer = await this.#send(endpoint, { method: 'POST', body: { username, password } });
    if (answer.status === 401) return undefined;
    return parse(endpoint, answer, z.object({ token: z.string().min(1) })).token;
  }

  /** Status of a request with a token, whatever it is. */
  async statusOf(endpoint: string, token: string): Promise<number> {
    return (await this.#repeated(endpoint, { token })).status;
  }

  /** Ends the connections. */
  close(): void {
    this.#https.destroy();
    this.#http.destroy();
  }

  async #get<T>(
    endpoint: string,
    token: string | undefined,
    schema: z.ZodType<T>,
    timeoutMs?: number,
  ): Promise<T> {
    const answer = await this.#repeated(endpoint, { token, ...(timeoutMs ? { timeoutMs } : {}) });
    return parse(endpoint, answer, schema);
  }

  /** A connection that broke or a passing refusal is tried again: the pod behind may have been replaced. */
  async #repeated(endpoint: string, call: Call): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#send(endpoint, call);
        if (!PASSING.includes(answer.status) || attempt >= RETRIES) return answer;
      } catch (error) {
        if (this.options.signal.aborted || attempt >= RETRIES || error instanceof TimedOut) throw error;
      }
      await pause(PAUSE_MS * attempt, this.options.signal);
    }
  }

  async #send(endpoint: string, call: Call): Promise<Answer> {
    const start = performance.now();
    try {
      const answer = await this.#exchange(endpoint, call);
      this.latenciesMs.push(performance.now() - start);
      return answer;
    } catch (error) {
      if (this.options.signal.aborted) throw cancelled();
      if (error instanceof TimedOut) throw error;
      throw infraError(
        `argocd-server does not answer ${pathOf(endpoint)} at ${this.address}: check that its pods are ready`,
        error,
      );
    }
  }

  #exchange(endpoint: string, call: Call): Promise<Answer> {
    const { method = 'GET', token, body, timeoutMs = CALL_TIMEOUT_MS } = call;
    const payload = body && JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(payload ? { 'content-type': 'application/json' } : {}),
    };
    const root = this.rootPath ? `/${this.rootPath}` : '';
    const url = `${this.scheme}://${this.address}${root}${endpoint}`;
    const [send, agent] =
      this.scheme === 'https' ? [request, this.#https] : [plainRequest, this.#http as Agent];
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => outgoing.destroy(new TimedOut(pathOf(endpoint), timeoutMs)),
        timeoutMs,
      );
      const outgoing = send(url, { method, headers, agent, signal: this.options.signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.on('error', reject);
      outgoing.on('close', () => clearTimeout(deadline));
      outgoing.end(payload);
    });
  }
}

class TimedOut extends DrError {
  constructor(endpoint: string, timeoutMs: number) {
    super(
      EXIT.infra,
      `argocd-server did not answer ${endpoint} within ${timeoutMs / 1000} s: look at the log of its pods`,
    );
  }
}

/**
 * Waits until argocd-server answers behind a port, by https or, where it runs with `--insecure`, by plain http.
 * @throws DrError (infrastructure) with the last reason
 */
export async function connectArgoCd(options: ConnectOptions): Promise<ArgoCdClient> {
  const { signal, timeoutMs = CONNECT_TIMEOUT_MS } = options;
  const deadline = Date.now() + timeoutMs;
  const reasons: string[] = [];
  do {
    reasons.length = 0;
    for (const scheme of ['https', 'http'] as const) {
      const client = new ArgoCdClient(options, scheme);
      try {
        if (await client.answers()) return client;
        // A server with TLS redirects plain http, which is no answer.
        reasons.push(`${scheme}: it is not argocd-server's API that answers`);
      } catch (error) {
        if (signal.aborted) throw cancelled();
        reasons.push(`${scheme}: ${messageOf(error)}`);
      }
      client.close();
    }
    await pause(PAUSE_MS, signal);
  } while (Date.now() < deadline);
  throw infraError(
    `argocd-server did not answer at 127.0.0.1:${options.port} within ${timeoutMs / 1000} s (${reasons.join('; ')}); look at the log of its pods`,
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw cancelled();
  });
}

function parse<T>(endpoint: string, { status, text }: Answer, schema: z.ZodType<T>): T {
  const path = pathOf(endpoint);
  if (status !== 200)
    throw new ArgoCdApiError(path, status, `argocd-server answers ${path} with ${status}${saying(text)}`);
  const result = schema.safeParse(json(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ArgoCdApiError(
    path,
    status,
    `argocd-server answers ${path} in a form that is not known (${issue.path.join('.') || 'the answer'}: ${issue.message}): is something else listening there?`,
  );
}

/** argocd-server's own words; what follows a URL's user name may be a password. */
function saying(body: string): string {
  const message = messageIn(body);
  return message === undefined ? '' : `: ${message.slice(0, 300)}`;
}

function messageIn(body: string): string | undefined {
  const message = (json(body) as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message.replace(/\/\/[^/@\s]*@/g, '//***@') : undefined;
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const pathOf = (endpoint: string) => endpoint.split('?', 1)[0]!;
