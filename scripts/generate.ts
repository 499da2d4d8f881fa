/**
 * Writes what is drawn from the table of inputs and outputs: action.yml, action-types.yml, the tables in README.md,
 * those of the reusable workflows from their files, and the version from package.json.
 * `npx tsx scripts/generate.ts`; with `--check` it only says what is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump, load } from 'js-yaml';
import { ACTION_MODES, allInputs, type InputSpec, MODE_WORDS, modesOf } from '../src/inputs.js';
import { OUTPUTS } from '../src/outputs.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NOTICE = '# Written by scripts/generate.ts from src/inputs/shape.ts and src/outputs.ts; edit those.\n';
const REUSABLE = ['backup', 'drill', 'validate'] as const;

const MODE: InputSpec = {
  name: 'mode',
  kind: 'enum',
  values: ACTION_MODES,
  required: true,
  description: `What to do: ${ACTION_MODES.map((mode) => `\`${mode}\``).join(', ')}.`,
};

const actionInputs = (): InputSpec[] => [MODE, ...allInputs(ACTION_MODES).filter((spec) => !spec.envOnly)];

const yaml = (value: object): string => NOTICE + dump(value, { lineWidth: 110, noRefs: true });

/** action.yml. */
export function actionYaml(): string {
  return yaml({
    name: 'argocd-dr',
    author: 'argocd-dr',
    description: 'Back up Argo CD, and prove that the backup restores.',
    branding: { icon: 'life-buoy', color: 'blue' },
    inputs: Object.fromEntries(actionInputs().map((spec) => [spec.name, actionInput(spec)])),
    outputs: Object.fromEntries(
      Object.entries(OUTPUTS).map(([name, description]) => [name, { description }]),
    ),
    runs: { using: 'node24', main: 'dist/index.js', post: 'dist/index.js', 'post-if': 'always()' },
  });
}

/** Only `mode` is required by the runner: what a mode requires is checked with everything else. */
function actionInput(spec: InputSpec) {
  const description =
    spec.name === 'mode' ? spec.description : `${spec.description} Modes: ${actionModes(spec)}.`;
  const preset = spec.actionDefault ?? spec.default;
  return {
    description,
    required: spec.name === 'mode',
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function actionModes({ name }: InputSpec): string {
  const modes = ACTION_MODES.filter((mode) => modesOf(name).includes(mode));
  return modes.length === ACTION_MODES.length ? 'all' : modes.join(', ');
}

/** action-types.yml, in the format of typesafegithub/github-actions-typing. */
export function actionTypesYaml(): string {
  return yaml({
    inputs: Object.fromEntries(actionInputs().map((spec) => [spec.name, typeOf(spec)])),
    outputs: Object.fromEntries(Object.keys(OUTPUTS).map((name) => [name, { type: outputType(name) }])),
  });
}

function typeOf({ kind, values }: InputSpec): object {
  if (values) return { type: 'enum', 'allowed-values': [...values] };
  if (kind === 'list') return { type: 'list', separator: '\n', 'list-item': { type: 'string' } };
  return { type: kind === 'boolean' || kind === 'integer' ? kind : 'string' };
}

function outputType(name: string): string {
  return ['exit-code', 'rpo-seconds', 'rto-seconds', 'applications'].includes(name) ? 'integer' : 'string';
}

/** README.md with each table between its markers. */
export function readme(text: string): string {
  const tables = { inputs: inputsTable(), outputs: outputsTable(), workflows: workflowTables() };
  return Object.entries(tables).reduce((page, [name, table]) => between(page, name, table), text);
}

function between(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`README.md needs the markers ${begin} and ${end}`);
  return `${before}${begin}\n${table}\n${end}${after}`;
}

function inputsTable(): string {
  const rows = allInputs(MODE_WORDS).map((spec) => {
    const name = spec.envOnly ? `variable \`${spec.env}\`` : `\`${spec.name}\``;
    const variable = spec.env && !spec.envOnly ? ` Variable: \`${spec.env}\`.` : '';
    const preset = spec.default === undefined ? (spec.required ? 'required' : '') : `\`${spec.default}\``;
    return `| ${name} | ${modesColumn(spec)} | ${preset} | ${spec.description}${variable} |`;
  });
  return ['| Input | Modes | Default | |', '|---|---|---|---|', ...rows].join('\n');
}

function modesColumn({ name }: InputSpec): string {
  const modes = modesOf(name).filter((mode) => mode !== 'teardown');
  return modes.length === MODE_WORDS.length - 1 ? 'all' : modes.join(', ');
}

function outputsTable(): string {
  const rows = Object.entries(OUTPUTS).map(([name, description]) => `| \`${name}\` | ${description} |`);
  return ['| Output | |', '|---|---|', ...rows].join('\n');
}

/** What a reusable workflow declares, as far as it is shown. */
interface Reusable {
  on: {
    workflow_call: {
      inputs: Record<string, { description: string; type: string; required?: boolean; default?: unknown }>;
      secrets: Record<string, { description: string }>;
      outputs: Record<string, { description: string }>;
    };
  };
}

const workflowTables = (): string => REUSABLE.map(workflowTable).join('\n\n');

function workflowTable(name: (typeof REUSABLE)[number]): string {
  const file = `.github/workflows/${name}.yml`;
  const { inputs, secrets, outputs } = (load(readFileSync(join(ROOT, file), 'utf8')) as Reusable).on
    .workflow_call;
  const rows = [
    ...Object.entries(inputs).map(([input, { description, type, required, default: preset }]) => {
      const shown = required ? 'required' : preset === '' ? '' : `\`${preset}\``;
      return `| input \`${input}\` | ${type} | ${shown} | ${description} |`;
    }),
    ...untyped('secret', secrets),
    ...untyped('output', outputs),
  ];
  return [
    `<details><summary><code>${name}.yml</code>: inputs, secrets and outputs</summary>`,
    '',
    ...['| | Type | Default | |', '|---|---|---|---|', ...rows],
    '',
    '</details>',
  ].join('\n');
}

const untyped = (kind: string, declared: Record<string, { description: string }>) =>
  Object.entries(declared).map(([name, { description }]) => `| ${kind} \`${name}\` | | | ${description} |`);

/** src/version.ts. */
export function versionModule(packageJson: string): string {
  const { version } = JSON.parse(packageJson) as { version: string };
  return `/** As in package.json; written by scripts/generate.ts. */\nexport const VERSION = '${version}';\n`;
}

/** Every generated file by its path from the root, as it should be. */
export function generated(): Record<string, string> {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  return {
    'action.yml': actionYaml(),
    'action-types.yml': actionTypesYaml(),
    'README.md': readme(read('README.md')),
    'src/version.ts': versionModule(read('package.json')),
  };
}

/** The paths of the generated files that are not as they should be. */
export function outOfDate(): string[] {
  return Object.entries(generated())
    .filter(
      ([path, text]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== text,
    )
    .map(([path]) => path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = outOfDate();
  if (!process.argv.includes('--check')) {
    for (const path of stale) writeFileSync(join(ROOT, path), generated()[path]!);
  } else if (stale.length > 0) {
    process.stderr.write(`out of date: ${stale.join(', ')}; run npx tsx scripts/generate.ts\n`);
    process.exitCode = 1;
  }
}
