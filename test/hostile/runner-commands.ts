/**
 * What GitHub's runner does with the lines that a step prints, read from its source:
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse),
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs (TryProcessCommand).
 */

export interface RunnerCommand {
  /** `::name::` at the start of a line, or `##[name]` anywhere in one. */
  syntax: 'v2' | 'v1';
  name: string;
  properties: Record<string, string>;
  data: string;
}

/** The commands that a runner knows; their case does not matter. */
const REGISTERED = new Set([
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice'],
  ...['remove-matcher', 'save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
]);

/**
 * Lines as .NET's StreamReader.ReadLine() ends them, which the runner reads both streams with: a carriage return by
 * itself ends one, U+0085 and U+2028 do not. It takes a byte order mark off the start of the stream.
 */
export const linesForRunner = (text: string): string[] => text.replace(/^\uFEFF/, '').split(/\r\n|[\r\n]/);

/** What .NET's String.TrimStart() takes off: other characters than JavaScript's, which keeps U+0085. */
const DOTNET_SPACE = /^[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/;

/** The command in a line, or undefined: first `::`, then `##[`, as the runner tries them. */
export function parseRunnerCommand(
  line: string,
  registered: ReadonlySet<string> = REGISTERED,
): RunnerCommand | undefined {
  return parseV2(line.replace(DOTNET_SPACE, ''), registered) ?? parseV1(line, registered);
}

function parseV2(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const [, info, data] = /^::([\s\S]*?)::([\s\S]*)$/.exec(line) ?? [];
  return info === undefined ? undefined : command('v2', info, data!, registered);
}

/** Only the first `##[` of a line is looked at. */
function parseV1(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const [, info, data] = /^[\s\S]*?##\[([^\]]*)\]([\s\S]*)$/.exec(line) ?? [];
  return info === undefined ? undefined : command('v1', info, data!, registered);
}

function command(
  syntax: RunnerCommand['syntax'],
  info: string,
  data: string,
  registered: ReadonlySet<string>,
): RunnerCommand | undefined {
  const [name = '', ...rest] = info.split(' ');
  if (!registered.has(name.toLowerCase())) return undefined;
  const pairs = rest
    .join(' ')
    .split(syntax === 'v2' ? ',' : ';')
    .flatMap((pair) => [/^\s*([^=]+)=([\s\S]+)$/.exec(pair)])
    .flatMap((match) => (match ? [[match[1]!, unescaped(match[2]!)]] : []));
  return {
    syntax,
    name: name.toLowerCase(),
    properties: Object.fromEntries(pairs),
    data: unescaped(data),
  };
}

const ESCAPES: Record<string, string> = {
  '%0D': '\r',
  '%0A': '\n',
  '%3A': ':',
  '%2C': ',',
  '%3B': ';',
  '%5D': ']',
};
const unescaped = (text: string) =>
  text.replace(/%(?:0D|0A|3A|2C|3B|5D)/g, (token) => ESCAPES[token]!).replaceAll('%25', '%');

/** The commands that a runner obeys in what one stream of a step prints, `stop-commands` and its end included. */
export function obeyedCommands(printed: string): RunnerCommand[] {
  const obeyed: RunnerCommand[] = [];
  let token: string | undefined;
  for (const line of linesForRunner(printed)) {
    const known = token === undefined ? REGISTERED : new Set([...REGISTERED, token.toLowerCase()]);
    const found = parseRunnerCommand(line, known);
    if (!found) continue;
    if (token === undefined) {
      obeyed.push(found);
      if (found.name === 'stop-commands') token = found.data;
    } else if (found.name === token.toLowerCase()) token = undefined;
  }
  return obeyed;
}

/** What the runner's comparisons pass over where ICU decides: https://learn.microsoft.com/dotnet/core/extensions/globalization-icu */
const IGNORED = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Whether a line only looks like a command, which is more than the runner obeys today: text of ours never does. Where
 * no command is meant to be, neither one that the runner does not know is, nor one with invisible characters within.
 */
export function looksLikeCommand(line: string): boolean {
  const seen = line.replace(IGNORED, '');
  return seen.includes('##[') || seen.replace(DOTNET_SPACE, '').startsWith('::');
}
