import { parseArgs } from 'node:util';
import type { Problem } from './cross-checks.js';
import { allInputs, type InputSpec, inputsOf, MODE_WORDS, type ModeWord, modesOf } from './shape.js';
import { BOOLEAN_WORDS, didYouMean, quote } from './values.js';

/** What the command line asks for. */
export type Command =
  | { kind: 'help'; mode?: ModeWord }
  | { kind: 'version' }
  | { kind: 'usage'; problem: string }
  | { kind: 'run'; mode: ModeWord; values: Record<string, string>; problems: Problem[]; warnings: string[] };

type Token = NonNullable<ReturnType<typeof tokenize>>[number];

const flags = allInputs(MODE_WORDS).filter((spec) => !spec.envOnly);
const lists = new Set(flags.filter(({ kind }) => kind === 'list').map(({ name }) => name));

/** Reads the words behind the program's name. Never throws: what is wrong is in the result. */
export function parseCommandLine(argv: readonly string[]): Command {
  const tokens = tokenize(argv);
  const asked = (name: string) => tokens.some((token) => token.kind === 'option' && token.name === name);
  const word = tokens.find((token) => token.kind === 'positional')?.value;
  const mode = MODE_WORDS.find((known) => known === word);
  if (asked('version')) return { kind: 'version' };
  if (asked('help') || (word === 'help' && !mode)) return { kind: 'help', ...(mode ? { mode } : {}) };
  if (!mode) return { kind: 'usage', problem: wrongMode(word) };
  return { kind: 'run', mode, ...readFlags(mode, tokens) };
}

function tokenize(argv: readonly string[]) {
  const options = Object.fromEntries(
    flags.map(({ name, kind }) => [name, { type: kind === 'boolean' ? 'boolean' : 'string' } as const]),
  );
  return parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Why a word is not one of the modes that may be named here. */
export function wrongMode(word: string | undefined, modes: readonly ModeWord[] = MODE_WORDS): string {
  const expected = `expected one of ${modes.join(', ')}`;
  if (!word) return `the mode is missing; ${expected}`;
  return `${quote(word)} is not a mode; ${expected}.${didYouMean(word, modes)}`;
}

function readFlags(mode: ModeWord, tokens: readonly Token[]) {
  const given = new Map<string, string[]>();
  const problems: Problem[] = [];
  const rest = tokens.filter((token) => token !== tokens.find(({ kind }) => kind === 'positional'));
  for (let token = rest.shift(); token; token = rest.shift()) {
    const read = readToken(mode, token, rest);
    if ('text' in read) problems.push(read);
    else given.set(read.name, [...(given.get(read.name) ?? []), read.value]);
  }
  problems.push(...repeated(given));
  const values = Object.fromEntries([...given].map(([name, all]) => [name, all.join('\n')]));
  return { values, problems, warnings: visibleSecrets(given) };
}

type Read = Problem | { name: string; value: string };

function readToken(mode: ModeWord, token: Token, rest: Token[]): Read {
  if (token.kind === 'option') return readFlag(mode, token, rest);
  // Not shown: it may be a secret in the wrong place.
  return { input: `argument ${token.index + 1}`, text: 'is not expected; inputs are given as --name value' };
}

function readFlag(mode: ModeWord, token: Token & { kind: 'option' }, rest: Token[]): Read {
  const spec = flags.find(({ name }) => name === token.name) ?? negatedBy(token.name);
  if (!spec) {
    if (rest[0]?.kind === 'positional') rest.shift();
    return { input: token.rawName, text: `is not known.${didYouMean(token.name, ownNames(mode), '--')}` };
  }
  const negated = spec.name !== token.name;
  const boolean = negated
    ? 'false'
    : spec.kind === 'boolean' && (token.value ?? booleanBehind(rest) ?? 'true');
  if (!ownNames(mode).includes(spec.name)) {
    return { input: token.rawName, text: `belongs to mode ${modesOf(spec.name).join(', ')}` };
  }
  const value = boolean || token.value;
  const swallowed = !token.inlineValue && value?.startsWith('--');
  return value && !swallowed ? { name: spec.name, value } : { input: token.rawName, text: 'needs a value' };
}

/** The boolean that `no-…` turns off. */
const negatedBy = (name: string): InputSpec | undefined =>
  flags.find((spec) => spec.kind === 'boolean' && name === `no-${spec.name}`);

const ownNames = (mode: ModeWord): string[] =>
  inputsOf(mode)
    .filter(({ envOnly }) => !envOnly)
    .map(({ name }) => name);

/** Takes the word behind a boolean flag where it is one of `true`, `false`, `yes`, `no`: `--ha false`. */
function booleanBehind(rest: Token[]): string | undefined {
  const next = rest[0];
  if (next?.kind !== 'positional' || !BOOLEAN_WORDS.includes(next.value)) return undefined;
  rest.shift();
  return next.value;
}

function repeated(given: ReadonlyMap<string, string[]>): Problem[] {
  return [...given]
    .filter(([name, all]) => all.length > 1 && !lists.has(name))
    .map(([name, all]) => ({ input: `--${name}`, text: `is given ${all.length} times; it takes one value` }));
}

/** Arguments can be read by every user of the machine while the process runs. */
function visibleSecrets(given: ReadonlyMap<string, string[]>): string[] {
  return flags
    .filter(({ name, secret }) => secret && given.has(name))
    .map(
      ({ name, env }) =>
        `--${name} can be seen in the list of processes; the variable ${env} keeps it out of there`,
    );
}
