import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../children.js';
import { childEnvironment } from '../../environment.js';
import { infraError, invalidInput, messageOf } from '../../errors.js';
import type { Exec, ExecResult } from '../../exec.js';
import {
  type Docker,
  dockerProgram,
  inspectNodes,
  kindEnvironment,
  listContainers,
  type NodeContainer,
} from './docker.js';

/** The label that kind gives to its containers. */
export const clusterLabel = (cluster: string) => `label=io.x-k8s.kind.cluster=${cluster}`;

const MARK_DIR = '/kind/argocd-dr';

/**
 * A path that is mounted into every node of one creation, so that its containers, and no others, are known by it
 * from the moment they exist: kind gives them no labels of ours, and a name may be another cluster's.
 */
export const newMark = () => `${MARK_DIR}/${randomBytes(8).toString('hex')}`;

/** What one `kind create cluster` makes. */
export interface Creation {
  cluster: string;
  mark: string;
  /** Whether there is a load balancer before several control planes: a container that takes no mounts. */
  loadBalancer: boolean;
}

type Filters = readonly string[];

const filtersOf = ({ cluster, mark, loadBalancer }: Creation): Filters[] => [
  [`volume=${mark}`],
  ...(loadBalancer ? [[clusterLabel(cluster), `label=io.x-k8s.kind.role=${LOAD_BALANCER}`]] : []),
];

const LOAD_BALANCER = 'external-load-balancer';
const PAUSE_MS = 500;
const REMOVE_MS = 20_000;
/**
 * Measured: a node that is half made is listed, and can be neither inspected nor removed, while Docker copies the image's
 * /var for it; 12 s by itself, more than half a minute for four at once on a busy machine of two cores.
 */
const GIVE_UP_MS = 180_000;

/** Removes the containers of one creation, see removeContainers(). */
export const removeCreated = (docker: Docker, creation: Creation) =>
  removeContainers(docker, filtersOf(creation));

/**
 * Removes containers with their volumes, and waits until they are gone.
 * @param filters those that match all filters of one of these
 * @throws DrError (infrastructure) that names what is still there
 */
async function removeContainers(docker: Docker, filters: readonly Filters[]): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const names = (await Promise.all(filters.map((each) => listContainers(docker, each)))).flat();
    if (names.length === 0) return;
    // Its failure shows in the next listing: another process may be removing them too.
    const { code, stderr } = await removeByName(docker, names);
    if (Date.now() > deadline) throw notRemoved(names, stderr.trim());
    if (code !== 0) await sleep(PAUSE_MS);
  }
}

async function removeByName(docker: Docker, names: readonly string[]): Promise<ExecResult> {
  const signal = AbortSignal.timeout(REMOVE_MS);
  return docker(['rm', '--force', '--volumes', ...names], { signal }).catch((error) => {
    if (!signal.aborted) throw error;
    // On a busy machine the containers may be gone long before the answer: the next listing tells.
    return { code: 1, stdout: '', stderr: `no answer within ${REMOVE_MS / 1000} s` };
  });
}

const notRemoved = (names: readonly string[], reason: string) =>
  infraError(
    `Docker does not remove the nodes ${names.join(', ')} (${reason}): try docker rm -f -v ${names.join(' ')}`,
  );

/**
 * Removes containers as they appear, what docker was asked to make as this process ended included, until so many looks in
 * a row find none.
 */
const REMOVER = `
looks=$1; shift
quiet=0
for _ in $(seq ${GIVE_UP_MS / 1000}); do
  ids=$(for filters in "$@"; do docker ps --all --quiet $filters; done)
  if [ -n "$ids" ]; then quiet=0; docker rm --force --volumes $ids; else quiet=$((quiet + 1)); fi
  [ "$quiet" -lt "$looks" ] || exit 0
  sleep 1
done`;

/** So many looks in a row, a second apart, that find nothing are believed where kind was killed at its work. */
export const QUIET_LOOKS = 10;

/**
 * Leaves the removal of one creation's containers to a process that outlives this one.
 * @param making whether kind may still be making some
 */
export function removeCreatedDetached(creation: Creation, making: boolean, env: NodeJS.ProcessEnv): void {
  // No filter has a space in it: a cluster's name is a DNS label.
  const filters = filtersOf(creation).map((each) => each.map((filter) => `--filter ${filter}`).join(' '));
  const args = ['-c', REMOVER, 'sh', making ? `${QUIET_LOOKS}` : '1', ...filters];
  // The runner ends at a job's end what carries this variable.
  const { RUNNER_TRACKING_ID: _, ...set } = childEnvironment(kindEnvironment(env), 'docker');
  startChild('sh', args, { env: {}, set, lasting: true, detached: true, stdio: 'ignore' }).unref();
}

/** What teardownKind() works with. */
export interface TeardownDeps {
  exec: Exec;
  env: NodeJS.ProcessEnv;
}

/**
 * Removes a kind cluster that argocd-dr made, by its name.
 * @returns false where there is no kind cluster of that name, or no program docker on PATH
 * @throws DrError (invalid input) where others made the cluster; DrError (infrastructure) where Docker fails
 */
export async function teardownKind(name: string, { exec, env }: TeardownDeps): Promise<boolean> {
  if (!(await hasDocker(exec, env))) return false;
  const docker = dockerProgram(exec, env);
  const nodes = await wholeNodes(docker, name);
  if (nodes.length === 0) return false;
  const foreign = nodes.filter(({ mounts }) => !mounts.some((path) => path.startsWith(`${MARK_DIR}/`)));
  // The load balancer of several control planes takes no mounts.
  if (foreign.some(({ role }) => role !== LOAD_BALANCER) || foreign.length === nodes.length)
    throw invalidInput(
      `the kind cluster ${name} was not made by argocd-dr: it is left alone; remove it with kind delete cluster --name ${name}`,
    );
  await removeContainers(docker, [[clusterLabel(name)]]);
  return true;
}

/** A cluster's containers, once none of them is half made. */
async function wholeNodes(docker: Docker, cluster: string): Promise<NodeContainer[]> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return await inspectNodes(docker, await listContainers(docker, [clusterLabel(cluster)]));
    } catch (error) {
      if (!/No such container/.test(messageOf(error)) || Date.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

const hasDocker = (exec: Exec, env: NodeJS.ProcessEnv) =>
  exec('docker', ['--version'], { env }).then(
    () => true,
    () => false,
  );
