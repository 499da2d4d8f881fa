import { type DrError, infraError, invalidInput } from '../../errors.js';
import { tail } from '../../exec.js';

type Explain = (match: RegExpExecArray) => DrError;

/** What the docker program says where it cannot reach its daemon. */
const UNREACHABLE: readonly [RegExp, Explain][] = [
  [
    /permission denied while trying to connect/i,
    () =>
      infraError(
        'this user may not use Docker: add it to the group docker, or run with enough rights (https://docs.docker.com/engine/install/linux-postinstall/)',
      ),
  ],
  [
    /Cannot connect to the Docker daemon(?: at (\S+))?|failed to connect to the docker API(?: at (\S+))?|error during connect/i,
    ([, at, api = at]) =>
      infraError(
        `Docker does not answer${api ? ` at ${api.replace(/[.;]$/, '')}` : ''}: start it (systemctl start docker), check DOCKER_HOST, or take cluster: control-plane`,
      ),
  ],
];

const ADDRESS = String.raw`(\d+\.\d+\.\d+\.\d+:\d+|\[[^\]]*\]:\d+|:::\d+)`;

const CREATION: readonly [RegExp, Explain][] = [
  [
    new RegExp(
      `(?:Bind for|bind host port(?: for)?|listen (?:tcp|udp)[46]?) ${ADDRESS}.*(?:already allocated|already in use)`,
    ),
    ([, address]) =>
      infraError(
        `${address} on this machine is in use by another program or container: end it, or give another host port in port-mappings`,
      ),
  ],
  [
    /no space left on device/i,
    () =>
      infraError(
        'Docker has no space left on its disk: free some (docker system prune --all --volumes removes what is not in use)',
      ),
  ],
  [
    /toomanyrequests|pull rate limit/i,
    () =>
      infraError(
        'the registry refuses more pulls of the node image for now: log in to it (docker login), pull through a mirror, or name another image with node-image',
      ),
  ],
  [
    /failed to pull image "([^"]+)"[\s\S]*(?:manifest unknown|not found|pull access denied|repository does not exist)/i,
    ([, image]) =>
      infraError(`the node image ${image} is not in its registry: check node-image and kubernetes-version`),
  ],
  [
    /failed to pull image "([^"]+)"/,
    ([, image]) =>
      infraError(
        `the node image ${image} could not be pulled: check that this machine reaches its registry, load the image beforehand (docker load), or name another with node-image`,
      ),
  ],
  [
    /node\(s\) already exist for a cluster with the name "([^"]+)"|container name "\/?([^"]+)" is already in use/,
    ([, cluster, container]) => nameTaken(cluster ?? container!),
  ],
  [
    /too many open files|could not find a log line that matches/i,
    () =>
      infraError(
        'a node did not start: check docker logs and the limits of inotify (https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files)',
      ),
  ],
  [
    /failed to (init|join) node with kubeadm/,
    ([, step]) =>
      infraError(
        `Kubernetes did not come up in ${step === 'init' ? 'the control-plane node' : 'a worker node'} (kubeadm ${step}): this machine may be too slow or short of memory; try again, or with fewer workers, and see the logs of kubelet`,
      ),
  ],
  [
    /unable to decode config|could not determine kind|unknown apiVersion|invalid configuration for node|invalid (?:pod|service) subnet|invalid (?:kubeProxyMode|ipFamily|apiServerPort)/,
    () => invalidInput('kind refuses the configuration: mend kind-config'),
  ],
];

/** A cluster of that name is there, whoever made it. */
export const nameTaken = (name: string) =>
  infraError(
    `the name ${name} is taken in Docker: give another cluster-name, or remove what is there (kind delete cluster --name ${name})`,
  );

/** What docker's failure means for the user, where it could not reach its daemon; else undefined. */
export const dockerUnreachable = (output: string): DrError | undefined => firstOf(UNREACHABLE, output);

/** What the failure of `kind create cluster` means for the user: the known ones with their remedy, else kind's last lines. */
export function createFailure(output: string): DrError {
  const known = firstOf([...UNREACHABLE, ...CREATION], output);
  const said = kindsWords(output);
  if (!known) return infraError(`kind could not create the cluster: ${said}`);
  return known.exitCode === invalidInput('').exitCode
    ? invalidInput(`${known.message}; kind says: ${said}`)
    : known;
}

function firstOf(table: readonly [RegExp, Explain][], output: string): DrError | undefined {
  for (const [pattern, explain] of table) {
    const match = pattern.exec(output);
    if (match) return explain(match);
  }
  return undefined;
}

/**
 * kind's error and its last lines, without the commands it ran, which hold the environment's proxies and their
 * passwords.
 */
function kindsWords(output: string): string {
  const plain = output
    .slice(Math.max(0, output.indexOf('ERROR: ')))
    .replace(/command "(\S+ \S+)[^\n]*" failed with error/g, '$1 failed')
    .replace(/^(?:Command Output: *|Run 'docker run --help'.*)/gm, '')
    .replace(/\n\s*\n/g, '\n')
    .trim();
  const [first = '', ...rest] = plain.split('\n');
  return [first, tail(rest.join('\n'), 4)].filter(Boolean).join('\n') || '(nothing)';
}
