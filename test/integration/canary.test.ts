import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { ControlPlane } from '../../src/cluster/control-plane.js';
import { isHidable } from '../../src/redact.js';
import type { Check } from '../../src/report/report.js';
import { type Job, type Step, type StepEnd, startJob, startStep } from '../bed/action.js';
import { argocdWith } from '../bed/argocd-with.js';
import { bed, startSource, tempDir } from '../bed/bed.js';
import { base64Within, formsOf, Needles } from '../bed/canary/forms.js';
import { type Canary, isQuotable, plant, planted } from '../bed/canary/plant.js';
import { quotes } from '../bed/canary/quotes.js';
import { resealed } from '../bed/canary/reseal.js';
import { MARK } from '../bed/canary/shapes.js';
import { maskedBefore, since, type Trace, tracesOf } from '../bed/canary/traces.js';
import { contentsOf, type Seen, watch } from '../bed/canary/watch.js';
import { type GitHubBed, startGitHub } from '../bed/github/server.js';

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'index.js');
const TOKEN = `ghs_${MARK}token`;

let github: GitHubBed;
let job: Job;
let canaries: Canary[];
let needles: Needles;
let said: ReturnType<typeof quotes>;
let identity: string;
let otherIdentity: string;
let plane: ControlPlane;
let source: Record<string, string>;

