import pMap from 'p-map';
import type { KubeObject } from '../kube/objects.js';

/** Where the repo-server connects to: what the quarantine must let through for level render. */
export interface Door {
  host: string;
  port: number;
  /** IPv4. */
  addresses: string[];
}

export interface GitHosts {
  /** Sorted by host and port. */
  doors: Door[];
  /** `host:port` of those whose name has no IPv4 address here. */
  unresolved: string[];
}

/** The IPv4 addresses of a host name; none, or a rejection, where it has none. */
export type Resolve4 = (host: string) => Promise<string[]>;

const CONCURRENCY = 8;

/**
 * The hosts that Applications' sources and the configured repositories (Secrets) are fetched from, their proxies,
 * and where their tokens come from. Hosts that only a chart's or kustomization's own text names are not known
 * here: what needs them is reported as unreachable.
 */
export async function gitHosts(
  applications: Iterable<KubeObject>,
  repositories: Iterable<KubeObject>,
  resolve: Resolve4,
): Promise<GitHosts> {
  const endpoints = new Map<string, Endpoint>();
  const urls = [...[...applications].flatMap(sourceUrls), ...[...repositories].flatMap(repositoryUrls)];
  for (const endpoint of urls.map(endpointOf)) if (endpoint) endpoints.set(nameOf(endpoint), endpoint);
  const sorted = [...endpoints].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
  const doors = await pMap(
    sorted,
    async (endpoint) => ({ ...endpoint, addresses: await addressesOf(endpoint.host, resolve) }),
    { concurrency: CONCURRENCY },
  );
  return {
    doors: doors.filter(({ addresses }) => addresses.length > 0),
    unresolved: doors.filter(({ addresses }) => addresses.length === 0).map(nameOf),
  };
}

interface Endpoint {
  host: string;
  port: number;
}

const nameOf = ({ host, port }: Endpoint) => `${host}:${port}`;

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

async function addressesOf(host: string, resolve: Resolve4): Promise<string[]> {
  if (IPV4.test(host)) return [host];
  const addresses = await resolve(host).catch(() => []);
  return [...new Set(addresses)].sort();
}

const PORTS: Record<string, number> = {
  'http:': 80,
  'https:': 443,
  'oci:': 443,
  'ssh:': 22,
  'git+ssh:': 22,
  'git:': 9418,
  'socks5:': 1080,
  'socks5h:': 1080,
};

/**
 * The host and port of a repository's URL: with a scheme, as `user@host:path` (SSH), or bare as the registry of
 * Helm charts (`registry.example.com/charts`). Undefined for what is no network address, such as file:.
 */
export function endpointOf(url: string): Endpoint | undefined {
  const text = url.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return withScheme(text);
  const ssh = /^[^@/]+@(\[[^\]]+\]|[^:/]+):/.exec(text);
  if (ssh) return { host: ssh[1]!.toLowerCase().replace(/^\[|\]$/g, ''), port: 22 };
  return /^[a-z0-9]/i.test(text) ? withScheme(`oci://${text}`) : undefined;
}

function withScheme(text: string): Endpoint | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  const known = PORTS[protocol];
  if (!hostname || known === undefined) return undefined;
  return { host: hostname.toLowerCase().replace(/^\[|\]$/g, ''), port: port ? Number(port) : known };
}

interface Source {
  repoURL?: string;
}

interface ApplicationSpec {
  source?: Source;
  sources?: Source[];
  sourceHydrator?: { drySource?: Source };
}

function sourceUrls(application: KubeObject): string[] {
  const { source, sources, sourceHydrator } = (application.spec ?? {}) as ApplicationSpec;
  const all = [source, ...(sources ?? []), sourceHydrator?.drySource];
  return all.flatMap((one) => (one?.repoURL ? [one.repoURL] : []));
}

/** Where a token is fetched before the repository is, by the key of the Secret that asks for it. */
const TOKEN_URLS: Record<string, string> = {
  githubAppID: 'https://api.github.com',
  gcpServiceAccountKey: 'https://oauth2.googleapis.com',
  useAzureWorkloadIdentity: 'https://login.microsoftonline.com',
};

function repositoryUrls(secret: KubeObject): string[] {
  const data = (secret.data ?? {}) as Record<string, string>;
  const value = (key: string) =>
    Buffer.from(data[key] ?? '', 'base64')
      .toString('utf8')
      .trim();
  const tokens = Object.entries(TOKEN_URLS).flatMap(([key, url]) =>
    ['', 'false'].includes(value(key)) ? [] : [url],
  );
  const enterprise = value('githubAppEnterpriseBaseUrl');
  const tokenUrls = enterprise ? [enterprise] : tokens;
  return [value('url'), value('proxy'), ...tokenUrls].filter((url) => url !== '');
}
