/**
 * `npm run fuzz`: hands hostile bytes to the readers within a process, and to the program as people start it. First the
 * corpus, then what chance makes of it. Ends with `N passed, N failed`.
 *
 *   --seconds N   how long it may take (300) after the readers' corpus, which is tried in any case
 *   --runs N      inputs for each property at most, instead of as many as there is time for
 *   --seed N      the same inputs again
 *   --only TEXT   properties and runs with this in their name
 *   --program F   the program to start instead of dist/index.js
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { withSteps } from './cases.js';
import { DEFAULT_SEED_LIMIT, shuffled } from './chance.js';
import { Guarded } from './guarded.js';
import { PROPERTIES } from './properties.js';
import { BUNDLE, runStep, type Step } from './steps.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * DEFAULT_SEED_LIMIT)) },
    only: { type: 'string', default: '' },
    program: { type: 'string', default: BUNDLE },
  },
});
const [seconds, runs, seed] = [values.seconds, values.runs, values.seed].map(Number) as [
  number,
  number,
  number,
];
for (const number of [seconds, runs, seed])
  if (!Number.isSafeInteger(number)) throw new Error('give whole numbers');

const total = { passed: 0, failed: 0 };
const isAsked = (name: string) => name.includes(values.only);
const asked = PROPERTIES.filter(({ name }) => isAsked(name));
const say = (line: string) => process.stdout.write(`${line}\n`);

function count(name: string, problems: readonly string[]): void {
  total[problems.length === 0 ? 'passed' : 'failed'] += 1;
  for (const problem of problems) say(`FAILED ${name}\n  ${problem.replaceAll('\n', '\n  ')}`);
}

async function tryCorpus(guarded: Guarded): Promise<void> {
  for (const { name } of asked) count(`${name}, with the corpus`, (await guarded.ask({ name })).problems);
}

/** Each property gets its share of the time until then. */
async function tryChance(guarded: Guarded, until: number): Promise<void> {
  for (const [index, { name }] of asked.entries()) {
    const ms = Math.max(500, (until - performance.now()) / (asked.length - index));
    const { tried, problems } = await guarded.ask({ name, bounds: { seed, runs, ms } });
    count(`${name}, by chance`, problems);
    say(`${name}: ${tried} inputs`);
  }
}

/** As many runs as there is time for, in an order of the seed. */
async function tryPrograms(until: number): Promise<void> {
  await withSteps(async (local, remote) => {
    const ordered = (steps: readonly Step[]) =>
      shuffled(steps, seed).filter(({ attacks }) => isAsked(attacks));
    const [some, others] = [ordered(local), ordered(remote)];
    let started = 0;
    const tryOne = async (step: Step) => {
      if (performance.now() > until) return;
      started++;
      const problem = await runStep(step, values.program).then(
        () => [],
        (error: Error) => [error.message],
      );
      count(`${step.attacks}, to the ${step.as}`, problem);
    };
    const alone = async () => {
      // The server has one state.
      for (const step of others) await tryOne(step);
    };
    await Promise.all([
      alone(),
      pMap(some, tryOne, { concurrency: Math.max(1, availableParallelism() - 1) }),
    ]);
    say(`${started} of ${some.length + others.length} runs of the program, as far as there was time`);
  });
}

say(`seed ${seed}; the same again: npm run fuzz -- --seconds ${seconds} --seed ${seed}`);
const guarded = new Guarded();
await tryCorpus(guarded);
const start = performance.now();
await tryChance(guarded, start + seconds * 500);
await guarded.close();
await tryPrograms(start + seconds * 1000);
say(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
