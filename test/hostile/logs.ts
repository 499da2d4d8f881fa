/** What is printed where a runner reads it: no line is a command, but for our own. */
import fc from 'fast-check';
import { actionsLog, annotate, fail } from '../../src/actions.js';
import { command, foreign, guardOutput, OutputGuard } from '../../src/output-guard.js';
import { renderConsole } from '../../src/report/console.js';
import { harmless, harmlessText } from '../../src/report/harmless.js';
import type { Report } from '../../src/report/report.js';
import { terminalLog } from '../../src/terminal.js';
import { text } from './arbitraries.js';
import { assert, type Property, property } from './property.js';
import { report, reportWith } from './reports-made.js';
import { linesForRunner, looksLikeCommand, obeyedCommands, parseRunnerCommand } from './runner-commands.js';
import { hostile, MARK, TEXTS } from './words.js';

function assertHarmless(printed: string): void {
  for (const line of linesForRunner(printed)) {
    assert(!parseRunnerCommand(line), 'a runner obeys a line', line);
    assert(!looksLikeCommand(line), 'a line looks like a command', line);
  }
}

/** @param own our commands, in their order; what a stranger writes is in none but as the text of one */
function assertOnlyOurs(printed: string, own: readonly string[], obeyed = obeyedCommands(printed)): void {
  const others = obeyed.filter(({ name }) => name !== 'stop-commands');
  assert(others.map(({ name }) => name).join() === own.join(), 'other commands than ours are obeyed', obeyed);
  assert(
    others.every(({ syntax }) => syntax === 'v2'),
    'a command in the first syntax is obeyed',
    obeyed,
  );
  const stops = obeyed.filter(({ name }) => name === 'stop-commands');
  assert(
    stops.every(({ data }) => /^[0-9a-f]{32}$/.test(data)),
    'commands are stopped by a stranger',
    obeyed,
  );
}

/**
 * What is obeyed, without what OutputGuard lets libraries say: a stranger's text that a library prints as it stands
 * could hide a word of the log by it, or tell the debug log something. Nothing of ours prints a stranger's text so.
 */
const obeyedButLibraries = (printed: string) =>
  obeyedCommands(printed).filter(
    ({ name, data }) => !['add-mask', 'debug'].includes(name) || data === 'ours',
  );

/** Runs something, and returns what this process would have printed, as a step of GitHub Actions. */
export const printedBy: (run: () => unknown) => Promise<string> = guarded();

function guarded() {
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = ((chunk: string | Uint8Array) =>
    (printed += Buffer.from(chunk)) !== '') as typeof write;
  guardOutput([process.stdout]);
  const watched = process.stdout.write;
  process.stdout.write = write;
  return async (run: () => unknown) => {
    printed = '';
    process.stdout.write = watched;
    try {
      await run();
      // A line that waits for its end is printed with the next one.
      process.stdout.write('\n');
    } finally {
      process.stdout.write = write;
      process.exitCode = 0;
    }
    return printed;
  };
}

/** What a run prints: pieces as they come, commands of our own between them, and what others print. */
type Act =
  | { does: 'print'; text: string; inBytes?: boolean }
  | { does: 'command' }
  | { does: 'foreign'; texts: string[] };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('print' as const), text: text(), inBytes: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('command' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('foreign' as const),
      texts: fc.array(text(), { maxLength: 5 }),
    }),
  },
);

/** A character may be cut in two. */
const inBytes = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

async function assertGuards(acts: readonly Act[]): Promise<void> {
  let printed = '';
  const output = { write: (chunk: string | Uint8Array) => (printed += Buffer.from(chunk)) !== '' };
  const guard = new OutputGuard(output);
  guard.watch(output);
  for (const one of acts) {
    if (one.does === 'print')
      for (const piece of one.inBytes ? inBytes(one.text) : [one.text]) output.write(piece);
    if (one.does === 'command') guard.command(() => output.write('::warning::ours\n'));
    if (one.does === 'foreign')
      await guard.foreign(async () => void one.texts.map((each) => output.write(each)));
  }
  guard.flush();
  assertOnlyOurs(
    printed,
    acts.filter(({ does }) => does === 'command').map(() => 'warning'),
    obeyedButLibraries(printed),
  );
}

