import { readdirSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';
import { invalidInput } from '../errors.js';
import { shown } from '../github/shown.js';
import { nameOfUrl } from './manifest-download.js';
import {
  type Bounds,
  type Confined,
  confine,
  MANIFEST_LIMIT,
  MANIFEST_LIMIT_TEXT,
  readConfined,
  textOf,
} from './manifest-paths.js';
import { measure } from './manifest-size.js';
import { KUBERNETES_SCHEMA } from './manifest-yaml.js';

/** What a kustomization fetches, as far as the files of its repository tell. */
export interface Remote {
  /** Without credentials, query and fragment, for messages. */
  name: string;
  /** Name and port, as a client asks a proxy for them. */
  host: string;
}

/** The names that kustomize looks for (RecognizedKustomizationFileNames in its api/konfig). */
export const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

const LIMIT = 1024 * 1024;

/**
 * Reads a kustomization, and those on this disk that it is made of, before kustomize does.
 * @param root a real path
 * @param bounds what nothing may lead out of, as real paths: kustomize itself lets a base be anywhere
 * @returns what it names over https
 * @throws DrError (invalid input) for what it names in another way, for what leads out of the folder, and for what is
 *   no file
 */
export function kustomizationSources(root: string, bounds: Bounds): Remote[] {
  const tree = new Tree(bounds);
  tree.addFolder(root);
  return tree.remotes;
}

/** Lists that may name folders as well as files, or hold YAML themselves. */
const OPERANDS = ['resources', 'bases', 'components', 'generators', 'transformers', 'validators'];
/**
 * Fields that name files, in a kustomization and in the configuration of the transformers that kustomize has built in:
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/.
 */
const FILES = [
  ...['crds', 'configurations', 'patchesstrategicmerge', 'path', 'paths', 'files', 'env', 'envs'],
  ...['filesources', 'envsources', 'envsource', 'valuesfile', 'additionalvaluesfiles'],
];
/** What others think up, and no path. */
const WORDS = ['commonlabels', 'commonannotations', 'labels', 'annotations', 'pairs', 'literals', 'options'];

class Tree {
  readonly remotes: Remote[] = [];
  readonly #seen = new Set<string>();

  constructor(private readonly bounds: Bounds) {}

  addFolder(root: string): void {
    if (this.#seen.has(root)) return;
    this.#seen.add(root);
    const names = new Set(namesIn(root, `kustomization ${this.nameOf(root)}`));
    for (const name of KUSTOMIZATIONS.filter((each) => names.has(each))) {
      const what = `kustomization ${this.nameOf(join(root, name))}`;
      this.addYaml(confine(join(root, name), this.bounds, what), root, what);
    }
  }

  private addYaml(file: Confined, root: string, what: string): void {
    if (this.#seen.has(file.real)) return;
    this.#seen.add(file.real);
    for (const document of documentsOf(readConfined(file, what, LIMIT), what))
      this.addFields(document, root, what, new Set());
  }

  private addFields(value: unknown, root: string, what: string, seen: Set<unknown>): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, member] of Object.entries(value)) {
      // Go's reader of JSON takes `Resources`, and even `reſources`, for `resources`.
      const field = key.toUpperCase().toLowerCase();
      if (WORDS.includes(field)) continue;
      const operand = OPERANDS.includes(field);
      if (operand || FILES.includes(field))
        for (const entry of textsOf(member)) this.addEntry(entry, operand, root, what);
      this.addFields(member, root, what, seen);
    }
  }

  private addEntry(entry: string, operand: boolean, root: string, what: string): void {
    const inline = operand || entry.includes('\n') ? inlineOf(entry) : [];
    for (const document of inline) this.addFields(document, root, what, new Set());
    if (inline.length > 0 || entry.includes('\n') || entry === '') return;
    // Files of generators may have a key before them.
    for (const path of new Set([entry, entry.slice(entry.indexOf('=') + 1)]))
      this.addPath(path, operand, root, what);
  }

  private addPath(path: string, operand: boolean, root: string, what: string): void {
    const remote = remoteOf(path, what);
    if (remote) this.remotes.push(remote);
    else this.addLocal(path, operand, root, what);
  }

  private addLocal(path: string, operand: boolean, root: string, what: string): void {
    const named = `${what}: ${shown(path)}`;
    if (isAbsolute(path)) throw invalidInput(`${named} is an absolute path: name it from the kustomization`);
    const full = join(root, path);
    const found = foundAt(full, named);
    // What is not there is kustomize's to tell.
    if (!found) {
      if (FOREIGN.test(path)) throw notHttps(path, what);
      return;
    }
    const confined = confine(full, this.bounds, named);
    if (found.isDirectory()) this.addFolder(confined.real);
    else this.addFile(found, confined, operand, root, named);
  }

  private addFile(found: Stats, file: Confined, operand: boolean, root: string, named: string): void {
    if (!found.isFile()) throw invalidInput(`${named} is neither a file nor a folder: name one`);
    if (found.size > MANIFEST_LIMIT)
      throw invalidInput(`${named} has more than ${MANIFEST_LIMIT_TEXT}: name only what belongs to Argo CD`);
    if (operand && found.size <= LIMIT) this.addConfiguration(file, root, named);
  }

  /** A file may configure a transformer, which names files itself. Most are manifests, and kustomize tells of bad YAML. */
  private addConfiguration(file: Confined, root: string, what: string): void {
    if (this.#seen.has(file.real)) return;
    this.#seen.add(file.real);
    for (const document of inlineOf(textOf(readConfined(file, what, LIMIT), what)))
      if (isBuiltIn(document)) this.addFields(document, root, what, new Set());
  }

  private nameOf(path: string): string {
    return shown(relative(this.bounds.folder, path));
  }
}

/** Those that `apiVersion: builtin` configures; others are plugins, which are off. */
const isBuiltIn = (value: unknown) =>
  /^builtin\b/.test(String((value as { apiVersion?: unknown } | null)?.apiVersion));

function namesIn(root: string, what: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    throw invalidInput(`${what} cannot be listed: check the permissions of the folder`, error);
  }
}

