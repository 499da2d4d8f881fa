/** YAML that a stranger may hand in: manifests of a pull request, a kustomization, a document in a sealed backup. */
import { type Hostile, hostile, MARK, SECRET } from './words.js';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\n';
const secret = Buffer.from(SECRET).toString('base64');

/** Each alias names the one before it ten times. */
const laughs = (levels: number) =>
  Array.from({ length: levels }, (_, level) =>
    level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`,
  ).join('\n');

export const DOCUMENTS: readonly Hostile<string>[] = [
  hostile('aliases that grow tenfold nine times', `${HEAD}data:\n${laughs(9).replace(/^/gm, '  ')}\n`),
  hostile('an alias of itself', `${HEAD}data: &a\n  a: *a\n`),
  hostile('a merge of what merges itself', `${HEAD}data: &a\n  <<: *a\n`),
  hostile('brackets 20,000 deep', `${HEAD}data: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`),
  hostile(
    'mappings 2,000 deep',
    `${HEAD}data:\n${Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i + 1)}a:`).join('\n')}\n`,
  ),
  hostile('lists 20,000 deep in one line', `${HEAD}data:\n  ${'- '.repeat(20_000)}a\n`),
  hostile(
    'Lists in Lists, 3,000 deep',
    `${'{"apiVersion":"v1","kind":"List","items":['.repeat(3_000)}${']}'.repeat(3_000)}`,
  ),
  hostile(
    'Lists in Lists, 80 deep',
    `${'{"apiVersion":"v1","kind":"List","items":['.repeat(80)}${']}'.repeat(80)}`,
  ),
  hostile('a key twice', `${HEAD}data:\n  a: x\n  a: y\n`),
  hostile(
    '__proto__ as a key',
    `${HEAD}__proto__:\n  polluted: yes\ndata:\n  __proto__: x\n  constructor: y\n`,
  ),
  hostile('a key that is a list', `${HEAD}data:\n  ? [a, b]\n  : c\n`),
  hostile('a tag of JavaScript', `${HEAD}data: !!js/function 'function () { return 1 }'\n`),
  hostile('a tag of another language', `${HEAD}data: !ruby/object:Gem::Installer {}\n`),
  hostile('a tag whose name is a secret', `${HEAD}data: !<\t${SECRET}> x\n`),
  hostile('a handle of tags that is a secret', `${HEAD}data: !${SECRET}!x y\n`),
  hostile('a directive whose value is a secret', `%TAG !a! ${SECRET}\n%TAG !a! ${SECRET}\n---\n${HEAD}`),
  hostile('an alias whose name is a secret', `${HEAD}data: *${SECRET}\n`),
  hostile('binary', `${HEAD}data: !!binary ${secret}\n`),
  hostile('a directive', `%YAML 1.1\n---\n${HEAD}`),
  hostile('a separator with more behind it', `--- &a\n${HEAD}`),
  hostile('the end of a document within', `${HEAD}data:\n  a: |\n    x\n...\n${HEAD}`),
  hostile('line ends of YAML 1.1', `${HEAD}data:\n  a: "x\u2028y\u0085z\u2029"\n`),
  hostile('a byte order mark in the middle', `\uFEFF${HEAD}---\n\uFEFF${HEAD}`),
  hostile('a name that leads out of a URL', HEAD.replace('argocd-cm', '../../secrets/x')),
  hostile('a name that is a command', HEAD.replace('argocd-cm', JSON.stringify(`##[error]${MARK}`))),
  hostile('a name behind a line end', HEAD.replace('argocd-cm', JSON.stringify(`a\n::error::${MARK}`))),
  hostile('a kind that is a command', HEAD.replace('ConfigMap', `'##[stop-commands]${MARK}'`)),
  hostile('a namespace that is an object', `${HEAD}  namespace:\n    a: b\n`),
  hostile('metadata that is null', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n'),
  hostile('names that are numbers', 'apiVersion: 1\nkind: 2\nmetadata:\n  name: 3\n'),
  hostile('annotations that are no strings', `${HEAD}  annotations:\n    helm.sh/hook:\n      a: b\n`),
  hostile(
    'a Secret with a syntax error behind it',
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  p: ${secret}\nstringData:\n  q: "${SECRET}\n`,
  ),
  hostile(
    'a Secret and a tab',
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n\tp: ${SECRET}\n`,
  ),
  hostile('a number that no reader holds', `${HEAD}data:\n  a: ${'9'.repeat(5_000)}\n`),
  hostile('a number in base 16 of 20,000 digits', `${HEAD}data:\n  a: 0x${'f'.repeat(20_000)}\n`),
  hostile('a number full of underscores', `${HEAD}data:\n  a: 1${'_'.repeat(20_000)}\n`),
  hostile('400,000 spaces in a line', `${HEAD}data:\n  a${' '.repeat(400_000)}b\n`),
  hostile('100,000 spaces before a comment', `${HEAD}data: x${' '.repeat(100_000)}y #\n`),
  hostile('100,000 empty documents', '---\n'.repeat(100_000)),
  hostile('100,000 lines that are alike', `${HEAD}data:\n${'  a: |\n'.repeat(20_000)}`),
  hostile('half of a surrogate pair in an escape', `${HEAD}data:\n  a: "\\ud800"\n`),
  hostile('a null character', `${HEAD}data:\n  a: "x\u0000y"\n`),
  hostile('no YAML at all', '\u0000\u0001\u0002 {{ .Values.x }} %'),
  hostile('a template', `${HEAD}data:\n  a: {{ .Values.x }}\n`),
  hostile('nothing', ''),
];

export const KUSTOMIZATIONS: readonly Hostile<string>[] = [
  hostile('resources out of the folder', 'resources:\n- ../../../../../etc\n- /etc/passwd\n'),
  hostile(
    'a resource that is a program of git',
    'resources:\n- ext::sh -c "touch pwned"\n- git::http://169.254.169.254/a\n',
  ),
  hostile('resources that are no strings', 'resources:\n- a: b\n- 1\n- null\n'),
  hostile('a folder that is its own base', 'resources:\n- .\n- ./\n- ../base\n'),
  hostile('a patch whose every line is alike', `patches:\n- patch: |\n${'    a\n'.repeat(20_000)}`),
  hostile(
    'a patch of a path 10,000 deep',
    `patches:\n- target: {kind: A, name: b}\n  patch: |\n    - op: add\n      path: ${'/a'.repeat(10_000)}\n`,
  ),
  hostile('replicas without a name', 'replicas:\n- count: 1\n- name:\n    a: b\n'),
  ...DOCUMENTS,
];