const texts = TEXTS;
const inTwo = TEXTS.map(({ attacks, value }) =>
  hostile(`${attacks}, in two pieces`, [
    { does: 'print' as const, text: value.slice(0, Math.floor(value.length / 2)) },
    { does: 'print' as const, text: value.slice(Math.floor(value.length / 2)) },
  ]),
);
const asLines = TEXTS.map(({ attacks, value }) =>
  hostile(`${attacks}, as a line of a stranger's program`, [
    { does: 'foreign' as const, texts: [`${value}\n`, value] },
  ]),
);
const reports = TEXTS.map(({ attacks, value }) => hostile(attacks, { made: reportWith([value]), width: 80 }));

export const LOGS: readonly Property[] = [
  property('a line made harmless is no command, and making it so again changes nothing', {
    corpus: texts,
    arbitrary: text(),
    holds(line) {
      for (const made of [harmlessText(line), ...linesForRunner(line).map(harmless)]) {
        assertHarmless(made);
        assert(harmlessText(made) === made, 'it changes again', made);
      }
    },
  }),
  property('what stands before the output lets no command through, however it is cut', {
    corpus: [...inTwo, ...asLines] as { attacks: string; value: Act[] }[],
    arbitrary: fc.array(act, { maxLength: 8 }),
    holds: assertGuards,
  }),
  property('a line of the log is no command; a warning and a failure are one each', {
    corpus: texts,
    arbitrary: text(),
    async holds(line) {
      const log = actionsLog(() => 0);
      const names = async (run: () => void, own: string[]) => assertOnlyOurs(await printedBy(run), own);
      await names(() => log.info(line), []);
      await names(() => log.progress(line), []);
      await names(() => log.warn(line), ['warning']);
      await names(() => fail(line), ['error']);
    },
  }),
  property('an annotation is one command, whatever its title, file and message', {
    corpus: TEXTS.map(({ attacks, value }) =>
      hostile(attacks, [value, value, value] as [string, string, string]),
    ),
    arbitrary: fc.tuple(text(), text(), text()),
    async holds([title, file, message]) {
      const printed = await printedBy(() => annotate([{ level: 'error', title, file, line: 1, message }]));
      assertOnlyOurs(printed, ['error']);
      const [obeyed] = obeyedCommands(printed);
      const others = Object.keys(obeyed!.properties).filter(
        (key) => !['title', 'file', 'line'].includes(key),
      );
      assert(others.length === 0, 'a stranger sets properties of it', obeyed);
    },
  }),
  property('a line of the command line in a step is no command', {
    corpus: texts,
    arbitrary: text(),
    async holds(line) {
      const printed = await printedBy(() => {
        const log = terminalLog(process.stdout, () => 0);
        log.info(line);
        log.warn(line);
        log.progress(line);
      });
      assertOnlyOurs(printed, []);
      assertHarmless(printed);
    },
  }),
  property('a report printed at any width has no line that is a command, in colours or without', {
    corpus: reports,
    arbitrary: fc.record({ made: report(), width: fc.integer({ min: 1, max: 200 }) }),
    async holds({ made, width }: { made: Report; width: number }) {
      for (const color of [false, true]) {
        const shown = renderConsole(made, { color, width });
        assertHarmless(shown);
        assertOnlyOurs(await printedBy(() => process.stdout.write(`\n${shown}\n`)), []);
      }
    },
  }),
  property('what a program of somebody else prints is not obeyed, and ours is again behind it', {
    corpus: texts,
    arbitrary: text(),
    async holds(line) {
      const printed = await printedBy(async () => {
        await foreign(async () => {
          process.stdout.write(line);
          process.stdout.write(`${line}\n`);
          command(() => process.stdout.write('::add-mask::ours\n'));
          process.stdout.write(`${line}\n`);
        });
        command(() => process.stdout.write(`::warning::ours\n`));
      });
      const obeyed = obeyedButLibraries(printed);
      assertOnlyOurs(printed, ['add-mask', 'warning'], obeyed);
      assert(!obeyed.some(({ data }) => data.startsWith(MARK)), "a stranger's command is obeyed", printed);
    },
  }),
];
