import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { argocdEnv } from '../../argocd/environment.js';
import { parseAccounts } from '../../argocd/server/accounts.js';
import { ArgoCdApiError } from '../../argocd/server/client.js';
import { policyOf, type Question, questionsFor } from '../../argocd/server/rbac.js';
import { mintToken } from '../../argocd/server/token.js';
import type { KubeObject } from '../../kube/objects.js';
import type { ListResult } from './api.js';
import { dataOf, find, type Running, restoredKey } from './prepare.js';

const RBAC_QUESTIONS = 12;
const RBAC_CONCURRENCY = 2;

/** Whether the running argocd-server enforces the backup's policy, by questions put to both. */
export async function compareRbac(running: Running, dir: string): Promise<ListResult> {
  const { objects, namespace, restored, adminEnabledByDrill } = running;
  const configMap = find(objects, 'ConfigMap', 'argocd-rbac-cm');
  const policyFile = join(dir, 'argocd-rbac-cm.json');
  await writeFile(policyFile, JSON.stringify(configMap ?? { data: {} }), { mode: 0o600 });
  const { accounts } = parseAccounts(
    find(objects, 'ConfigMap', 'argocd-cm'),
    find(objects, 'Secret', 'argocd-secret'),
  );
  const subjects = accounts
    .filter(({ name, enabled, capabilities }) =>
      name === 'admin' ? enabled || adminEnabledByDrill : enabled && capabilities.includes('login'),
    )
    .map(({ name }) => name);
  const questions = questionsFor(
    policyOf(dataOf(configMap)),
    subjects,
    projectGroups(objects),
    RBAC_QUESTIONS,
  );
  const key = await restoredKey(restored.cluster.kube, namespace);
  const answers = await pMap(questions, (question) => askBoth(running, question, policyFile, key), {
    concurrency: RBAC_CONCURRENCY,
  });
  const comparable = answers.filter((answer) => answer !== undefined);
  const wrong = comparable.filter(({ server, backup }) => server !== backup);
  return {
    counted: `${comparable.length} answers of RBAC`,
    differences: wrong.map(({ question: { subject, resource, action, object } }) => ({
      kind: 'ConfigMap',
      namespace,
      name: 'argocd-rbac-cm',
      problem: 'different',
      path: `can ${subject} ${action} ${resource} ${object}`,
    })),
    notes: comparable.map(
      ({ question: { subject, resource, action, object }, server }) =>
        `RBAC: ${subject} ${server ? 'may' : 'may not'} ${action} ${resource} ${object}.`,
    ),
    unproven:
      comparable.length > 0 ? [] : [`RBAC: not one of ${questions.length} questions was answered by both.`],
  };
}

function projectGroups(objects: KubeObject[]): Set<string> {
  const roles = objects
    .filter(({ kind }) => kind === 'AppProject')
    .flatMap(({ spec }) => (spec as { roles?: { groups?: string[] }[] } | undefined)?.roles ?? []);
  return new Set(roles.flatMap(({ groups }) => groups ?? []));
}

/** The answers to a question; undefined where either side does not take it, such as an action it does not know. */
async function askBoth(
  { client, restored: { argocd, exec, cluster, signal } }: Running,
  question: Question,
  policyFile: string,
  key: Buffer,
) {
  const { subject, resource, action, object } = question;
  const { kubeconfig, context } = cluster.target;
  const args = ['admin', 'settings', 'rbac', 'can', subject, action, resource, object];
  const { stdout } = await exec(
    argocd,
    [
      ...args,
      '--policy-file',
      policyFile,
      '--strict=false',
      ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
      ...(context ? ['--context', context] : []),
    ],
    { env: argocdEnv(), signal },
  );
  const said = stdout.trim().split('\n').at(-1);
  if (said !== 'Yes' && said !== 'No') return undefined;
  try {
    const server = await client.can(
      mintToken(key, { subject: `${subject}:login` }),
      resource,
      action,
      object,
    );
    return { question, server, backup: said === 'Yes' };
  } catch (error) {
    // A resource or an action that argocd-server does not know, as policies may hold for other versions.
    if (error instanceof ArgoCdApiError && error.status === 400) return undefined;
    throw error;
  }
}
