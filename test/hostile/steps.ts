/** The program as people start it, with each hostile thing in its hands: as a step that uses the action, and by command. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../src/errors.js';
import { OUTPUTS } from '../../src/outputs.js';
import { VERDICTS } from '../../src/report/report.js';
import { assert } from './property.js';
import { assertPlain } from './reports.js';
import { linesForRunner, looksLikeCommand, obeyedCommands, parseRunnerCommand } from './runner-commands.js';
import { MARK, SECRET } from './words.js';

/** What users start: the bundle. */
export const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'index.js');

/** What a run is given: a mode and its inputs, and what else it finds in its environment. */
export interface Given {
  mode: string;
  values: Record<string, string>;
  env?: Record<string, string>;
}

/** One run: prepares files in a folder, and says what is given. */
export interface Step {
  attacks: string;
  as: 'action' | 'command';
  prepare(dir: string): Promise<Given> | Given;
}

/** A program that does not end in this time hangs; none of these inputs makes a cluster. */
const HANGS_MS = 90_000;

interface Ended {
  code: number | string;
  printed: string[];
}

/** Where a run takes place: an empty machine of its own, as far as folders go. */
function machine(dir: string) {
  const path = (name: string) => join(dir, name);
  for (const folder of ['work', 'temp', 'home']) mkdirSync(path(folder));
  for (const file of ['output', 'state', 'summary']) writeFileSync(path(file), '');
  const env = {
    PATH: process.env.PATH,
    HOME: path('home'),
    TMPDIR: path('temp'),
    RUNNER_TEMP: path('temp'),
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: path('work'),
    GITHUB_OUTPUT: path('output'),
    GITHUB_STATE: path('state'),
    GITHUB_STEP_SUMMARY: path('summary'),
  };
  return { env, path };
}

function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    return chunks;
  });
  const guard = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
  return new Promise((resolve) =>
    child.once('close', (code, signal) => {
      clearTimeout(guard);
      resolve({
        code: code ?? String(signal),
        printed: printed.map((chunks) => Buffer.concat(chunks).toString()),
      });
    }),
  );
}

/** Runs one, and the post step behind the action. @throws Error for what must not be */
export async function runStep({ as, prepare }: Step, program = BUNDLE): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hostile-step-'));
  try {
    const { env, path } = machine(dir);
    const given = await prepare(path('work'));
    const { args, env: own } = as === 'action' ? asAction(given) : asCommand(given);
    const start = (more: Record<string, string>) =>
      run([program, ...args], path('work'), { ...env, ...given.env, ...own, ...more });
    assertEnd(await start({}), as);
    if (as === 'action') assertPost(await start(stateOf(path('state'))));
    assertOutputs(path('output'), as);
    assertPlain(readFileSync(path('summary'), 'utf8'));
    assertNothingLeft(path('temp'));
    assertNoSecretIn([path('output'), path('summary'), ...filesIn(join(path('work'), 'argocd-dr-report'))]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function asAction({ mode, values }: Given) {
  const inputs = Object.entries({ mode, ...values }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return { args: [], env: Object.fromEntries(inputs) as Record<string, string> };
}

function asCommand({ mode, values }: Given) {
  return { args: [mode, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)], env: {} };
}

const CODES = Object.values(EXIT).filter((code) => code !== EXIT.unexpected);

function assertEnd({ code, printed }: Ended, as: Step['as']): void {
  assert(
    CODES.some((known) => known === code),
    `ends with ${code}`,
    printed.join('').slice(-500),
  );
  for (const stream of printed) {
    assertLog(stream, OURS[as]);
    assert(!shownOf(stream).includes(SECRET), 'a secret is shown', stream.slice(-500));
  }
}

function assertPost({ code, printed }: Ended): void {
  assert(code === 0, `the post step ends with ${code}`, printed.join(''));
  for (const stream of printed) assertLog(stream, OURS.action);
}

/** The commands that each says to a runner. */
const OURS = {
  action: ['add-mask', 'debug', 'error', 'notice', 'stop-commands', 'warning'],
  command: ['add-mask', 'debug', 'stop-commands'],
};

function assertLog(stream: string, own: readonly string[]): void {
  for (const one of obeyedCommands(stream)) {
    const { syntax, name, properties, data } = one;
    assert(syntax === 'v2' && own.includes(name), 'a command that is not ours is obeyed', one);
    assert(
      !data.startsWith(MARK) && !Object.values(properties).includes(MARK),
      "a stranger's command is obeyed",
      one,
    );
  }
  for (const line of linesForRunner(stream))
    assert(
      !looksLikeCommand(line) || line.startsWith('::'),
      'a line looks like a command',
      line.slice(0, 300),
    );
}

/** What a reader of the log sees: commands are not shown, masked values are stars. */
function shownOf(stream: string): string {
  const masks = obeyedCommands(stream).flatMap(({ name, data }) =>
    name === 'add-mask' && data.trim() !== '' ? [data] : [],
  );
  const shown = linesForRunner(stream)
    .filter((line) => parseRunnerCommand(line)?.name !== 'add-mask')
    .join('\n');
  return masks.reduce((text, mask) => text.replaceAll(mask, '***'), shown);
}

/** What the main step leaves for the post step, as the runner hands it on. */
const stateOf = (file: string): Record<string, string> =>
  Object.fromEntries(fileCommands(file).map(([name, value]) => [`STATE_${name}`, value]));

/** A file of commands as the runner reads it: `name=value`, or `name<<delimiter`, lines, `delimiter`. */
function fileCommands(file: string): [string, string][] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const found: [string, string][] = [];
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, sign, rest] = /^([^=<]*(?:<(?!<)[^=<]*)*)(=|<<)(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const value = sign === '=' ? [rest!] : lines.splice(0, lines.indexOf(rest!) + 1).slice(0, -1);
    found.push([name, value.join('\n')]);
  }
  return found;
}

/** On the command line there is no verdict where there is no mode. */
function assertOutputs(file: string, as: Step['as']): void {
  const outputs = fileCommands(file);
  const others = outputs.filter(([name]) => !(name in OUTPUTS));
  assert(others.length === 0, 'an output that is not ours', others);
  const verdicts = outputs.filter(([name]) => name === 'verdict').map(([, value]) => value);
  const known = verdicts.filter((verdict) => VERDICTS.some((one) => one === verdict));
  const least = as === 'action' ? 1 : 0;
  assert(known.length === verdicts.length && [least, 1].includes(known.length), 'not one verdict', verdicts);
}

function assertNothingLeft(temp: string): void {
  const left = readdirSync(temp, { recursive: true });
  assert(left.length === 0, 'something is left behind', left);
}

const filesIn = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

function assertNoSecretIn(files: readonly string[]): void {
  for (const file of files) assert(!readFileSync(file).includes(SECRET), 'a secret is in a file', file);
}
