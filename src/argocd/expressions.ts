import { type Context, createContext, Script } from 'node:vm';
import { DrError, EXIT } from '../errors.js';

/** A regular expression that somebody else wrote. */
export interface Expression {
  /** As it was written. */
  pattern: string;
  /** As JavaScript reads it. */
  source: string;
  flags: string;
}

/** Who wrote a pattern: whom to tell of it, and by which exit code. */
export type PatternOrigin = 'backup' | 'source' | 'input';

const ORIGINS = {
  backup: {
    exitCode: EXIT.cannotOpen,
    where: 'of the backup',
    remedy: 'mend it in the source, and back up anew',
  },
  source: { exitCode: EXIT.infra, where: 'of the source', remedy: `mend it in argocd-cmd-params-cm` },
  input: { exitCode: EXIT.invalidInput, where: 'of the inputs', remedy: 'give another' },
} as const;

/** What one text takes is less than a millisecond, most of it for the clock. */
const ONE_TEXT_MS = 1_000;
const ALL_TEXTS_MS = 30_000;

/** Runs on this thread, and is ended by a clock on another: a step of V8's expressions asks whether it has to end. */
const TESTS = new Script(`
  expressions.some(({ source, flags }, index) => {
    at = index;
    let expression;
    try { expression = new RegExp(source, flags); } catch { return false; }
    return expression.test(text);
  })`);

interface Given {
  expressions: readonly Pick<Expression, 'source' | 'flags'>[];
  text: string;
  /** The one in work. */
  at: number;
}

/** Nothing but texts goes in, and nothing of this program can be reached from there. */
const given: Given = { expressions: [], text: '', at: 0 };
let context: Context | undefined;
let spentMs = 0;

/**
 * Whether a text matches any of the expressions; an invalid one matches nothing. JavaScript's engine goes back and forth,
 * as Argo CD's own does, and for some expressions that takes for ever.
 * @throws DrError that names the expression of which this cannot be told in reasonable time
 */
export function matchesAny(expressions: readonly Expression[], text: string, origin: PatternOrigin): boolean {
  if (expressions.length === 0) return false;
  context ??= createContext(given);
  Object.assign(given, { expressions, text, at: 0 });
  const started = performance.now();
  try {
    const timeout = Math.max(1, Math.ceil(Math.min(ONE_TEXT_MS, ALL_TEXTS_MS - spentMs)));
    return TESTS.runInContext(context, { timeout }) === true;
  } catch (error) {
    // Out of time; or, as V8 says it, too large or too deep.
    throw undecided(expressions[given.at]!.pattern, text, origin, error);
  } finally {
    spentMs += performance.now() - started;
  }
}

const LONGEST_SHOWN = 100;

function undecided(pattern: string, text: string, origin: PatternOrigin, cause: unknown): DrError {
  const { exitCode, where, remedy } = ORIGINS[origin];
  const shown = JSON.stringify(
    pattern.length > LONGEST_SHOWN ? `${pattern.slice(0, LONGEST_SHOWN)}…` : pattern,
  );
  return new DrError(
    exitCode,
    `whether namespace ${text} matches the pattern ${shown} ${where} cannot be told in reasonable time, by Argo CD neither: ${remedy}`,
    { cause },
  );
}
