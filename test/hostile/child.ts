/** Tries properties in a process of its own, which may hang: it writes down what it tries before it does. */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../src/errors.js';
import { PROPERTIES } from './properties.js';
import type { Bounds, Property } from './property.js';

/** What is asked of it: one property, with the corpus or with what chance makes. */
export interface Asked {
  name: string;
  bounds?: Omit<Bounds, 'onInput'>;
}

export interface Answered {
  tried: number;
  problems: string[];
}

/** The file that says what is tried at the moment. */
const [, , progress = ''] = process.argv;
const LONGEST = 2_000;

const shown = (input: unknown) =>
  typeof input === 'string' ? input : (JSON.stringify(input) ?? String(input));

function note(input: unknown): void {
  writeFileSync(progress, shown(input).slice(0, LONGEST));
}

async function tryCorpus({ corpus }: Property): Promise<Answered> {
  const problems: string[] = [];
  for (const { attacks, run } of corpus) {
    note(attacks);
    await run().catch((error) => problems.push(`${attacks}: ${messageOf(error).slice(0, LONGEST)}`));
  }
  return { tried: corpus.length, problems };
}

async function tryChance(property: Property, bounds: Omit<Bounds, 'onInput'>): Promise<Answered> {
  let tried = 0;
  const onInput = (input: unknown) => {
    tried++;
    note(input);
  };
  const problems: string[] = [];
  await property
    .fuzz({ ...bounds, onInput })
    .catch((error) => problems.push(messageOf(error).slice(0, LONGEST)));
  return { tried, problems };
}

process.on('message', async ({ name, bounds }: Asked) => {
  const property = PROPERTIES.find((one) => one.name === name)!;
  note('');
  process.send!(bounds ? await tryChance(property, bounds) : await tryCorpus(property));
});
// A parent that is gone asks for nothing more.
process.on('disconnect', () => process.exit());
