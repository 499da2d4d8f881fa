import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Answered, Asked } from './child.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** One input is small: what takes longer than this with it hangs, on a busy machine too. */
const HANGS_MS = 30_000;
const LOOKED_EVERY_MS = 500;

/** Tries properties in a child process, and gives it up where it hangs. */
export class Guarded {
  readonly #dir = mkdtempSync(join(tmpdir(), 'hostile-child-'));
  readonly #progress = join(this.#dir, 'progress');
  #child: ChildProcess | undefined;

  async ask(asked: Asked): Promise<Answered> {
    writeFileSync(this.#progress, 'its start');
    this.#child ??= this.#start();
    const child = this.#child;
    return new Promise((resolve) => {
      const ended = (answer: Answered) => {
        clearInterval(watch);
        child.removeAllListeners();
        resolve(answer);
      };
      const lost = (how: string) => {
        this.#child = undefined;
        ended({ tried: 0, problems: [`${how} with ${readFileSync(this.#progress, 'utf8')}`] });
      };
      const watch = setInterval(() => {
        if (Date.now() - statSync(this.#progress).mtimeMs < HANGS_MS) return;
        child.kill('SIGKILL');
        lost('hangs');
      }, LOOKED_EVERY_MS);
      child.once('message', (answer: Answered) => ended(answer));
      child.once('exit', (code, signal) => lost(`the process ends with ${code ?? signal}`));
      child.send(asked);
    });
  }

  #start(): ChildProcess {
    const child = join(import.meta.dirname, 'child.ts');
    return fork(child, [this.#progress], {
      execArgv: ['--import', LOADER],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