function foundAt(path: string, what: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw invalidInput(`${what} cannot be looked at: name a file or a folder`, error);
  }
}

const textsOf = (value: unknown): string[] =>
  [value].flat().filter((item): item is string => typeof item === 'string');

/** Line breaks to the YAML 1.1 of kustomize alone: behind one, in a comment, it would read what is not seen here. */
const OLD_BREAKS = /[\u0085\u2028\u2029]/;

function documentsOf(bytes: Buffer, what: string): unknown[] {
  const text = textOf(bytes, what);
  if (OLD_BREAKS.test(text))
    throw invalidInput(
      `${what} has the character U+0085, U+2028 or U+2029, which readers of YAML take differently: remove it`,
    );
  try {
    return loaded(text);
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw invalidInput(`${what} is not YAML (${shown(reason ?? 'unreadable')}${place}): correct it`);
  }
}

function loaded(text: string): unknown[] {
  const documents = loadAll(text, { schema: KUBERNETES_SCHEMA });
  const problem = measure(documents, MANIFEST_LIMIT);
  if (problem) throw new YAMLException(problem);
  return documents;
}

function inlineOf(text: string): unknown[] {
  try {
    return loaded(text).filter((value) => typeof value === 'object' && value !== null);
  } catch {
    return [];
  }
}

/** What kustomize fetches: a scheme, `git@host:`, and `github.com/` (NewRepoSpecFromURL in its api/internal/git). */
const FOREIGN = /^([a-z\d+.-]+::|[a-z][a-z\d+.-]*:\/\/|https?:|[a-z][a-z\d-]*@|github\.com[:/])/i;

function remoteOf(entry: string, what: string): Remote | undefined {
  // kustomize takes this prefix away; and what has no scheme but this host is https to it.
  const plain = entry.replace(/^git::/i, '').replace(/^github\.com\//i, 'https://$&');
  if (!/^https:\/\//i.test(plain)) {
    // A file may have a name such as `a@b.yaml`.
    if (/^([a-z][a-z\d+.-]*:\/\/|https?:|github\.com:|git@)/i.test(plain) || plain !== entry)
      throw notHttps(entry, what);
    return undefined;
  }
  const url = URL.parse(plain);
  const host = url && hostOf(url);
  if (!url || !host) throw notHttps(entry, what);
  if (/[?&](ref|version)=-/i.test(plain))
    throw invalidInput(
      `${what}: the ref of ${nameOfUrl(url.href)} begins with "-": name a branch, a tag or a commit`,
    );
  return { name: nameOfUrl(url.href), host };
}

function notHttps(entry: string, what: string) {
  const name = shown(entry.replace(/[?#].*/s, '').replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1'));
  return invalidInput(
    `${what} names ${name}, and only what is named over https is fetched, from hosts other than this machine: give an https URL, or a copy of it`,
  );
}

/** undefined for this machine itself, and for addresses that only mean something on its own network. */
function hostOf({ hostname, port }: URL): string | undefined {
  return LOCAL.test(hostname.replace(/\.$/, '')) ? undefined : `${hostname.toLowerCase()}:${port || '443'}`;
}

/** Loopback, unspecified and link-local addresses: some answer with credentials of the machine. */
const LOCAL =
  /^(localhost|.*\.localhost|0\..*|127\..*|169\.254\..*|\[::1?\]|\[::ffff:.*\]|\[fe[89ab].*\]|metadata\.google\.internal|metadata)$/i;
