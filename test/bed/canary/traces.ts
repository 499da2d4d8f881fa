import yauzl from 'yauzl';
import type { Job, Step, StepEnd } from '../action.js';
import type { Asked, BedArtifact, GitHubBed } from '../github/server.js';
import { contentsOf } from './watch.js';

/** A text that a run leaves behind, and what it is. */
export type Trace = readonly [what: string, text: string];

/** All that a step leaves where others may read it: what it printed, told the runner, sent to GitHub and left on the disk. */
export async function tracesOf(job: Job, end: StepEnd, printed: string, github: Since): Promise<Trace[]> {
  const { outputs, state, summary } = end;
  const log = withoutMasks(printed);
  const values = (record: Record<string, string>) => Object.entries(record).flat().join('\n');
  return [
    ['the log', log],
    ['the log, commands read', unescaped(log)],
    ['the outputs', values(outputs)],
    ['the state', values(state)],
    ['the summary', summary],
    ...named('the temporary folder', contentsOf(job.temp)),
    ...named('the workspace', contentsOf(job.workspace)),
    ...named(
      'a request to GitHub',
      github.asked.map(({ line, body }): Trace => [line, `${line}\n${body}`]),
    ),
    ...named('an artifact', (await Promise.all(github.artifacts.map(entriesOf))).flat()),
  ];
}

const named = (where: string, traces: Iterable<Trace>): Trace[] =>
  [...traces].map(([what, text]) => [`${where}: ${what}`, text]);

/** What GitHub was sent by one step. */
export interface Since {
  asked: Asked[];
  artifacts: BedArtifact[];
}

/** @returns what GitHub has been sent since this was called */
export function since({ asked, artifacts }: GitHubBed): () => Since {
  const [requests, uploads] = [asked.length, artifacts.length];
  return () => ({ asked: asked.slice(requests), artifacts: artifacts.slice(uploads) });
}

async function entriesOf({ name, zip }: BedArtifact): Promise<Trace[]> {
  if (!zip) return [];
  const file = await yauzl.fromBufferPromise(zip);
  const traces: Trace[] = [];
  for await (const entry of file.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    traces.push([`${name}/${entry.fileName}`, `${entry.fileName}\n${Buffer.concat(chunks)}`]);
  }
  return traces;
}

/** The values of commands as the runner reads them: @actions/core escapes these three characters in them. */
const unescaped = (text: string) =>
  text.replace(/%(25|0D|0A)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const MASK = '::add-mask::';

/** What of the printed is shown: all but the commands that mask. */
const withoutMasks = (printed: string) =>
  printed
    .split('\n')
    .filter((line) => !line.startsWith(MASK))
    .join('\n');

/** What was masked before a line that matches was printed. */
export function maskedBefore(step: Pick<Step, 'printed'>, line: RegExp): Set<string> {
  const masked = new Set<string>();
  for (const printed of step.printed().split('\n')) {
    if (printed.startsWith(MASK)) masked.add(unescaped(printed.slice(MASK.length)));
    else if (line.test(printed)) return masked;
  }
  throw new Error(`no line matches ${line}: ${withoutMasks(step.printed())}`);
}
