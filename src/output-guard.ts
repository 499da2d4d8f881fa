import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { harmlessText } from './report/harmless.js';

/** The part of process.stdout and process.stderr that is used. */
export interface Output {
  write(chunk: string | Uint8Array, ...rest: unknown[]): boolean;
}

/**
 * Commands of libraries that get through besides our own, each where it is all that is written at once: @actions/artifact
 * masks its signed URLs, which would be shown otherwise; what is told to debug changes nothing.
 */
const OF_LIBRARIES = /^::(?:add-mask|debug)::[^\r\n]*\r?\n$/;

/**
 * Stands before what this process prints where a runner reads it: no line is a command but those made in command().
 * A runner obeys whatever looks like one, whoever wrote it: a name in a backup, a word of kubectl, an error's stack.
 */
export class OutputGuard {
  #trusted = false;
  #stopped: string | undefined;
  #flushes: (() => void)[] = [];

  /** @param main where the commands go, that all see in one order */
  constructor(private readonly main: Output) {}

  /** From now on what is written there is filtered, line by line; a line without its end waits for it. */
  watch(output: Output): void {
    const write = output.write.bind(output);
    const decoder = new StringDecoder('utf8');
    let waiting = '';
    const flush = () => {
      if (waiting !== '') write(`${harmlessText(waiting)}\n`);
      waiting = '';
    };
    this.#flushes.push(flush);
    output.write = (chunk, ...rest) => {
      const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
      if (this.#trusted || OF_LIBRARIES.test(text)) {
        flush();
        return this.#trusted ? write(text, ...rest) : this.#written(() => write(text, ...rest));
      }
      waiting += text;
      const end = Math.max(waiting.lastIndexOf('\n'), waiting.lastIndexOf('\r')) + 1;
      const whole = waiting.slice(0, end);
      waiting = waiting.slice(end);
      return write(harmlessText(whole), ...rest);
    };
  }

  /** Writes out what waits for its line's end. */
  flush(): void {
    for (const flush of this.#flushes) flush();
  }

  /** Runs what writes commands of our own to the runner; synchronous, so that nothing else slips through. */
  command(run: () => void): void {
    this.#written(() => {
      this.#trusted = true;
      try {
        run();
      } finally {
        this.#trusted = false;
      }
      return true;
    });
  }

  /**
   * Runs what prints somebody else's output: commands in it are not obeyed, by a token that nobody knows beforehand
   * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands).
   */
  async foreign<T>(run: () => Promise<T>): Promise<T> {
    if (this.#stopped !== undefined) return run();
    this.#stop();
    try {
      return await run();
    } finally {
      this.#resume();
    }
  }

  /** What has to be obeyed in the middle of foreign output: a secret that is masked too late is not masked. */
  #written(write: () => boolean): boolean {
    if (this.#stopped === undefined) return write();
    this.#resume();
    try {
      return write();
    } finally {
      this.#stop();
    }
  }

  #stop(): void {
    const token = randomBytes(16).toString('hex');
    this.#say(`::stop-commands::${token}`);
    this.#stopped = token;
  }

  #resume(): void {
    const token = this.#stopped;
    this.#stopped = undefined;
    this.#say(`::${token}::`);
  }

  #say(line: string): void {
    this.flush();
    const before = this.#trusted;
    this.#trusted = true;
    this.main.write(`${line}\n`);
    this.#trusted = before;
  }
}

let guard: OutputGuard | undefined;

/** Guards all that this process prints, to its end. */
export function guardOutput(
  outputs: readonly [Output, ...Output[]] = [process.stdout, process.stderr],
): void {
  if (guard) return;
  const made = new OutputGuard(outputs[0]);
  guard = made;
  for (const output of outputs) made.watch(output);
  process.on('exit', () => made.flush());
}

/** See OutputGuard.command; where nothing is guarded, as on a terminal, it just runs. */
export const command = (run: () => void): void => (guard ? guard.command(run) : run());

/** See OutputGuard.foreign. */
export const foreign = <T>(run: () => Promise<T>): Promise<T> => (guard ? guard.foreign(run) : run());
