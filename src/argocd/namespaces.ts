import type { Kube } from '../kube/api.js';
import { CONFIG_MAP } from '../kube/objects.js';
import { type Expression, matchesAny, type PatternOrigin } from './expressions.js';
import { matchesGlob } from './glob.js';

/** Where an Argo CD instance lives, and where else it looks for Applications and ApplicationSets. */
export interface InstanceScope {
  /** Argo CD's own namespace. */
  namespace: string;
  /** Names, globs, or regular expressions between slashes, as in argocd-cmd-params-cm. */
  applicationNamespaces: string[];
  applicationsetNamespaces: string[];
  /** Whose patterns these are; absent: the backup's. */
  patternsFrom?: PatternOrigin;
}

export const CMD_PARAMS = 'argocd-cmd-params-cm';

/**
 * Whether Argo CD handles objects of a namespace, by the rule of its util/security IsNamespaceEnabled:
 * its own namespace always, others by glob, or by regular expression where the pattern stands between slashes.
 * @throws DrError that names a pattern of which this cannot be told in reasonable time
 */
export function isEnabled(
  namespace: string,
  own: string,
  patterns: readonly string[],
  origin: PatternOrigin = 'backup',
): boolean {
  if (namespace === own) return true;
  const known = answers.get(patterns) ?? new Map<string, boolean>();
  answers.set(patterns, known);
  const answer = known.get(namespace) ?? isMatched(namespace, patterns, origin);
  known.set(namespace, answer);
  return answer;
}

/** Namespaces are few, and the objects in them many. */
const answers = new WeakMap<readonly string[], Map<string, boolean>>();

function isMatched(namespace: string, patterns: readonly string[], origin: PatternOrigin): boolean {
  if (patterns.some((pattern) => matchesGlob(pattern, namespace))) return true;
  const expressions = patterns.filter((pattern) => /^\/[\s\S]*\/$/.test(pattern)).map(fromDotNet);
  return matchesAny(expressions, namespace, origin);
}

/**
 * Asks of every namespace that holds Applications or ApplicationSets whether it is enabled, before argocd is asked: for some
 * patterns its engine, which goes back and forth as well, would never answer.
 * @throws DrError that names such a pattern
 */
export function assertTellable(
  { namespace: own, applicationNamespaces, applicationsetNamespaces, patternsFrom }: InstanceScope,
  objects: Iterable<{ namespace: string }>,
): void {
  for (const namespace of new Set(Array.from(objects, (object) => object.namespace)))
    for (const patterns of [applicationNamespaces, applicationsetNamespaces])
      isEnabled(namespace, own, patterns, patternsFrom);
}

/** How .NET writes the start and the end of a text, whatever the flags. */
const ANCHORS: Record<string, string> = {
  A: String.raw`(?:(?<![\s\S]))`,
  z: String.raw`(?:(?![\s\S]))`,
  Z: String.raw`(?:(?![\s\S]))`,
};

/**
 * A regular expression of github.com/dlclark/regexp2, Argo CD's engine, which follows .NET. An invalid one matches
 * nothing. So does what only .NET has; such a namespace shows as a difference between export and listing.
 */
function fromDotNet(pattern: string): Expression {
  const inner = pattern.slice(1, -1);
  const [, flags = '', rest = inner] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(inner) ?? [];
  const source = rest.replace(/\\([\s\S])/g, (escaped, letter) => ANCHORS[letter] ?? escaped);
  return { pattern, source, flags };
}

/** The namespaces that argocd-cmd-params-cm allows, or undefined where there is no such ConfigMap. */
export async function allowedNamespaces(
  kube: Kube,
  namespace: string,
): Promise<Omit<InstanceScope, 'namespace' | 'patternsFrom'> | undefined> {
  const configMap = await kube.find(CONFIG_MAP, namespace, CMD_PARAMS);
  if (!configMap) return undefined;
  const data = (configMap.data ?? {}) as Record<string, string>;
  return {
    applicationNamespaces: split(data['application.namespaces']),
    applicationsetNamespaces: split(data['applicationsetcontroller.namespaces']),
  };
}

/** The entries of a list as Argo CD's options and settings write it. */
export function split(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * The namespace flags of `argocd admin import` into a target, and of an export from it. Always explicit: with an
 * empty flag the command falls back to argocd-cmd-params-cm, which may be missing there. Argo CD's own namespace is
 * allowed anyway.
 */
export function namespaceFlags({ namespace, ...scope }: InstanceScope): string[] {
  const orOwn = (patterns: string[]) => (patterns.length > 0 ? patterns : [namespace]);
  return sourceNamespaceFlags({
    namespace,
    applicationNamespaces: orOwn(scope.applicationNamespaces),
    applicationsetNamespaces: orOwn(scope.applicationsetNamespaces),
  });
}

/**
 * The namespace flags of `argocd admin export` from a source. With any flag the command lists all namespaces, which
 * an account for one namespace may not do; so none is given where argocd-cmd-params-cm allows none.
 */
export function sourceNamespaceFlags({
  applicationNamespaces,
  applicationsetNamespaces,
}: InstanceScope): string[] {
  const flag = (name: string, patterns: string[]) =>
    patterns.length > 0 ? [`--${name}=${patterns.join(',')}`] : [];
  return [
    ...flag('application-namespaces', applicationNamespaces),
    ...flag('applicationset-namespaces', applicationsetNamespaces),
  ];
}
