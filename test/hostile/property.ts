import fc from 'fast-check';
import { DrError, EXIT } from '../../src/errors.js';
import type { Hostile } from './words.js';

/** Something that holds for whatever a stranger hands in: for the corpus, and for what chance makes. */
export interface Property {
  name: string;
  corpus: { attacks: string; run(): Promise<void> }[];
  /** Rejects with the smallest input that breaks it. */
  fuzz(bounds: Bounds): Promise<void>;
}

export interface Bounds {
  seed: number;
  runs: number;
  ms: number;
  /** Told of each input before it is tried. */
  onInput?(input: unknown): void;
}

export function property<T>(
  name: string,
  {
    corpus,
    arbitrary,
    holds,
  }: { corpus: readonly Hostile<T>[]; arbitrary: fc.Arbitrary<T>; holds: (input: T) => unknown },
): Property {
  return {
    name,
    corpus: corpus.map(({ attacks, value }) => ({ attacks, run: async () => void (await holds(value)) })),
    async fuzz({ seed, runs, ms, onInput }) {
      const tried = fc.asyncProperty(arbitrary, async (input) => {
        onInput?.(input);
        await holds(input);
      });
      await fc.assert(tried, { seed, numRuns: runs, interruptAfterTimeLimit: ms });
    },
  };
}

const CODES = new Set<number>(Object.values(EXIT).filter((code) => code !== EXIT.unexpected));

/** Runs what may refuse its input: by an error for users, with an exit code that has a meaning, and no other way. */
export async function refusedAtMost<T>(run: () => Promise<T> | T): Promise<T | DrError> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DrError && CODES.has(error.exitCode)) return error;
    throw new Error(`ends in an unexpected error: ${String(error).slice(0, 300)}`, { cause: error });
  }
}

/** @throws Error with what is wrong, and the text it is wrong in */
export function assert(holds: boolean, what: string, shown?: unknown): asserts holds {
  if (!holds) throw new Error(shown === undefined ? what : `${what}: ${JSON.stringify(shown).slice(0, 600)}`);
}
