import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const SRC = join(import.meta.dirname, '..', 'src');

/** Read by nobody but who wrote it, or only of texts that have been found to be well-formed before. */
const SPARED: Readonly<Record<string, string>> = {
  'redact.ts /=+$/': 'our own base64',
  'demo/plan.ts /-+$/': 'names that this program makes',
  'github/api.ts /\\/+$/': "the runner's own variable",
  'kube/json.ts /"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|(?<![\\d.eE+-])-?\\d{16,}(?![\\d.eE])/g':
    'valid JSON, whose texts end',
  'argocd/server/expose.ts /(\\d+):(\\d+)(?:\\/tcp)?$/i': 'an input',
  'cluster/kind/mirrors.ts /\\/+$/': 'an input',
  'secrets/names.ts /\\d+$/': 'what LONGEST_NAME has let through',
};

/** Ends at the first bracket that nothing closes. */
const GLOB = 'argocd/glob.ts ';

const literals = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => literalsOf(file));

function literalsOf(file: string): { name: string; source: string; flags: string }[] {
  const found: { name: string; source: string; flags: string }[] = [];
  const text = readFileSync(join(SRC, file), 'utf8');
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const [source, flags] = [node.text.slice(1, end), node.text.slice(end + 1)];
      found.push({ name: `${file} ${node.text}`, source, flags });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found.filter(({ source }) => /[*+]|\{\d+,/.test(source));
}

/** Texts that make an expression begin again and again, from the letters that it knows. */
function attacks(source: string): [start: string, again: string][] {
  const plain = source.replace(/\\[wdsSWDbBpPu]/g, '').replace(/\(\?(?::|<?[=!]|<\w+>)/g, '');
  const words = plain
    .split('|')
    .map((word) => word.replace(/[\\^$()?*+[\]{}]/g, ''))
    .filter((word) => word.length > 0 && word.length < 40);
  const chars = [...new Set([...plain, ...'aA0 \n\t-./"\\@:=_#${,'])];
  const pairs = chars.flatMap((char) => [...'a "\\'].map((other) => char + other));
  const starts = [...new Set(['', '"', 'a', '$', ...words])];
  return starts.flatMap((start) =>
    [...chars, ...pairs, ...words].map((again): [string, string] => [start, again]),
  );
}

const SCRIPT = new Script(
  'var tried = new RegExp(source, flags); flags.includes("g") ? text.replace(tried, "") : tried.exec(text);',
);
const context = createContext({ source: '', flags: '', text: '' });

/** How long an expression takes for a text of so many characters. */
function msOf(
  { source, flags }: { source: string; flags: string },
  [start, again]: [string, string],
  size: number,
) {
  // What ends it is in no expression.
  const text = `${start}${again.repeat(Math.ceil(size / again.length))}\u0001`;
  Object.assign(context, { source, flags, text });
  const begun = performance.now();
  try {
    SCRIPT.runInContext(context, { timeout: 2_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
  }
  return performance.now() - begun;
}

const SMALL = 4_000;
/** At the small size a linear expression takes some hundredths of a millisecond; what is squared, sixty times as long. */
const SUSPICIOUS_MS = 6;

/** Eight times the text may take eight times as long, with room for a machine that is busy; not 64 times. */
function isSuperlinear(literal: { source: string; flags: string }): boolean {
  return attacks(literal.source).some((attack) => {
    const small = () => msOf(literal, attack, SMALL);
    if (small() < SUSPICIOUS_MS) return false;
    const times = [1, 2, 3].map(() => [small(), msOf(literal, attack, 8 * SMALL)] as const);
    const best = (at: 0 | 1) => Math.min(...times.map((pair) => pair[at]));
    return best(0) >= SUSPICIOUS_MS && best(1) > 20 * best(0);
  });
}

test('no expression over what others wrote takes more than twice as long for twice as much', () => {
  expect(literals.length).toBeGreaterThan(100);
  const slow = literals.filter(
    (each) => !(each.name in SPARED) && !each.name.startsWith(GLOB) && isSuperlinear(each),
  );
  expect(slow.map(({ name }) => name)).toEqual([]);
}, 600_000);