beforeAll(async () => {
  [identity, otherIdentity] = await Promise.all([generateIdentity(), generateIdentity()]);
  github = await startGitHub();
  job = startJob(github.env);
  // Where programs put what they do not tell the runner of.
  const TMPDIR = join(job.temp, 'tmp');
  mkdirSync(TMPDIR);
  Object.assign(job.env, { TMPDIR, RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true' });
  plane = (await startSource(10)).plane;
  canaries = await plant(plane.kube);
  needles = needlesFor(canaries);
  said = quotes(canaries.filter(isQuotable), canaries.find(({ shape }) => shape === 'one long line')!);
  source = { kubeconfig: plane.target.kubeconfig!, recipients: await identityToRecipient(identity) };
}, 120_000);
afterAll(async () => {
  await bed.close();
  await github.close();
});

function needlesFor(planted: Canary[]): Needles {
  const cores = planted.flatMap(({ what, cores }) => cores.map((core) => [what, core] as const));
  const inputs = [identity, otherIdentity].filter(Boolean).map((key) => ['the key', key] as const);
  return new Needles([['a part of a value', MARK], ...cores, ...inputs]);
}

/** Texts that were searched before: files of earlier steps are still there. */
const clean = new Set<string>();

function find(traces: Iterable<Trace>): string[] {
  const found: string[] = [];
  for (const [where, text] of traces) {
    const hits = clean.has(text) ? [] : needles.find(text);
    const told = hits.map(({ what, form, around }) => `${what} in ${where} as ${form}: ${around}`);
    found.push(...told.map((line) => JSON.stringify(line)));
    if (hits.length === 0) clean.add(text);
  }
  return shown(found);
}

/** Enough to see what is wrong: a leak has thousands. */
const shown = (found: string[]) => found.slice(0, 12);

const MARKS = formsOf(MARK).map(([, spelling]) => spelling);
const isPlaintext = (text: string) => MARKS.some((mark) => text.includes(mark));

interface Run {
  step: Step;
  end: StepEnd;
  after: StepEnd;
  traces: Trace[];
  seen: Seen;
}

/** Runs a step of a job and its post step, and looks all the while at what lies on the disk. */
async function run(inputs: Record<string, string>, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const [around, sent] = [{ ...job, env: { ...job.env, ...env } }, since(github)];
  const watches = [job.temp, job.workspace].map((folder) => watch(folder, isPlaintext));
  const step = startStep(around, { 'github-token': TOKEN, ...inputs });
  const end = await step.ended;
  const traces = await tracesOf(job, end, step.printed(), sent());
  const after = await step.post();
  traces.push(...(await tracesOf(job, after, after.log, sent())));
  const [inTemp, inWorkspace] = watches.map((stop) => stop());
  expect([find(traces), ...inTemp!.exposed, ...inWorkspace!.plaintext]).toEqual([[]]);
  return { step, end, after, traces, seen: inTemp! };
}

/** A run that ends as expected and leaves no trace of any secret. */
async function runClean(
  inputs: Record<string, string>,
  code: number,
  words: RegExp,
  env?: NodeJS.ProcessEnv,
): Promise<Run> {
  const result = await run(inputs, env);
  expect(`${result.end.code} ${result.end.log}`).toMatch(new RegExp(`^${code} `));
  expect(result.end.log).toMatch(words);
  expect(result.after.code).toBe(0);
  const masked = maskedBefore(result.step, /^(?!argocd-dr )/);
  expect([...masked]).toContain(TOKEN);
  if (inputs.identity) expect([...masked]).toContain(inputs.identity);
  return result;
}

/** What must be hidden of a value: as the API server has it, as a whole, line by line, and the secrets in it. */
function* expectedMasks({ place, value, parts }: Canary): Generator<string> {
  if (place !== 'annotation') yield value.toString('base64');
  const text = value.toString();
  if (!Buffer.from(text).equals(value)) return;
  for (const part of [text, ...parts])
    for (const line of [part, ...part.split(/\r\n|[\r\n\u0085\u2028]/)])
      if (isHidable(line)) yield line.trim();
}

function expectMasked(step: Step, before: RegExp): void {
  const masked = maskedBefore(step, before);
  const missing = canaries
    .filter(({ place }) => place !== 'nowhere')
    .flatMap((canary) => [...expectedMasks(canary)].map((text) => ({ what: canary.what, text })))
    .filter(({ text }) => !masked.has(text))
    .map(({ what, text }) => `${what}: ${JSON.stringify(text.slice(0, 80))}`);
  expect(shown(missing)).toEqual([]);
}

const backup = (inputs: Record<string, string> = {}) => ({ mode: 'backup', ...source, ...inputs });
const drill = (inputs: Record<string, string>) => ({
  ...{ mode: 'restore-verify', cluster: 'control-plane', identity },
  ...inputs,
});
const folder = () => join(job.workspace, 'argocd-dr-backups');
const backupFile = () => join(folder(), readdirSync(folder()).find((name) => name.endsWith('.age'))!);

describe('the search itself', () => {
  const { canaries: all } = planted();

  test('has two hundred values to look for, with texts that stand nowhere else', () => {
    expect(all.length).toBeGreaterThanOrEqual(200);
    const cores = all.flatMap(({ cores }) => cores);
    expect(new Set(cores).size).toBe(cores.length);
    expect(all.filter(({ cores }) => cores.length === 0)).toEqual([]);
  });

  test('finds each of them in each form', () => {
    const texts = all.flatMap(({ what, cores }) => cores.map((core) => [what, core] as const));
    const missed = texts.flatMap(([what, core]) => {
      const search = new Needles([[what, core]]);
      return formsOf(core)
        .filter(([, spelling]) => !search.find(`[12:00:00] {"a":"${spelling}"} b`).length)
        .map(([form]) => `${what} as ${form}`);
    });
    expect(missed).toEqual([]);
  });

  test('finds a value in what is encoded as a whole, wherever it stands in that', () => {
    const [core] = all[0]!.cores;
    const search = new Needles([['it', core!]]);
    for (const before of ['', 'a', 'ab', 'abc'])
      for (const encode of [
        (text: string) => Buffer.from(text).toString('base64'),
        (text: string) => Buffer.from(text).toString('base64url'),
        (text: string) => Buffer.from(`x${Buffer.from(text).toString('base64')}`).toString('base64'),
        (text: string) => Buffer.from(text).toString('hex'),
      ])
        expect(search.find(`log: ${encode(`${before}${core}: and more`)}`)).not.toEqual([]);
    expect(base64Within('abc', 0)).toBe('YWJj');
    expect(search.find('nothing of it')).toEqual([]);
  });

  test('tells a file that others can read from one in a private folder', () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    const [open, closed] = [join(dir, 'open'), mkdtempSync(join(dir, 'closed-'))];
    mkdirSync(open, { mode: 0o755 });
    const stop = watch(dir, isPlaintext);
    for (const place of [open, closed]) writeFileSync(join(place, 'file'), MARK, { mode: 0o600 });
    const { plaintext, exposed } = stop();
    expect([[...plaintext], [...exposed]]).toEqual([['file'], [join('open', 'file')]]);
  });
});

describe('in a job, with all that debugging prints', () => {
  test('a backup that is uploaded', async () => {
    const { step, end, seen } = await runClean(backup(), 0, /uploaded: artifact/);
    expectMasked(step, /^backup: \d/);
    expect([...seen.plaintext]).toEqual(expect.arrayContaining(['export.yaml', 'extras.yaml']));
    expect(end.summary).not.toBe('');
    const names = github.artifacts.map(({ name }) => name.replace(/-\d{8}.*|-[^-]*$/, ''));
    expect(names.sort()).toEqual(['argocd-argocd', 'argocd-dr-report-backup']);
    expect(github.caches).toEqual([]);
  });

  test('a drill of it that passes', async () => {
    const inputs = drill({ backup: 'latest', workflow: 'backup.yml' });
    const { step, end, seen } = await runClean(inputs, 0, /The backup restores/);
    expectMasked(step, /^backup: .*, made /);
    expect([...seen.plaintext]).toEqual(
      expect.arrayContaining(['export.yaml', 'extras.yaml', 're-export.yaml']),
    );
    expect(end.outputs.verdict).toBe('PASS');
    expect(github.artifacts.at(-1)!.name).toMatch(/^argocd-dr-report-restore-verify-/);
  });

  test('backups that cannot be opened: wrong key, a changed file, a changed export', async () => {
    const inputs = { level: 'integrity', backup: backupFile() };
    await runClean(drill({ ...inputs, identity: otherIdentity }), 5, /key/);
    const path = join(job.workspace, 'changed.tar.gz.age');
    copyFileSync(backupFile(), path);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await runClean(drill({ ...inputs, backup: path }), 5, /damaged/);
    for (const [edit, words] of [
      [(text: string) => text.replace(/^( +password: )/m, '$1*'), /anchor or alias|not strict YAML/],
      [(text: string) => text.replace(/^( +password: .*\n)/m, '$1$1'), /duplicated mapping key/],
      [(text: string) => text.replace(/^( +password: .)/m, '$1AAA'), /not those of the manifest/],
    ] as const)
      await runClean(drill({ ...inputs, backup: await resealed(backupFile(), identity, edit) }), 5, words);
  });

  test('a source that has shrunk', async () => {
    const output = join(job.workspace, 'shrunk');
    mkdirSync(output);
    const name = readdirSync(folder()).find((name) => name.endsWith('.json'))!;
    const receipt = JSON.parse(readFileSync(join(folder(), name), 'utf8'));
    receipt.counts.Application = 100;
    writeFileSync(join(output, name), JSON.stringify(receipt));
    const inputs = backup({ output: `${output}/`, 'max-shrink-percent': '20%' });
    const { step } = await runClean(inputs, 3, /90 % fewer/);
    expectMasked(step, /fewer/);
  });

  test('an argocd whose export fails and quotes secrets', async () => {
    const env = await argocdThatQuotes([said.raw, said.encoded, said.base64]);
    const { step } = await runClean(backup(), 4, /exit code 20: .*\*\*\*/, env);
    expectMasked(step, /export attempt 1/);
  });

  test('an argocd whose import and second export quote secrets', async () => {
    const done = join(tempDir(), 'done');
    const imports = `if [ "$2" = import ]; then
        if [ ! -e ${done} ]; then touch ${done}; cat ${said.cutOff} >&2; exit 20; fi
        cat ${said.warnings} >&2
      fi`;
    const env = await argocdThatQuotes([said.long], imports);
    const inputs = drill({ backup: backupFile() });
    await runClean(inputs, 3, /lost the API server \(quoting .*\*\*\*/, env);
    const { checks } = JSON.parse(
      readFileSync(join(job.workspace, 'argocd-dr-report', 'report.json'), 'utf8'),
    );
    const evidence = Object.fromEntries(
      (checks as Check[]).map(({ id, status, evidence }) => [id, `${status}: ${evidence}`]),
    );
    expect(evidence['restore.import']).toMatch(
      /^fail: argocd said: quoting [^|]*\*\*\*[^|]* \| quoting [^|]*\*\*\*[^|]* \| Failed to update \*\*\*/,
    );
    expect(evidence['restore.re-export']).toMatch(/^fail: the restored instance cannot be exported: .*…/);
  });
});

/** An argocd whose exports say what stands in a file, one file after the other, and fail. */
async function argocdThatQuotes(files: string[], more = ''): Promise<NodeJS.ProcessEnv> {
  const queue = tempDir();
  for (const [index, file] of files.entries()) copyFileSync(file, join(queue, String(index)));
  const { PATH } = await argocdWith(`${more}
    if [ "$2" = export ]; then
      next=$(ls ${queue} | head -n 1)
      cat ${queue}/$next >&2
      [ "$(ls ${queue} | wc -l)" = 1 ] || rm ${queue}/$next
      exit 20
    fi`);
  return { PATH };
}

describe('on a terminal', () => {
  test.each([['a backup'], ['an argocd that quotes secrets']])('%s', async (what) => {
    const env = what === 'a backup' ? {} : await argocdThatQuotes([said.encoded, said.within, said.long]);
    const [temp, reportDir] = [tempDir(), tempDir()];
    const flags = { ...source, 'report-dir': reportDir, output: `${tempDir()}/` };
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const { code, text } = await inTerminal(['backup', ...words], { ...env, RUNNER_TEMP: temp });
    expect(`${code} ${text}`).toMatch(what === 'a backup' ? /^0 / : /^4 [\s\S]*exit code 20/);
    expect(text.includes('::add-mask::')).toBe(false);
    expect(find([['the terminal', text], ...contentsOf(reportDir), ...contentsOf(temp)])).toEqual([]);
  });
});

/** Runs the command line as a user does, outside of Actions. */
async function inTerminal(args: string[], more: NodeJS.ProcessEnv) {
  const ofUser = Object.entries(process.env).filter(([name]) => !/^(GITHUB|ACTIONS|RUNNER)_/.test(name));
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    env: { ...Object.fromEntries(ofUser), ...more },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, text };
}

describe('in a job whose source goes down', () => {
  test('an argocd that quotes secrets when they can no longer be read', async () => {
    const stop = `if [ "$2" = export ]; then sleep 1; kill -9 ${plane.pids.join(' ')}; fi`;
    await runClean(
      backup(),
      4,
      /exit code 20: its words are left out/,
      await argocdThatQuotes([said.raw], stop),
    );
  });
});
