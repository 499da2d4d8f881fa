import { existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { FAILSAFE_SCHEMA, loadAll, nullYaml11Tag, YAMLException } from 'js-yaml';
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

/** Lists that may name folders as well as files. */
const OPERANDS = ['resources', 'bases', 'components'];
/**
 * Lists of configurations, in files or as YAML in the list itself, which name files in turn: the only ones that do
 * (configureExternalGenerators in kustomize's api/internal/target).
 */
const PLUGINS = ['generators', 'transformers', 'validators'];
/**
 * Fields that name files, in a kustomization and in the configuration of the transformers that kustomize has built in:
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/.
 */
const FILES = [
  ...['crds', 'configurations', 'patchesstrategicmerge', 'path', 'paths', 'files', 'env', 'envs'],
  ...['filesources', 'envsources', 'envsource', 'valuesfile', 'additionalvaluesfiles'],
];
/** Of these, those that may have a key before a path. */
const KEYED = ['files', 'filesources'];
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
    // What it names depends on whose it is: a nested folder's may be that of the folder above as well.
    const key = `${root}\0${file.real}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.addDocuments(textOf(readConfined(file, what, LIMIT), what), root, what);
  }

  private addDocuments(text: string, root: string, what: string): unknown[] {
    const documents = documentsOf(text, what);
    for (const document of documents) this.addFields(document, root, what, new Set());
    return documents;
  }

  private addFields(value: unknown, root: string, what: string, seen: Set<unknown>): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, member] of Object.entries(value)) {
      // Go's reader of JSON takes `Resources`, and even `reſources`, for `resources`.
      const field = key.toUpperCase().toLowerCase();
      if (WORDS.includes(field)) continue;
      if (PLUGINS.includes(field)) for (const entry of textsOf(member)) this.addPlugin(entry, root, what);
      if (OPERANDS.includes(field) || FILES.includes(field))
        for (const entry of textsOf(member)) this.addEntry(entry, KEYED.includes(field), root, what);
      this.addFields(member, root, what, seen);
    }
  }

  private addEntry(entry: string, keyed: boolean, root: string, what: string): void {
    if (entry === '') return;
    assertEven(entry, what);
    for (const path of new Set([entry, keyed ? entry.slice(entry.indexOf('=') + 1) : entry]))
      if (path.includes('\n')) assertNoPath(path, root, what);
      else this.addPath(path, root, what);
  }

  private addPath(path: string, root: string, what: string): void {
    const remote = remoteOf(path, what);
    if (remote) this.remotes.push(remote);
    else this.addLocal(path, root, what);
  }

  private addLocal(path: string, root: string, what: string): void {
    const local = this.localOf(path, root, what);
    if (local?.found.isDirectory()) this.addFolder(local.file.real);
  }

  /** An entry is a configuration if it can be read as one, else the path of a file of them. */
  private addPlugin(entry: string, root: string, what: string): void {
    const documents = this.addDocuments(entry, root, `${what}: ${shown(entry)}`);
    const inline = documents.some((document) => typeof document === 'object' && document !== null);
    if (inline || entry.includes('\n')) assertNoPath(entry, root, what);
    else this.addPluginFile(entry, root, what);
  }

  /** Nothing else: what a server answers, or a kustomization makes of its resources, may name any file. */
  private addPluginFile(path: string, root: string, what: string): void {
    const named = `${what}: ${shown(path)}`;
    const local = remoteOf(path, what) ? undefined : this.localOf(path, root, what);
    if (local?.found.isFile()) this.addYaml(local.file, root, named);
    else
      throw invalidInput(
        `${named} is not a file of this repository, and nothing else may configure generators, transformers and validators, as it could not be read before: name their files`,
      );
  }

  /** undefined for what is not there: that is kustomize's to tell. */
  private localOf(path: string, root: string, what: string): { file: Confined; found: Stats } | undefined {
    const named = `${what}: ${shown(path)}`;
    if (isAbsolute(path)) throw invalidInput(`${named} is an absolute path: name it from the kustomization`);
    const full = join(root, path);
    const found = foundAt(full, named);
    if (found) {
      const file = confine(full, this.bounds, named);
      assertSmall(found, named);
      return { file, found };
    }
    if (FOREIGN.test(path)) throw notHttps(path, what);
    return undefined;
  }

  private nameOf(path: string): string {
    return shown(relative(this.bounds.folder, path));
  }
}

function assertSmall(found: Stats, named: string): void {
  if (found.isDirectory()) return;
  if (!found.isFile()) throw invalidInput(`${named} is neither a file nor a folder: name one`);
  if (found.size > MANIFEST_LIMIT)
    throw invalidInput(`${named} has more than ${MANIFEST_LIMIT_TEXT}: name only what belongs to Argo CD`);
}

/** What kustomize cannot use as YAML, it tries as a path or a URL, whatever it looks like. */
function assertNoPath(text: string, root: string, what: string): void {
  if (FOREIGN.test(text)) throw notHttps(text, what);
  if (existsSync(resolve(root, text)))
    throw invalidInput(`${what}: ${shown(text)} is YAML and the name of a file at once: rename the file`);
}

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

/**
 * Line breaks to the YAML 1.1 of kustomize alone: behind one, in a comment, it would read what is not seen here. And
 * the byte order mark, which it passes over at the beginning of any line.
 */
const ODD = /[\u0085\u2028\u2029\ufeff]/;

/** Of entries too, which may have them by an escape: kustomize writes and reads its YAML more than once. */
function assertEven(text: string, what: string): void {
  if (ODD.test(text))
    throw invalidInput(
      `${what} has the character U+0085, U+2028, U+2029 or U+FEFF, which readers of YAML take differently: remove it`,
    );
}

/** @throws DrError (invalid input) for what cannot be read here: kustomize may well read it, such as unknown tags */
function documentsOf(text: string, what: string): unknown[] {
  assertEven(text, what);
  try {
    return loaded(text);
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number } };
    const place = mark ? ` at line ${mark.line + 1}` : '';
    throw invalidInput(`${what} is not YAML (${shown(reason ?? 'unreadable')}${place}): correct it`);
  }
}

/** All scalars are texts, and what merge keys (`<<`) hold is seen even where readers differ in what wins. */
const TEXTS = FAILSAFE_SCHEMA.withTags(nullYaml11Tag);

function loaded(text: string): unknown[] {
  const documents = loadAll(text, { schema: TEXTS });
  const problem = measure(documents, MANIFEST_LIMIT);
  if (problem) throw new YAMLException(problem);
  return documents;
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
