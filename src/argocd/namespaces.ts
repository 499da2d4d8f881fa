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
  const isExpression = pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/');
  if (isExpression && fromDotNet(pattern.slice(1, -1))?.test(namespace)) return true;
  return matchesGlob(pattern, namespace);
}

/** Whether a text matches a glob as Argo CD's util/glob reads it; an invalid glob matches nothing. */
export function matchesGlob(glob: string, text: string): boolean {
  return fromGlob(glob)?.test(text) ?? false;
}

function compile(source: string, flags = ''): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
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
function fromDotNet(source: string): RegExp | undefined {
  const [, flags = '', rest = source] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(source) ?? [];
  const anchored = rest.replace(/\\([\s\S])/g, (escaped, letter) => ANCHORS[letter] ?? escaped);
  return compile(anchored, flags);
}

// A run of stars, an escape, a range or list of characters, or one character by itself.
const GLOB_PIECE =
  /(?<stars>\*+)|\\(?<escaped>[\s\S]?)|\[(?<not>!|(?!!))(?:(?<range>[\s\S]-[\s\S])|(?![\s\S]-)(?<list>(?:\\[\s\S]|[^\]\\])+))\]|[\s\S]/g;

/**
 * A glob of github.com/gobwas/glob, which Argo CD compiles without separators: `*`, `?`, `[abc]`, `[a-c]`, `[!a]`,
 * `{a,b}` (a missing last brace is forgiven), and `\` before a literal. An invalid one matches nothing.
 */
function fromGlob(glob: string): RegExp | undefined {
  let depth = 0;
  let source = '';
  for (const { 0: piece, groups = {} } of glob.matchAll(GLOB_PIECE)) {
    // A bracket that begins neither a range nor a list.
    if (piece === '[') return undefined;
    source += (depth > 0 && INSIDE_BRACES[piece]) || translate(piece, groups);
    if (piece === '{') depth++;
    if (piece === '}' && depth > 0) depth--;
  }
  return compile(`^(?:${source}${')'.repeat(depth)})$`);
}

const INSIDE_BRACES: Partial<Record<string, string>> = { ',': '|', '}': ')' };
const ANYWHERE: Partial<Record<string, string>> = { '?': String.raw`[\s\S]`, '{': '(?:' };

function translate(piece: string, groups: Partial<Record<string, string>>): string {
  const { stars, escaped, not, range, list } = groups;
  if (stars !== undefined) return String.raw`[\s\S]*`;
  if (escaped !== undefined) return literal(escaped);
  if (range !== undefined) return `[${not ? '^' : ''}${literal(range[0]!)}-${literal(range[2]!)}]`;
  if (list !== undefined) return `[${not ? '^' : ''}${literal(list.replace(/\\([\s\S])/g, '$1'))}]`;
  return ANYWHERE[piece] ?? literal(piece);
}

/** Characters that stand for themselves, in a class and outside. */
const literal = (characters: string) => characters.replace(/\W/g, '\\$&');

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
