import { invalidInput } from '../errors.js';
import { crossChecks, type Problem } from './cross-checks.js';
import {
  allInputs,
  type Draft,
  type Inputs,
  inputsOf,
  inputsSchema,
  keyOf,
  MODE_WORDS,
  type ModeWord,
  nameOf,
  schemaOf,
  type TeardownInputs,
} from './shape.js';

/** What was typed: text by input name, and what the reader of the command line already found wrong. */
export interface Given<M extends ModeWord = ModeWord> {
  mode: M;
  values: Readonly<Record<string, string>>;
  problems?: readonly Problem[];
}

/**
 * Typed inputs from text. Empty text counts as not given; variables stand in as the shape says.
 * @throws DrError (exit 2) with a line for every problem there is; secrets are not in it
 */
export async function parseInputs<M extends ModeWord>(
  given: Given<M>,
  env: NodeJS.ProcessEnv,
): Promise<Extract<Inputs | TeardownInputs, { mode: M }>> {
  const raw = { mode: given.mode, ...withVariables(given, env) };
  const result = inputsSchema.safeParse(raw);
  const malformed = (result.error?.issues ?? []).map(({ path, message }) => ({
    input: nameOf(String(path[0])),
    text: message,
  }));
  const draft = result.data ?? readable(given.mode, raw, malformed);
  const problems = [...(given.problems ?? []), ...malformed, ...(await crossChecks(draft as Draft, env))];
  if (!result.success || problems.length > 0) throw invalidInput(describe(problems));
  return result.data as Extract<Inputs | TeardownInputs, { mode: M }>;
}

function withVariables({ mode, values }: Given, env: NodeJS.ProcessEnv): Record<string, string> {
  const filled = inputsOf(mode).flatMap((spec) => {
    const variable = spec.env === undefined ? undefined : env[spec.env];
    // A key file given by name outranks a key that happens to be in the environment.
    const outranked = spec.name === 'identity' && Boolean(values['identity-file']?.trim());
    const value = values[spec.name]?.trim() || (outranked ? undefined : variable?.trim());
    return value ? [[keyOf(spec.name), value] as const] : [];
  });
  return Object.fromEntries(filled);
}

/** The inputs without those that cannot be read, so that the others can still be checked. */
function readable(mode: ModeWord, raw: Record<string, string>, malformed: readonly Problem[]): unknown {
  const bad = new Set(malformed.map(({ input }) => keyOf(input)));
  const schemas = Object.entries(schemaOf(mode).shape).filter(([key]) => !bad.has(key));
  return Object.fromEntries(schemas.map(([key, schema]) => [key, schema.parse(raw[key])]));
}

function describe(problems: readonly Problem[]): string {
  const lines = problems.map(({ input, text }) => `${input}: ${text}`);
  return lines.length === 1 ? lines[0]! : [`${lines.length} inputs are not valid:`, ...lines].join('\n  ');
}

/** The folder for the report of a run whose inputs are not valid: as given, else the default. */
export const reportDirOf = ({ mode, values }: Given): string =>
  values['report-dir']?.trim() || inputsOf(mode).find(({ name }) => name === 'report-dir')!.default!;

/** Takes the secrets out of the environment, once they are read: child processes do not need them. */
export function forgetSecrets(env: NodeJS.ProcessEnv): void {
  for (const { name, secret, env: variable } of allInputs(MODE_WORDS)) {
    if (!secret) continue;
    delete env[`INPUT_${name.toUpperCase()}`];
    // GITHUB_TOKEN stays: it is the user's, and a verify-command may count on it.
    if (variable?.startsWith('ARGOCD_DR_')) delete env[variable];
  }
}

/** The names of inputs that are set otherwise than by default, though the mode does not take them. */
export function foreignInputs(mode: ModeWord, values: Readonly<Record<string, string>>): string[] {
  const own = new Set(inputsOf(mode).map(({ name }) => name));
  return allInputs(MODE_WORDS)
    .filter(
      (spec) => !own.has(spec.name) && (values[spec.name] ?? '') !== '' && values[spec.name] !== spec.default,
    )
    .map(({ name }) => name);
}
