import { HEADINGS, type InputSpec, inputsOf, type ModeWord } from './shape.js';

const SUMMARIES: Record<ModeWord, string> = {
  install: 'make a cluster and install Argo CD in it; leaves it up',
  backup: 'back up an Argo CD instance into one sealed file',
  'restore-verify': 'restore a backup into a fresh cluster and check it',
  drill: 'try it all: a demonstration source, its backup, the restore and the checks',
  teardown: 'remove a cluster that an install or a drill left up',
};

/** The general help, or the help of one mode with its inputs, their defaults and variables. */
export const help = (mode?: ModeWord): string => (mode ? helpOfMode(mode) : generalHelp());

function generalHelp(): string {
  const modes = Object.entries(SUMMARIES).map(([mode, summary]) => `  ${mode.padEnd(16)}${summary}`);
  return [
    'Backs up Argo CD, and proves that the backup restores.',
    '',
    'Usage: node dist/index.js MODE [--input value | --input=value]...',
    '',
    'Modes:',
    ...modes,
    '',
    'MODE --help lists the inputs of a mode; --version shows the version.',
    'Exit codes: 0 pass, 1 unexpected error, 2 invalid input, 3 fail, 4 infrastructure error,',
    '5 the backup cannot be opened, 6 RPO or RTO target missed, 7 partial, 130 cancelled.',
    '',
  ].join('\n');
}

function helpOfMode(mode: ModeWord): string {
  const specs = inputsOf(mode);
  const groups = HEADINGS.map(({ title, names }) => ({
    title,
    members: specs.filter(({ name }) => names.includes(name)),
  })).filter(({ members }) => members.length > 0);
  return [
    `${mode}: ${SUMMARIES[mode]}`,
    '',
    `Usage: node dist/index.js ${mode} [--input value | --input=value]...`,
    ...groups.flatMap(({ title, members }) => ['', `${title}:`, ...members.flatMap(describeInput)]),
    '',
    'Lists: one entry a line, behind commas, or by repeating the flag. Booleans: --name, --no-name, --name=false.',
    '',
  ].join('\n');
}

function describeInput(spec: InputSpec): string[] {
  return [
    `  ${spelling(spec)}`,
    ...wrap([spec.description, remarks(spec)].filter(Boolean).join(' '), 92).map((line) => `      ${line}`),
  ];
}

function spelling({ name, kind, envOnly, env, values }: InputSpec): string {
  if (envOnly) return `variable ${env}`;
  if (kind === 'boolean') return `--${name}`;
  return `--${name} ${values ? values.join('|') : kind.toUpperCase()}`;
}

function remarks(spec: InputSpec): string {
  const parts = [
    spec.required ? 'required' : '',
    spec.default === undefined ? '' : `default: ${spec.default}`,
    spec.env && !spec.envOnly ? `variable: ${spec.env}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? `(${parts.join('; ')})` : '';
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
