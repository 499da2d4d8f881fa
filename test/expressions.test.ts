import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { analyse } from 'scslre';
import ts from 'typescript';

const SRC = join(import.meta.dirname, '..', 'src');

/** Read by nobody but who wrote it, or such that the rest of a line always matches: each with its reason. */
const SPARED: Readonly<Record<string, string>> = {
  'redact.ts /=+$/': 'our own base64',
  'demo/plan.ts /-+$/': 'names that this program makes',
  'github/api.ts /\\/+$/': "the runner's own variable",
  'github/comment-body.ts /^ {0,3}(`{3,}|~{3,})(.*)$/gm': 'the rest of a line always matches',
  'argocd/server/expose.ts /(\\d+):(\\d+)(?:\\/tcp)?$/i': 'an input',
  'cluster/kind/create.ts /^ ([•✓✗]) (.+?)[^\\w)]*$/u': "kind's own lines",
  'cluster/kind/failures.ts /command "(\\S+ \\S+)[^\\n]*" failed with error/g': "kind's own lines",
  'cluster/kind/mirrors.ts /\\/+$/': 'an input',
  'secrets/names.ts /\\d+$/': 'what LONGEST_NAME has let through',
};

/** Ends at the first bracket that nothing closes: it is passed over once. */
const GLOB = 'argocd/glob.ts ';

const isSlow = ({ source, flags }: Literal) => analyse({ source, flags }).reports.length > 0;

interface Literal {
  name: string;
  source: string;
  flags: string;
}

const literals = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => literalsOf(file));

function literalsOf(file: string): Literal[] {
  const found: Literal[] = [];
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

test('no expression over what others wrote takes more than twice as long for twice as much', () => {
  expect(literals.length).toBeGreaterThan(100);
  const judged = literals.filter(({ name }) => !(name in SPARED) && !name.startsWith(GLOB));
  const slow = judged.filter(isSlow);
  expect(slow.map(({ name }) => name)).toEqual([]);
});

test('none is spared that is gone, or takes no longer', () => {
  const slow = literals.filter(isSlow);
  expect(Object.keys(SPARED).filter((name) => !slow.some((each) => each.name === name))).toEqual([]);
});

test.each(['(a+)+$', String.raw`\s*[:"].*$`, String.raw`^https?:\/\/[^/]*@|^[a-z][^/@]*:[^/]*@`])(
  'one that backtracks is seen: %s',
  (source) => expect(analyse({ source, flags: '' }).reports).not.toEqual([]),
);
