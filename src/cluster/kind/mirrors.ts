import { infraError, invalidInput } from '../../errors.js';
import { type ExecResult, tail } from '../../exec.js';

/** Where containerd in a node image of kind 0.27 and newer looks for the hosts of a registry. */
const CERTS_DIR = '/etc/containerd/certs.d';

/** A file in the nodes that sends pulls from a registry to its mirrors. */
export interface HostsFile {
  dir: string;
  text: string;
}

/**
 * Renders containerd's hosts.toml for each registry; several mirrors of one registry are tried in their order, then
 * the registry itself. https://github.com/containerd/containerd/blob/main/docs/hosts.md
 * @param entries such as `docker.io=https://mirror.example`
 * @throws DrError (invalid input) that names the entry
 */
export function renderHosts(entries: readonly string[]): HostsFile[] {
  const mirrors = new Map<string, string[]>();
  for (const entry of entries) {
    const { registry, mirror } = parseMirror(entry);
    mirrors.set(registry, [...(mirrors.get(registry) ?? []), hostSection(mirror)]);
  }
  return [...mirrors].map(([registry, sections]) => ({
    dir: `${CERTS_DIR}/${registry}`,
    text: sections.join('\n'),
  }));
}

function parseMirror(entry: string): { registry: string; mirror: URL } {
  const [, registry, address] =
    /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?)=(.+)$/i.exec(entry.trim()) ?? [];
  const mirror = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (!registry || !mirror || !['http:', 'https:'].includes(mirror.protocol))
    throw refuse(entry, 'is not a mirror');
  // The entry is not shown: it holds the password.
  if (mirror.username || mirror.password)
    throw refuse(
      `${registry}=…`,
      'has a user name or password in its address, which containerd does not take',
    );
  if (mirror.search || mirror.hash || /["\\\n]/.test(mirror.href))
    throw refuse(entry, 'has more than a path in its address');
  return { registry: registry.toLowerCase(), mirror };
}

const refuse = (entry: string, problem: string) =>
  invalidInput(
    `registry-mirrors: "${entry}" ${problem}; write registry=URL, such as docker.io=https://mirror.example`,
  );

function hostSection({ origin, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '');
  return [
    `[host."${origin}${path}"]`,
    '  capabilities = ["pull", "resolve"]',
    // A path with /v2 in it is the whole path of the registry's API; behind any other containerd adds /v2 itself.
    ...(/\/v2(\/|$)/.test(path) ? ['  override_path = true'] : []),
    '',
  ].join('\n');
}

/** Runs a program in a node, as KindCluster.inNode does. */
type InNode = (node: string, command: readonly string[], stdin?: string) => Promise<ExecResult>;

const WRITE = ['sh', '-c', 'mkdir -p "$1" && cat > "$1/hosts.toml"', 'sh'];

/**
 * Puts the mirrors into each node; containerd reads them at the next pull.
 * @throws DrError (infrastructure) that names the node
 */
export async function writeMirrors(
  nodes: readonly string[],
  files: readonly HostsFile[],
  inNode: InNode,
): Promise<void> {
  const writing = nodes.flatMap((node) => files.map((file) => writeHosts(node, file, inNode)));
  await Promise.all(writing);
}

async function writeHosts(node: string, { dir, text }: HostsFile, inNode: InNode): Promise<void> {
  const { code, stderr } = await inNode(node, [...WRITE, dir], text);
  if (code !== 0)
    throw infraError(`registry-mirrors: ${dir} cannot be written in node ${node}: ${tail(stderr, 1)}`);
}
