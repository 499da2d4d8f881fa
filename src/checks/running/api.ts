import { setTimeout as sleep } from 'node:timers/promises';
import { allowedNamespaces, isEnabled } from '../../argocd/namespaces.js';
import { ArgoCdApiError } from '../../argocd/server/client.js';
import {
  accountItem,
  applicationItem,
  clusterItem,
  compareItems,
  credentialItem,
  expectedInventory,
  type Inventory,
  type Item,
  type ItemDifference,
  LISTS,
  type ListName,
  projectItem,
  RBAC_RESOURCES,
  repositoryItem,
} from '../../argocd/server/inventory.js';
import { some } from '../../log.js';
import type { Difference } from '../../report/report.js';
import { type Finding, fail, pass, skipped } from '../check.js';
import type { Running } from './prepare.js';
import { compareRbac } from './rbac.js';

const SETTLE_ATTEMPTS = 3;
const SETTLE_PAUSE_MS = 1_000;

/** How each list is read from argocd-server. */
const READ: Record<ListName, (running: Running) => Promise<Item[]>> = {
  applications: async ({ client, token, namespace }) =>
    (await client.applications(token)).map((each) => applicationItem(each, namespace)),
  projects: async ({ client, token, namespace }) =>
    (await client.projects(token)).map((each) => projectItem(each, namespace)),
  repositories: async ({ client, token, namespace }) =>
    (await client.repositories(token)).map((each) => repositoryItem(each, namespace)),
  'write repositories': async ({ client, token, namespace }) =>
    (await client.writeRepositories(token)).map((each) =>
      repositoryItem(each, namespace, 'Write repository'),
    ),
  'credential templates': async ({ client, token, namespace }) =>
    (await client.credentialTemplates(token)).map((each) => credentialItem(each, namespace)),
  clusters: async ({ client, token, namespace }) =>
    (await client.clusters(token)).map((each) => clusterItem(each, namespace)),
  accounts: async ({ client, token, namespace }) =>
    (await client.accounts(token)).map((each) => accountItem(each, namespace)),
};

/** What was found in one list. */
export interface ListResult {
  counted: string;
  differences: Difference[];
  /** What is not listed, and rightly so. */
  notes: string[];
  /** What could not be looked at. */
  unproven: string[];
}

/**
 * What argocd-server lists against the backup, by name and key fields and in both directions; and its answers to
 * questions of RBAC against those that the backup's policy gives. Clusters must not be fenced yet.
 * @param dir a private folder
 */
export async function apiFinding(running: Running, dir: string): Promise<Finding> {
  const expected = expectedInventory(running.objects, running.namespace, {
    adminEnabled: running.adminEnabledByDrill,
  });
  const namespaces = await allowedNamespaces(running.restored.cluster.kube, running.namespace);
  const results: ListResult[] = [];
  for (const list of LISTS)
    results.push(await compareList(running, list, expected, namespaces?.applicationNamespaces ?? []));
  results.push(await compareRbac(running, dir));
  const differences = results.flatMap((result) => result.differences);
  const details = results.flatMap(({ notes, unproven }) => [...unproven, ...notes]);
  const counted = `argocd-server's API lists ${results
    .map((result) => result.counted)
    .filter(Boolean)
    .join(', ')}`;
  if (differences.length > 0) {
    const named = differences.map(
      ({ problem, kind, namespace, name }) => `${problem}: ${kind} ${namespace}/${name}`,
    );
    return fail(
      `${counted}; ${differences.length} differ from the backup: ${some(named)}.`,
      differences,
      details,
    );
  }
  const unproven = results.flatMap((result) => result.unproven);
  return unproven.length > 0
    ? skipped(`${counted}; ${unproven[0]}`, details)
    : pass(`${counted}: as in the backup, by name and key fields.`, details);
}

async function compareList(
  running: Running,
  list: ListName,
  { lists, unservable }: Inventory,
  namespaces: string[],
): Promise<ListResult> {
  const expected = lists[list];
  try {
    const { actual, differences } = await settled(running, list, expected);
    const judged = await judge(running, list, differences, namespaces);
    return { counted: `${actual} ${list}`, ...judged };
  } catch (error) {
    if (!(error instanceof ArgoCdApiError)) throw error;
    return notServed(list, expected, error, unservable[list]);
  }
}

/** argocd-server's own view follows the cluster within moments; a difference must last to count. */
async function settled(running: Running, list: ListName, expected: Item[]) {
  for (let attempt = 1; ; attempt++) {
    const actual = await READ[list](running);
    const differences = compareItems(expected, actual);
    if (differences.length === 0 || attempt >= SETTLE_ATTEMPTS) return { actual: actual.length, differences };
    await sleep(SETTLE_PAUSE_MS, undefined, { signal: running.restored.signal });
  }
}

function notServed(
  list: ListName,
  expected: Item[],
  error: ArgoCdApiError,
  reason: string | undefined,
): ListResult {
  const none = { counted: '', differences: [], notes: [], unproven: [] };
  if (error.status === 501 && list === 'write repositories')
    return expected.length === 0
      ? none
      : {
          ...none,
          notes: [
            `${expected.length} write repositories are not listed: the source hydrator is off, as in the source.`,
          ],
        };
  if (reason)
    return { ...none, notes: [`The list of ${list} is not served, nor was it in the source: ${reason}.`] };
  return {
    ...none,
    differences: [
      { kind: `List of ${list}`, namespace: '', name: error.endpoint, problem: 'missing', path: '' },
    ],
    notes: [error.message],
  };
}

/** Tells what is rightly not listed from what is lost. */
async function judge(
  { client, token, namespace: own }: Running,
  list: ListName,
  differences: ItemDifference[],
  namespaces: string[],
): Promise<Omit<ListResult, 'counted'>> {
  const result: Omit<ListResult, 'counted'> = { differences: [], notes: [], unproven: [] };
  const outside: string[] = [];
  for (const { item, ...difference } of differences) {
    const { kind, namespace, name, problem } = difference;
    if (problem === 'missing' && kind === 'Application' && !isEnabled(namespace, own, namespaces))
      outside.push(`${namespace}/${name}`);
    else if (
      problem === 'missing' &&
      !(await client.can(token, RBAC_RESOURCES[list], 'get', item.rbacObject))
    )
      result.notes.push(`${kind} ${name} is hidden from admin by the restored policy.`);
    else result.differences.push(difference);
  }
  if (outside.length > 0)
    result.unproven.push(
      `${outside.length} Applications are in namespaces that argocd-cmd-params-cm does not allow (${some(outside)}): the source allows them by flags of its own workloads, which no backup holds; give the drill your manifests.`,
    );
  return result;
}
