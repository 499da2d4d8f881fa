import picomatch from 'picomatch';
import type { Kube } from '../kube/api.js';
import { CONFIG_MAP } from '../kube/objects.js';

/** Where an Argo CD instance lives, and where else it looks for Applications and ApplicationSets. */
export interface InstanceScope {
  /** Argo CD's own namespace. */
  namespace: string;
  /** Names, globs, or regular expressions between slashes, as in argocd-cmd-params-cm. */
  applicationNamespaces: string[];
  applicationsetNamespaces: string[];
}

export const CMD_PARAMS = 'argocd-cmd-params-cm';

/**
 * Whether Argo CD handles objects of a namespace, by the rule of its util/security IsNamespaceEnabled:
 * its own namespace always, others by glob, or by regular expression where the pattern stands between slashes.
 */
export function isEnabled(namespace: string, own: string, patterns: readonly string[]): boolean {
  return namespace === own || patterns.some((pattern) => matches(pattern, namespace));
}

function matches(pattern: string, namespace: string): boolean {
  if (pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/'))
    return safeRegExp(pattern.slice(1, -1))?.test(namespace) ?? false;
  return picomatch(pattern, { dot: true, nonegate: true, noextglob: true })(namespace);
}

function safeRegExp(source: string): RegExp | undefined {
  try {
    return new RegExp(source);
  } catch {
    return undefined;
  }
}

/** The namespaces that argocd-cmd-params-cm allows, or undefined where there is no such ConfigMap. */
export async function allowedNamespaces(
  kube: Kube,
  namespace: string,
): Promise<Omit<InstanceScope, 'namespace'> | undefined> {
  const configMap = await kube.find(CONFIG_MAP, namespace, CMD_PARAMS);
  if (!configMap) return undefined;
  const data = (configMap.data ?? {}) as Record<string, string>;
  return {
    applicationNamespaces: split(data['application.namespaces']),
    applicationsetNamespaces: split(data['applicationsetcontroller.namespaces']),
  };
}

function split(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * The namespace flags of `argocd admin export` and `import`. Always explicit: with an empty flag the command
 * falls back to argocd-cmd-params-cm, which may be missing. Argo CD's own namespace is allowed anyway.
 */
export function namespaceFlags({ namespace, ...scope }: InstanceScope): string[] {
  const value = (patterns: string[]) => (patterns.length > 0 ? patterns : [namespace]).join(',');
  return [
    `--application-namespaces=${value(scope.applicationNamespaces)}`,
    `--applicationset-namespaces=${value(scope.applicationsetNamespaces)}`,
  ];
}
