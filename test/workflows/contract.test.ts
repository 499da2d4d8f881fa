import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { inputsOf, type ModeWord } from '../../src/inputs.js';
import { OUTPUTS } from '../../src/outputs.js';
import { OWN } from './repository.js';

/*
 * GitHub only warns of an input that an action does not have, and act says nothing: what is written behind `with:` is
 * held to action.yml and to the reusable workflows here, in the documents as well.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** A step that uses the action, or a job that calls a reusable workflow of this repository. */
interface Use {
  id?: string;
  uses: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
}

interface Declared {
  required?: boolean;
  default?: unknown;
}

interface Called {
  inputs: Record<string, Declared>;
  secrets?: Record<string, Declared>;
}

const WORKFLOWS = globSync(['.github/workflows/*.yml', 'workflows-templates/*.yml'], { cwd: ROOT });
const DOCUMENTS = globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT });

/** All that is written in YAML: files, and the blocks of documents. */
const WRITTEN = [
  ...WORKFLOWS.map((path) => [path, read(path)] as const),
  ...DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => [path, text!] as const),
  ),
];

/** Every use of this repository, wherever it stands. */
function usesIn(value: unknown): Use[] {
  if (typeof value !== 'object' || value === null) return [];
  const { uses } = value as Partial<Use>;
  const own = uses?.startsWith?.(`${OWN}@`) || uses?.startsWith?.(`${OWN}/`) || uses === './';
  return [...(own ? [value as Use] : []), ...Object.values(value).flatMap(usesIn)];
}

const USES = WRITTEN.flatMap(([path, text]) =>
  loadAll(text)
    .flatMap(usesIn)
    .map((use) => ({ path, text, use })),
);

const callOf = ({ uses }: Use) => /^[^@]*(\.github\/workflows\/[^@]+)@/.exec(uses)?.[1];
const called = (path: string) =>
  (loadAll(read(path))[0] as { on: { workflow_call: Called } }).on.workflow_call;
const label = ({ path, use }: { path: string; use: Use }) => `${path} ${use.id ?? use.uses.split('@')[0]}`;

describe('what is written behind uses', () => {
  test('there is some of every kind', () => {
    const kinds = new Set(USES.map(({ use }) => callOf(use) ?? String(use.with?.mode)));
    const workflows = ['backup', 'drill', 'validate'].map((name) => `.github/workflows/${name}.yml`);
    expect([...kinds].sort()).toEqual([...workflows, 'backup', 'install', 'restore-verify'].sort());
  });

  test('gives the action inputs that it has in that mode', () => {
    const steps = USES.filter(({ use }) => callOf(use) === undefined);
    const wrong = steps.flatMap((each) => {
      const { mode, ...given } = each.use.with ?? {};
      const names = inputsOf(mode as ModeWord).map(({ name }) => name);
      return Object.keys(given).flatMap((name) => (names.includes(name) ? [] : [`${label(each)}: ${name}`]));
    });
    expect(wrong).toEqual([]);
  });

  test('gives a reusable workflow what it takes, and all that it requires', () => {
    const wrong = USES.flatMap((each) => {
      const path = callOf(each.use);
      if (!path) return [];
      const { inputs, secrets = {} } = called(path);
      const pairs = [
        [inputs, each.use.with ?? {}],
        [secrets, each.use.secrets ?? {}],
      ] as const;
      return pairs.flatMap(([declared, given]) => [
        ...Object.keys(given).flatMap((name) => (name in declared ? [] : [`${label(each)}: ${name}`])),
        ...Object.entries(declared).flatMap(([name, { required }]) =>
          required && !(name in given) ? [`${label(each)}: no ${name}`] : [],
        ),
      ]);
    });
    expect(wrong).toEqual([]);
  });

  test('takes outputs that the action has', () => {
    const wrong = USES.flatMap(({ path, text, use }) =>
      use.id === undefined || callOf(use)
        ? []
        : [...text.matchAll(new RegExp(`steps\\.${use.id}\\.outputs\\.([\\w-]+)`, 'g'))]
            .map(([, name]) => name!)
            .filter((name) => !(name in OUTPUTS))
            .map((name) => `${path} ${use.id}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

interface Job extends Partial<Use> {
  permissions?: Record<string, string>;
  steps?: Partial<Use>[];
}

test('a job that backs up may compare with the backup before', () => {
  const jobs = WRITTEN.flatMap(([path, text]) =>
    loadAll(text).flatMap((page) =>
      Object.entries((page as { jobs?: Record<string, Job> } | null)?.jobs ?? {}).map(
        ([name, job]) => [`${path} ${name}`, job] as const,
      ),
    ),
  );
  const backsUp = ({ uses = '', steps = [] }: Job) =>
    callOf({ uses }) === '.github/workflows/backup.yml' ||
    steps.some((step) => step.uses?.startsWith(`${OWN}@`) && step.with?.mode === 'backup');
  const backups = jobs.filter(([, job]) => backsUp(job));
  expect(backups.length).toBeGreaterThan(7);
  const may = ({ permissions = {} }: Job) =>
    permissions.actions === 'read' && permissions.contents === 'read';
  expect(backups.filter(([, job]) => !may(job)).map(([name]) => name)).toEqual([]);
});

test('a called workflow asks for no more than its caller grants: GitHub would not start it', () => {
  const jobsIn = (text: string) =>
    loadAll(text).flatMap((page) =>
      Object.values((page as { jobs?: Record<string, Job> } | null)?.jobs ?? {}),
    );
  const calls = WRITTEN.flatMap(([path, text]) =>
    jobsIn(text).flatMap((job) => (callOf({ uses: job.uses ?? '' }) ? [{ path, job }] : [])),
  );
  expect(calls.length).toBeGreaterThan(5);
  const lacking = calls.flatMap(({ path, job }) =>
    jobsIn(read(callOf({ uses: job.uses! })!)).flatMap(({ permissions = {} }) =>
      Object.entries(permissions)
        .filter(([scope, level]) => ![level, 'write'].includes(job.permissions?.[scope] ?? 'none'))
        .map(([scope, level]) => `${path} ${job.uses}: ${scope}: ${level}`),
    ),
  );
  expect(lacking).toEqual([]);
});

test.each(['backup', 'drill', 'validate'])('every input of %s.yml is used', (name) => {
  const path = `.github/workflows/${name}.yml`;
  const text = read(path);
  const { inputs, secrets = {} } = called(path);
  const used = (context: string) => (one: string) => !new RegExp(`${context}\\.${one}\\b(?!-)`).test(text);
  expect(Object.keys(inputs).filter(used('inputs'))).toEqual([]);
  expect(Object.keys(secrets).filter(used('secrets'))).toEqual([]);
});
