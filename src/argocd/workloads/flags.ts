import type { Container, EnvVar } from './workload.js';

/** A long option of a program's command line, as Go's pflag reads it. */
export interface Flag {
  /** Without the dashes. */
  name: string;
  /** Whether it stands without a value: `--dry-run`. */
  boolean?: boolean;
}

/** The value that a container's command line gives an option; undefined where it gives none. */
export function flagValue(container: Container, { name, boolean }: Flag): string | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  const at = words.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return undefined;
  const word = words[at]!;
  if (word.includes('=')) return word.slice(word.indexOf('=') + 1);
  return boolean ? 'true' : words[at + 1];
}

/** A variable of a container. */
export const envOf = ({ env = [] }: Container, name: string): EnvVar | undefined =>
  env.find((each) => each.name === name);

/** A container whose command line no longer gives an option, in either spelling (`--name value`, `--name=value`). */
export function withoutFlag(container: Container, flag: Flag): Container {
  const { command, args } = container;
  return {
    ...container,
    ...(command ? { command: withoutWord(command, flag) } : {}),
    ...(args ? { args: withoutWord(args, flag) } : {}),
  };
}

function withoutWord(words: readonly string[], { name, boolean }: Flag): string[] {
  return words.filter((word, index) => {
    const isValue = !boolean && words[index - 1] === `--${name}`;
    return !isValue && word !== `--${name}` && !word.startsWith(`--${name}=`);
  });
}

/** Whether an option's name is still somewhere in the command line, such as within a shell script. */
export function mentionsFlag({ command = [], args = [] }: Container, { name }: Flag): boolean {
  return [...command, ...args].some((word) => word.includes(`--${name}`));
}
