import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argocdEnv } from '../../argocd/environment.js';
import { policyOf } from '../../argocd/server/rbac.js';
import { type GroupResult, parseValidation } from '../../argocd/server/settings.js';
import { kubeArguments } from '../../cluster/cluster.js';
import { infraError } from '../../errors.js';
import { tail } from '../../exec.js';
import type { KubeObject } from '../../kube/objects.js';
import { createRedactor, redact } from '../../redact.js';
import { secretValues } from '../../secrets/values.js';
import { type Finding, fail, pass } from '../check.js';
import { dataOf, find, type Restored, type Running } from './prepare.js';

/**
 * Argo CD's own validation of the restored settings and RBAC policy. What is invalid in the backup's own objects as
 * well has come back as it was, and is told.
 * @param dir a private folder, for copies of the backup's settings
 */
export async function settingsFinding(running: Running, dir: string): Promise<Finding> {
  const { objects, restored } = running;
  const redactor = createRedactor(secretValues(objects));
  const clean = (text: string) => redact(text, redactor);
  const live = await validateSettings(restored, [
    '--load-cluster-settings',
    ...kubeArguments(restored.cluster.target, running.namespace),
  ]);
  const before = await validateSettings(restored, await settingsFiles(objects, dir));
  const policy = await validatePolicy(running, dir);
  const groups = [...live, ...policy.live];
  const knownBad = new Set(
    [...before, ...policy.before].filter(({ valid }) => !valid).map(({ group }) => group),
  );
  const invalid = groups.filter(({ valid }) => !valid);
  const lost = invalid.filter(({ group }) => !knownBad.has(group));
  const details = groups.map(
    ({ group, valid, text }) => `${group}: ${valid ? 'valid' : 'invalid'}${text ? ` (${clean(text)})` : ''}`,
  );
  const names = groups.map(({ group }) => group).join(', ');
  if (lost.length > 0)
    return fail(
      `argocd finds invalid what was valid in the backup: ${lost.map(({ group, text }) => `${group} (${clean(text)})`).join('; ')}.`,
      [],
      details,
    );
  const carried = invalid.map(({ group }) => group).join(', ');
  return pass(
    carried
      ? `validated by argocd: ${names}; invalid in the backup as well, and restored as they were: ${carried}.`
      : `argocd finds valid: ${names}.`,
    details,
  );
}

async function validateSettings({ argocd, exec, signal }: Restored, where: string[]): Promise<GroupResult[]> {
  const { code, stdout, stderr } = await exec(argocd, ['admin', 'settings', 'validate', ...where], {
    env: argocdEnv(),
    signal,
  });
  const groups = parseValidation(stdout);
  if (code === 0 && groups.length > 0) return groups;
  throw infraError(
    `argocd admin settings validate ended with exit code ${code} and says nothing of any group: ${tail(stderr, 2)}`,
  );
}

async function settingsFiles(objects: KubeObject[], dir: string): Promise<string[]> {
  const flags: string[] = [];
  const files = [
    ['ConfigMap', 'argocd-cm', '--argocd-cm-path'],
    ['Secret', 'argocd-secret', '--argocd-secret-path'],
  ] as const;
  for (const [kind, name, flag] of files) {
    const path = join(dir, `${name}.json`);
    // Argo CD takes one that is not there for an empty one. JSON is YAML.
    const object = find(objects, kind, name) ?? { apiVersion: 'v1', kind, metadata: { name }, data: {} };
    await writeFile(path, JSON.stringify(object), { mode: 0o600 });
    flags.push(flag, path);
  }
  return flags;
}

/** An empty policy is valid, though `argocd admin settings rbac validate` ends with an error on one. */
async function validatePolicy({ objects, restored, namespace }: Running, dir: string) {
  const configMap = find(objects, 'ConfigMap', 'argocd-rbac-cm');
  if (policyOf(dataOf(configMap)) === '') return { live: [], before: [] };
  const path = join(dir, 'argocd-rbac-cm.json');
  await writeFile(path, JSON.stringify(configMap), { mode: 0o600 });
  const validate = async (where: string[]): Promise<GroupResult[]> => {
    const { code, stdout, stderr } = await restored.exec(
      restored.argocd,
      ['admin', 'settings', 'rbac', 'validate', ...where],
      { env: argocdEnv(), signal: restored.signal },
    );
    return [{ group: 'rbac', valid: code === 0, text: code === 0 ? '' : tail(stdout.trim() || stderr, 1) }];
  };
  const { kubeconfig, context } = restored.cluster.target;
  return {
    live: await validate(kubeArguments(restored.cluster.target, namespace)),
    before: await validate([
      '--policy-file',
      path,
      ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
      ...(context ? ['--context', context] : []),
    ]),
  };
}
