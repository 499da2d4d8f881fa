import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { childEnvironment } from './environment.js';
import { OWNER_VARIABLE, ownerOf } from './owner.js';

export interface ChildOptions extends Omit<SpawnOptions, 'env' | 'shell'> {
  /** What the program's environment is taken from, see childEnvironment(); absent: that of this process. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Variables besides, as they are; secrets travel here or by standard input, never in the arguments. */
  set?: NodeJS.ProcessEnv | undefined;
  /** Whether the program is to outlive the run; every other is ended after it, see sweep.ts. */
  lasting?: boolean;
}

/** The only way to start a program, so that none can be given what it must not see. */
export function startChild(
  command: string,
  args: readonly string[],
  { env = process.env, set, lasting = false, ...options }: ChildOptions = {},
): ChildProcess {
  const mark = lasting ? {} : { [OWNER_VARIABLE]: ownerOf(process.pid) };
  return spawn(command, args, { ...options, env: { ...childEnvironment(env, command), ...set, ...mark } });
}
